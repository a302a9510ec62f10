import type { Crosswalk } from '../model/crosswalk.ts';
import type { Lab } from '../model/lab.ts';
import type { Suitability } from '../model/suitability.ts';
import type { Sealing } from '../observe/sealing.ts';
import { formatsFrom } from './formats.ts';

/** Options of every verb that files an assessment. */
export interface FilingOptions {
  readonly format: string;
  readonly sign?: string;
  readonly timestamp?: string;
  readonly lab?: string;
  /** `false` with `--no-remedies`. */
  readonly remedies?: boolean;
}

/** What is filed of an assessment beside what was judged, and how it is sealed. */
export interface Filing {
  readonly formats: readonly string[];
  readonly sealing: Sealing;
  /** What the laboratory says, and the digest of the file. */
  readonly lab?: { readonly lab: Lab; readonly digest: string };
  readonly suitability?: Suitability;
  readonly remedies: boolean;
  /** A crosswalk of the lab's own that the assessment was carried over; the shipped ones are found. */
  readonly crosswalks?: readonly Crosswalk[];
}

/** Reads what the options name, before anything is sent or written. Throws Usage and BadFile. */
export const readFiling = (options: FilingOptions): Filing => ({
  formats: formatsFrom(options.format),
  sealing: {},
  remedies: options.remedies ?? true,
});
