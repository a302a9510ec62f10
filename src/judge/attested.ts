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

/** Bound to the item, its firmware, and the seal of a run that is judged; in force at the instant of judging. */
const isBound = (attestation: Attestation, runs: readonly { run: Run; seal?: string }[], judgedAt: string): boolean => {
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

const speaksOf = ({ criterion, profile, component }: Attestation, about: AttestedAbout): boolean =>
  criterion === about.criterion &&
  (profile === undefined || about.profile === undefined || profile === about.profile) &&
  (component === undefined ? about.component === undefined || about.components === 1 : component === about.component);

/**
 * The statements that count for a criterion (rule 5). A maker's settles nothing. A statement that names no component
 * speaks of the only one there is, and of none where there are several. A blanket name settles nothing; in a FAIL it is
 * kept, since nothing is covered by it.
 */
export const attestedFor = (
  attestations: readonly Attestation[],
  about: AttestedAbout,
  runs: readonly { run: Run; seal?: string }[],
  judgedAt: string,
): Attested => {
  const counting = attestations.filter(
    (attestation) => speaksOf(attestation, about) && isBound(attestation, runs, judgedAt),
  );
  const named = (verdict: 'pass' | 'fail'): string[] =>
    counting.filter((attestation) => attestation.verdict === verdict).flatMap(({ settles }) => settles);
  const passed = new Set(named('pass').filter((name) => !isBlanket(name, about.criterion) && !name.startsWith(FOUND)));
  const failed = new Set(named('fail'));
  const contradicting = new Set([...passed].filter((name) => failed.has(name)));
  for (const name of contradicting) {
    passed.delete(name);
    failed.delete(name);
  }
  return { passed, failed, contradicting, any: passed.size + failed.size + contradicting.size > 0 };
};
