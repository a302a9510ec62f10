import type { Finding } from '../model/assessment.ts';
import { folderOf, type ReportInput } from './report.ts';
import { relativeLink, visible } from './text.ts';
import type { View } from './view.ts';

/** Where a file lies: relative to the folder of the report, and its number in the run's list of artifacts. */
export interface ArtifactLocation {
  readonly uri: string;
  readonly uriBaseId: string;
  readonly index: number;
}

/** A file that a finding rests on (SARIF 2.1.0, 3.24). `location` is absent where the report stands apart from its run. */
interface Artifact {
  readonly description: { readonly text: string };
  readonly location?: Omit<ArtifactLocation, 'index'>;
  readonly hashes: { readonly 'sha-256': string };
  readonly properties: { readonly run: string };
}

export interface Evidence {
  readonly artifacts: readonly Artifact[];
  /** The evidence files of a finding that can be reached from the report, each once. */
  of(finding: Finding): ArtifactLocation[];
}

/** The folder of the report itself: where it lies is not the report's to know. */
export const REPORT_FOLDER = 'REPORT';

/** The files that findings rest on, and the runs' seals, each once, with their digests. */
export const evidenceOf = (input: ReportInput, view: View): Evidence => {
  const artifacts: Artifact[] = [];
  const known = new Map<string, number>();
  const folders = new Map(input.runs.map((one) => [one.run.id, folderOf(input, one)]));
  const indexOf = (run: string, path: readonly string[], digest: string, text: string): number => {
    const key = `${run} ${path.join('/')}`;
    const there = known.get(key);
    if (there !== undefined) return there;
    const folder = folders.get(run);
    const uri = folder === undefined ? undefined : relativeLink(folder, ...path);
    const location = uri === undefined ? {} : { location: { uri, uriBaseId: REPORT_FOLDER } };
    const about = { description: { text: visible(text, 500) }, hashes: { 'sha-256': digest }, properties: { run } };
    artifacts.push({ ...about, ...location });
    known.set(key, artifacts.length - 1);
    return artifacts.length - 1;
  };
  for (const { run, seal } of input.runs)
    if (seal !== undefined) indexOf(run.id, ['SHA256SUMS'], seal, `The sums that seal run ${run.id}.`);

  const of = ({ basis, run }: Finding): ArtifactLocation[] => {
    const indices = new Set<number>();
    for (const id of basis) {
      const reference = view.references.get(id.startsWith(`${run}:`) ? id : `${run}:${id}`) ?? view.references.get(id);
      if (reference === undefined) continue;
      const own = reference.observation?.evidence ?? [];
      for (const digest of own.length > 0 ? own : reference.attempt.evidence)
        indices.add(indexOf(reference.run.id, ['evidence', digest], digest, `Evidence of ${reference.attempt.id}.`));
    }
    return [...indices].flatMap((index) => {
      const location = artifacts[index]?.location;
      return location === undefined ? [] : [{ ...location, index }];
    });
  };
  return { artifacts, of };
};
