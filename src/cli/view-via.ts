import * as fs from 'node:fs';
import type { Via } from '../judge/carry.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Crosswalk } from '../model/crosswalk.ts';
import { verifySeal } from '../observe/seal.ts';
import { digestOfText, type LoadedProfile, runsOf, type SealedRun } from './assess.ts';
import { Usage } from './limits.ts';
import { findCrosswalk, loadCrosswalk } from './load-crosswalk.ts';
import { readProfiles } from './profiles.ts';
import { readSealedAssessment } from './read-assessment.ts';

/** What `--via` and `--from` come to: a crosswalk, and what is shown through it. */
export interface ViewVia {
  readonly crosswalk: Crosswalk;
  readonly digest: string;
  /** The assessment named by `--from`: its verdicts are carried to the profiles that are judged. */
  readonly from?: Via;
  /** Else these profiles, on the other side, are shown by what the profiles that are judged carry to them. */
  readonly targets: readonly LoadedProfile[];
}

/** The profiles on the other side of a crosswalk than this one; none where it is on neither. */
const across = ({ focal, references }: Crosswalk, id: string): readonly string[] =>
  id === focal ? references : references.includes(id) ? [focal] : [];

const itemOf = ({ run }: SealedRun): Pick<Via['source'], 'item' | 'product'> => {
  const product = run.target.product?.name;
  return { item: run.item, ...(product === undefined ? {} : { product }) };
};

/** A sealed assessment with the item that its newest run is of. */
const readSource = (path: string): Via['source'] => {
  const { assessment, dir, seal } = readSealedAssessment(path);
  return { assessment, seal, ...itemOf(runsOf(dir, assessment).at(-1)!) };
};

/** Reads what `--via` and `--from` name, for these profiles. Throws Usage and BadFile. */
export const readVia = (
  { via, from }: { via?: string; from?: string },
  loaded: readonly LoadedProfile[],
): ViewVia | undefined => {
  if (via === undefined) {
    if (from !== undefined) throw new Usage('--from names what --via carries verdicts from: give --via too');
    return undefined;
  }
  const crosswalk = loadCrosswalk(via);
  const digest = digestOfText(fs.readFileSync(findCrosswalk(via)));
  const source = from === undefined ? undefined : readSource(from);
  for (const { profile } of loaded) {
    const other = across(crosswalk, profile.profile);
    const joins = `it joins ${crosswalk.focal} with ${crosswalk.references.join(' and ')}`;
    if (other.length === 0) throw new Usage(`--via ${via}: ${joins}, and not ${profile.profile}`);
    if (source !== undefined && !other.includes(source.assessment.profile.id))
      throw new Usage(`--from ${from}: it is by ${source.assessment.profile.id}; ${via}: ${joins}`);
  }
  const targets = source === undefined ? loaded.flatMap(({ profile }) => across(crosswalk, profile.profile)) : [];
  return {
    crosswalk,
    digest,
    ...(source === undefined ? {} : { from: { crosswalk, digest, source } }),
    targets: readProfiles([...new Set(targets)].filter((id) => !loaded.some(({ profile }) => profile.profile === id))),
  };
};

/** What is carried to a target from the one of these assessments that is on the other side. */
export const viaOf = (
  { crosswalk, digest }: ViewVia,
  target: LoadedProfile,
  written: readonly { assessment: Assessment; dir: string; sealed: SealedRun }[],
): Via | undefined => {
  const other = across(crosswalk, target.profile.profile);
  const source = written.find(({ assessment }) => other.includes(assessment.profile.id));
  if (source === undefined) return undefined;
  const { seal } = verifySeal(source.dir);
  return { crosswalk, digest, source: { assessment: source.assessment, seal, ...itemOf(source.sealed) } };
};
