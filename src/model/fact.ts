import { z } from 'zod';
import { Sha256, text } from './bounded.ts';
import { Port, Security, Transport } from './target.ts';
import { CertificateFact, KeyFact, OfferFact, WeaknessFact } from './transport-fact.ts';

export * from './transport-fact.ts';
export { Sha256 };

/** A port's state and how it is known. `to` ends a range of ports in one and the same state; open ports stand alone. */
export const PortFact = z.strictObject({
  kind: z.literal('port'),
  transport: Transport,
  port: Port,
  to: Port.optional(),
  state: z.enum(['open', 'closed', 'filtered', 'open-or-filtered']),
  /** What was seen: `syn-ack`, `conn-refused`, `reset`, `no-response`, `port-unreach`, `answer` and the like. */
  reason: text,
  by: z.enum(['nmap', 'connect', 'payload', 'sandbox']),
});

/** What speaks at a port, by its bytes. `security` is what wraps it. `protocol: 'unknown'` answered and was not recognised. */
export const ServiceFact = z.strictObject({
  kind: z.literal('service'),
  protocol: z.string().min(1).max(40),
  security: Security,
  product: text.optional(),
  version: text.optional(),
  banner: Sha256.optional(),
});

export const LOGIN_ARMS = ['none', 'random', 'candidate', 'known-user-random', 'repeat', 'declared'] as const;

/** One login tried. `secret` names a list entry, `random` or `declared:<user>`: never the word itself. */
export const LoginFact = z.strictObject({
  kind: z.literal('login'),
  protocol: z.string().min(1),
  account: text,
  secret: text.optional(),
  arm: z.enum(LOGIN_ARMS),
  accepted: z.boolean(),
  /** What the session could reach; meant for accepted logins. */
  grants: z.enum(['full', 'change-only', 'unknown']).optional(),
  /** The device asked for a new password at this login; `grants` says what was reached without giving one. */
  changeAsked: z.boolean().optional(),
  /** Only on the last candidate's `repeat`: A3 refused, A4 accepted and the read-only proof held. */
  proven: z.boolean().optional(),
  /** The server's answer in a few words: `230`, `auth failure`, `CONNACK 5`. */
  answer: text,
});

/** What the device did about failed logins. */
export const ThrottleFact = z.strictObject({
  kind: z.literal('throttle'),
  protocol: z.string().min(1),
  account: text.optional(),
  /** Failures seen before. */
  after: z.int().min(0),
  response: z.enum(['delay', 'lock', 'refuse', 'none']),
  /** Of `refuse`: nothing was said, and nobody takes connections any more. A ban looks like it, and so does a service that died. */
  broken: z.literal(true).optional(),
  milliseconds: z.number().min(0).optional(),
});

export const ACCESS_CLASSES = [
  'shell',
  'secret',
  'customer-data',
  'setting',
  'function',
  'relay',
  'content',
  'discovery',
  'public',
] as const;
export const ACTIONS = ['read', 'write', 'subscribe', 'execute', 'list'] as const;

/** A function or datum reached, or refused (`authentication: 'required'`). The class is decided by what was read. */
export const AccessFact = z.strictObject({
  kind: z.literal('access'),
  protocol: z.string().min(1),
  class: z.enum(ACCESS_CLASSES),
  action: z.enum(ACTIONS),
  resource: text,
  /** What it takes: nothing, any credentials at all, or real ones. */
  authentication: z.enum(['none', 'any', 'required']),
  /** How the class is known: `recognised` by form or protocol, `declared` by the maker, a planted `marker`, or `guessed` from words. */
  how: z.enum(['recognised', 'declared', 'marker', 'guessed']).default('recognised'),
  /** The name of the planted marker that was found in it. */
  marker: text.optional(),
  /**
   * Tried with a declared account of this role (`authentication` is `required`), and whether it was reached: what
   * `privileges-separated` compares.
   */
  as: z.enum(['admin', 'ordinary']).optional(),
  granted: z.boolean().optional(),
  sample: Sha256.optional(),
});

/** How a service's bytes travel. `upgrade` says that the clear port only hands over to a protected one. */
export const ChannelFact = z.strictObject({
  kind: z.literal('channel'),
  protocol: z.string().min(1),
  encryption: z.enum(['none', 'tls', 'dtls', 'ssh', 'other']),
  version: text.optional(),
  upgrade: z.enum(['starttls', 'redirect']).optional(),
  /** Where the upgrade leads to. */
  to: text.optional(),
  /** TLS can be had after a word, and what is clear is served without it all the same. */
  offered: z.literal('starttls').optional(),
  /** Of a clear channel: whether it takes a user's password (or another secret) as it stands. Absent: not known. */
  credentials: z.boolean().optional(),
});

export const IdentityFact = z.strictObject({
  kind: z.literal('identity'),
  what: z.enum(['vendor', 'model', 'serial', 'firmware', 'mac', 'uuid', 'name', 'location', 'owner']),
  value: text,
  via: text,
  authenticated: z.boolean(),
});

export const FlowFact = z.strictObject({
  kind: z.literal('flow'),
  direction: z.enum(['out', 'in']),
  peer: text,
  port: Port,
  transport: Transport,
  protocol: text,
  encryption: z.enum(['none', 'tls', 'dtls', 'ssh', 'other', 'unknown']),
  bytes: z.int().min(0),
  firstFrame: z.int().min(0).optional(),
});

export const EventFact = z.strictObject({
  kind: z.literal('event'),
  via: z.enum(['syslog', 'snmp-trap', 'mqtt']),
  about: text,
  after: text,
});

/** Where updates come from, and how a client of that source behaved. */
export const UpdateFact = z.strictObject({
  kind: z.literal('update'),
  url: text,
  role: z.enum(['manifest', 'image', 'signature', 'client']),
  transport: z.enum(['none', 'tls']),
  /** Over TLS: whether the certificate held against the given trust and the URL's name; absent where no anchor was given. */
  authenticated: z.boolean().optional(),
  /** `fetch` for what the probe itself fetched; else the name of the server's misbehaviour. */
  case: text,
  outcome: z.enum(['accepted', 'rejected', 'untried']),
  alert: text.optional(),
});

/** A manifest or image read. */
export const ArtifactFact = z.strictObject({
  kind: z.literal('artifact'),
  role: z.enum(['manifest', 'image']),
  url: text,
  format: text,
  digest: Sha256,
  version: text.optional(),
  signed: z.enum(['none', 'checksum', 'self-consistent', 'by-given-key', 'invalid', 'encrypted', 'unverified']),
  algorithm: text.optional(),
  bits: z.int().min(0).optional(),
  rollback: text.optional(),
});

/** A known-open port was tried between attempts. `stopped` names the attempt after which it no longer answered. */
export const LivenessFact = z.strictObject({
  kind: z.literal('liveness'),
  transport: Transport,
  port: Port,
  state: z.enum(['answered', 'stopped']),
  after: text.optional(),
  before: text.optional(),
});

export const Fact = z.discriminatedUnion('kind', [
  PortFact,
  ServiceFact,
  LoginFact,
  ThrottleFact,
  AccessFact,
  ChannelFact,
  OfferFact,
  CertificateFact,
  KeyFact,
  WeaknessFact,
  IdentityFact,
  FlowFact,
  EventFact,
  UpdateFact,
  ArtifactFact,
  LivenessFact,
]);
export type Fact = z.infer<typeof Fact>;
export type FactKind = Fact['kind'];
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;

export const FACT_KINDS = [
  'port',
  'service',
  'login',
  'throttle',
  'access',
  'channel',
  'offer',
  'certificate',
  'key',
  'weakness',
  'identity',
  'flow',
  'event',
  'update',
  'artifact',
  'liveness',
] as const satisfies readonly FactKind[];
export const FactKindSchema = z.enum(FACT_KINDS);
