import { z } from 'zod';

export const TRANSPORTS = ['tcp', 'udp'] as const;
export const Transport = z.enum(TRANSPORTS);
export type Transport = z.infer<typeof Transport>;

/** What wraps a service's bytes. */
export const SECURITIES = ['none', 'tls', 'dtls', 'ssh'] as const;
export const Security = z.enum(SECURITIES);
export type Security = z.infer<typeof Security>;

export const Port = z.int().min(1).max(65535);

/**
 * What a probe is aimed at: a host, a port of it, or a service recognised on that port. `host` is an IP address.
 * `transport` always comes with `port`; `protocol` and `security` once a service is recognised, `security` being what
 * wraps that protocol (HTTP inside TLS is `{ protocol: 'http', security: 'tls' }`; the TLS itself is
 * `{ protocol: 'tls', security: 'none' }`).
 */
export const Endpoint = z.strictObject({
  host: z.string().min(1),
  transport: Transport.optional(),
  port: Port.optional(),
  protocol: z.string().min(1).optional(),
  security: Security.optional(),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** How intrusive a probe is, least first. `disruptive` is only ever used when asked for by name. */
export const IMPACTS = ['passive', 'connect', 'login', 'disruptive'] as const;
export const Impact = z.enum(IMPACTS);
export type Impact = z.infer<typeof Impact>;

/** Conditions of the item on the bench (EN 303 645, 3.1; CRITERIA A.1). A run has exactly one. */
export const STATES = ['factory-default', 'onboarding', 'operational', 'reconnected', 'reset', 'service'] as const;
export const State = z.enum(STATES);
export type State = z.infer<typeof State>;

/** A secret by reference, so that none ever stands in a file that is shared: an environment variable or a file. */
export const SecretRef = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);
export type SecretRef = z.infer<typeof SecretRef>;

export const COMPONENT_KINDS = ['device', 'hub', 'accessory', 'app', 'cloud'] as const;

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
  policy: z.enum(['automatic', 'notice', 'manual']).optional(),
  period: Duration.optional(),
  applied: z.string().min(1).optional(),
});
export type DeclaredUpdate = z.infer<typeof DeclaredUpdate>;

/** An entry of a part that only a person judges: what it says is shown to them. */
const Statement = z.union([z.string().min(1), z.record(z.string(), z.unknown())]);
const Statements = z.array(Statement);

/** What the maker says of one component (customer-supplied information; ISO/IEC 17025, 7.8.2.2). Every part is optional. */
export const Declaration = z.strictObject({
  interfaces: z.array(DeclaredInterface).optional(),
  services: z.array(DeclaredService).optional(),
  logins: z.strictObject({ lock: LockPolicy }).optional(),
  accounts: z.array(DeclaredAccount).optional(),
  authentication: z
    .array(z.strictObject({ service: z.string().min(1), mechanism: z.string().min(1), origin: z.string().min(1) }))
    .optional(),
  update: DeclaredUpdate.optional(),
  /** PEM of CA certificates or pinned certificates that the component's clients trust (read from `trustFile`). */
  trust: z.string().min(1).optional(),
  trustFile: z.string().min(1).optional(),
  identifiers: Statements.optional(),
  configuration: Statements.optional(),
  data: Statements.optional(),
  channels: Statements.optional(),
  roles: Statements.optional(),
  messages: Statements.optional(),
  peers: Statements.optional(),
  onboarding: Statements.optional(),
  events: Statements.optional(),
  public: Statements.optional(),
});
export type Declaration = z.infer<typeof Declaration>;

/** A mark or certificate of another scheme. `file` is filed with the product file; `sha256` is that of its bytes. */
export const Trustmark = z.strictObject({
  scheme: z.string().min(1),
  certificate: z.string().min(1),
  until: z.iso.date().optional(),
  file: z.string().min(1).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal')
    .optional(),
});
export type Trustmark = z.infer<typeof Trustmark>;

export const Component = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore'),
  kind: z.enum(COMPONENT_KINDS).default('device'),
  /** IPv4 and IPv6, without brackets or zone. */
  addresses: z.array(z.string().min(1)).default([]),
  /** DNS names that certificates are held to. */
  names: z.array(z.string().min(1)).default([]),
  mac: z
    .string()
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, 'a MAC address such as 02:00:00:00:00:01')
    .optional(),
  vendor: z.string().min(1).optional(),
  /** One connection at a time and 500 packets a second. */
  fragile: z.boolean().optional(),
  /** The component that this one belongs to, by id: a product is a tree. */
  partOf: z.string().min(1).optional(),
  /** Marks of other schemes that the component carries, with the certificate: shown as examined evidence, deciding nothing. */
  trustmarks: z.array(Trustmark).optional(),
  declares: Declaration.default({}),
});
export type Component = z.infer<typeof Component>;

/** What was on the bench. */
export const Item = z.strictObject({
  model: z.string().optional(),
  serial: z.string().optional(),
  hardware: z.string().optional(),
  firmware: z.string().optional(),
  sample: z.string().optional(),
});
export type Item = z.infer<typeof Item>;

/**
 * A claim that a criterion does not apply, or that every criterion with a condition does not (`condition:
 * no-passwords`); who accepted it for the lab.
 */
export const NotApplicableClaim = z
  .strictObject({
    criterion: z.string().min(1).optional(),
    condition: z.string().min(1).optional(),
    component: z.string().optional(),
    why: z.string().min(1),
    acceptedBy: z.string().min(1).optional(),
  })
  .refine(({ criterion, condition }) => (criterion === undefined) !== (condition === undefined), {
    message: 'a claim names a criterion or a condition, and not both',
  });
export type NotApplicableClaim = z.infer<typeof NotApplicableClaim>;

export const Product = z.strictObject({
  name: z.string().min(1),
  /** Whether the list of components is whole: without it the product has no PASS. */
  complete: z.boolean().default(false),
  notApplicable: z.array(NotApplicableClaim).default([]),
  /** Which component shows what a criterion asks of the product as a whole; the device where none is named. */
  shownBy: z.array(z.strictObject({ criterion: z.string().min(1), component: z.string().min(1) })).optional(),
  /** Which component (`by`) provides the means of a criterion for another (`for`). */
  provides: z
    .array(z.strictObject({ criterion: z.string().min(1), for: z.string().min(1), by: z.string().min(1) }))
    .optional(),
});
export type Product = z.infer<typeof Product>;

export const Allow = z.strictObject({
  impact: Impact,
  by: z.string().min(1),
  until: z.iso.datetime({ offset: true }).optional(),
  public: z.boolean().optional(),
});

/** What is tested: one device under test or one product; everything outside `scope` (CIDRs) is refused. */
export const Target = z.strictObject({
  id: z.string().min(1),
  product: Product.optional(),
  components: z.array(Component).min(1),
  scope: z.array(z.string().min(1)),
  allow: Allow,
});
export type Target = z.infer<typeof Target>;
