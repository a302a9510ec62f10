import { Document, isScalar, visit, YAMLMap } from 'yaml';
import type { Fact, FactKind, FactOf } from '../model/fact.ts';
import type { Attempt, Run } from '../model/run.ts';
import type { Component } from '../model/target.ts';
import { visible } from '../report/text.ts';

/** What ends each line of a draft that states something: nobody declared it yet. */
export const TO_CONFIRM = 'to be confirmed';
/** What stands where only somebody who knows can write. No product file is read that still says it. */
export const TO_WRITE = 'to be written';

/** Characters of a device's word in a draft, and entries of one list. */
const LONGEST = 120;
const MOST = 200;

type Seen<K extends FactKind> = { readonly fact: FactOf<K>; readonly endpoint: Attempt['endpoint'] };

const seenOf = <K extends FactKind>(attempts: readonly Attempt[], kind: K): Seen<K>[] =>
  attempts.flatMap(({ endpoint, observations }) =>
    observations.flatMap(({ fact }) => ((fact as Fact).kind === kind ? [{ fact: fact as FactOf<K>, endpoint }] : [])),
  );

/** A device's word, with nothing in it that ends a line or a comment, or that is not seen. Undefined where nothing is left. */
const word = (text: string): string | undefined => {
  const shown = visible(text.trim(), LONGEST).replace(/\s+/gu, ' ').trim();
  return shown === '' ? undefined : shown;
};

const identityOf = (attempts: readonly Attempt[], what: FactOf<'identity'>['what']): string | undefined => {
  const [first] = seenOf(attempts, 'identity').flatMap(({ fact }) =>
    fact.what === what ? (word(fact.value) ?? []) : [],
  );
  return first;
};

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

const macOf = (component: Component, attempts: readonly Attempt[]): string | undefined =>
  component.mac ??
  seenOf(attempts, 'identity')
    .filter(({ fact }) => fact.what === 'mac')
    .map(({ fact }) => fact.value.replaceAll('-', ':').toLowerCase())
    .find((mac) => MAC.test(mac));

/** What is inside a wrapping says more than the wrapping. */
const protocolAt = (services: readonly Seen<'service'>[]): string | undefined => {
  const known = services.filter(({ fact }) => fact.protocol !== 'unknown');
  const inside =
    known.find(({ fact }) => fact.security !== 'none') ?? known.find(({ fact }) => fact.protocol !== 'tls');
  return word((inside ?? known[0])?.fact.protocol ?? '');
};

interface OpenPort {
  readonly transport: 'tcp' | 'udp';
  readonly port: number;
  readonly protocol?: string;
  readonly encryption?: string;
  readonly login: boolean;
}

const openPorts = (attempts: readonly Attempt[]): OpenPort[] => {
  const open = new Map<string, { transport: 'tcp' | 'udp'; port: number }>();
  for (const { fact } of seenOf(attempts, 'port'))
    if (fact.state === 'open')
      open.set(`${fact.transport}/${fact.port}`, { transport: fact.transport, port: fact.port });
  const [services, channels, logins] = [
    seenOf(attempts, 'service'),
    seenOf(attempts, 'channel'),
    seenOf(attempts, 'login'),
  ];
  return [...open.values()]
    .sort((a, b) => (a.transport === b.transport ? a.port - b.port : a.transport < b.transport ? -1 : 1))
    .slice(0, MOST)
    .map((at) => {
      const here = <K extends FactKind>(all: readonly Seen<K>[]): Seen<K>[] =>
        all.filter(({ endpoint }) => endpoint.transport === at.transport && endpoint.port === at.port);
      const protocol = protocolAt(here(services));
      const encryption = here(channels).at(-1)?.fact.encryption;
      return {
        ...at,
        ...(protocol === undefined ? {} : { protocol }),
        ...(encryption === undefined ? {} : { encryption }),
        login: here(logins).length > 0,
      };
    });
};

const updateOf = (attempts: readonly Attempt[]): Record<string, string> | undefined => {
  const urls: Record<string, string> = {};
  for (const { fact } of seenOf(attempts, 'update'))
    if (fact.role !== 'client' && fact.outcome === 'accepted' && URL.canParse(fact.url) && word(fact.url) === fact.url)
      urls[fact.role] ??= fact.url;
  return Object.keys(urls).length === 0 ? undefined : { mechanism: TO_WRITE, ...urls };
};

const lockOf = (attempts: readonly Attempt[]): { lock: { after: number } } | undefined => {
  const locked = seenOf(attempts, 'throttle').find(({ fact }) => fact.response === 'lock' && fact.after > 0);
  return locked === undefined ? undefined : { lock: { after: locked.fact.after } };
};

const IDENTIFIERS = ['serial', 'mac', 'model', 'firmware', 'uuid'] as const;

const identifiersOf = (attempts: readonly Attempt[]): object[] =>
  IDENTIFIERS.flatMap((kind) => {
    const seen = seenOf(attempts, 'identity').find(({ fact }) => fact.what === kind && word(fact.value) !== undefined);
    return seen === undefined ? [] : [{ kind, value: word(seen.fact.value), where: word(seen.fact.via) ?? TO_WRITE }];
  });

const without = (entries: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entries).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );

/** The components as they were seen, of a run whose bare address or product file names them. */
const componentOf = (component: Component, attempts: readonly Attempt[]): Record<string, unknown> => {
  const ports = openPorts(attempts);
  const declares = without({
    interfaces: component.addresses.length === 0 ? undefined : [{ kind: 'ip', name: TO_WRITE }],
    services: ports.map(({ transport, port, protocol }) =>
      without({ port, transport, protocol, reason: `${TO_WRITE}: why it is needed` }),
    ),
    logins: lockOf(attempts),
    authentication: ports
      .filter(({ login, protocol }) => login && protocol !== undefined)
      .map(({ protocol, port }) => ({
        service: protocol,
        port,
        mechanism: TO_WRITE,
        origin: `${TO_WRITE}: who sets the credential, and whether each device has its own`,
      })),
    update: updateOf(attempts),
    identifiers: identifiersOf(attempts),
  });
  return without({
    id: component.id,
    kind: component.kind,
    partOf: component.partOf,
    fragile: component.fragile,
    addresses: component.addresses,
    names: component.names,
    mac: macOf(component, attempts),
    vendor: identityOf(attempts, 'vendor'),
    declares: Object.keys(declares).length === 0 ? undefined : declares,
  });
};

/** A line of a template, as a comment: whoever confirms it takes the `#` away. */
const template = (line: string): string => ` ${line} # ${TO_CONFIRM}`;

const environmentName = ({ id }: Component): string =>
  `${id
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, 'DEVICE_')}_PASSWORD`;

/** What a probe cannot see, to be filled in. Nothing in it is a device's word but the protocol, quoted and without controls. */
const templatesOf = (component: Component, attempts: readonly Attempt[]): string => {
  const ports = openPorts(attempts);
  const quoted = (text: string): string => JSON.stringify(text);
  const logins = [
    ...new Set(ports.flatMap(({ login, protocol }) => (login && protocol !== undefined ? protocol : []))),
  ];
  return [
    ...(logins.length === 0
      ? []
      : [
          'accounts:',
          template(
            `  - { user: admin, secret: { env: ${environmentName(component)} }, role: admin, on: [${logins.map(quoted).join(', ')}] }`,
          ),
        ]),
    'channels:',
    ...ports.map(({ transport, port, encryption }) =>
      template(
        `  - { transport: ${transport}, port: ${port}, data: ${TO_WRITE}, protection: ${encryption === undefined || encryption === 'other' ? TO_WRITE : encryption} }`,
      ),
    ),
    template(`  - { from: ${component.id}, to: cloud, data: ${TO_WRITE}, protection: tls, trust: ${TO_WRITE} }`),
    'peers:',
    template(`  - { host: ${TO_WRITE}, purpose: ${TO_WRITE}, protocol: tls, port: 443 }`),
    'data:',
    template(
      `  - { class: ${TO_WRITE}, where: ${TO_WRITE}, protection: ${TO_WRITE}, deletion: ${TO_WRITE}, personal: false }`,
    ),
    'roles:',
    template(`  - { name: admin, may: [${TO_WRITE}] }`),
    'onboarding:',
    template(`  - { how: ${TO_WRITE}, open: ${TO_WRITE}, proof: ${TO_WRITE} }`),
    'events:',
    template(`  - { event: failed login, where: ${TO_WRITE}, kept: ${TO_WRITE} }`),
  ]
    .map((line) => (line.startsWith(' ') ? line : ` ${line}`))
    .join('\n');
};

/** The `declares` map of a component's place in the document. */
const declaresAt = (document: Document, index: number): YAMLMap | undefined => {
  const node = document.getIn(['components', index, 'declares'], true);
  return node instanceof YAMLMap ? node : undefined;
};

/**
 * A product file in YAML, drafted from what a run saw. Each line that states something ends with `# to be confirmed`,
 * those of the templates too. A device's words are bounded, quoted, and without control characters: none of them can end a
 * comment or add a key.
 */
export const draftProduct = (run: Run): string => {
  const { target, item, attempts } = run;
  const own = ({ id }: Component): Attempt[] => attempts.filter(({ component }) => component === id);
  const device = target.components.find(({ addresses }) => addresses.length > 0) ?? target.components[0]!;
  const said = own(device);
  const name = item.model ?? identityOf(said, 'model') ?? target.id;
  const known = without({
    model: word(item.model ?? '') ?? identityOf(said, 'model'),
    serial: word(item.serial ?? '') ?? identityOf(said, 'serial'),
    hardware: word(item.hardware ?? ''),
    firmware: word(item.firmware ?? '') ?? identityOf(said, 'firmware'),
  });
  const document = new Document({
    schema: 1,
    product: { name: word(name) ?? target.id, complete: false },
    ...(Object.keys(known).length === 0 ? {} : { item: known }),
    components: target.components.map((component) => componentOf(component, own(component))),
  });
  visit(document, {
    Pair: (_, pair) => {
      if (isScalar(pair.value)) pair.value.comment = ` ${TO_CONFIRM}`;
    },
    Seq: (_, { items }) => {
      for (const one of items) if (isScalar(one)) one.comment = ` ${TO_CONFIRM}`;
    },
  });
  target.components.forEach((component, index) => {
    const declares = declaresAt(document, index);
    if (declares !== undefined) declares.comment = templatesOf(component, own(component));
  });
  document.commentBefore = [
    ` Drafted by probity from run ${run.id}: what was seen, which is not what is meant.`,
    ` Confirm, correct or take out every line that ends with "${TO_CONFIRM}"; nobody has declared any of it yet.`,
    ` A line that says "${TO_WRITE}" is refused by probity scan: a reason that nobody gave would count as one.`,
  ].join('\n');
  return document.toString({ lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' });
};
