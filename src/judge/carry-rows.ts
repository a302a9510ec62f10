import type { Carried } from '../model/assessment.ts';
import type { Crosswalk, CrosswalkRow, Relationship } from '../model/crosswalk.ts';
import type { CriterionVerdict } from '../model/verdict.ts';

/** How a row holds for carrying a verdict; `open`: it leaves the matter open; `nothing`: it says nothing at all. */
type Holds = 'equal' | 'subset of' | 'superset of' | 'open' | 'nothing';

export type Direction = Carried['direction'];

/** An element by the profile that has it and its id there. */
export interface Element {
  readonly profile: string;
  readonly id: string;
}
export const keyOf = ({ profile, id }: Element): string => JSON.stringify([profile, id]);

/** A row in the direction of use: from the elements of the source to those of the target. Several are one joint set. */
export interface Edge {
  readonly row: CrosswalkRow;
  readonly holds: Holds;
  /** Why it holds no more than it does. */
  readonly why: string;
  readonly from: readonly Element[];
  readonly to: readonly Element[];
}

/** What one row, or one group of rows that say `equal`, says of an element. */
export interface Saying {
  readonly edges: readonly Edge[];
  readonly verdict: CriterionVerdict;
  readonly because: string;
}

/** Whether a flag says that a row's reference or comment is garbled. One that nobody has heard of counts as such. */
export const garbles = (issue: string): boolean =>
  /^(reference|comment)\b/.test(issue) && issue !== 'reference-tag-variant';

/** The relationship under which a cell of the table (B.2) carries both as printed and as read: a review can only take away. */
const both = (printed: Relationship, read: Relationship): Holds => {
  if (printed === read || read === 'equal') return printed as Holds;
  return printed === 'equal' ? (read as Holds) : 'open';
};

const CARRYING: readonly Relationship[] = ['equal', 'subset of', 'superset of'];

/** What a row may carry at most: its print, its review, and what is never carried (B.4, 1 to 3). */
export const holding = (row: CrosswalkRow): Pick<Edge, 'holds' | 'why'> => {
  const { relationship: printed, readAs, rationale } = row;
  if (printed === undefined) return { holds: 'nothing', why: 'no relationship is printed' };
  if (printed === 'not related to') return { holds: 'nothing', why: 'the annex says “not related to”' };
  if (row.references.length === 0) return { holds: 'nothing', why: 'it names no reference element' };
  if (readAs === 'not related to') return { holds: 'nothing', why: `the annex says “${printed}”, read as not related` };
  if (readAs === 'none') return { holds: 'open', why: `the annex says “${printed}”; nobody has confirmed it` };
  if (rationale === undefined || rationale === 'syntactic')
    return { holds: 'open', why: `its rationale is ${rationale ?? 'blank'}, which carries nothing` };
  const unnamed = row.issues.find((issue) => garbles(issue) && !row.namesIssues.includes(issue));
  if (unnamed !== undefined) return { holds: 'open', why: `its print is flagged (${unnamed}), which no review names` };
  const why = printed === readAs ? `the annex says “${printed}”` : `the annex says “${printed}”, read as “${readAs}”`;
  if (!CARRYING.includes(printed) || !CARRYING.includes(readAs)) return { holds: 'open', why };
  return { holds: both(printed, readAs), why };
};

/** The rows in a direction of use. Rows that say the same of the same elements count once (B.4, 8). */
export const edgesOf = ({ focal, rows }: Crosswalk, direction: Direction): Edge[] => {
  const edges = new Map<string, Edge>();
  for (const row of rows) {
    const references = row.references.map(({ profile, element }) => ({ profile, id: element }));
    const one = [{ profile: focal, id: row.focal }];
    const [from, to] = direction === 'focal-to-reference' ? [one, references] : [references, one];
    const edge = { row, ...holding(row), from, to };
    const same = [row.focal, references.map(keyOf).sort(), row.relationship ?? '', row.readAs, edge.holds];
    const key = JSON.stringify(same);
    if (!edges.has(key)) edges.set(key, edge);
  }
  return [...edges.values()];
};

const names = (elements: readonly Element[]): string => elements.map(({ id }) => id).join(', ');

const distinct = (elements: readonly Element[]): Element[] => [
  ...new Map(elements.map((element) => [keyOf(element), element])).values(),
];

/** Whether a row touches an element on the side that is carried to. */
export const reaches = (edge: Edge, element: Element): boolean => edge.to.some((one) => keyOf(one) === keyOf(element));

/** The rows read as equal that hang together with these, over the elements of either side. */
const groupOf = (start: readonly Edge[], edges: readonly Edge[]): Edge[] => {
  const equal = edges.filter(({ holds }) => holds === 'equal');
  const ends = ({ from, to }: Edge): string[] => [...from, ...to].map(keyOf);
  const group = new Set(start);
  const touched = new Set(start.flatMap(ends));
  for (let grew = true; grew; ) {
    const more = equal.filter((edge) => !group.has(edge) && ends(edge).some((end) => touched.has(end)));
    for (const edge of more) {
      group.add(edge);
      for (const end of ends(edge)) touched.add(end);
    }
    grew = more.length > 0;
  }
  return equal.filter((edge) => group.has(edge));
};

/** What the source says of one of its elements; `why` where that is nothing. */
export interface Said {
  readonly verdict: CriterionVerdict;
  readonly why?: string;
}
export type SourceSays = (element: Element) => Said;

/** What a group of edges with one way of holding says, by the verdicts on its source side (B.2, B.4 6 and 7). */
const saying = (edges: readonly Edge[], element: Element, direction: Direction, says: SourceSays): Saying => {
  const [{ holds, why }] = edges as [Edge];
  const from = distinct(edges.flatMap((edge) => edge.from));
  const to = distinct(edges.flatMap((edge) => edge.to));
  const said = from.map((one) => ({ ...says(one), element: one }));
  const rows = edges.map(({ row }) => row.row);
  const say = (verdict: CriterionVerdict, detail: string): Saying => ({
    edges,
    verdict,
    because: `${rows.length > 1 ? 'rows' : 'row'} ${rows.join(', ')}: ${detail}`,
  });
  if (holds === 'nothing') return say('not-assessed', why);

  const source = names(from);
  const { id } = element;
  const bearing = said.filter(({ verdict }) => verdict !== 'not-assessed' && verdict !== 'not-applicable');
  if (bearing.length === 0) {
    const silent = said.find(({ verdict }) => verdict === 'not-applicable') ?? said[0]!;
    return silent.verdict === 'not-applicable'
      ? say('not-assessed', `${silent.element.id} is not applicable there; whether ${id} applies is stated anew`)
      : say('not-assessed', silent.why ?? `${silent.element.id} is not assessed there`);
  }
  const failed = said.filter(({ verdict }) => verdict === 'fail').map((one) => one.element);
  const passed = said.every(({ verdict }) => verdict === 'pass');
  const forward = direction === 'focal-to-reference';
  // Whether the source side asks for all that the target side asks, and the other way round.
  const covered = holds === 'equal' || holds === (forward ? 'superset of' : 'subset of');
  const covers = holds === 'equal' || holds === (forward ? 'subset of' : 'superset of');

  if (failed.length > 0 && covers)
    return to.length === 1
      ? say('fail', `${why}: ${names(failed)} fails, and ${id} asks for what it asks`)
      : say('inconclusive', `${why}: ${names(failed)} fails, so at least one of ${names(to)} fails; not known which`);
  if (failed.length > 0)
    return say(
      'inconclusive',
      `look here first: ${names(failed)} fails, but what failed may lie outside ${id} (${why})`,
    );
  // A superset would carry a PASS from the focal element by logic; the annexes' supersets do not hold that far (B.3).
  if (passed && covered && !(forward && holds === 'superset of'))
    return say('pass', `${why}: ${source} passes, and that is all that ${id} asks for`);
  if (passed) {
    if (holds === 'open')
      return say('inconclusive', `${why}: partly shown at most by ${source}, so no PASS is carried`);
    return say(
      'inconclusive',
      covered
        ? `no PASS is carried from a superset: ${id} may ask for what ${source} does not (${why})`
        : `no PASS is carried: ${id} asks for more than ${source}, and the rest was not looked at (${why})`,
    );
  }
  const open = said.find(({ verdict }) => verdict !== 'pass')!;
  const rest = open.why ?? `${open.element.id} is ${open.verdict}`;
  return say('inconclusive', `${rest}, so the matter stays open (${why})`);
};

/** Everything that the rows say of an element, by what the source says; none where no row reaches it. */
export const sayingsOf = (
  edges: readonly Edge[],
  element: Element,
  direction: Direction,
  says: SourceSays,
): readonly Saying[] => {
  const own = edges.filter((edge) => reaches(edge, element));
  const equal = own.filter(({ holds }) => holds === 'equal');
  const groups = [
    ...(equal.length === 0 ? [] : [groupOf(equal, edges)]),
    ...own.filter(({ holds }) => holds !== 'equal').map((edge) => [edge]),
  ];
  return groups.map((group) => saying(group, element, direction, says));
};

/** What an element's rows say together: what one of them decides stands; PASS and FAIL together are a conflict (B.4, 7). */
export const together = (
  sayings: readonly Saying[],
): { verdict: CriterionVerdict; because: string; conflict: boolean } => {
  const of = (verdict: CriterionVerdict): Saying | undefined => sayings.find((one) => one.verdict === verdict);
  const [pass, fail] = [of('pass'), of('fail')];
  if (pass !== undefined && fail !== undefined)
    return { verdict: 'inconclusive', because: `rows conflict: ${pass.because}; ${fail.because}`, conflict: true };
  const first = fail ?? pass ?? of('inconclusive') ?? sayings[0]!;
  const others = sayings.length - 1;
  const more = others > 0 ? ` (and ${others} more ${others > 1 ? 'rows' : 'row'})` : '';
  return { verdict: first.verdict, because: `${first.because}${more}`, conflict: false };
};
