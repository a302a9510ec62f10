import * as fs from 'node:fs';
import { catalogue } from '../judge/checks/index.ts';
import type { Profile } from '../model/profile.ts';
import { digestOfText, type LoadedProfile } from './assess.ts';
import { Usage } from './limits.ts';
import { loadProfile, profileFiles } from './load-profile.ts';
import { BadFile } from './load-yaml.ts';

/** The digest of all that a profile was made of: of its file, and where it extends others, of the list of their digests. */
const digestOfProfile = (name: string): string => {
  const digests = profileFiles(name).map((file) => digestOfText(fs.readFileSync(file)));
  return digests.length === 1 ? digests[0]! : digestOfText(digests.map((digest) => `${digest}\n`).join(''));
};

/** An id names the folder of an assessment: one folder, and no way out of it. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * Reads profiles by id or file, with the digest of what was read; one that is given twice is one. Throws BadFile, and Usage
 * where two that differ have one id.
 */
export const readProfiles = (names: readonly string[]): LoadedProfile[] => {
  const known = catalogue.map((check) => check.id);
  const loaded = new Map<string, LoadedProfile>();
  for (const name of names) {
    const one = { profile: loadProfile(name, known), digest: digestOfProfile(name) };
    const id = one.profile.profile;
    if (!ID.test(id))
      throw new BadFile(
        name,
        `profile is ${JSON.stringify(id)}, expected letters, digits, ".", "_" and "-": it names a folder`,
      );
    if (loaded.has(id) && loaded.get(id)!.digest !== one.digest)
      throw new Usage(`--profile ${name}: another one that is given has the id ${id}, and they differ`);
    loaded.set(id, one);
  }
  return [...loaded.values()];
};

/** What `probity profiles` counts: all elements, those that are assessed themselves, and of these the two kinds. */
export const profileCounts = ({
  criteria,
}: Profile): { elements: number; leaves: number; technical: number; manual: number } => {
  const leaves = criteria.filter(({ heading }) => !heading);
  const technical = leaves.filter(({ kind }) => kind === 'technical').length;
  return { elements: criteria.length, leaves: leaves.length, technical, manual: leaves.length - technical };
};
