import { probes } from '../../probes/index.ts';
import { holding } from '../judge/carry-rows.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import type { Criterion, Link, Profile } from '../model/profile.ts';
import { missingWords } from '../report/view.ts';
import { linksOf, probesOf } from './coverage.ts';
import { Usage } from './limits.ts';
import { type Mapping, mappingsOf, shippedCrosswalk } from './load-crosswalk.ts';
import { shippedProfiles } from './load-profile.ts';
import { readProfiles } from './profiles.ts';

type Told = Readonly<Record<string, unknown>>;

const isBuilt = (id: string): boolean => checks.some((check) => check.id === id);
const titleOf = (id: string): string => catalogue.find((check) => check.id === id)?.title ?? id;

/** Everything that is known of a criterion: who speaks to it, what they cannot see, and what would settle it. */
const criterionTold = (profile: Profile, criterion: Criterion): Told => ({
  is: 'criterion',
  profile: profile.profile,
  edition: profile.edition,
  ...criterion,
  persons: criterion.person.map((id) => ({ id, words: missingWords({ what: 'person', detail: id }, profile) })),
  links: linksOf(criterion).map(({ check, as }) => ({
    check,
    as,
    title: titleOf(check),
    built: isBuilt(check),
    probes: probesOf(check) ?? [],
  })),
  children: profile.criteria.filter(({ parent }) => parent === criterion.id).map(({ id }) => id),
  mappings: mappingsOf(criterion.id, profile.profile),
});

const checkTold = (id: string, profiles: readonly Profile[]): Told | undefined => {
  const entry = catalogue.find((check) => check.id === id);
  if (entry === undefined) return undefined;
  const check = checks.find((one) => one.id === id);
  return {
    is: 'check',
    ...entry,
    built: check !== undefined,
    ...(check === undefined ? {} : { version: check.version, needs: check.needs, protocols: check.protocols }),
    probes: probesOf(id) ?? [],
    criteria: profiles.flatMap(({ profile, criteria }) =>
      criteria
        .filter(({ checks: links }) => links.some((link: Link) => link.check === id))
        .map((criterion) => `${profile} ${criterion.id}`),
    ),
  };
};

const probeTold = (id: string): Told | undefined => {
  const probe = probes.find((one) => one.id === id);
  if (probe === undefined) return undefined;
  return {
    is: 'probe',
    id,
    version: probe.version,
    title: probe.title,
    impact: probe.impact,
    emits: probe.emits,
    checks: catalogue.filter((check) => probesOf(check.id)?.includes(id)).map((check) => check.id),
  };
};

/** A criterion by its id, in each profile that has it; one taken from another profile as it stands only there, with where. */
const criteriaNamed = (
  id: string,
  profiles: readonly Profile[],
): { profile: Profile; criterion: Criterion; alsoIn: string[] }[] => {
  const all = profiles.flatMap((profile) =>
    profile.criteria.filter((criterion) => criterion.id === id).map((criterion) => ({ profile, criterion })),
  );
  const same = (one: Criterion, other: Criterion): boolean => JSON.stringify(one) === JSON.stringify(other);
  const isTaken = ({ profile, criterion }: (typeof all)[number]): boolean =>
    all.some((base) => base.profile.profile === profile.extends?.profile && same(base.criterion, criterion));
  return all
    .filter((one) => !isTaken(one))
    .map((one) => ({
      ...one,
      alsoIn: all
        .filter(
          ({ profile, criterion }) =>
            profile.extends?.profile === one.profile.profile && same(criterion, one.criterion),
        )
        .map(({ profile }) => profile.profile),
    }));
};

/** Everything that an id stands for: a probe, a check, or a criterion of each profile that has one of that name. */
export const explained = (id: string, names: readonly string[] = shippedProfiles()): Told[] => {
  const profiles = readProfiles(names).map(({ profile }) => profile);
  const found = [
    probeTold(id),
    checkTold(id, profiles),
    ...criteriaNamed(id, profiles).map(({ profile, criterion, alsoIn }) => ({
      ...criterionTold(profile, criterion),
      alsoIn,
    })),
  ].filter((one) => one !== undefined);
  if (found.length === 0)
    throw new Usage(
      `explain ${id}: no probe, check or criterion has this id (probity profiles, checks and probes list them)`,
    );
  return found;
};

/** Columns of a terminal, and of the names before what is said. */
const WIDTH = 100;
const NAMES = 17;

/** A name and what is said, in lines that stand under each other. */
const line = (name: string, value: string): string => {
  const lines: string[] = [];
  let at = '';
  for (const word of value.split(/\s+/)) {
    if (at !== '' && NAMES + at.length + 1 + word.length > WIDTH) {
      lines.push(at);
      at = word;
    } else at = at === '' ? word : `${at} ${word}`;
  }
  return [...lines, at].map((text, index) => `${(index ? '' : name).padEnd(NAMES)}${text}\n`).join('');
};

const NONE = 'none';
const list = (values: readonly string[] | undefined): string =>
  values === undefined || values.length === 0 ? NONE : values.join(', ');

const REACH = {
  decide: 'a probe can decide it, beside what a person signs',
  partial: 'a probe gives partial evidence',
  none: 'no probe can see it',
} as const;

/** Which verdicts a row carries, from its focal element (`from`) or to it, by what it holds at most (CRITERIA B.2). */
const CARRIES: Readonly<Record<ReturnType<typeof holding>['holds'], string>> = {
  equal: 'carries a pass and a fail, either way',
  'subset of': 'carries a fail from the first to the second, and a pass back',
  'superset of': 'carries a pass from the first to the second, and a fail back',
  open: 'carries no verdict',
  nothing: 'carries no verdict',
};

const mappedText = (
  id: string,
  { crosswalk, row, direction, other, relationship, readAs, fulfilled }: Mapping,
): string => {
  const held = shippedCrosswalk(crosswalk).rows.find((one) => one.row === row);
  const carries = held === undefined ? CARRIES.nothing : CARRIES[holding(held).holds];
  const printed = relationship === undefined ? 'no relationship printed' : `printed "${relationship}"`;
  const [first, second] = direction === 'from' ? [id, other] : [other, id];
  const read = readAs === 'none' ? 'read by nobody' : `read as "${readAs}"`;
  return `${first} → ${second}: ${printed}, ${read}; ${carries}. Fulfilled, as printed: ${fulfilled ?? 'not stated'} (${crosswalk}, row ${row})`;
};

const criterionText = (profile: Profile, criterion: Criterion): string => {
  const { id, title, text, level, kind, quantifier, reading, reach, status, states, declares } = criterion;
  const lines = [
    `${id}  ${title}  (${profile.profile}, edition ${profile.edition})\n`,
    ...(text === undefined ? [] : [`\n${line('', text).replaceAll(/^ {17}/gm, '  ')}`]),
    '\n',
    line('Level', `${level}${status === undefined ? '' : ` (printed: ${status})`}, ${kind}`),
  ];
  if (criterion.heading)
    lines.push(
      line('Heading over', list(profile.criteria.filter(({ parent }) => parent === id).map((child) => child.id))),
    );
  else lines.push(line('Judged for', quantifier));
  if (reading !== undefined) lines.push(line('Read as', reading));
  if (reach !== undefined) lines.push(line('What is seen', `${REACH[reach.can]}: ${reach.why}`));
  for (const { check, as } of linksOf(criterion)) {
    const by = probesOf(check);
    const seenBy = by === undefined ? 'not built yet' : by.length === 0 ? 'the engine' : by.join(', ');
    lines.push(line('Check', `${check}, ${as}: ${titleOf(check)} (${seenBy})`));
  }
  if (criterion.checks.length === 0 && !criterion.heading) lines.push(line('Check', 'none: persons alone assess it'));
  if (states.length > 0) lines.push(line('In the states', list(states)));
  if (declares.length > 0) lines.push(line('Declared', list(declares)));
  if (criterion.notApplicable !== 'never')
    lines.push(
      line('Not applicable', [criterion.notApplicable.when, ...(criterion.notApplicable.or ?? [])].join(' or ')),
    );
  for (const item of criterion.person)
    lines.push(line('A person signs', `${item}: ${missingWords({ what: 'person', detail: item }, profile)}`));
  for (const evidence of criterion.evidence ?? []) lines.push(line('Would settle it', evidence));
  for (const { id: test, kind: how, units } of criterion.testCases ?? [])
    lines.push(line('Test case', `${test} (${how}; units ${units.join(', ')})`));
  if (criterion.ixit !== undefined && criterion.ixit.length > 0) lines.push(line('IXIT', list(criterion.ixit)));
  if (criterion.controls !== undefined) lines.push(line('SP 800-53', list(criterion.controls)));
  if (criterion.csf !== undefined) lines.push(line('CSF 1.1', list(criterion.csf)));
  for (const mapping of mappingsOf(id, profile.profile)) lines.push(line('Mapped', mappedText(id, mapping)));
  return lines.join('');
};

/** What a check or a probe is, by the names of what is told of it. */
const TITLES: Readonly<Record<string, string>> = {
  theme: 'Theme',
  impact: 'Impact',
  needs: 'Needs facts of',
  protocols: 'Speaks of',
  emits: 'Sees facts of',
  probes: 'Probes',
  checks: 'Checks',
};

const grouped = (criteria: readonly string[]): string[] => {
  const by = new Map<string, string[]>();
  for (const one of criteria) {
    const [profile = '', id = ''] = one.split(' ');
    by.set(profile, [...(by.get(profile) ?? []), id]);
  }
  return [...by].map(([profile, ids]) => line('Criteria', `${profile}: ${ids.join(', ')}`));
};

const plainText = ({ is, id, title, version, built, criteria, ...rest }: Told): string =>
  [
    `${id}  ${title}  (${is}${version === undefined ? '' : `, version ${version}`}${built === false ? ', not built yet' : ''})\n\n`,
    ...Object.entries(TITLES).flatMap(([name, words]) => {
      const value = rest[name];
      if (value === undefined) return [];
      return [line(words, Array.isArray(value) ? list(value.map(String)) : String(value))];
    }),
    ...grouped(Array.isArray(criteria) ? criteria.map(String) : []),
  ].join('');

/** The same for people. Throws Usage where no shipped profile, check or probe has the id. */
export const explainedText = (id: string, names: readonly string[] = shippedProfiles()): string => {
  const profiles = readProfiles(names).map(({ profile }) => profile);
  const others = explained(id, names).filter(({ is }) => is !== 'criterion');
  const criteria = criteriaNamed(id, profiles).map(
    ({ profile, criterion, alsoIn }) =>
      `${criterionText(profile, criterion)}${alsoIn.length === 0 ? '' : line('Also in', list(alsoIn))}`,
  );
  return [...others.map(plainText), ...criteria].join('\n');
};
