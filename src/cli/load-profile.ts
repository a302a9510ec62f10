import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Criterion, type Link, Profile } from '../model/profile.ts';
import { State } from '../model/target.ts';
import { BadFile, type Loaded, loadYaml, parseYaml, readText } from './load-yaml.ts';

/** A criterion as the file writes it: its id is its key, and what it leaves out comes from `defaults`. */
const FileCriterion = Criterion.omit({ id: true, level: true, states: true, person: true }).extend({
  level: Criterion.shape.level.unwrap().optional(),
  states: z.array(State).optional(),
  person: z.array(z.string().min(1)).optional(),
});

const ProfileFile = Profile.omit({ criteria: true }).extend({
  defaults: z
    .strictObject({
      level: Criterion.shape.level.unwrap().default('must'),
      states: z.array(State).default(['operational']),
      person: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  criteria: z
    .record(z.string().min(1), FileCriterion)
    .refine((map) => Object.keys(map).length > 0, 'at least one criterion'),
});
type ProfileFile = z.output<typeof ProfileFile>;

/** Which parameters only certain checks understand. One given to another check would soften or sharpen nothing. */
const PARAMETERS: Readonly<Partial<Record<keyof Link, readonly string[]>>> = {
  class: ['access-authenticated'],
  action: ['access-authenticated'],
  indicativeFor: ['access-authenticated'],
  grants: ['default-credentials-rejected'],
  want: ['device-identifiable'],
  over: ['device-identifiable'],
  rules: ['http-hardened'],
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
  for (const [id, { checks }] of Object.entries(loaded.value.criteria))
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
const requireTree = (loaded: Loaded<ProfileFile>): void => {
  const { criteria } = loaded.value;
  const parents = new Set<string>();
  for (const [id, { parent }] of Object.entries(criteria)) {
    if (parent === undefined) continue;
    parents.add(parent);
    const at = ['criteria', id, 'parent'];
    if (criteria[parent] === undefined)
      throw loaded.bad(at, `criteria.${id}: its parent "${parent}" is not in the profile`);
    if (!criteria[parent].heading) throw loaded.bad(at, `criteria.${id}: its parent "${parent}" is not a heading`);
    const seen = new Set([id]);
    for (let above: string | undefined = parent; above !== undefined; above = criteria[above]?.parent) {
      if (seen.has(above)) throw loaded.bad(at, `criteria.${id}: it is its own ancestor`);
      seen.add(above);
    }
  }
  for (const [id, { heading }] of Object.entries(criteria))
    if (heading && !parents.has(id))
      throw loaded.bad(['criteria', id], `criteria.${id} is a heading with nothing under it`);
};

const asProfile = ({ defaults, criteria, ...rest }: ProfileFile): Profile => ({
  ...rest,
  criteria: Object.entries(criteria).map(([id, { level, states, person, ...criterion }]) => {
    // Persons' items and states are for what is judged by itself: not for a heading that only folds its children.
    const bare = criterion.heading && criterion.checks.length === 0 && person === undefined;
    const observed = !bare && criterion.quantifier !== 'developer';
    return {
      id,
      ...criterion,
      level: level ?? defaults.level,
      states: observed ? (states ?? defaults.states) : [],
      person: [...new Set([...(observed ? defaults.person : []), ...(person ?? [])])],
    };
  }),
});

/** Reads a profile's text. `known` are the ids of all checks, built or not. Throws BadFile with file and line. */
export const parseProfile = (text: string, file: string, known: readonly string[]): Profile => {
  const loaded = parseYaml(text, file, ProfileFile);
  requireTree(loaded);
  requireKnown(loaded, known);
  return asProfile(loaded.value);
};

/** The package's own folder: the nearest above this file whose package.json is Probity's. */
export const packageRoot = (from: string = fileURLToPath(import.meta.url)): string => {
  for (let folder = path.dirname(from); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file) && (JSON.parse(fs.readFileSync(file, 'utf8')) as { name?: string }).name === 'probity')
      return folder;
    if (folder === path.dirname(folder)) throw new Error('the folder of the package probity was not found');
  }
};

const shipped = (): readonly { id: string; file: string }[] => {
  const folder = path.join(packageRoot(), 'profiles');
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map(({ name }) => path.join(folder, name))
    .map((file) => {
      const { value } = loadYaml(file, z.looseObject({ profile: z.string().min(1) }));
      return { id: value.profile, file };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
};

/** The ids of the profiles that are shipped. */
export const shippedProfiles = (): string[] => shipped().map(({ id }) => id);

/** The file of a profile: a path as it stands, or the id of one that is shipped. Throws BadFile with the ids there are. */
export const findProfile = (pathOrId: string): string => {
  if (/[\\/]|\.ya?ml$/.test(pathOrId)) return pathOrId;
  // A shipped profile's file is named after it: reading all of them to find one takes half a second.
  const named = path.join(packageRoot(), 'profiles', `${pathOrId}.yaml`);
  if (fs.existsSync(named)) return named;
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
