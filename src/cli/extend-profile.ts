import type { Chosen, Criterion, Profile } from '../model/profile.ts';
import type { BadFile } from './load-yaml.ts';

/** What a profile's file says of another profile that it takes criteria from. */
export interface Choices {
  readonly include?: readonly Chosen[] | undefined;
  readonly exclude?: readonly Chosen[] | undefined;
}

type Bad = (path: readonly PropertyKey[], why: string) => BadFile;

/** A criterion's own id and those of the headings above it. */
const lineage = (byId: ReadonlyMap<string, Criterion>, id: string): string[] => {
  const line: string[] = [];
  for (let above: string | undefined = id; above !== undefined; above = byId.get(above)?.parent) line.push(above);
  return line;
};

/** Each id exists and is chosen once, and nothing is both taken and left out. */
const requireChoices = (byId: ReadonlyMap<string, Criterion>, base: Profile, choices: Choices, bad: Bad): void => {
  for (const list of ['include', 'exclude'] as const) {
    const seen = new Set<string>();
    for (const [index, { id }] of (choices[list] ?? []).entries()) {
      const at = [list, index, 'id'];
      if (!byId.has(id)) throw bad(at, `${list} names "${id}", which ${base.profile} does not have`);
      if (seen.has(id)) throw bad(at, `${list} names "${id}" twice`);
      seen.add(id);
    }
  }
  const { include, exclude = [] } = choices;
  if (include === undefined) return;
  const taken = new Set(include.map(({ id }) => id));
  for (const [index, { id }] of exclude.entries()) {
    const at = ['exclude', index, 'id'];
    if (taken.has(id)) throw bad(at, `"${id}" is both included and excluded`);
    const within = include.find((one) => lineage(byId, one.id).includes(id));
    if (within !== undefined) throw bad(at, `"${within.id}" is included, and excluded with all of "${id}"`);
    if (!lineage(byId, id).some((above) => taken.has(above)))
      throw bad(at, `exclude names "${id}", which was not included`);
  }
};

/** Without the headings of the base that nothing is left under. */
const withoutEmptyHeadings = (
  criteria: readonly Criterion[],
  own: ReadonlyMap<string, Criterion>,
): readonly Criterion[] => {
  const parents = new Set(criteria.map(({ parent }) => parent));
  const kept = criteria.filter(({ id, heading }) => !heading || parents.has(id) || own.has(id));
  return kept.length === criteria.length ? kept : withoutEmptyHeadings(kept, own);
};

/**
 * The criteria of `base` that the choices take, in its order, and then `own`: one of an id that `base` has stands in its
 * place, whole. An id takes everything under it, and the headings above what is taken are kept. Throws BadFile, made by
 * `bad`, for an id that `base` does not have, for one that is both taken and left out, and where nothing is taken.
 */
export const extended = (base: Profile, choices: Choices, own: readonly Criterion[], bad: Bad): Criterion[] => {
  const byId = new Map(base.criteria.map((criterion) => [criterion.id, criterion]));
  requireChoices(byId, base, choices, bad);
  const given = new Map(own.map((criterion) => [criterion.id, criterion]));
  const { include, exclude } = choices;
  const included = new Set(include?.map(({ id }) => id));
  const excluded = new Set(exclude?.map(({ id }) => id));
  for (const { id, parent } of own) {
    const within = [...lineage(byId, id), ...(parent === undefined ? [] : lineage(byId, parent))];
    const out = within.find((above) => excluded.has(above));
    if (out !== undefined)
      throw bad(['criteria', id], `criteria.${id} is given here, and "${out}" is excluded with all that is under it`);
  }
  const taken = base.criteria.filter(({ id, heading }) => {
    const line = lineage(byId, id);
    const isIn = include === undefined || line.some((above) => included.has(above));
    return !heading && isIn && !line.some((above) => excluded.has(above));
  });
  if (taken.length === 0)
    throw bad([exclude === undefined ? 'include' : 'exclude'], `nothing of ${base.profile} is left`);
  const parents = own.flatMap(({ parent }) => (parent === undefined ? [] : lineage(byId, parent)));
  const kept = new Set([...taken.flatMap(({ id }) => lineage(byId, id)), ...parents, ...given.keys()]);
  const criteria = base.criteria.filter(({ id }) => kept.has(id)).map((one) => given.get(one.id) ?? one);
  return [...withoutEmptyHeadings([...criteria, ...own.filter(({ id }) => !byId.has(id))], given)];
};

/** The words of a person's items: the file's own, and those of the base that its criteria still use. */
export const wordsOf = (base: Profile, own: Profile['persons'], criteria: readonly Criterion[]): Profile['persons'] => {
  const used = new Set(criteria.flatMap(({ person }) => person));
  return { ...Object.fromEntries(Object.entries(base.persons ?? {}).filter(([item]) => used.has(item))), ...own };
};
