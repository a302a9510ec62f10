import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Chosen, Criterion, type Link, Profile } from '../model/profile.ts';
import { State } from '../model/target.ts';
import { extended, wordsOf } from './extend-profile.ts';
import { BadFile, type Loaded, parseYaml, readText } from './load-yaml.ts';

/** A criterion as the file writes it: its id is its key, and what it leaves out comes from `defaults`. */
const FileCriterion = Criterion.omit({ id: true, level: true, states: true, person: true, notApplicable: true }).extend(
  {
    level: Criterion.shape.level.unwrap().optional(),
    states: z.array(State).optional(),
    person: z.array(z.string().min(1)).optional(),
    notApplicable: Criterion.shape.notApplicable.unwrap().optional(),
  },
);

/** The form of the file that this Probity reads; a file that does not say has this one. */
const SCHEMA = 1;

/** A profile as its file writes it. */
export const ProfileFile = Profile.omit({ criteria: true, extends: true, included: true, excluded: true }).extend({
  schema: z.literal(SCHEMA).optional(),
  /** The profile that this one takes criteria from: the id of one that is shipped, or a path from this file. */
  extend: z.string().min(1).optional(),
  include: z.array(Chosen).min(1).optional(),
  exclude: z.array(Chosen).min(1).optional(),
  defaults: z
    .strictObject({
      level: Criterion.shape.level.unwrap().default('must'),
      states: z.array(State).default(['operational']),
      person: z.array(z.string().min(1)).default([]),
      notApplicable: Criterion.shape.notApplicable,
    })
    .prefault({}),
  criteria: z
    .record(z.string().min(1), FileCriterion)
    .refine((map) => Object.keys(map).length > 0, 'at least one criterion')
    .optional(),
});
export type ProfileFile = z.output<typeof ProfileFile>;

/** Which parameters only certain checks understand. One given to another check would soften or sharpen nothing. */
const PARAMETERS: Readonly<Partial<Record<keyof Link, readonly string[]>>> = {
  class: ['access-authenticated'],
  action: ['access-authenticated'],
  indicativeFor: ['access-authenticated', 'transport-encrypted'],
  grants: ['default-credentials-rejected'],
  want: ['device-identifiable'],
  over: ['device-identifiable'],
  rules: ['http-hardened'],
  refuse: ['tls-ciphers-strong'],
  compare: ['services-declared'],
  when: ['security-events-reported'],
};

const CONDITIONS_OF: Readonly<Record<NonNullable<Link['conclusiveWhen']>, readonly string[]>> = {
  'same-identifier-on-two-samples': ['device-identifiable'],
  'marker-or-recognised-secret': ['access-authenticated'],
  'against-declared-or-given-trust': ['tls-certificate-valid'],
  'login-in-clear': ['http-hardened'],
  'fetched-by-device-over-unauthenticated-channel': ['update-image-signed'],
  'fetched-by-device-and-unsigned': ['update-transport-protected'],
  'own-input': ['input-validated'],
};

const requireKnown = (loaded: Loaded<ProfileFile>, known: readonly string[]): void => {
  for (const [id, { checks }] of Object.entries(loaded.value.criteria ?? {}))
    for (const [index, link] of checks.entries()) {
      const at = ['criteria', id, 'checks', index];
      if (!known.includes(link.check))
        throw loaded.bad([...at, 'check'], `criteria.${id} names the check "${link.check}", which is not known`);
      for (const [parameter, checks] of Object.entries(PARAMETERS))
        if (link[parameter as keyof Link] !== undefined && !checks.includes(link.check))
          throw loaded.bad([...at, parameter], `criteria.${id}: ${link.check} does not understand "${parameter}"`);
      const condition = link.conclusiveWhen;
      if (condition !== undefined && !CONDITIONS_OF[condition].includes(link.check))
        throw loaded.bad([...at, 'conclusiveWhen'], `criteria.${id}: ${link.check} never meets "${condition}"`);
    }
};

/** Parents exist and are headings, headings have children, and nothing is its own ancestor. */
const requireTree = (loaded: Loaded<ProfileFile>, criteria: readonly Criterion[]): void => {
  const byId = new Map(criteria.map((criterion) => [criterion.id, criterion]));
  const parents = new Set<string>();
  for (const { id, parent } of criteria) {
    if (parent === undefined) continue;
    parents.add(parent);
    const at = ['criteria', id, 'parent'];
    const heading = byId.get(parent)?.heading;
    if (heading === undefined) throw loaded.bad(at, `criteria.${id}: its parent "${parent}" is not in the profile`);
    if (!heading) throw loaded.bad(at, `criteria.${id}: its parent "${parent}" is not a heading`);
    const seen = new Set([id]);
    for (let above: string | undefined = parent; above !== undefined; above = byId.get(above)?.parent) {
      if (seen.has(above)) throw loaded.bad(at, `criteria.${id}: it is its own ancestor`);
      seen.add(above);
    }
  }
  for (const { id, heading } of criteria)
    if (heading && !parents.has(id))
      throw loaded.bad(['criteria', id], `criteria.${id} is a heading with nothing under it`);
};

/** A label's levels name criteria that there are, and no level is named twice. */
const requireLabel = (loaded: Loaded<ProfileFile>, criteria: readonly Criterion[]): void => {
  const ids = new Set(criteria.map(({ id }) => id));
  const levels = new Set<string>();
  for (const [index, level] of (loaded.value.label?.levels ?? []).entries()) {
    const at = ['label', 'levels', index];
    if (levels.has(level.id)) throw loaded.bad([...at, 'id'], `label has two levels "${level.id}"`);
    levels.add(level.id);
    for (const [place, id] of level.criteria.entries())
      if (!ids.has(id))
        throw loaded.bad([...at, 'criteria', place], `label.${level.id} names "${id}", which is not in the profile`);
  }
};

const criteriaOf = ({ defaults, criteria = {} }: ProfileFile): Criterion[] =>
  Object.entries(criteria).map(([id, { level, states, person, notApplicable, ...criterion }]) => {
    // Persons' items, states and claims are for what is judged by itself: not for a heading that only folds its children.
    const bare = criterion.heading && criterion.checks.length === 0 && person === undefined;
    const observed = !bare && criterion.quantifier !== 'developer';
    return {
      id,
      ...criterion,
      level: level ?? defaults.level,
      notApplicable: notApplicable ?? (observed ? defaults.notApplicable : 'never'),
      states: observed ? (states ?? defaults.states) : [],
      person: [...new Set([...(observed ? defaults.person : []), ...(person ?? [])])],
    };
  });

/** Several profiles rest on one, and parsing a large one takes a third of a second: the last form of each file is kept. */
const forms = new Map<string, { readonly text: string; readonly loaded: Loaded<ProfileFile> }>();

/** Reads the file's form. What is wrong in a file of a newer schema is that it is newer, not the first word that is new. */
const parseForm = (text: string, file: string): Loaded<ProfileFile> => {
  const known = forms.get(file);
  if (known?.text === text) return known.loaded;
  try {
    const loaded = parseYaml(text, file, ProfileFile);
    forms.set(file, { text, loaded });
    return loaded;
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    const named = parseYaml(text, file, z.looseObject({ schema: z.unknown().optional() }));
    const { schema } = named.value;
    if (typeof schema === 'number' && schema > SCHEMA)
      throw named.bad(['schema'], `it is of schema ${schema}, and this Probity reads ${SCHEMA}`);
    throw error;
  }
};

const sameFile = (a: string, b: string): boolean =>
  fs.existsSync(a) && fs.existsSync(b) && fs.realpathSync(a) === fs.realpathSync(b);

/** The file that `extend` names, as seen from the file that says it; undefined where it names none that is shipped. */
const baseFile = (extend: string, file: string): string | undefined => {
  if (!isPath(extend)) return shippedFile(extend);
  return path.isAbsolute(extend) ? extend : path.join(path.dirname(file), extend);
};

/** A file on the way from the profile that was asked for to the one it rests on. */
interface Above {
  readonly id: string;
  readonly file: string;
}

/** The profile that `extend` names, read. `above` are the profiles that led here, the last being the one that says so. */
const readBase = (loaded: Loaded<ProfileFile>, extend: string, above: readonly Above[], known: readonly string[]) => {
  const bad = (why: string) => loaded.bad(['extend'], `it extends "${extend}", ${why}`);
  const file = baseFile(extend, loaded.file);
  if (file === undefined) throw bad(`which is not shipped; shipped are ${shippedProfiles().join(', ')}`);
  if (!fs.existsSync(file)) throw bad('and there is no such file');
  const first = above.findIndex((one) => sameFile(one.file, file));
  if (first >= 0)
    throw bad(`which leads back to it: ${[...above.slice(first), above[first]!].map(({ id }) => id).join(' → ')}`);
  return readForm(parseForm(readText(file), file), known, above);
};

const readForm = (loaded: Loaded<ProfileFile>, known: readonly string[], above: readonly Above[]): Profile => {
  const { schema: _, defaults: __, extend, include, exclude, criteria: given, ...rest } = loaded.value;
  requireKnown(loaded, known);
  // JavaScript puts keys that look like whole numbers first: a profile's order is that of its file.
  const placeOf = ({ id }: Criterion): number => loaded.lineOf(['criteria', id]) ?? 0;
  const own = criteriaOf(loaded.value).sort((a, b) => placeOf(a) - placeOf(b));
  if (extend === undefined) {
    for (const word of ['include', 'exclude'] as const)
      if (loaded.value[word] !== undefined)
        throw loaded.bad([word], `${word} chooses from another profile; extend names none`);
    if (given === undefined) throw loaded.bad([], 'criteria is missing, and extend names no profile to take any from');
    requireTree(loaded, own);
    requireLabel(loaded, own);
    return { ...rest, criteria: own };
  }
  const base = readBase(loaded, extend, [...above, { id: rest.profile, file: loaded.file }], known);
  const criteria = extended(base, { include, exclude }, own, loaded.bad);
  requireTree(loaded, criteria);
  requireLabel(loaded, criteria);
  const persons = wordsOf(base, rest.persons, criteria);
  const source = rest.source ?? base.source;
  return {
    ...rest,
    ...(source === undefined ? {} : { source }),
    ...(persons === undefined ? {} : { persons }),
    extends: { profile: base.profile, edition: base.edition },
    ...(include === undefined ? {} : { included: include }),
    ...(exclude === undefined ? {} : { excluded: exclude }),
    criteria,
  };
};

/**
 * Reads a profile's text, and the profiles that it extends, whose paths are relative to `file`. `known` are the ids of all
 * checks, built or not. Throws BadFile with file and line.
 */
export const parseProfile = (text: string, file: string, known: readonly string[]): Profile =>
  readForm(parseForm(text, file), known, []);

/** The package's own folder: the nearest above this file whose package.json is Probity's. */
export const packageRoot = (from: string = fileURLToPath(import.meta.url)): string => {
  for (let folder = path.dirname(from); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file) && (JSON.parse(fs.readFileSync(file, 'utf8')) as { name?: string }).name === 'probity')
      return folder;
    if (folder === path.dirname(folder)) throw new Error('the folder of the package probity was not found');
  }
};

/** The ids of the profiles that are shipped: each file is named after its profile, and reading them all takes a second. */
export const shippedProfiles = (): string[] =>
  fs
    .readdirSync(path.join(packageRoot(), 'profiles'), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map(({ name }) => path.basename(name, '.yaml'))
    .sort();

const isPath = (pathOrId: string): boolean => /[\\/]|\.ya?ml$/.test(pathOrId);

const shippedFile = (id: string): string | undefined => {
  const file = path.join(packageRoot(), 'profiles', `${id}.yaml`);
  return fs.existsSync(file) ? file : undefined;
};

/** The file of a profile: a path as it stands, or the id of one that is shipped. Throws BadFile with the ids there are. */
export const findProfile = (pathOrId: string): string => {
  if (isPath(pathOrId)) return pathOrId;
  const file = shippedFile(pathOrId);
  if (file !== undefined) return file;
  throw new BadFile(
    pathOrId,
    `there is no such profile; shipped are ${shippedProfiles().join(', ')}, or give a path to a .yaml file`,
  );
};

/** Reads a profile by path or id. `known` are the ids of all checks, built or not. Throws BadFile with file and line. */
export const loadProfile = (pathOrId: string, known: readonly string[]): Profile => {
  const file = findProfile(pathOrId);
  return parseProfile(readText(file), file, known);
};

/** All files that a profile was made of: its own, then that of the one it extends, and so on. Throws BadFile. */
export const profileFiles = (pathOrId: string): string[] => {
  const files: string[] = [];
  let file: string | undefined = findProfile(pathOrId);
  while (file !== undefined) {
    const here: string = file;
    if (files.some((one) => sameFile(one, here))) return files;
    files.push(here);
    const { extend } = parseForm(readText(here), here).value;
    file = extend === undefined ? undefined : baseFile(extend, here);
  }
  return files;
};
