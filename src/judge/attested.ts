import type { Attestation } from '../model/person.ts';
import type { Run } from '../model/run.ts';

/** What persons have said of one criterion on one component. Names are items, finding ids and `coverage:<what>`. */
export interface Attested {
  readonly passed: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  /** Named by one statement as passed and by another as failed: settles nothing. */
  readonly contradicting: ReadonlySet<string>;
  /** Whether a statement that names something speaks of it at all. */
  readonly any: boolean;
}

/** What an attestation is asked about. */
export interface AttestedAbout {
  readonly criterion: string;
  /** The profile that is judged by. */
  readonly profile?: string;
  /** Absent: the criterion is judged once for the product or its developer. */
  readonly component?: string;
  /** How many components the product has. */
  readonly components: number;
}

/** Begins the name of what a person found by hand, where nothing that was asked has a name for it: only ever a failure. */
export const FOUND = 'found:';

const FIELDS = ['model', 'serial', 'hardware', 'firmware', 'sample'] as const;
const EVERYTHING: readonly string[] = ['', '*', 'all', 'any', 'everything'];

/** Whether a name stands for all there is rather than for one thing: such a name settles nothing (rule 5). */
export const isBlanket = (name: string, criterion: string): boolean =>
  EVERYTHING.includes(name.trim().toLowerCase()) || name.trim() === criterion;

type Runs = readonly { run: Run; seal?: string }[];

/** Bound to the item, its firmware, and the seal of a run that is judged; in force at the instant of judging. */
const isBound = (attestation: Attestation, runs: Runs, judgedAt: string): boolean => {
  const at = Date.parse(judgedAt);
  const { item } = attestation;
  return (
    attestation.for === 'lab' &&
    Date.parse(attestation.at) <= at &&
    (attestation.until === undefined || Date.parse(attestation.until) > at) &&
    runs.some(({ seal }) => seal !== undefined && attestation.seals.includes(seal)) &&
    runs.every(
      ({ run }) =>
        FIELDS.every((field) => item[field] === undefined || item[field] === run.item[field]) &&
        // Firmware that is left out would take in every firmware.
        item.firmware === run.item.firmware,
    )
  );
};

/** The run that a finding's id begins with, where several are judged together. */
const RUN = /^(\d{8}T\d{6}Z):/;

/**
 * Whether a statement reaches what it passes by this name: what is said of one run settles nothing of another, and what is
 * open over all of them (coverage, a check that said nothing) is settled by who speaks of all of them. A person's item is of
 * the item itself.
 */
export const reaches = (seals: readonly string[], name: string, runs: Runs): boolean => {
  const isNamed = ({ seal }: Runs[number]): boolean => seal !== undefined && seals.includes(seal);
  const id = RUN.exec(name)?.[1];
  if (id !== undefined) return runs.some((one) => one.run.id === id && isNamed(one));
  return name.startsWith('coverage:') || name.includes('@') ? runs.every(isNamed) : runs.some(isNamed);
};

const speaksOf = ({ criterion, profile, component }: Attestation, about: AttestedAbout): boolean =>
  criterion === about.criterion &&
  (profile === undefined || about.profile === undefined || profile === about.profile) &&
  (component === undefined ? about.component === undefined || about.components === 1 : component === about.component);

/**
 * The statements that count for a criterion (rule 5). A maker's settles nothing. A statement that names no component
 * speaks of the only one there is, and of none where there are several. A blanket name settles nothing; in a FAIL it is
 * kept, since nothing is covered by it. Of several runs, a PASS reaches those whose seals it names.
 */
export const attestedFor = (
  attestations: readonly Attestation[],
  about: AttestedAbout,
  runs: Runs,
  judgedAt: string,
): Attested => {
  const counting = attestations.filter(
    (attestation) => speaksOf(attestation, about) && isBound(attestation, runs, judgedAt),
  );
  const named = (verdict: 'pass' | 'fail', counts: (one: Attestation, name: string) => boolean): ReadonlySet<string> =>
    new Set(
      counting
        .filter((one) => one.verdict === verdict)
        .flatMap((one) => one.settles.filter((name) => counts(one, name))),
    );
  const passed = new Set(
    named(
      'pass',
      (one, name) => !isBlanket(name, about.criterion) && !name.startsWith(FOUND) && reaches(one.seals, name, runs),
    ),
  );
  const failed = new Set(named('fail', () => true));
  const contradicting = new Set([...passed].filter((name) => failed.has(name)));
  for (const name of contradicting) {
    passed.delete(name);
    failed.delete(name);
  }
  return { passed, failed, contradicting, any: passed.size + failed.size + contradicting.size > 0 };
};
