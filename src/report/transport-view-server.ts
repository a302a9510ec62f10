import type { FactKind, FactOf } from '../model/fact.ts';
import type { Bears, Item, Line, Looked, Said, Server, Told } from './transport-view.ts';
import { modernOf, modernSsh, weakestOf, weakestSsh } from './transport-view-client.ts';
import {
  byVersion,
  certificateWords,
  channelsOf,
  channelWords,
  factsOf,
  flawsOf,
  isSettled,
  itemOf,
  keyWords,
  listOf,
  type Offer,
  ofRole,
  saidOf,
} from './transport-view-lists.ts';

/** What is known around one port: its attempts, and what checks made of it. */
export interface Around {
  readonly looked: readonly Looked[];
  readonly bears: (checks: readonly string[], protocols?: readonly string[]) => readonly Bears[];
}

type Protocol = 'tls' | 'dtls' | 'quic' | 'ssh';

/** One server at a port: TLS from the first byte, or after a word of the protocol `via`. */
interface Layer {
  readonly protocol: Protocol;
  readonly via?: string;
  readonly looked: readonly Looked[];
}

/** Versions that a probe asks for, oldest first. */
const VERSIONS: Readonly<Record<Protocol, readonly string[]>> = {
  tls: ['SSLv2', 'SSLv3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'],
  dtls: ['DTLS 1.0', 'DTLS 1.2', 'DTLS 1.3'],
  quic: [],
  ssh: [],
};

const PROTOCOLS: readonly Protocol[] = ['tls', 'dtls', 'quic', 'ssh'];

const leftOpen = ({ attempt: { outcome } }: Looked): boolean =>
  outcome.status === 'inconclusive' && outcome.open.includes('offer');

/** The servers at a port, by what attempts were aimed at; one that was only recognised is there too. */
const layersOf = (looked: readonly Looked[]): readonly Layer[] => {
  const layers = new Map<string, { protocol: Protocol; via?: string; looked: Looked[] }>();
  const add = (protocol: Protocol, via: string | undefined, one?: Looked): void => {
    const key = `${protocol} ${via ?? ''}`;
    const layer = layers.get(key) ?? { protocol, ...(via === undefined ? {} : { via }), looked: [] };
    if (one !== undefined) layer.looked.push(one);
    layers.set(key, layer);
  };
  for (const { fact } of factsOf(looked, 'service')) {
    const protocol = PROTOCOLS.find((one) => one === fact.protocol);
    if (protocol !== undefined) add(protocol, undefined);
  }
  for (const one of looked) {
    const { protocol: spoken, security } = one.attempt.endpoint;
    const own = PROTOCOLS.find((protocol) => protocol === spoken);
    if (own !== undefined) add(own, undefined, one);
    else if (spoken === undefined || !one.emits.includes('offer')) continue;
    else if (security === 'tls' || security === 'dtls') add(security, undefined, one);
    else if (one.facts.length > 0 || leftOpen(one)) add('tls', spoken, one);
  }
  return [...layers.values()];
};

const versionsOf = ({ protocol, looked }: Layer, offers: readonly Offer[]): Item[] => {
  const accepted = ofRole(offers, 'version');
  const told = (name: string): Told =>
    isSettled(looked, 'offer', ({ role, version }) => role === 'version' && version === name)
      ? 'refused'
      : 'could not tell';
  // Probes that knew of no flaws had not learnt to ask for SSLv2 either.
  const knowsSsl2 = looked.some(({ emits }) => emits.includes('weakness'));
  const known = VERSIONS[protocol].map((name): Item => {
    const one = accepted.find(({ fact }) => fact.name === name);
    if (one !== undefined) return itemOf(one);
    return { name, told: name === 'SSLv2' && !knowsSsl2 ? 'could not tell' : told(name) };
  });
  return [...known, ...accepted.filter(({ fact }) => !VERSIONS[protocol].includes(fact.name)).map(itemOf)];
};

/** The word by which a protocol goes on in TLS. */
const WORDS: Readonly<Record<string, string>> = {
  smtp: 'STARTTLS',
  imap: 'STARTTLS',
  pop3: 'STLS',
  ftp: 'AUTH TLS',
  postgresql: 'SSLRequest',
  mysql: 'SSLRequest',
};

const NAMES: Readonly<Record<Protocol, string>> = { tls: 'TLS', dtls: 'DTLS', quic: 'QUIC', ssh: 'SSH' };

/** Keys and certificates of a server; nothing where none was seen, and that is said where somebody looked. */
const credentialLines = (layer: Layer, { bears }: Around, protocols: readonly string[]): Line[] => {
  const leaves = factsOf(layer.looked, 'certificate').filter(({ fact }) => fact.position === 0);
  const keys = factsOf(layer.looked, 'key').filter(({ fact }) => fact.use !== 'signing');
  const none = (kind: FactKind, words: string): Said[] => [
    { words: isSettled(layer.looked, kind) ? words : 'could not tell' },
  ];
  const line = (title: string, says: readonly Said[], checks: readonly string[]): Line => ({
    title,
    says,
    lists: [],
    bears: bears(checks, protocols),
  });
  const ofSsh = layer.protocol === 'ssh';
  return [
    ...(ofSsh && leaves.length === 0
      ? []
      : [
          line(
            'Certificate',
            leaves.length > 0 ? saidOf(leaves, certificateWords) : none('certificate', 'none was shown'),
            ofSsh ? [] : ['tls-certificate-valid'],
          ),
        ]),
    line('Keys', keys.length > 0 ? saidOf(keys, keyWords) : none('key', 'none was shown'), [
      'keys-strong',
      'keys-unique-per-device',
    ]),
  ];
};

const SSH_LISTS: readonly (readonly [string, FactOf<'offer'>['role']])[] = [
  ['Versions', 'version'],
  ['Key exchange', 'kex'],
  ['Groups', 'group'],
  ['Host keys', 'host-key'],
  ['Ciphers', 'cipher'],
  ['MACs', 'mac'],
  ['Compression', 'compression'],
];

const sshServer = (layer: Layer, around: Around): Server => {
  const offers = factsOf(layer.looked, 'offer').filter(({ fact }) => fact.protocol === 'ssh');
  const lists = SSH_LISTS.map(([title, role]) => listOf(title, ofRole(offers, role).map(itemOf))).filter(
    ({ items }) => items.length > 0,
  );
  const open = !isSettled(layer.looked, 'offer');
  return {
    title: 'SSH',
    ...weakestSsh(offers),
    ...modernSsh(offers),
    lines: [
      {
        title: 'Algorithms',
        says: open ? [{ words: offers.length > 0 ? 'perhaps not all of them' : 'could not tell' }] : [],
        lists,
        bears: around.bears(['ssh-algorithms-strong'], ['ssh']),
      },
      ...credentialLines(layer, around, ['ssh']),
      {
        title: 'Flaws',
        says: [],
        lists: [flawsOf('ssh', layer.looked)],
        bears: around.bears(['ssh-algorithms-strong'], ['ssh']),
      },
    ],
  };
};

const MORE_LISTS: readonly (readonly [string, FactOf<'offer'>['role']])[] = [
  ['Signatures', 'signature'],
  ['Application protocols', 'alpn'],
  ['Features', 'feature'],
];

/** Each thing once, with the versions that have it. */
const inVersions = (offers: readonly Offer[]): Item[] =>
  [...new Set(offers.map(({ fact }) => fact.name))].map((name) => {
    const of = offers.filter(({ fact }) => fact.name === name);
    const versions = [...new Set(of.flatMap(({ fact }) => fact.version ?? []))].sort();
    const weak = of.find(({ fails }) => fails !== undefined) ?? of[0]!;
    return { ...itemOf(weak), ...(versions.length === 0 ? {} : { note: versions.join(', ') }) };
  });

const tlsServer = (layer: Layer, around: Around): Server => {
  const { protocol, via, looked } = layer;
  const protocols = [via ?? protocol];
  const offers = factsOf(looked, 'offer').filter(({ fact }) => fact.protocol === protocol);
  const versions = versionsOf(layer, offers);
  const accepted = versions.filter(({ told }) => told === 'accepted').map(({ name }) => name);
  const settled = isSettled(looked, 'offer', ({ role }) => role === 'version' || role === 'suite' || role === 'group');
  const isWhole = (name: string): boolean =>
    isSettled(looked, 'offer', ({ role, version }) => role === 'suite' && version === name);
  const preferring = (version: string): boolean =>
    offers.some(({ fact }) => fact.role === 'feature' && fact.name === 'server-preference' && fact.version === version);
  const note = (version: string): string | undefined =>
    [
      ...(preferring(version) ? ['in the server’s order'] : []),
      ...(isWhole(version) ? [] : ['perhaps not all of them']),
    ].join(', ') || undefined;
  const groups = ofRole(offers, 'group');
  const more = MORE_LISTS.map(([title, role]) => listOf(title, inVersions(ofRole(offers, role)))).filter(
    ({ items }) => items.length > 0,
  );
  const flaws = flawsOf(protocol, looked);
  const suites = byVersion(accepted, ofRole(offers, 'suite'), (version) => version, note);
  return {
    title: via === undefined ? NAMES[protocol] : `TLS after ${WORDS[via] ?? 'a word'} (${via})`,
    ...weakestOf(versions, offers, settled),
    ...modernOf(versions, offers, { settled, preferring }),
    lines: [
      {
        title: 'Versions',
        says: [],
        lists: [listOf('Versions', versions)],
        bears: protocol === 'quic' ? [] : around.bears(['tls-versions-current'], protocols),
      },
      {
        title: 'Suites',
        says: accepted.length === 0 ? [{ words: settled ? 'none' : 'could not tell' }] : [],
        lists: suites,
        bears: around.bears(['tls-ciphers-strong'], protocols),
      },
      ...(groups.length === 0
        ? []
        : [
            {
              title: 'Key exchange',
              says: [],
              lists: byVersion(
                accepted.filter((version) => groups.some(({ fact }) => fact.version === version)),
                groups,
                (version) => version,
                () => undefined,
              ),
              bears: around.bears(['keys-strong'], protocols),
            },
          ]),
      ...credentialLines(layer, around, protocols),
      ...(flaws.items.length === 0
        ? []
        : [{ title: 'Flaws', says: [], lists: [flaws], bears: around.bears(['tls-known-flaws-absent'], protocols) }]),
      ...(more.length === 0 ? [] : [{ title: 'Also', says: [], lists: more, bears: [] }]),
    ],
  };
};

const channelServer = ({ looked, bears }: Around): Server[] => {
  const channels = channelsOf(looked);
  const pages = factsOf(looked, 'weakness').some(({ fact }) => fact.protocol === 'http');
  if (channels.length === 0 && !pages) return [];
  const line: Line = {
    title: 'Travels',
    says: saidOf(channels, channelWords),
    lists: [],
    bears: bears(['transport-encrypted']),
  };
  const ofPages: Line = {
    title: 'Pages',
    says: [],
    lists: [flawsOf('http', looked)],
    bears: bears(['http-hardened'], ['http']),
  };
  return [{ title: 'Channel', lines: [...(channels.length > 0 ? [line] : []), ...(pages ? [ofPages] : [])] }];
};

/** What serves at a port: how it travels first, then each server that protects it. */
export const serverOf = (around: Around): Server[] => [
  ...channelServer(around),
  ...layersOf(around.looked).map((layer) =>
    layer.protocol === 'ssh' ? sshServer(layer, around) : tlsServer(layer, around),
  ),
];
