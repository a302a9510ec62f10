import { FACT_KINDS, type Fact, type FactKind, type FactOf } from '../../src/model/fact.ts';
import { type Attempt, type CredentialCoverage, type OpenOffer, type Reason, Run } from '../../src/model/run.ts';
import type { Component, Declaration, Endpoint, Item, State } from '../../src/model/target.ts';

/** A fact of which only what matters is said. */
export type FactDraft = { [K in FactKind]: { kind: K } & Partial<FactOf<K>> }[FactKind];

/** What an attempt left behind. `broke` says why it could not tell; `open` what it left open, by default all it emits. */
export interface AttemptDraft {
  readonly probe: string;
  /** `camera`, `camera/tcp/22`, `camera/tcp/22/ssh`, `camera/tcp/443/http+tls`, `camera[fd00::1]/tcp/22`. */
  readonly at: string;
  readonly facts: readonly FactDraft[];
  readonly broke?: Reason;
  readonly open?: readonly FactKind[];
  readonly offers?: readonly OpenOffer[];
  readonly credentials?: Partial<CredentialCoverage>;
}

/** A run of which only what matters is said: of one component, `camera`, with every known probe armed. */
export interface RunDraft {
  readonly id?: string;
  readonly state?: State;
  readonly status?: Run['status'];
  readonly item?: Item;
  readonly component?: Partial<Component>;
  readonly declares?: Declaration;
  readonly attempts?: readonly (AttemptDraft | readonly AttemptDraft[])[];
  /** Probes that were not armed. */
  readonly unarmed?: readonly string[];
}

export const HOST = '198.18.0.10';
export const AT = '2026-11-22T10:15:00.000Z';
export const sha = (letter: string): string => letter.repeat(64).slice(0, 64);

/** What each probe emits. A probe that a draft names and this table does not know emits what it was seen to. */
const EMITS: Readonly<Record<string, readonly FactKind[]>> = {
  'tcp-ports': ['port'],
  'udp-ports': ['port'],
  service: ['service', 'channel'],
  'ssh-server': ['offer', 'key', 'certificate', 'weakness'],
  'ssh-login': ['login', 'throttle', 'access'],
  'telnet-login': ['login', 'throttle', 'access'],
  'http-login': ['login', 'throttle', 'access'],
  'http-redirect': ['channel'],
  'ftp-access': ['login', 'throttle', 'access', 'channel'],
  'mqtt-access': ['login', 'throttle', 'access'],
  'rtsp-access': ['login', 'throttle', 'access'],
  'snmp-access': ['login', 'throttle', 'access', 'channel'],
  'coap-resources': ['access'],
  'tls-server': ['offer', 'certificate', 'key', 'weakness'],
  'http-hardening': ['weakness'],
  'update-channel': ['update', 'artifact'],
  identity: ['identity'],
  liveness: ['liveness'],
};

const DEFAULTS: { readonly [K in FactKind]: Omit<FactOf<K>, 'kind'> } = {
  port: { transport: 'tcp', port: 1, state: 'closed', reason: 'conn-refused', by: 'connect' },
  service: { protocol: 'unknown', security: 'none' },
  login: { protocol: 'ssh', account: 'admin', arm: 'random', accepted: false, answer: 'auth failure' },
  throttle: { protocol: 'ssh', after: 0, response: 'none' },
  access: {
    protocol: 'http',
    class: 'content',
    action: 'read',
    resource: '/',
    authentication: 'none',
    how: 'recognised',
  },
  channel: { protocol: 'http', encryption: 'none' },
  offer: { protocol: 'tls', role: 'version', name: 'TLS 1.2' },
  certificate: {
    position: 0,
    sha256: sha('c'),
    subject: 'CN=camera',
    issuer: 'CN=root',
    names: ['camera.lab.example'],
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2027-01-01T00:00:00Z',
    signatureAlgorithm: 'sha256WithRSAEncryption',
    selfSigned: false,
    isCa: false,
    inDate: true,
    chain: 'whole',
  },
  key: { use: 'tls', algorithm: 'rsa', bits: 2048, sha256: sha('a'), exponent: '65537' },
  weakness: { protocol: 'tls', name: 'heartbleed', present: false },
  identity: { what: 'model', value: 'C-100', via: 'http', authenticated: false },
  flow: { direction: 'out', peer: HOST, port: 443, transport: 'tcp', protocol: 'tls', encryption: 'tls', bytes: 1 },
  event: { via: 'syslog', about: 'login', after: 'ssh-login' },
  update: {
    url: 'http://198.18.0.1/manifest',
    role: 'manifest',
    transport: 'none',
    case: 'fetch',
    outcome: 'accepted',
  },
  artifact: { role: 'image', url: 'http://198.18.0.1/image', format: 'mcuboot', digest: sha('d'), signed: 'none' },
  liveness: { transport: 'tcp', port: 80, state: 'answered' },
};

const fact = (draft: FactDraft): Fact => ({ ...DEFAULTS[draft.kind], ...draft }) as Fact;

/** One attempt: its probe, where it was aimed, and what it saw. */
export const attempt = (
  probe: string,
  at: string,
  facts: readonly FactDraft[] = [],
  rest: Pick<AttemptDraft, 'broke' | 'open' | 'offers' | 'credentials'> = {},
): AttemptDraft => ({ probe, at, facts, ...rest });

const UDP = [53, 69, 123, 161, 1900, 3702, 5353, 5683, 5684, 47808];

const gapsBetween = (ports: readonly number[], last: number): [number, number][] => {
  const ends = [0, ...[...ports].sort((a, b) => a - b), last + 1];
  return ends
    .slice(1)
    .flatMap((port, index): [number, number][] => (port - ends[index]! > 1 ? [[ends[index]! + 1, port - 1]] : []));
};

/** Both port scans, whole: what is open, and everything else closed. `silent` UDP ports did not answer. */
export const scan = (
  { tcp = [], udp = [], silent = [] }: { tcp?: readonly number[]; udp?: readonly number[]; silent?: readonly number[] },
  at = 'camera',
): readonly AttemptDraft[] => [
  attempt('tcp-ports', at, [
    ...tcp.map((port): FactDraft => ({ kind: 'port', port, state: 'open', reason: 'syn-ack' })),
    ...gapsBetween(tcp, 65535).map(([port, to]): FactDraft => ({ kind: 'port', port, to })),
  ]),
  attempt(
    'udp-ports',
    at,
    [...new Set([...UDP, ...udp, ...silent])].map((port): FactDraft => {
      const state = udp.includes(port) ? 'open' : silent.includes(port) ? 'open-or-filtered' : 'closed';
      return { kind: 'port', transport: 'udp', port, state, reason: state, by: 'payload' };
    }),
  ),
];

/** The service recogniser at a port: `recognised('tcp/443', 'tls', 'http+tls')`, with the channel facts that it gives. */
export const recognised = (port: string, ...protocols: readonly string[]): AttemptDraft => {
  const spoken = protocols.map((each) => each.split('+') as [protocol: string, security?: 'tls' | 'dtls']);
  const wrapped = spoken.some(([protocol]) => protocol === 'tls' || protocol === 'dtls');
  return attempt('service', `camera/${port}`, [
    ...spoken.map(([protocol, security]): FactDraft => ({ kind: 'service', protocol, security: security ?? 'none' })),
    ...spoken.flatMap(([protocol, security]): FactDraft[] => {
      if (['http', 'ftp', 'snmp', 'unknown'].includes(protocol) && security === undefined) return [];
      if (['tls', 'dtls'].includes(protocol))
        return spoken.length > 1 ? [] : [{ kind: 'channel', protocol, encryption: protocol as 'tls' | 'dtls' }];
      const encryption = security ?? (protocol === 'ssh' ? 'ssh' : 'none');
      return protocol === 'unknown' || (wrapped && security === undefined)
        ? []
        : [{ kind: 'channel', protocol, encryption }];
    }),
  ]);
};

const endpointOf = (at: string, component: Component): Endpoint => {
  const [, , address, rest = ''] = /^([^[/]+)(?:\[([^\]]+)\])?(?:\/(.*))?$/.exec(at) ?? [];
  const [transport, port, spoken] = rest.split('/');
  const [protocol, security] = spoken === undefined ? [] : spoken.split('+');
  return {
    host: address ?? component.addresses[0] ?? HOST,
    ...(port === undefined ? {} : { transport: transport as 'tcp' | 'udp', port: Number(port) }),
    ...(protocol === undefined ? {} : { protocol, security: (security ?? 'none') as Endpoint['security'] }),
  };
};

const placeOf = (at: string): string => at.split('/').slice(0, 3).join('/');

const built = (draft: AttemptDraft, id: string, component: Component, emits: readonly FactKind[]): Attempt => ({
  id,
  probe: draft.probe,
  component: component.id,
  endpoint: endpointOf(draft.at, component),
  startedAt: AT,
  endedAt: AT,
  outcome:
    draft.broke === undefined
      ? { status: 'completed' }
      : {
          status: 'inconclusive',
          reason: draft.broke,
          detail: draft.broke,
          open: [...(draft.open ?? emits)],
          ...(draft.offers && { offers: [...draft.offers] }),
        },
  observations: draft.facts.map((each, index) => ({
    id: `${id}#${index + 1}`,
    at: AT,
    fact: fact(each),
    evidence: [],
  })),
  evidence: [],
  ...(draft.credentials === undefined
    ? {}
    : { credentials: { list: sha('1'), matched: [], common: [], tried: [], ...draft.credentials } }),
});

/** A valid run. `index` makes ids of several runs differ. */
export const run = (draft: RunDraft, index = 0): Run => {
  const component: Component = {
    id: 'camera',
    kind: 'device',
    addresses: [HOST],
    names: [],
    declares: draft.declares ?? {},
    ...draft.component,
  };
  const drafts = (draft.attempts ?? []).flat();
  const named = [...new Set([...Object.keys(EMITS), ...drafts.map(({ probe }) => probe)])];
  const emitsOf = (probe: string): readonly FactKind[] => [
    ...new Set([
      ...(EMITS[probe] ?? []),
      ...drafts.filter((each) => each.probe === probe).flatMap(({ facts }) => facts.map(({ kind }) => kind)),
    ]),
  ];
  const taken = new Set<string>();
  const idOf = ({ probe, at }: AttemptDraft): string => {
    const plain = `${probe}@${placeOf(at)}`;
    const id = taken.has(plain) ? `${probe}@${at}` : plain;
    taken.add(id);
    return id;
  };
  return Run.parse({
    schema: 1,
    id: draft.id ?? `20261122T10150${index}Z`,
    tool: 'probity 0.1.0',
    target: { id: 'camera', components: [component], scope: ['198.18.0.0/15'], allow: { impact: 'login', by: 'lab' } },
    item: draft.item ?? {},
    state: draft.state ?? 'operational',
    startedAt: AT,
    endedAt: AT,
    status: draft.status ?? 'completed',
    sources: {},
    probes: named
      .filter((id) => !(draft.unarmed ?? []).includes(id))
      .map((id) => ({
        id,
        version: '1',
        emits: FACT_KINDS.filter((kind) => emitsOf(id).includes(kind)),
        impact: 'login',
      })),
    limits: {
      devices: 8,
      connections: 4,
      rate: 10_000,
      connectsInFlight: 500,
      wait: 5000,
      attempt: 180_000,
      device: 3_600_000,
      run: 86_400_000,
      readBytes: 1_048_576,
      loginsPerService: 30,
      tcp: '1-65535',
      udp: UDP.join(','),
    },
    attempts: drafts.map((each) => built(each, idOf(each), component, emitsOf(each.probe))),
  } satisfies Omit<Run, 'signed' | 'limits'> & { limits: Omit<Run['limits'], 'exclude'> });
};

/** The same run, with attempts replaced by ones that timed out and saw nothing. */
export const without = (whole: Run, which: (attempt: Attempt) => boolean): Run => ({
  ...whole,
  attempts: whole.attempts.map((each) =>
    which(each)
      ? {
          ...each,
          observations: [],
          outcome: {
            status: 'inconclusive',
            reason: 'timeout',
            detail: 'nothing answered',
            open: whole.probes.find(({ id }) => id === each.probe)?.emits ?? [],
          },
        }
      : each,
  ),
});
