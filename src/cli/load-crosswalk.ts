import * as fs from 'node:fs';
import * as path from 'node:path';
import { garbles } from '../judge/carry-rows.ts';
import { catalogue } from '../judge/checks/index.ts';
import { Crosswalk, type CrosswalkRow, type ReadAs, type Relationship } from '../model/crosswalk.ts';
import type { Profile } from '../model/profile.ts';
import { loadProfile, packageRoot } from './load-profile.ts';
import { BadFile, type Loaded, parseYaml, readText } from './load-yaml.ts';

/** Reads a profile by id. Throws BadFile. */
export type ProfileOf = (id: string) => Profile;

const shippedProfile = (): ProfileOf => {
  const known = catalogue.map(({ id }) => id);
  const read = new Map<string, Profile>();
  return (id) => {
    const profile = read.get(id) ?? loadProfile(id, known);
    read.set(id, profile);
    return profile;
  };
};
const profileOf = shippedProfile();

/** Readings that carry a verdict in some direction where the printed relationship does too (CRITERIA B.2). */
const CARRYING: readonly ReadAs[] = ['equal', 'subset of', 'superset of'];
const FULFILLING: readonly (Relationship | undefined)[] = ['equal', 'subset of'];

/** Flags that say of a reference or a comment how it is printed, and cast no doubt on which element is meant. */

/** Why nothing may be carried over a row, whatever it is read as (CRITERIA B.4.3); undefined where nothing forbids it. */
const barred = (row: CrosswalkRow): string | undefined => {
  const { rationale, relationship, references, issues, namesIssues } = row;
  if (rationale === undefined) return 'its rationale is blank';
  if (rationale === 'syntactic') return 'its rationale is syntactic';
  if (relationship === undefined) return 'its relationship is blank';
  if (!CARRYING.includes(relationship)) return `it is printed "${relationship}"`;
  if (references.length === 0) return 'it has no reference element';
  const unnamed = issues.find((issue) => garbles(issue) && !namesIssues.includes(issue));
  return unnamed === undefined ? undefined : `the review does not name its issue "${unnamed}" (namesIssues)`;
};

/** What is wrong with how a row was read: where in it, and why. */
const misread = (row: CrosswalkRow): { at: keyof CrosswalkRow; why: string } | undefined => {
  const { readAs, readBy, readAt, issues, namesIssues } = row;
  const stranger = namesIssues.find((name) => !issues.includes(name));
  if (stranger !== undefined) return { at: 'namesIssues', why: `it has no issue "${stranger}" to name` };
  if (readAs === 'none') return undefined;
  const missing = readBy === undefined ? 'readBy' : readAt === undefined ? 'readAt' : undefined;
  if (missing !== undefined) return { at: 'readAs', why: `it is read as "${readAs}", and ${missing} is missing` };
  const bar = CARRYING.includes(readAs) ? barred(row) : undefined;
  return bar === undefined ? undefined : { at: 'readAs', why: `it may not be read as "${readAs}": ${bar}` };
};

const requireRows = (loaded: Loaded<Crosswalk>): void => {
  const { rows } = loaded.value;
  const ids = new Set<string>();
  for (const [index, row] of rows.entries()) {
    if (ids.has(row.row)) throw loaded.bad(['rows', index, 'row'], `the row ${row.row} is there twice`);
    ids.add(row.row);
    const wrong = misread(row);
    if (wrong !== undefined) throw loaded.bad(['rows', index, wrong.at], `row ${row.row}: ${wrong.why}`);
  }
  for (const [index, { row, issues }] of rows.entries())
    for (const [at, issue] of issues.entries()) {
      const original = /^duplicate-of (.+)$/.exec(issue)?.[1];
      if (original !== undefined && (original === row || !ids.has(original)))
        throw loaded.bad(['rows', index, 'issues', at], `row ${row}: there is no other row ${original}`);
    }
};

/** The ids of a profile's elements. A profile that does not exist is an error of the line that names it. */
const elementsOf = (loaded: Loaded<Crosswalk>, at: readonly PropertyKey[], id: string, profiles: ProfileOf) => {
  let profile: Profile;
  try {
    profile = profiles(id);
  } catch (error) {
    if (!(error instanceof BadFile) || error.line !== undefined) throw error;
    throw loaded.bad(at, `the profile "${id}" is not known (${error.message})`);
  }
  if (profile.profile !== id) throw loaded.bad(at, `a profile is named by its id, ${profile.profile}`);
  return new Set(profile.criteria.map((criterion) => criterion.id));
};

const requireElements = (loaded: Loaded<Crosswalk>, profiles: ProfileOf): void => {
  const { focal, references, rows } = loaded.value;
  const focals = elementsOf(loaded, ['focal'], focal, profiles);
  const others = new Map(
    references.map((id, index) => [id, elementsOf(loaded, ['references', index], id, profiles)] as const),
  );
  for (const [index, row] of rows.entries()) {
    if (!focals.has(row.focal))
      throw loaded.bad(['rows', index, 'focal'], `row ${row.row}: ${focal} has no element "${row.focal}"`);
    const named = new Set<string>();
    for (const [at, { profile, element }] of row.references.entries()) {
      const place = ['rows', index, 'references', at];
      const elements = others.get(profile);
      if (elements === undefined)
        throw loaded.bad([...place, 'profile'], `row ${row.row}: "${profile}" is not among the references above`);
      if (!elements.has(element))
        throw loaded.bad([...place, 'element'], `row ${row.row}: ${profile} has no element "${element}"`);
      if (named.has(`${profile} ${element}`)) throw loaded.bad(place, `row ${row.row}: ${element} is named twice`);
      named.add(`${profile} ${element}`);
    }
  }
};

/** Reads a crosswalk's text and holds its rows to CRITERIA B.4.3 and to the profiles. Throws BadFile with file and line. */
export const parseCrosswalk = (text: string, file: string, profiles: ProfileOf = profileOf): Crosswalk => {
  const loaded = parseYaml(text, file, Crosswalk);
  requireRows(loaded);
  requireElements(loaded, profiles);
  return loaded.value;
};

const folder = (): string => path.join(packageRoot(), 'profiles', 'crosswalks');

/** The ids of the crosswalks that are shipped, each named as its file. */
export const shippedCrosswalks = (): string[] =>
  fs
    .readdirSync(folder())
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();

/** The file of a crosswalk: a path as it stands, or the id of one that is shipped. Throws BadFile with the ids there are. */
export const findCrosswalk = (pathOrId: string): string => {
  if (/[\\/]|\.ya?ml$/.test(pathOrId)) return pathOrId;
  const shipped = shippedCrosswalks();
  if (shipped.includes(pathOrId)) return path.join(folder(), `${pathOrId}.yaml`);
  throw new BadFile(
    pathOrId,
    `there is no such crosswalk; shipped are ${shipped.join(', ')}, or give a path to a .yaml file`,
  );
};

/** Reads a crosswalk by path or id; `profiles` reads the profiles that it names (by default the shipped). Throws BadFile. */
export const loadCrosswalk = (pathOrId: string, profiles: ProfileOf = profileOf): Crosswalk => {
  const file = findCrosswalk(pathOrId);
  return parseCrosswalk(readText(file), file, profiles);
};

/**
 * Where a crosswalk, as printed, contradicts itself: Y exactly where the relationship is equal or subset of. What is
 * blank stays blank, and a blank Fulfilled where nothing is mapped is in order. Pure; in the order of the rows.
 */
export const lintCrosswalk = ({ rows }: Crosswalk): { row: string; says: string }[] =>
  rows.flatMap(({ row, relationship, fulfilled }) => {
    const due = FULFILLING.includes(relationship);
    if (due === (fulfilled === 'Y')) return [];
    const printed = relationship === undefined ? 'no relationship is printed' : `it is printed "${relationship}"`;
    const stated = fulfilled === undefined ? 'is not stated' : `is ${fulfilled}`;
    return [{ row, says: `${printed}, and Fulfilled ${stated}, where ${due ? 'Y' : 'N or nothing'} is due` }];
  });

const shipped = new Map<string, Crosswalk>();
/** A shipped crosswalk, read once. Throws BadFile. */
export const shippedCrosswalk = (id: string): Crosswalk => {
  const crosswalk = shipped.get(id) ?? loadCrosswalk(id);
  shipped.set(id, crosswalk);
  return crosswalk;
};

/** The shipped crosswalks, with how many rows say Y, N and nothing. Throws BadFile. */
export const crosswalkRows = (): {
  id: string;
  title: string;
  rows: number;
  fulfilled: { yes: number; no: number; notStated: number };
}[] =>
  shippedCrosswalks().map((id) => {
    const { title, rows } = shippedCrosswalk(id);
    const count = (said: CrosswalkRow['fulfilled']): number =>
      rows.filter(({ fulfilled }) => fulfilled === said).length;
    return {
      id,
      title,
      rows: rows.length,
      fulfilled: { yes: count('Y'), no: count('N'), notStated: count(undefined) },
    };
  });

/** A row that speaks of a criterion: `from` where the criterion is its focal element, `to` where it is a reference. */
export interface Mapping {
  readonly crosswalk: string;
  readonly row: string;
  readonly direction: 'from' | 'to';
  /** What is at the other end, with its profile, in words. */
  readonly other: string;
  readonly relationship?: Relationship;
  readonly readAs: ReadAs;
  readonly fulfilled?: 'Y' | 'N';
}

const referencesText = ({ references }: CrosswalkRow): string =>
  references.length === 0
    ? 'no reference element'
    : references.map(({ profile, element }) => `${profile} ${element}`).join(' with ');

/** The rows of the shipped crosswalks that speak of a criterion, in both directions. Throws BadFile. */
export const mappingsOf = (criterionId: string, profileId: string): Mapping[] =>
  shippedCrosswalks().flatMap((crosswalk) => {
    const { focal, rows } = shippedCrosswalk(crosswalk);
    return rows.flatMap((row): Mapping[] => {
      const { relationship, readAs, fulfilled } = row;
      const common = {
        crosswalk,
        row: row.row,
        ...(relationship === undefined ? {} : { relationship }),
        readAs,
        ...(fulfilled === undefined ? {} : { fulfilled }),
      };
      if (profileId === focal && row.focal === criterionId)
        return [{ ...common, direction: 'from', other: referencesText(row) }];
      const isIt = ({ profile, element }: CrosswalkRow['references'][number]): boolean =>
        profile === profileId && element === criterionId;
      if (!row.references.some(isIt)) return [];
      const joint = row.references.filter((one) => !isIt(one)).map(({ element }) => element);
      const jointly = joint.length === 0 ? '' : ` (jointly with ${joint.join(', ')})`;
      return [{ ...common, direction: 'to', other: `${focal} ${row.focal}${jointly}` }];
    });
  });
