import * as fs from 'node:fs';
import { catalogue } from '../judge/checks/index.ts';
import type { Profile } from '../model/profile.ts';
import { digestOfText, type LoadedProfile } from './assess.ts';
import { findProfile, loadProfile } from './load-profile.ts';

/** Reads profiles by id or file, with the digest of what was read. Throws BadFile. */
export const readProfiles = (names: readonly string[]): LoadedProfile[] => {
  const known = catalogue.map((check) => check.id);
  return names.map((name) => {
    const file = findProfile(name);
    return { profile: loadProfile(file, known), digest: digestOfText(fs.readFileSync(file)) };
  });
};

/** What `probity profiles` counts: all elements, those that are assessed themselves, and of these the two kinds. */
export const profileCounts = ({
  criteria,
}: Profile): { elements: number; leaves: number; technical: number; manual: number } => {
  const leaves = criteria.filter(({ heading }) => !heading);
  const technical = leaves.filter(({ kind }) => kind === 'technical').length;
  return { elements: criteria.length, leaves: leaves.length, technical, manual: leaves.length - technical };
};
