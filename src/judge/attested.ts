import type { Attestation } from '../model/person.ts';
import type { Run } from '../model/run.ts';

/** What persons have said of one criterion on one component. Names are items, finding ids and `coverage:<what>`. */
export interface Attested {
  readonly passed: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  /** Named by one statement as passed and by another as failed: settles nothing. */
  readonly contradicting: ReadonlySet<string>;
  readonly any: boolean;
}

const FIELDS = ['model', 'serial', 'hardware', 'firmware'] as const;

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
        item.firmware === run.item.firmware,
    )
  );
};

/**
 * The statements that count for a criterion (rule 5). A maker's settles nothing. `component` undefined: the criterion is
 * judged once for the product or its developer. A statement that names no component speaks of the only one there is.
 */
export const attestedFor = (
  attestations: readonly Attestation[],
  about: { criterion: string; component?: string; components: number },
  runs: readonly { run: Run; seal?: string }[],
  judgedAt: string,
): Attested => {
  const counting = attestations.filter(
    (attestation) =>
      attestation.criterion === about.criterion &&
      (attestation.component === undefined
        ? about.component === undefined || about.components === 1
        : attestation.component === about.component) &&
      isBound(attestation, runs, judgedAt),
  );
  const named = (verdict: 'pass' | 'fail'): Set<string> =>
    new Set(counting.filter((a) => a.verdict === verdict).flatMap((a) => a.settles));
  const [passed, failed] = [named('pass'), named('fail')];
  const contradicting = new Set([...passed].filter((name) => failed.has(name)));
  for (const name of contradicting) {
    passed.delete(name);
    failed.delete(name);
  }
  return { passed, failed, contradicting, any: counting.length > 0 };
};
