import * as fs from 'node:fs';
import { catalogue } from '../judge/checks/index.ts';
import type { Profile } from '../model/profile.ts';
import { digestOfText, type LoadedProfile } from './assess.ts';
import { loadProfile, profileFiles } from './load-profile.ts';

/** The digest of all that a profile was made of: of its file, and where it extends others, of the list of their digests. */
const digestOfProfile = (name: string): string => {
  const digests = profileFiles(name).map((file) => digestOfText(fs.readFileSync(file)));
  return digests.length === 1 ? digests[0]! : digestOfText(digests.map((digest) => `${digest}\n`).join(''));
};

/** Reads profiles by id or file, with the digest of what was read. Throws BadFile. */
export const readProfiles = (names: readonly string[]): LoadedProfile[] => {
  const known = catalogue.map((check) => check.id);
  return names.map((name) => ({ profile: loadProfile(name, known), digest: digestOfProfile(name) }));
};

/** What `probity profiles` counts: all elements, those that are assessed themselves, and of these the two kinds. */
export const profileCounts = ({
  criteria,
}: Profile): { elements: number; leaves: number; technical: number; manual: number } => {
  const leaves = criteria.filter(({ heading }) => !heading);
  const technical = leaves.filter(({ kind }) => kind === 'technical').length;
  return { elements: criteria.length, leaves: leaves.length, technical, manual: leaves.length - technical };
};
