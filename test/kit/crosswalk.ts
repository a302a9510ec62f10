import { type CarriedOver, carry, type Via } from '../../src/judge/carry.ts';
import type { Assessment, ComponentVerdict, CriterionResult } from '../../src/model/assessment.ts';
import { type Crosswalk, CrosswalkRow, type ReadAs, type Relationship } from '../../src/model/crosswalk.ts';
import { Criterion, type Profile } from '../../src/model/profile.ts';
import type { Item, Target } from '../../src/model/target.ts';
import type { CriterionVerdict } from '../../src/model/verdict.ts';
import { target } from './sketch.ts';

/** Crosswalks and what they carry as values: `nist` is the focal profile, `scheme` the reference. */

export const NIST = 'nist';
export const SCHEME = 'scheme';
export const ITEM: Item = { model: 'C1', hardware: 'B', firmware: '1.0' };
export const PRODUCT = 'Camera';
export const AT = '2026-11-22T12:00:00.000Z';
export const SEAL_OF_SOURCE = 'b'.repeat(64);

type RowOver = Partial<Omit<CrosswalkRow, 'references'>>;

/** A row of a focal element and one or several (comma) references of `scheme`, semantic and read by a reviewer. */
export const row = (
  focal: string,
  printed: Relationship | undefined,
  references: string,
  readAs: ReadAs = printed ?? 'none',
  over: RowOver = {},
): CrosswalkRow =>
  CrosswalkRow.parse({
    row: `${focal}~${references}`,
    focal,
    rationale: 'semantic',
    relationship: printed,
    references: references
      .split(',')
      .filter((id) => id !== '')
      .map((element) => ({ profile: SCHEME, element })),
    readAs,
    readBy: 'a reviewer',
    readAt: '2026-11-22',
    ...over,
  });

export const crosswalkOf = (rows: readonly CrosswalkRow[]): Crosswalk => ({
  crosswalk: 'annex',
  title: 'Annex',
  edition: '1',
  source: 'a test',
  focal: NIST,
  references: [SCHEME],
  component: 'device',
  rows: [...rows],
});

const plain = new Map<string, Criterion>();
const plainCriterion = (id: string): Criterion => {
  const criterion = plain.get(id) ?? Criterion.parse({ id, title: id });
  plain.set(id, criterion);
  return criterion;
};

/** A profile of criteria that nothing but a person could judge. */
export const profileOf = (profile: string, criteria: readonly (string | Partial<Criterion>)[]): Profile => ({
  profile,
  title: profile,
  edition: '1',
  decisionRule: 'verdict-fold/1',
  criteria: criteria.map((one) =>
    typeof one === 'string' ? plainCriterion(one) : Criterion.parse({ title: one.id, ...one }),
  ),
});

/** Of an element: its verdict on the camera, or by component, or a whole result. */
export type Of = CriterionVerdict | Record<string, CriterionVerdict> | Partial<CriterionResult>;

const isResult = (of: Exclude<Of, string>): of is Partial<CriterionResult> => 'id' in of;

const resultOf = (id: string, of: Of): CriterionResult => {
  const components = typeof of === 'string' ? { camera: of } : isResult(of) ? {} : of;
  return {
    id,
    title: id,
    level: 'must',
    kind: 'technical',
    heading: false,
    verdict: 'inconclusive',
    basis: 'mixed',
    because: 'as judged',
    components: Object.entries(components).map(
      ([component, verdict]): ComponentVerdict => ({ component, verdict, findings: [], because: '', missing: [] }),
    ),
    ...(typeof of === 'string' || !isResult(of) ? {} : of),
  };
};

/** An assessment by a profile, of which only the components' verdicts are sound: the product's are left inconclusive. */
export const assessed = (
  profile: string,
  says: Readonly<Record<string, Of>>,
  over: Partial<Assessment> = {},
): Assessment => ({
  schema: 1,
  tool: 'probity 0.1.0',
  runs: [{ id: '20261101T000000Z', seal: 'c'.repeat(64), state: 'operational', status: 'completed' }],
  judgedAt: AT,
  profile: { id: profile, title: profile, edition: '1' },
  decisionRule: 'verdict-fold/1',
  target: 'camera',
  verdict: 'inconclusive',
  criteria: Object.entries(says).map(([id, of]) => resultOf(id, of)),
  checks: [],
  findings: [],
  signed: false,
  ...over,
});

export interface Carrying {
  rows: readonly CrosswalkRow[];
  /** What the source says, by element; the side that it is on. */
  says: Readonly<Record<string, Of>>;
  from: typeof NIST | typeof SCHEME;
  /** The criteria of the other side; by default those that the rows name. */
  criteria?: readonly (string | Partial<Criterion>)[];
  target?: Target;
  item?: Item;
  source?: Partial<Assessment>;
  given?: Partial<Via['source']>;
}

const namedBy = (rows: readonly CrosswalkRow[], from: string): string[] => [
  ...new Set(rows.flatMap(({ focal, references }) => (from === NIST ? references.map((r) => r.element) : [focal]))),
];

export const viaOf = ({ rows, says, from, source, given }: Carrying): Via => ({
  crosswalk: crosswalkOf(rows),
  source: { assessment: assessed(from, says, source), seal: SEAL_OF_SOURCE, item: ITEM, product: PRODUCT, ...given },
});

export const profileTo = ({ rows, from, criteria }: Carrying): Profile =>
  profileOf(from === NIST ? SCHEME : NIST, criteria ?? namedBy(rows, from));

const CAMERA = target();

/** What is carried, by criterion. */
export const carried = (what: Carrying): ReadonlyMap<string, CarriedOver> =>
  carry(viaOf(what), { profile: profileTo(what), target: what.target ?? CAMERA, item: what.item ?? ITEM });

/** The carried verdicts, by criterion. */
export const verdicts = (what: Carrying): Record<string, CriterionVerdict> =>
  Object.fromEntries([...carried(what)].map(([id, { verdict }]) => [id, verdict]));
