import type { Assessment } from '../model/assessment.ts';
import type { Crosswalk } from '../model/crosswalk.ts';
import type { Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';

/** A run that was judged, with the seal it had. */
export interface ReportedRun {
  readonly run: Run;
  /** SHA-256 over the run's SHA256SUMS; absent where it was not sealed. */
  readonly seal?: string;
  /** Relative path from the report to this run's folder; only needed where several runs are judged together. */
  readonly folder?: string;
}

/** Everything that a report is made of. Nothing else enters it: no clock, no file, no environment. */
export interface ReportInput {
  readonly assessment: Assessment;
  readonly runs: readonly ReportedRun[];
  readonly profile: Profile;
  /**
   * Relative path from the report to the folder of the one run judged, `../../run/`. Absent where the report stands apart
   * from its run: evidence is then named but not linked.
   */
  readonly evidence?: string;
  /** File name of the page beside the report that shows the evidence; absent where there is none. */
  readonly viewer?: string;
  /** The crosswalks that the profile is on a side of, for formats that print their rows. */
  readonly crosswalks?: readonly Crosswalk[];
}

/** Writes an assessment in one format. Pure: the same input gives the same bytes. Throws where the assessment is malformed. */
export interface Reporter {
  readonly format: string;
  /** The file's name in the assessment's folder. */
  readonly file: string;
  readonly mediaType: string;
  render(input: ReportInput): string | Uint8Array | Promise<string | Uint8Array>;
}

/** Where a run's evidence lies, seen from the report; undefined where that is not known. */
export const folderOf = ({ runs, evidence }: ReportInput, { folder }: ReportedRun): string | undefined =>
  folder ?? (runs.length === 1 ? evidence : undefined);
