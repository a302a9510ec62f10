import type { CheckResult } from '../model/assessment.ts';
import type { Run } from '../model/run.ts';
import {
  type Expected,
  REFERENCE_KINDS,
  type ReferenceDevice,
  type ReferenceKind,
  type Suitability,
  type SuitabilityPass,
} from '../model/suitability.ts';
import type { Verdict } from '../model/verdict.ts';
import { worst } from './fold.ts';

/** What is known of a reference before it is looked at. */
export interface KnownReference {
  readonly name: string;
  readonly kind: ReferenceKind;
  readonly how: ReferenceDevice['how'];
  readonly addresses: readonly string[];
  /** What each check is known to say: a known-bad one fails some, a known-good one passes all that are named. */
  readonly expect: ReadonlyMap<string, 'fail' | 'pass'>;
}

/** What was found of it: its sealed run, and what the checks say of that. */
export interface FoundReference {
  readonly run: Run;
  readonly seal: string;
  readonly checks: readonly CheckResult[];
}

/** Whether anything spoke: an open port, or whatever else is not a port. A host that refuses every port is no reference. */
const answered = ({ attempts }: Run): boolean =>
  attempts.some(({ observations }) =>
    observations.some(({ fact }) => (fact.kind === 'port' ? fact.state === 'open' : fact.kind !== 'liveness')),
  );

/** What stood in the way, in the words of the first attempt that could not tell. */
const obstacle = ({ attempts }: Run): string => {
  const refused = attempts.some(({ observations }) =>
    observations.some(({ fact }) => fact.kind === 'port' && fact.state === 'closed' && fact.by !== 'sandbox'),
  );
  if (refused) return 'its address refuses every port: the reference is off, or another host has its address';
  const broken = attempts.find(({ outcome }) => outcome.status === 'inconclusive');
  const detail =
    broken?.outcome.status === 'inconclusive' ? ` (${broken.probe}: ${broken.outcome.detail.slice(0, 200)})` : '';
  return `nothing answered${detail}: a dead cable, client isolation, a firewall or a broken port scan look like this`;
};

const foundOf = (checks: readonly CheckResult[], check: string): Verdict | undefined => {
  const verdicts = checks.filter((one) => one.check === check).map(({ verdict }) => verdict);
  return verdicts.length === 0 ? undefined : worst(verdicts);
};

const listed = (checks: readonly string[]): string =>
  checks.length <= 6 ? checks.join(', ') : `${checks.slice(0, 6).join(', ')} and ${checks.length - 6} more`;

const deviations = (kind: ReferenceKind, checks: readonly Expected[], unknown: readonly string[]): string[] => {
  const off = checks.filter(({ expected, found }) => expected !== found);
  const words = (expected: Verdict, text: string): string[] => {
    const names = off.filter((one) => one.expected === expected).map(({ check }) => check);
    return names.length === 0 ? [] : [`${text} ${listed(names)}`];
  };
  const needed = kind === 'known-bad' ? 'fail' : 'pass';
  const isKnown = checks.some(({ expected }) => expected === needed);
  return [
    ...(isKnown ? [] : [`it is ${kind.replace('-', ' ')}, and no check is named that it is known to ${needed}`]),
    ...words('fail', `it is ${kind.replace('-', ' ')} and did not fail`),
    ...words('pass', `it is ${kind.replace('-', ' ')} and did not pass`),
    ...(unknown.length === 0 ? [] : [`it is known good and failed ${listed(unknown)}`]),
  ];
};

/**
 * Holds what was found of a reference to what is known of it. Pure. A known-good one that fails anything at all is not
 * as known, whether or not the check is named.
 */
export const referenceOf = (known: KnownReference, { run, seal, checks }: FoundReference): ReferenceDevice => {
  const common = {
    name: known.name,
    kind: known.kind,
    how: known.how,
    addresses: [...known.addresses],
    run: { id: run.id, seal },
  };
  const expected = [...known.expect].map(([check, verdict]): Expected => ({ check, expected: verdict }));
  if (!answered(run)) return { ...common, checks: expected, is: 'not-reached', because: obstacle(run) };
  const held = expected.map((one): Expected => {
    const found = foundOf(checks, one.check);
    return found === undefined ? one : { ...one, found };
  });
  const unknown =
    known.kind === 'known-bad'
      ? []
      : [
          ...new Set(
            checks
              .filter(({ check, verdict }) => verdict === 'fail' && !known.expect.has(check))
              .map(({ check }) => check),
          ),
        ];
  const off = deviations(known.kind, held, unknown);
  return off.length === 0
    ? { ...common, checks: held, is: 'as-known', because: `all that is known of it was found` }
    : { ...common, checks: held, is: 'not-as-known', because: off.join('; ') };
};

const kindsOf = (references: readonly ReferenceDevice[]): ReferenceKind[] =>
  REFERENCE_KINDS.filter((kind) => references.some((one) => one.kind === kind));

/** One pass over references. Pure. It is suitable where each is as known, and both kinds were looked at. */
export const passOf = (
  when: SuitabilityPass['when'],
  at: string,
  endedAt: string,
  references: readonly ReferenceDevice[],
): SuitabilityPass => ({
  at,
  endedAt,
  when,
  references: [...references],
  suitable: kindsOf(references).length === REFERENCE_KINDS.length && references.every(({ is }) => is === 'as-known'),
});

const PHRASES: Record<Exclude<ReferenceDevice['is'], 'as-known'>, string> = {
  'not-as-known': 'was not as known',
  'not-reached': 'was not reached',
};

/** What stands against a pass, a phrase each. */
export const againstPass = ({ when, references }: SuitabilityPass): string[] => [
  ...references.flatMap(({ name, is, because }) =>
    is === 'as-known' ? [] : [`${when} the test, ${name} ${PHRASES[is]}: ${because}`],
  ),
  ...REFERENCE_KINDS.filter((kind) => !kindsOf(references).includes(kind)).map(
    (kind) => `${when} the test, no ${kind.replace('-', ' ')} reference was looked at`,
  ),
];

/** Milliseconds between a pass and the test that it speaks for: a bench is changed from one day to the next. */
const LONGEST_APART = 24 * 60 * 60 * 1_000;
const apart = ([from, to]: readonly [string, string]): number => Date.parse(to) - Date.parse(from);

/** When the item was looked at, so that the passes can be held to it: UTC, the first beginning and the last end. */
export interface TestedBetween {
  readonly from: string;
  readonly to: string;
}

/**
 * Whether the bench was suitable: what is known of its references was found before the item was tested and after. Pure.
 * Without `tested`, nothing holds the passes to the time of the test. Throws RangeError for no pass at all.
 */
export const suitabilityOf = (
  passes: readonly SuitabilityPass[],
  { tool, tested }: { tool: string; tested?: TestedBetween },
): Suitability => {
  if (passes.length === 0) throw new RangeError('no pass over references was made');
  const ordered = [...passes].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const against = ordered.flatMap(againstPass);
  for (const when of ['before', 'after'] as const) {
    const those = ordered.filter((pass) => pass.when === when);
    if (those.length === 0) against.push(`no reference was looked at ${when} the test`);
    if (tested === undefined) continue;
    for (const { at, endedAt } of those) {
      const inTime = when === 'before' ? endedAt <= tested.from : at >= tested.to;
      if (!inTime) against.push(`the pass of ${at} is not one from ${when} the test`);
      else if (apart(when === 'before' ? [endedAt, tested.from] : [tested.to, at]) > LONGEST_APART)
        against.push(
          `the pass of ${at} is more than a day ${when} the test, and says nothing of the bench at that time`,
        );
    }
  }
  return {
    schema: 1,
    tool,
    passes: ordered,
    suitable: against.length === 0,
    because:
      against.length === 0
        ? 'what is known of the references was found, before the test and after it'
        : against.join('; '),
  };
};
