import { z } from 'zod';
import { Fact, FactKindSchema, OFFER_ROLES, Sha256 } from './fact.ts';
import { Endpoint, Impact, Item, State, Target } from './target.ts';

/** Why an attempt could not tell. `bug` is ours. */
export const REASONS = [
  'timeout',
  'refused',
  'reset',
  'protocol',
  'unsupported',
  'locked',
  'scope',
  'budget',
  'aborted',
  'bug',
] as const;
export const Reason = z.enum(REASONS);
export type Reason = z.infer<typeof Reason>;

/** Offers of a role that may be there and were not seen: a version by its name, or suites and the like of it. */
export const OpenOffer = z.strictObject({ role: z.enum(OFFER_ROLES), version: z.string().max(40) });
export type OpenOffer = z.infer<typeof OpenOffer>;

/**
 * `open` lists the kinds that the attempt could not settle: by default all that its probe emits. `offers` says which of
 * the kind `offer`; absent: any.
 */
export const Outcome = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('completed') }),
  z.strictObject({
    status: z.literal('inconclusive'),
    reason: Reason,
    detail: z.string().max(2000),
    open: z.array(FactKindSchema),
    offers: z.array(OpenOffer).max(100).optional(),
  }),
]);
export type Outcome = z.infer<typeof Outcome>;

/** `id` is `<attempt id>#<n>`, counted from 1. `at` is UTC. `evidence` names files of the run's `evidence/`. */
export const Observation = z.strictObject({
  id: z.string(),
  at: z.iso.datetime(),
  fact: Fact,
  evidence: z.array(Sha256),
});
export type Observation = z.infer<typeof Observation>;

/**
 * Which list entries were tried on a service, out of which. Ids are the list's, in the order in which they were due;
 * `matched` are those of the vendor that the device shows itself to be, `common` the others.
 */
export const CredentialCoverage = z.strictObject({
  list: Sha256,
  matched: z.array(z.string()),
  common: z.array(z.string()),
  tried: z.array(z.string()),
  /** How many more the list has that were not tried: of a long list, not all are named. */
  unnamed: z.int().min(1).optional(),
});
export type CredentialCoverage = z.infer<typeof CredentialCoverage>;

/** One probe aimed at one endpoint. `id` is `<probe>@<component>[/tcp/22]`, with `[address]` after the component where it has several. */
export const Attempt = z.strictObject({
  id: z.string(),
  probe: z.string(),
  component: z.string(),
  endpoint: Endpoint,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: Outcome,
  observations: z.array(Observation),
  /** Transcripts and other evidence that no single observation owns. */
  evidence: z.array(Sha256).default([]),
  credentials: CredentialCoverage.optional(),
});
export type Attempt = z.infer<typeof Attempt>;

/** Every limit that was in force; milliseconds, bytes, or counts. */
export const Limits = z.strictObject({
  devices: z.int().min(1),
  connections: z.int().min(1),
  /** Packets a second for discovery, a device. */
  rate: z.int().min(1),
  /** Connects in flight of the built-in scan, a device. */
  connectsInFlight: z.int().min(1),
  wait: z.int().min(1),
  attempt: z.int().min(1),
  device: z.int().min(1),
  run: z.int().min(1),
  readBytes: z.int().min(1),
  loginBudget: z.union([z.int().min(0), z.literal('unlimited')]).optional(),
  loginsPerService: z.int().min(0),
  /** TCP ports asked for, as ranges: `1-65535`. */
  tcp: z.string(),
  /** UDP ports asked for. */
  udp: z.string(),
  exclude: z.array(z.string()).default([]),
});
export type Limits = z.infer<typeof Limits>;

/** A value that the tester planted: a Wi-Fi name or key, a user name, a mail address. */
export const Marker = z.strictObject({
  name: z.string().min(1).max(100),
  value: z.string().min(4).max(200),
});
export type Marker = z.infer<typeof Marker>;

export const ArmedProbe = z.strictObject({
  id: z.string(),
  version: z.string(),
  emits: z.array(FactKindSchema),
  impact: Impact,
});
export type ArmedProbe = z.infer<typeof ArmedProbe>;

/**
 * What the run was made with, by name: versions (`probity`, `node`, `os`, `discovery`, `nmap` where it found the ports),
 * SHA-256 digests of lists (`credentials:<list>`, `ports` for what was asked, `udp-payloads`), the addresses that it was
 * tested from (`tester`), the clock that its times are of (`clock`), and the `product` file's path. Older runs have fewer.
 */
export const Sources = z.record(z.string(), z.string());

/** What one observation session of one target left behind. `id` is a UTC time, `20261122T101500Z`. */
export const Run = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(/^\d{8}T\d{6}Z$/),
  tool: z.string(),
  target: Target,
  item: Item,
  state: State,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  status: z.enum(['running', 'completed', 'aborted']),
  sources: Sources,
  /** Probes that were armed: what none of them emits was not looked for. */
  probes: z.array(ArmedProbe),
  limits: Limits,
  /** Values that the tester planted in the device, by name (`--marker`): looked for in all that is read. */
  markers: z.array(Marker).optional(),
  /** The link-layer address (MAC) of an address, as the tester's machine knew it when the run ended; on its own segment only. */
  neighbours: z.record(z.string(), z.string()).optional(),
  /** A run that this one takes over, with its seal. */
  resumes: z.strictObject({ run: z.string(), seal: Sha256 }).optional(),
  signed: z.boolean().default(false),
  /** Set where the time was stamped on its seal. */
  stamped: z.literal(true).optional(),
  attempts: z.array(Attempt),
});
export type Run = z.infer<typeof Run>;
