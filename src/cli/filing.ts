import type { Crosswalk } from '../model/crosswalk.ts';
import type { Lab } from '../model/lab.ts';
import type { SuitabilityPass } from '../model/suitability.ts';
import type { Sealing } from '../observe/sealing.ts';
import { formatsFrom } from './formats.ts';
import { readLab } from './load-lab.ts';
import { readSealing } from './sealing.ts';

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
  /** The passes over references, made around the runs. */
  readonly suitability?: readonly SuitabilityPass[];
  readonly remedies: boolean;
  /** A crosswalk of the lab's own that the assessment was carried over; the shipped ones are found. */
  readonly crosswalks?: readonly Crosswalk[];
}

/** Reads what the options name, before anything is sent or written. Throws Usage and BadFile. */
export const readFiling = (options: FilingOptions): Filing => ({
  formats: formatsFrom(options.format),
  sealing: readSealing(options),
  ...(options.lab === undefined ? {} : { lab: readLab(options.lab) }),
  remedies: options.remedies ?? true,
});
