import { isPassedOver } from '../judge/dispose.ts';
import { and, or } from '../judge/fold.ts';
import { grouped } from '../judge/grouped.ts';
import { decides } from '../judge/link.ts';
import type { Assessment, CheckResult, ComponentVerdict, CriterionResult, Finding } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { Usage } from './limits.ts';

export const GATES = ['checks', 'technical', 'all', 'fail'] as const;
export type Gate = (typeof GATES)[number];

export const gateFrom = (text: string): Gate => {
  const gate = GATES.find((name) => name === text);
  if (gate === undefined) throw new Usage(`--gate ${text}: expected one of ${GATES.join(', ')}`);
  return gate;
};

const OPEN: readonly string[] = ['inconclusive', 'not-assessed'];

/** An assessment as a gate reads it: its findings, and what each comes to under a criterion. */
class Gated {
  readonly #assessment: Assessment;
  readonly #ofCheck: ReadonlyMap<string, readonly Finding[]>;
  readonly #byId: ReadonlyMap<string, Finding>;
  /** By the words in which a criterion says that they are missing. */
  readonly #byWords: ReadonlyMap<string, readonly Finding[]>;

  constructor(assessment: Assessment) {
    this.#assessment = assessment;
    this.#ofCheck = grouped(assessment.findings, ({ check }) => check);
    this.#byWords = grouped(assessment.findings, ({ id, because }) => `${id}: ${because}`);
    this.#byId = new Map(assessment.findings.map((finding) => [finding.id, finding]));
  }

  /** The findings that fail a criterion conclusively and are not withdrawn, disposed of or not. */
  failing(criterion: Criterion): Finding[] {
    return criterion.checks
      .filter(({ as }) => as !== 'supports')
      .flatMap((link) => {
        const all = this.#ofCheck.get(link.check) ?? [];
        return all.filter((finding) => {
          const beside = all.filter(({ component }) => component === finding.component);
          return decides(link, finding, beside);
        });
      });
  }

  passesOver(finding: Finding, criterion: Criterion): boolean {
    return isPassedOver(finding, criterion, this.#assessment);
  }

  /** Whether a required check is open on a component, but for what is disposed of. */
  isOpen({ verdict, findings }: CheckResult, criterion: Criterion): boolean {
    if (verdict !== 'inconclusive' && verdict !== 'fail') return false;
    const open = findings
      .map((id) => this.#byId.get(id)!)
      .filter((one) => one.withdrawn !== undefined || one.verdict === 'fail' || one.verdict === 'inconclusive');
    return open.length === 0 || open.some((finding) => !this.passesOver(finding, criterion));
  }

  /** A criterion's verdict without what is disposed of: for the gate alone, and shown nowhere. A heading's is its own part. */
  without(criterion: Criterion, result: CriterionResult): CriterionVerdict {
    const fold = criterion.quantifier === 'any' ? or : and;
    const own = result.components.map((one) => this.#onComponent(criterion, one));
    if (result.heading) return fold(own);
    const asItIs = fold(result.components.map(({ verdict }) => verdict));
    // What came over a crosswalk, or from an incomplete list of components, is no finding that anybody could dispose of.
    return result.basis === 'mapped' || asItIs !== result.verdict ? result.verdict : fold(own);
  }

  #onComponent(criterion: Criterion, one: ComponentVerdict): CriterionVerdict {
    const { verdict, missing } = one;
    const left = missing.filter(({ detail }) => !this.#isDisposed(detail, criterion));
    if (verdict === 'fail') {
      const failing = this.failing(criterion).filter(({ id }) => one.findings.includes(id));
      const passed = failing.length > 0 && failing.every((finding) => this.passesOver(finding, criterion));
      if (!passed || this.#failedByPerson(criterion, one)) return 'fail';
      return left.length === 0 ? 'pass' : 'inconclusive';
    }
    // Open for what is missing, and not for a contradiction between persons or of a claim.
    const first = missing[0];
    const forThese = first !== undefined && one.because.includes(`still open: ${first.detail}`);
    return verdict === 'inconclusive' && forThese && left.length === 0 ? 'pass' : verdict;
  }

  /** Whether what is missing is the finding, or findings, that it is the text of. */
  #isDisposed(detail: string, criterion: Criterion): boolean {
    const meant = this.#byWords.get(detail) ?? [];
    return meant.length > 0 && meant.every((finding) => this.passesOver(finding, criterion));
  }

  #failedByPerson({ id }: Criterion, { component }: ComponentVerdict): boolean {
    return (this.#assessment.attestations ?? []).some(
      (said) =>
        said.verdict === 'fail' &&
        said.criterion === id &&
        (said.profile === undefined || said.profile === this.#assessment.profile.id) &&
        (said.component === undefined || said.component === component),
    );
  }
}

/**
 * The exit code of an assessment: 0 nothing required failed or is open, 1 something required failed conclusively,
 * 4 something required is open. Whatever the gate, a required criterion that is FAIL is 1 (of the technical ones, for
 * `technical`). `checks` looks for what is open at the checks that the criteria require, whatever a person has still to do;
 * `technical` at the technical criteria, `all` at every criterion of level must; `fail` lets open ones pass. Findings that a
 * disposition in force selects are passed over; a person's FAIL never is. Where references were tested and the bench was
 * not shown to be suitable, nothing is 0: what it did not see may be there.
 */
export const exitCodeOf = (assessment: Assessment, profile: Profile, gate: Gate): 0 | 1 | 4 => {
  const code = ofVerdicts(assessment, profile, gate);
  return code === 0 && assessment.suitability?.suitable === false ? 4 : code;
};

const ofVerdicts = (assessment: Assessment, profile: Profile, gate: Gate): 0 | 1 | 4 => {
  const gated = new Gated(assessment);
  const must = profile.criteria.filter(({ level }) => level === 'must');
  const required = must.flatMap((criterion) =>
    criterion.checks.filter(({ as }) => as === 'required').map(({ check }) => ({ criterion, check })),
  );
  // Where no check is required, that none is open says nothing: then the criteria speak.
  const ofChecks = gate === 'fail' || (gate === 'checks' && required.length > 0);
  const byId = new Map(must.map((criterion) => [criterion.id, criterion]));
  const results = assessment.criteria
    .filter(({ level, kind }) => level === 'must' && (gate !== 'technical' || kind === 'technical'))
    .map((result) => {
      const criterion = byId.get(result.id);
      return { ...result, verdict: criterion === undefined ? result.verdict : gated.without(criterion, result) };
    });
  if (results.some(({ verdict }) => verdict === 'fail')) return 1;
  if (!ofChecks) return results.some(({ heading, verdict }) => !heading && OPEN.includes(verdict)) ? 4 : 0;
  if (must.some((criterion) => gated.failing(criterion).some((finding) => !gated.passesOver(finding, criterion))))
    return 1;
  if (gate === 'fail') return 0;
  const checks = grouped(assessment.checks, ({ check }) => check);
  const open = required.some(
    ({ criterion, check }) => checks.get(check)?.some((result) => gated.isOpen(result, criterion)) ?? true,
  );
  return open ? 4 : 0;
};
