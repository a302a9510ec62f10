import type { Sha256 } from '../model/fact.ts';
import type { Attempt, Observation, Run } from '../model/run.ts';
import { folderOf, type ReportInput } from './report.ts';
import { relativeLink } from './text.ts';
import type { NamedFinding, View } from './view.ts';
import { FAILING_FIRST } from './words.ts';

/** An attempt or an observation that names an evidence file; `anchor` is where the report has it. */
export interface Owner {
  readonly run: Run;
  readonly attempt: Attempt;
  readonly observation?: Observation;
  readonly anchor: string;
}

/** An evidence file, who names it, and the findings that rest on it, failing first. */
export interface EvidenceOf {
  readonly digest: Sha256;
  readonly owners: readonly [Owner, ...Owner[]];
  readonly findings: readonly NamedFinding[];
  /** From the page to the file; absent where the page stands apart from its run. */
  readonly href: string | undefined;
}

/**
 * Every evidence file of the runs, once, in the order in which their attempts name them. An observation that no finding
 * rests on has no place in the report: its owner's anchor is its attempt's.
 */
export const evidenceOf = (input: ReportInput, view: View): EvidenceOf[] => {
  const resting = new Map<string, NamedFinding[]>();
  for (const named of view.findings.values())
    for (const id of new Set(named.finding.basis)) {
      const anchor = view.references.get(id)?.anchor;
      if (anchor !== undefined) resting.set(anchor, [...(resting.get(anchor) ?? []), named]);
    }
  const found = new Map<
    Sha256,
    { owners: [Owner, ...Owner[]]; findings: Set<NamedFinding>; href: string | undefined }
  >();
  for (const reported of input.runs) {
    const { run } = reported;
    const folder = folderOf(input, reported);
    const add = (digest: Sha256, owner: Owner, findings: readonly NamedFinding[]) => {
      const known = found.get(digest);
      if (known) known.owners.push(owner);
      else {
        const href = folder === undefined ? undefined : relativeLink(folder, 'evidence', digest);
        found.set(digest, { owners: [owner], findings: new Set(), href });
      }
      for (const one of findings) found.get(digest)?.findings.add(one);
    };
    for (const attempt of run.attempts) {
      const own = view.references.get(`${run.id}:${attempt.id}`)?.anchor ?? '';
      for (const observation of attempt.observations) {
        const anchor = view.references.get(`${run.id}:${observation.id}`)?.anchor ?? '';
        const findings = resting.get(anchor) ?? [];
        for (const digest of new Set(observation.evidence))
          add(digest, { run, attempt, observation, anchor: findings.length > 0 ? anchor : own }, findings);
      }
      for (const digest of new Set(attempt.evidence))
        add(digest, { run, attempt, anchor: own }, resting.get(own) ?? []);
    }
  }
  return [...found].map(([digest, { owners, findings, href }]) => ({
    digest,
    owners,
    findings: [...findings].sort(byAttention),
    href,
  }));
};

const byAttention = (a: NamedFinding, b: NamedFinding): number =>
  FAILING_FIRST.indexOf(a.finding.verdict) - FAILING_FIRST.indexOf(b.finding.verdict);

/** What a failing finding rests on first, then what leaves something open, then the rest: so it is shown while there is room. */
export const byNeed = (files: readonly EvidenceOf[]): EvidenceOf[] => {
  const need = ({ findings: [first] }: EvidenceOf): number =>
    first === undefined ? FAILING_FIRST.length : FAILING_FIRST.indexOf(first.finding.verdict);
  return [...files].sort((a, b) => need(a) - need(b));
};
