import { strengthFor } from '../judge/link.ts';
import type { Assessment, Finding } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import { Usage } from './limits.ts';

export const GATES = ['checks', 'technical', 'all', 'fail'] as const;
export type Gate = (typeof GATES)[number];

export const gateFrom = (text: string): Gate => {
  const gate = GATES.find((name) => name === text);
  if (gate === undefined) throw new Usage(`--gate ${text}: expected one of ${GATES.join(', ')}`);
  return gate;
};

const OPEN = new Set(['inconclusive', 'not-assessed']);

/**
 * The exit code of an assessment: 0 nothing required failed or is open, 1 something required failed conclusively,
 * 4 something required is open. `checks` looks at the checks that the criteria require, whatever a person has still to
 * do; `technical` at the technical criteria, `all` at every criterion of level must; `fail` lets open ones pass.
 */
export const exitCodeOf = (assessment: Assessment, profile: Profile, gate: Gate): 0 | 1 | 4 => {
  const must = assessment.criteria.filter((criterion) => criterion.level === 'must' && !criterion.heading);
  if (gate === 'technical' || gate === 'all') {
    const counted = gate === 'all' ? must : must.filter((criterion) => criterion.kind === 'technical');
    if (counted.some((criterion) => criterion.verdict === 'fail')) return 1;
    return counted.some((criterion) => OPEN.has(criterion.verdict)) ? 4 : 0;
  }
  const findings = new Map<string, Finding[]>();
  for (const finding of assessment.findings)
    findings.set(finding.check, [...(findings.get(finding.check) ?? []), finding]);
  const links = profile.criteria
    .filter((criterion) => criterion.level === 'must')
    .flatMap((criterion) => criterion.checks)
    .filter((link) => link.as !== 'supports');
  const failed = links.some((link) =>
    (findings.get(link.check) ?? []).some(
      (finding) => finding.verdict === 'fail' && strengthFor(link, finding) === 'conclusive',
    ),
  );
  if (failed) return 1;
  if (gate === 'fail') return 0;
  const required = new Set(links.filter((link) => link.as === 'required').map((link) => link.check));
  const seen = new Set(assessment.checks.map((result) => result.check));
  const open = assessment.checks.some(
    (result) => required.has(result.check) && (result.verdict === 'inconclusive' || result.verdict === 'fail'),
  );
  return open || [...required].some((check) => !seen.has(check)) ? 4 : 0;
};
