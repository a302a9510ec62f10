import * as fs from 'node:fs';
import { catalogue } from '../judge/checks/index.ts';
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
