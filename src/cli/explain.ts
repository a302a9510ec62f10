import { probes } from '../../probes/index.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import type { Criterion, Link, Profile } from '../model/profile.ts';
import { missingWords } from '../report/view.ts';
import { linksOf, probesOf } from './coverage.ts';
import { Usage } from './limits.ts';
import { mappingsOf } from './load-crosswalk.ts';
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

const line = (name: string, value: string): string => `${name.padEnd(17)}${value}\n`;

const NONE = 'none';
const list = (values: readonly string[] | undefined): string =>
  values === undefined || values.length === 0 ? NONE : values.join(', ');

const REACH = {
  decide: 'a probe can decide it, beside what a person signs',
  partial: 'a probe gives partial evidence',
  none: 'no probe can see it',
} as const;

const criterionText = (profile: Profile, criterion: Criterion): string => {
  const { id, title, text, level, kind, quantifier, reading, reach, status, states, declares } = criterion;
  const lines = [
    `${id}  ${title}  (${profile.profile}, edition ${profile.edition})\n`,
    ...(text === undefined ? [] : [`\n  ${text.replaceAll('\n', '\n  ')}\n`]),
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
    const seenBy = by === undefined ? 'nobody has built it yet' : by.length === 0 ? 'the engine' : by.join(', ');
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
  for (const { crosswalk, row, direction, other, relationship, readAs, fulfilled } of mappingsOf(id, profile.profile))
    lines.push(
      line(
        'Mapped',
        `${crosswalk} ${row}: ${direction === 'from' ? `${relationship ?? 'no relationship printed'} → ${other}` : `${other} → ${relationship ?? 'no relationship printed'}`}; read as ${readAs}; fulfilled by the document: ${fulfilled ?? 'not stated'}`,
      ),
    );
  return lines.join('');
};

const plainText = (told: Told): string =>
  Object.entries(told)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      line(name, Array.isArray(value) ? list(value.map(String)) : typeof value === 'string' ? value : String(value)),
    )
    .join('');

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
