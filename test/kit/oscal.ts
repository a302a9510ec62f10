import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { packageRoot } from '../../src/cli/load-profile.ts';

/** Holds OSCAL documents to NIST's schema, and to what no schema can say: that everything referred to is there. */

const SCHEMA = 'test/schemas/oscal/oscal_assessment-results_schema-1.2.0.json';

const ajv = new Ajv({ allErrors: true, unicodeRegExp: true });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(join(packageRoot(), SCHEMA), 'utf8')));

/** What the schema says against a document; nothing where it is valid. */
export const schemaProblems = (document: unknown): string[] =>
  validate(document) ? [] : (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);

interface Place {
  readonly key: string;
  readonly value: string;
  /** The object that it stands in. */
  readonly within: Readonly<Record<string, unknown>>;
  readonly path: readonly string[];
}

/** Every text of a document with its place; that of a list's entry has the list's key. */
export const placesOf = (document: unknown): Place[] => {
  const places: Place[] = [];
  const walk = (value: unknown, key: string, within: Place['within'], path: readonly string[]): void => {
    if (typeof value === 'string') places.push({ key, value, within, path });
    else if (Array.isArray(value)) for (const one of value) walk(one, key, within, path);
    else if (typeof value === 'object' && value !== null)
      for (const [name, one] of Object.entries(value)) walk(one, name, value as Place['within'], [...path, name]);
  };
  walk(document, '', {}, []);
  return places;
};

/** Where each kind of reference has to lead: the list that the thing is defined in. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  'observation-uuid': ['observations'],
  'risk-uuid': ['risks'],
  'component-uuid': ['components'],
  'party-uuid': ['parties'],
  'party-uuids': ['parties'],
  'member-of-organizations': ['parties'],
  'subject-uuid': ['components', 'inventory-items', 'parties', 'resources'],
  'actor-uuid': ['components', 'parties'],
};

const ACTORS: Readonly<Record<string, string>> = { tool: 'components', party: 'parties' };
const SUBJECTS: Readonly<Record<string, string>> = {
  component: 'components',
  'inventory-item': 'inventory-items',
  party: 'parties',
  resource: 'resources',
};

/** UUIDs that are defined twice, and references that lead nowhere or to a thing of another kind. */
export const referenceProblems = (document: unknown): string[] => {
  const places = placesOf(document);
  const defined = new Map<string, string>();
  const problems: string[] = [];
  for (const { key, value, path } of places) {
    if (key !== 'uuid') continue;
    if (defined.has(value)) problems.push(`defined twice: ${value}`);
    defined.set(value, path.at(-2) ?? '');
  }
  const ids = (list: string, key: string) =>
    new Set(places.filter((one) => one.key === key && one.path.includes(list)).map(({ value }) => value));
  const objectives = new Set(
    places.filter(({ key, path }) => key === 'id' && path.at(-2) === 'parts').map(({ value }) => value),
  );
  const controls = ids('objectives-and-methods', 'control-id');
  const roles = new Set(
    places.filter(({ key, path }) => key === 'id' && path.at(-2) === 'roles').map(({ value }) => value),
  );
  for (const { key, value, within, path } of places) {
    const bad = () => problems.push(`${path.join('/')}: ${value} leads nowhere`);
    const lists = LISTS[key];
    if (lists !== undefined) {
      const list = defined.get(value);
      const type = String(within.type);
      const wanted = key === 'actor-uuid' ? ACTORS[type] : key === 'subject-uuid' ? SUBJECTS[type] : list;
      if (list === undefined || !lists.includes(list) || list !== wanted) bad();
    }
    if (key === 'href' && value.startsWith('#') && !defined.has(value.slice(1))) bad();
    if ((key === 'target-id' || key === 'objective-id') && !objectives.has(value)) bad();
    if (key === 'control-id' && !controls.has(value)) bad();
    if (key === 'role-id' && !roles.has(value)) bad();
  }
  return problems;
};
