import type { Component, Declaration, DeclaredService } from '../model/target.ts';
import type { Verdict } from '../model/verdict.ts';
import type { NamedFinding, View } from './view.ts';

/** One thing that the maker declares, and the findings that hold it against what was observed. */
export interface DeclaredRow {
  readonly component: string;
  /** The part of the declaration: `services`, `update`. */
  readonly part: string;
  readonly declared: string;
  readonly findings: readonly NamedFinding[];
}

export const PART_WORDS: Record<keyof Declaration, string> = {
  interfaces: 'Interface',
  services: 'Service',
  logins: 'Wrong logins',
  accounts: 'Account',
  authentication: 'Authentication',
  update: 'Updates',
  trust: 'Trust anchors',
  trustFile: 'Trust anchors',
  identifiers: 'Identifier',
  configuration: 'Setting',
  data: 'Data',
  channels: 'Channel',
  roles: 'Role',
  messages: 'Message',
  peers: 'Peer',
  onboarding: 'Set-up',
  events: 'Events',
  public: 'Public',
};

/** Entries of one part that a report prints; the others stand in the run's target. */
const MOST_ENTRIES = 40;

/** The checks that hold the declared services against what was seen. */
const OF_SERVICES = ['services-declared', 'declared-services-found'];

/** Checks that hold a whole part against what was seen, beside `declaration-consistent`. */
const OF_PART: Partial<Record<keyof Declaration, string>> = {
  peers: 'egress-declared',
  events: 'security-events-reported',
  trust: 'tls-certificate-valid',
};

/** A declared value in words, names before values; where a secret or a key lies is the tester's own. */
const wordsOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(wordsOf).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .filter(
      ([name, one]) =>
        one !== undefined && !['secret', 'keyFile', 'key', 'certificate', 'certificateFile'].includes(name),
    )
    .map(([name, one]) => `${name} ${wordsOf(one)}`)
    .join(', ');
};

const lockWords = ({ lock }: NonNullable<Declaration['logins']>): string =>
  lock === 'none' ? 'no lock' : `a lock after ${lock.after} in a row${lock.for ? ` for ${lock.for}` : ''}`;

const interfaceWords = ({ kind, name, reason }: NonNullable<Declaration['interfaces']>[number]): string =>
  `${name === undefined ? kind : `${name} (${kind})`}${reason ? `: ${reason}` : ''}`;

const serviceWords = ({ port, transport, protocol, reason, public: open }: DeclaredService): string =>
  `${transport}/${port}${protocol ? ` (${protocol})` : ''}: ${reason}${open ? ', declared public' : ''}`;

const updateWords = (update: NonNullable<Declaration['update']>): string =>
  `${wordsOf(update)}${update.key === undefined ? '' : ', signed by a declared key'}`;

/** The entries of one part, each in words with what its findings are about. */
const entriesOf = (part: keyof Declaration, declares: Declaration): { words: string; service?: DeclaredService }[] => {
  if (part === 'services')
    return (declares.services ?? []).map((service) => ({ words: serviceWords(service), service }));
  if (part === 'logins') return declares.logins === undefined ? [] : [{ words: lockWords(declares.logins) }];
  if (part === 'update') return declares.update === undefined ? [] : [{ words: updateWords(declares.update) }];
  if (part === 'trust') return declares.trust === undefined ? [] : [{ words: 'certificates given as trust anchors' }];
  if (part === 'trustFile') return [];
  return (declares[part] ?? []).map((entry) => ({ words: wordsOf(entry) }));
};

const speaksOfService = (
  { finding: { check, about } }: NamedFinding,
  { port, transport }: DeclaredService,
): boolean => {
  if (check === 'declaration-consistent' && about.subject !== undefined) return false;
  if (check !== 'declaration-consistent' && !OF_SERVICES.includes(check)) return false;
  if (about.port === undefined) return about.subject?.endsWith(`${transport}/${port}`) === true;
  if (about.transport !== transport) return false;
  const [from = Number.NaN, to = from] = String(port).split('-').map(Number);
  return from <= about.port && about.port <= to;
};

const speaksOfPart = ({ finding: { check, about } }: NamedFinding, part: keyof Declaration): boolean =>
  check === OF_PART[part] ||
  (check === 'declaration-consistent' && (about.subject === part || about.subject?.startsWith(`${part}:`) === true));

/** Interfaces that speak IP are held against open ports; no probe can see the others. */
const interfaceRows = (
  { declares: { interfaces = [] } }: Component,
  row: (declared: string, findings: NamedFinding[]) => DeclaredRow,
  held: readonly NamedFinding[],
): DeclaredRow[] => {
  const [ip, others] = [true, false].map((is) => interfaces.filter(({ kind }) => (kind === 'ip') === is));
  const words = (list: typeof interfaces = []): string => list.slice(0, MOST_ENTRIES).map(interfaceWords).join('; ');
  return [
    ...(ip?.length
      ? [
          row(
            words(ip),
            held.filter((one) => speaksOfPart(one, 'interfaces')),
          ),
        ]
      : []),
    ...(others?.length ? [row(words(others), [])] : []),
  ];
};

/**
 * What a component declares, an entry each, beside the findings that hold it against what was observed. A part that is
 * judged as a whole has one row with all its entries.
 */
export const declaredRows = (component: Component, view: View): DeclaredRow[] => {
  const held = [...view.findings.values()].filter(({ finding }) => finding.component === component.id);
  return (Object.keys(PART_WORDS) as (keyof Declaration)[]).flatMap((part) => {
    const entries = entriesOf(part, component.declares);
    if (entries.length === 0) return [];
    const row = (declared: string, findings: NamedFinding[]): DeclaredRow => ({
      component: component.id,
      part: PART_WORDS[part],
      declared,
      findings,
    });
    if (part === 'interfaces') return interfaceRows(component, row, held);
    if (part === 'services')
      return entries
        .slice(0, MOST_ENTRIES)
        .map(({ words, service }) => row(words, service ? held.filter((one) => speaksOfService(one, service)) : []));
    const shown = entries.slice(0, MOST_ENTRIES).map(({ words }) => words);
    const more = entries.length > MOST_ENTRIES ? [`and ${entries.length - MOST_ENTRIES} more`] : [];
    return [
      row(
        [...shown, ...more].join('; '),
        held.filter((one) => speaksOfPart(one, part)),
      ),
    ];
  });
};

/** Whether what was observed agrees with what is declared, by what the findings say. */
export const AGREEMENT_WORDS: Record<Verdict, string> = {
  pass: 'Agrees',
  fail: 'Contradicted',
  inconclusive: 'Could not tell',
  'not-applicable': 'Nothing to hold it against',
};
