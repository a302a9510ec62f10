import { z } from 'zod';
import { Port, State, Transport } from './endpoint.ts';

/** A secret by reference, so that none ever stands in a file that is shared: an environment variable or a file. */
export const SecretRef = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);
export type SecretRef = z.infer<typeof SecretRef>;

/** An ISO 8601 duration in days and below (`PT15M`, `P1D`) or a short form (`15m`, `1h`). */
export const Duration = z
  .string()
  .regex(/^(P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?|\d+[smhd])$/, 'a duration such as 15m, 1h or PT15M');

export const DeclaredInterface = z.strictObject({
  kind: z.enum([
    'ip',
    'bluetooth',
    'zigbee',
    'thread',
    'z-wave',
    'nfc',
    'usb',
    'serial',
    'debug-header',
    'button',
    'removable-media',
    'other',
  ]),
  name: z.string().min(1).optional(),
  reason: z.string().min(1).optional(),
});

/** One service that the maker says is there. `port` is a port, a range `8000-8010`, or `dynamic` with a protocol. */
export const DeclaredService = z
  .strictObject({
    port: z.union([Port, z.string().regex(/^\d{1,5}-\d{1,5}$/, 'a range such as 8000-8010'), z.literal('dynamic')]),
    transport: Transport.default('tcp'),
    protocol: z.string().min(1).optional(),
    reason: z.string().min(1),
    states: z.array(State).optional(),
    /** Declared public: still fails `transport-encrypted`, and says so (CRITERIA A.4). */
    public: z.boolean().optional(),
    names: z.array(z.string().min(1)).optional(),
    /** Paths or resources that must not be reachable without a login. */
    protects: z.array(z.string().min(1)).optional(),
    /** Paths, topics or resources that only an account of role `admin` may reach. */
    adminOnly: z.array(z.string().min(1)).optional(),
  })
  .refine((s) => s.port !== 'dynamic' || s.protocol !== undefined, {
    message: 'a dynamic port needs a protocol',
    path: ['protocol'],
  });
export type DeclaredService = z.infer<typeof DeclaredService>;

/** A working account given to the lab: the positive control of every login probe. */
export const DeclaredAccount = z.strictObject({
  user: z.string(),
  secret: SecretRef,
  role: z.enum(['admin', 'ordinary', 'service']).optional(),
  /** Protocols this account works on; every login service where absent. */
  on: z.array(z.string().min(1)).optional(),
  /** An account that exists for tests only, and may be locked. */
  test: z.boolean().optional(),
  /** PEM of a client certificate and its chain (read from `certificateFile`): `secret` is then its private key, `user` only names it. */
  certificate: z.string().min(1).optional(),
  certificateFile: z.string().min(1).optional(),
});
export type DeclaredAccount = z.infer<typeof DeclaredAccount>;

/** What the device does about wrong logins; drives the budget. */
export const LockPolicy = z.union([
  z.literal('none'),
  z.strictObject({ after: z.int().min(1), for: Duration.optional() }),
]);
export type LockPolicy = z.infer<typeof LockPolicy>;

/** Where updates come from, and how they are protected. URLs are fetched only if their host is in scope. */
export const DeclaredUpdate = z.strictObject({
  mechanism: z.string().min(1).optional(),
  manifest: z.url().optional(),
  image: z.url().optional(),
  signature: z.url().optional(),
  /** PEM of the public key or certificate that images must be signed by (read from `keyFile` when the product file is loaded). */
  key: z.string().min(1).optional(),
  keyFile: z.string().min(1).optional(),
  /** `none`: the software is never updated. */
  policy: z.enum(['automatic', 'notice', 'manual', 'none']).optional(),
  period: Duration.optional(),
  applied: z.string().min(1).optional(),
});
export type DeclaredUpdate = z.infer<typeof DeclaredUpdate>;

const words = z.string().min(1);
const Several = z.union([words, z.array(words).min(1)]);

/** How one logs in to a service (`ssh`, `http`), and where the credential comes from. `port` where several speak it. */
export const DeclaredAuthentication = z.strictObject({
  service: words,
  port: Port.optional(),
  mechanism: words,
  origin: words,
});
export type DeclaredAuthentication = z.infer<typeof DeclaredAuthentication>;

export const IDENTIFIER_KINDS = ['serial', 'mac', 'model', 'firmware', 'hardware', 'uuid', 'name', 'other'] as const;

/** An identifier of the item: what it is, where a person or a program reads it, and its value on this sample. */
export const DeclaredIdentifier = z.strictObject({
  kind: z.enum(IDENTIFIER_KINDS),
  value: words.optional(),
  where: words,
});
export type DeclaredIdentifier = z.infer<typeof DeclaredIdentifier>;

/**
 * One way on which data travel: its ends, the class of the data, what protects it and which anchors it trusts. `service`
 * is a protocol and `port` a port of this component, where it is an end that can be seen. Of `protection` the words `tls`,
 * `dtls`, `ssh`, `wpa` and `none` are held against what was seen; any other is for a person to read.
 */
export const DeclaredChannel = z.strictObject({
  name: words.optional(),
  from: words.optional(),
  to: words.optional(),
  service: words.optional(),
  transport: Transport.optional(),
  port: Port.optional(),
  data: Several,
  protection: words,
  trust: words.optional(),
  public: z.boolean().optional(),
});
export type DeclaredChannel = z.infer<typeof DeclaredChannel>;

/** Somebody that the component may talk to, and what for. */
export const DeclaredPeer = z
  .strictObject({
    host: words.optional(),
    name: words.optional(),
    purpose: words,
    protocol: words.optional(),
    transport: Transport.optional(),
    port: Port.optional(),
  })
  .refine(({ host, name }) => host !== undefined || name !== undefined, {
    message: 'a peer has a host (address or DNS name) or a name',
  });
export type DeclaredPeer = z.infer<typeof DeclaredPeer>;

/** What a role may do. */
export const DeclaredRole = z.strictObject({ name: words, may: z.array(words) });
export type DeclaredRole = z.infer<typeof DeclaredRole>;

/** A class of data: where it is kept, what protects it there, how it is deleted; whose it is, and whether it is telemetry. */
export const DeclaredData = z.strictObject({
  class: words,
  where: words.optional(),
  protection: words.optional(),
  deletion: words.optional(),
  personal: z.boolean().optional(),
  /** Processed on the ground of the user's consent. */
  consent: z.boolean().optional(),
  telemetry: z.boolean().optional(),
});
export type DeclaredData = z.infer<typeof DeclaredData>;

/** How the item is set up: for how long that stays open, and what proves the owner. */
export const DeclaredOnboarding = z.strictObject({
  how: words,
  open: words.optional(),
  proof: words.optional(),
});
export type DeclaredOnboarding = z.infer<typeof DeclaredOnboarding>;

/** Security events that are recorded or sent. `sink`: what they are sent with (`syslog`, `snmp-trap`, `mqtt`). */
export const DeclaredEvent = z
  .strictObject({ event: Several.optional(), sink: words.optional(), where: words.optional(), kept: words.optional() })
  .refine(({ event, sink }) => event !== undefined || sink !== undefined, {
    message: 'an entry says which events, or where they are sent',
  });
export type DeclaredEvent = z.infer<typeof DeclaredEvent>;

/** A setting that can be changed: through which component, and which ones it reaches. */
export const DeclaredSetting = z.strictObject({
  setting: words,
  through: words.optional(),
  reaches: z.array(words).optional(),
});
export type DeclaredSetting = z.infer<typeof DeclaredSetting>;

/** A kind of message between components, and where its form is defined. */
export const DeclaredMessage = z.strictObject({
  name: words,
  from: words.optional(),
  to: words.optional(),
  definition: words.optional(),
});
export type DeclaredMessage = z.infer<typeof DeclaredMessage>;

/** Something that everybody may read, and why. */
export const DeclaredPublic = z.strictObject({ what: words, why: words });
export type DeclaredPublic = z.infer<typeof DeclaredPublic>;

/** Entries in their own form, or sentences: what a sentence says only a person reads. */
const listOf = <T extends z.ZodType>(entry: T) => z.array(z.union([words, entry]));

/** What the maker says of one component (customer-supplied information; ISO/IEC 17025, 7.8.2.2). Every part is optional. */
export const Declaration = z.strictObject({
  interfaces: z.array(DeclaredInterface).optional(),
  services: z.array(DeclaredService).optional(),
  logins: z.strictObject({ lock: LockPolicy }).optional(),
  accounts: z.array(DeclaredAccount).optional(),
  authentication: z.array(DeclaredAuthentication).optional(),
  update: DeclaredUpdate.optional(),
  /** PEM of CA certificates or pinned certificates that the component's clients trust (read from `trustFile`). */
  trust: z.string().min(1).optional(),
  trustFile: z.string().min(1).optional(),
  identifiers: listOf(DeclaredIdentifier).optional(),
  configuration: listOf(DeclaredSetting).optional(),
  data: listOf(DeclaredData).optional(),
  channels: listOf(DeclaredChannel).optional(),
  roles: listOf(DeclaredRole).optional(),
  messages: listOf(DeclaredMessage).optional(),
  peers: listOf(DeclaredPeer).optional(),
  onboarding: listOf(DeclaredOnboarding).optional(),
  events: listOf(DeclaredEvent).optional(),
  public: listOf(DeclaredPublic).optional(),
});
export type Declaration = z.infer<typeof Declaration>;
