import type { Assessment, Carried, CriterionResult } from '../model/assessment.ts';
import type { Crosswalk } from '../model/crosswalk.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { Item, Target } from '../model/target.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { notSameItem } from './carry-item.ts';
import {
  type Direction,
  type Edge,
  type Element,
  edgesOf,
  reaches,
  type Said,
  type Saying,
  sayingsOf,
  together,
} from './carry-rows.ts';
import { and } from './fold.ts';

export { withCarried } from './carry-results.ts';

/** The crosswalk does not lead from the source's profile to the one that is judged. */
export class NoCrosswalk extends Error {
  override readonly name = 'NoCrosswalk';
}

/** A crosswalk, and the assessment whose verdicts are carried over it. */
export interface Via {
  readonly crosswalk: Crosswalk;
  readonly digest?: string;
  readonly source: {
    readonly assessment: Assessment;
    /** The digest of the assessment's SHA256SUMS. */
    readonly seal?: string;
    /** The item that the source was judged on, and the name of its product. */
    readonly item: Item;
    readonly product?: string;
  };
}

/** What verdicts are carried to. `runs`: those that it is judged on, so that a source judged on one of them is known. */
export interface CarriedTo {
  readonly profile: Profile;
  readonly target: Target;
  readonly item: Item;
  readonly runs?: readonly { readonly seal?: string }[];
}

/** A carried verdict, with what becomes findings: the source's first run, and rows that conflict on a component. */
export interface CarriedOver extends Carried {
  readonly run: string;
  readonly conflicts: readonly { readonly component: string; readonly because: string }[];
  readonly restsOn?: 'declaration';
}

/** The component that a criterion about the maker is judged on. */
const DEVELOPER = 'developer';

/** The direction, from which profile is where. Throws NoCrosswalk where the crosswalk does not join the two, and for a second hop. */
const directionOf = ({ crosswalk, source: { assessment } }: Via, { profile }: CarriedTo): Direction => {
  const [from, to] = [assessment.profile.id, profile.profile];
  const { focal, references } = crosswalk;
  if (assessment.via !== undefined)
    throw new NoCrosswalk(
      `two hops: the assessment by ${from} was made over ${assessment.via.crosswalk} itself, and nothing is carried over two crosswalks`,
    );
  if (from === focal && references.includes(to)) return 'focal-to-reference';
  if (to === focal && references.includes(from)) return 'reference-to-focal';
  throw new NoCrosswalk(
    `${crosswalk.crosswalk} joins ${focal} with ${references.join(' and ')}, and not ${from} with ${to}`,
  );
};

/** What an element of the source may carry on one component, by its own verdict and never by a product's (B.4, 4, 5, 9). */
class Source {
  readonly #profile: string;
  readonly #results: ReadonlyMap<string, CriterionResult>;
  readonly #target: Target;

  constructor({ profile, criteria }: Assessment, target: Target) {
    this.#profile = profile.id;
    this.#results = new Map(criteria.map((one) => [one.id, one]));
    this.#target = target;
  }

  says({ profile, id }: Element, component: string): Said {
    const nothing = (why: string): Said => ({ verdict: 'not-assessed', why });
    if (profile !== this.#profile) return nothing(`${id} is of ${profile}, which is not what was judged`);
    const result = this.#results.get(id);
    if (result === undefined) return nothing(`the assessment by ${profile} says nothing of ${id}`);
    if (result.heading) return nothing(`${id} is a heading, which carries nothing`);
    if (result.basis === 'mapped') return nothing(`${id} came over a crosswalk itself: nothing is carried twice`);
    const of = this.ofDeveloper(id) ? [DEVELOPER] : component === DEVELOPER ? this.#devices() : [component];
    const on = of.map((one) => result.components.find((its) => its.component === one)?.verdict);
    if (on.every((verdict) => verdict === undefined)) return nothing(`${id} was not judged on ${of.join(', ')}`);
    return { verdict: and(on.map((verdict) => verdict ?? 'not-assessed')) };
  }

  /** Whether an element is about the maker: it is judged on no component of the product. */
  ofDeveloper(id: string): boolean {
    const components = this.#results.get(id)?.components ?? [];
    return (
      components.some(({ component }) => component === DEVELOPER) &&
      !this.#target.components.some((component) => component.id === DEVELOPER)
    );
  }

  restsOnDeclaration(id: string): boolean {
    return this.#results.get(id)?.components.some(({ restsOn }) => restsOn === 'declaration') ?? false;
  }

  #devices(): string[] {
    return this.#target.components.filter(({ kind }) => kind === 'device').map(({ id }) => id);
  }
}

interface OnOne {
  readonly component: string;
  readonly verdict: CriterionVerdict;
  readonly because: string;
  readonly conflict: boolean;
}

/** What stands on the devices together: the devices that fail, where one does; else all of them, by AND. */
const merged = (on: readonly OnOne[]): { verdict: CriterionVerdict; because: string; components: string[] } => {
  const verdict = and(on.map((one) => one.verdict));
  const like = on.filter((one) => one.verdict === verdict);
  const components = (verdict === 'fail' ? like : on).map(({ component }) => component);
  if (on.length === 0)
    return { verdict, because: 'the mapping is of a device, and the product has none', components: [] };
  if (like.length === 0)
    return {
      verdict,
      because: `the devices differ: ${on.map((one) => `${one.component} ${one.verdict}`).join(', ')}`,
      components,
    };
  const because = on.length === 1 ? like[0]!.because : `${like[0]!.component}: ${like[0]!.because}`;
  return { verdict, because, components };
};

/** PASS and FAIL are of devices: what is about the maker is left for a person to compare (B.4, 5). */
const asDocument = (one: OnOne): OnOne =>
  one.verdict === 'pass' || one.verdict === 'fail'
    ? {
        ...one,
        verdict: 'inconclusive',
        because: `the mapping is of a device, and documents are for a person to compare: ${one.because}`,
      }
    : one;

/** Of a level `should`, a FAIL is a recommendation that was not met (B.4, 4). */
const byLevel = ({ level }: Criterion, verdict: CriterionVerdict, because: string): string =>
  verdict === 'fail' && level === 'should' ? `recommendation not met: ${because}` : because;

const rowsOf = (edges: Iterable<Edge>, verdictOf: (element: Element) => CriterionVerdict): Carried['rows'] =>
  [...edges].map(({ row: { row, relationship, readAs, readBy }, from }) => ({
    row,
    ...(relationship === undefined ? {} : { printed: relationship }),
    readAs,
    ...(readBy === undefined ? {} : { readBy }),
    from: from.map((element) => ({ criterion: element.id, verdict: verdictOf(element) })),
  }));

/**
 * What a crosswalk says of the criteria of a profile, by id (CRITERIA B.4): of every criterion that is no heading and that
 * a row of the two profiles reaches. Pure. Throws NoCrosswalk where the crosswalk does not lead from the source to the profile, or a second
 * crosswalk would.
 */
export const carry = (via: Via, to: CarriedTo): ReadonlyMap<string, CarriedOver> => {
  const direction = directionOf(via, to);
  const { crosswalk, source: given } = via;
  const { assessment, seal } = given;
  const source = new Source(assessment, to.target);
  const edges = edgesOf(crosswalk, direction);
  const devices = to.target.components.filter(({ kind }) => kind === crosswalk.component).map(({ id }) => id);
  const other = notSameItem(given, to);
  const form = {
    crosswalk: crosswalk.crosswalk,
    direction,
    source: {
      profile: assessment.profile.id,
      judgedAt: assessment.judgedAt,
      ...(seal === undefined ? {} : { seal }),
    },
    run: assessment.runs[0]?.id ?? '',
  };

  const carried = (criterion: Criterion): CarriedOver | undefined => {
    const element = { profile: to.profile.profile, id: criterion.id };
    const own = edges.filter((edge) => reaches(edge, element));
    const speaks = ({ from }: Edge): boolean =>
      from.length === 0 || from.some(({ profile }) => profile === assessment.profile.id);
    if (criterion.heading || !own.some(speaks)) return undefined;
    const ofDeveloper = criterion.quantifier === 'developer';
    const components = ofDeveloper ? [DEVELOPER] : devices;
    const on: OnOne[] = [];
    const used = new Set<Edge>(own);
    for (const component of components) {
      const says = (one: Element): Said => source.says(one, component);
      const sayings: readonly Saying[] = sayingsOf(edges, element, direction, says);
      for (const edge of sayings.flatMap((saying) => saying.edges)) used.add(edge);
      const one = { component, ...together(sayings) };
      const document = ofDeveloper || [...used].some(({ from }) => from.some(({ id }) => source.ofDeveloper(id)));
      on.push(document ? asDocument(one) : one);
    }
    const all = merged(on);
    const verdict = other === undefined ? all.verdict : 'not-assessed';
    const because = other ?? byLevel(criterion, all.verdict, all.because);
    const rests = [...used].some(({ from }) => from.some(({ id }) => source.restsOnDeclaration(id)));
    return {
      ...form,
      verdict,
      because,
      rows: rowsOf(used, (one) => and(components.map((component) => source.says(one, component).verdict))),
      components: ofDeveloper ? [] : all.components,
      conflicts:
        other === undefined
          ? on.filter(({ conflict }) => conflict).map(({ component, because: why }) => ({ component, because: why }))
          : [],
      ...(verdict === 'pass' && rests ? { restsOn: 'declaration' as const } : {}),
    };
  };
  return new Map(
    to.profile.criteria.flatMap((criterion) => {
      const one = carried(criterion);
      return one === undefined ? [] : [[criterion.id, one] as const];
    }),
  );
};
