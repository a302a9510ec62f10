import { describe, expect, test } from 'vitest';
import { readSealed } from '../src/cli/assess.ts';
import { readPolicies } from '../src/cli/load-policy.ts';
import { loadProfile } from '../src/cli/load-profile.ts';
import { catalogue, checks } from '../src/judge/checks/index.ts';
import { judge } from '../src/judge/judge.ts';
import type { Assessment } from '../src/model/assessment.ts';
import type { NotApplicableClaim } from '../src/model/target.ts';
import { KEPT, keptFolder } from './kept-runs.ts';

/** EN 303 645 as a profile: what was counted elsewhere, and what it says of the kept runs. */

const profile = loadProfile(
  'etsi-en-303-645-2020',
  catalogue.map(({ id }) => id),
);
const provisions = profile.criteria.filter(({ heading }) => !heading);

/** Provision, status, test cases (c: conceptual, f: functional) with their units, IXIT tables. */
const PRINTED = `
4-1 | M | 4-1-1c:a |
5.1-1 | M C | 5.1-1-1c:a 5.1-1-2f:abc | 1-AuthMech
5.1-2 | M C | 5.1-2-1c:abcd 5.1-2-2f:a | 1-AuthMech
5.1-3 | M | 5.1-3-1c:abcd 5.1-3-2f:a | 1-AuthMech
5.1-4 | M C | 5.1-4-1c:a 5.1-4-2f:ab | 1-AuthMech
5.1-5 | M C | 5.1-5-1c:a 5.1-5-2f:ab | 1-AuthMech
5.2-1 | M | 5.2-1-1c:a 5.2-1-2f:ab | 2-UserInfo
5.2-2 | R | 5.2-2-1c:ab | 3-VulnTypes 4-Conf
5.2-3 | R | 5.2-3-1c:abcd | 5-VulnMon
5.3-1 | R | 5.3-1-1c:ab 5.3-1-2f:a | 6-SoftComp
5.3-2 | M C | 5.3-2-1c:a 5.3-2-2f:ab | 7-UpdMech
5.3-3 | M C | 5.3-3-1c:a | 6-SoftComp
5.3-4 | R C | 5.3-4-1c:ab | 6-SoftComp
5.3-5 | R C | 5.3-5-1c:a | 6-SoftComp
5.3-6 | R C | 5.3-6-1c:abcde 5.3-6-2f:abcd | 7-UpdMech
5.3-7 | M C | 5.3-7-1c:abcd | 7-UpdMech
5.3-8 | M C | 5.3-8-1c:ab | 4-Conf 8-UpdProc
5.3-9 | R C | 5.3-9-1c:abcd | 7-UpdMech
5.3-10 | M C | 5.3-10-1cf:cab | 7-UpdMech
5.3-11 | R C | 5.3-11-1c:ab | 7-UpdMech
5.3-12 | R C | 5.3-12-1c:a | 7-UpdMech
5.3-13 | M | 5.3-13-1c:a 5.3-13-2f:abc | 2-UserInfo
5.3-14 | R C | 5.3-14-1c:a 5.3-14-2f:abcde | 2-UserInfo 9-ReplSup
5.3-15 | R C | 5.3-15-1c:ab 5.3-15-2f:abcde | 9-ReplSup
5.3-16 | M | 5.3-16-1c:a 5.3-16-2f:ab | 2-UserInfo
5.4-1 | M | 5.4-1-1c:abcd 5.4-1-2f:a | 10-SecParam
5.4-2 | M C | 5.4-2-1c:abc 5.4-2-2f:a | 10-SecParam
5.4-3 | M | 5.4-3-1c:ab 5.4-3-2f:a | 10-SecParam
5.4-4 | M | 5.4-4-1c:ab | 10-SecParam
5.5-1 | M | 5.5-1-1c:abcd 5.5-1-2f:a | 11-ComMech
5.5-2 | R | 5.5-2-1c:ab 5.5-2-2f:a | 12-NetSecImpl
5.5-3 | R | 5.5-3-1c:ab | 6-SoftComp
5.5-4 | R | 5.5-4-1c:abcd 5.5-4-2f:abc | 13-SoftServ
5.5-5 | M | 5.5-5-1c:a 5.5-5-2f:ab | 11-ComMech 13-SoftServ
5.5-6 | R | 5.5-6-1c:a 5.5-6-2f:a | 10-SecParam
5.5-7 | M | 5.5-7-1c:a 5.5-7-2f:a | 10-SecParam
5.5-8 | M | 5.5-8-1c:ab | 4-Conf 14-SecMgmt
5.6-1 | M | 5.6-1-1c:a 5.6-1-2f:ab | 15-Intf
5.6-2 | M | 5.6-2-1c:ab 5.6-2-2f:a | 15-Intf
5.6-3 | R | 5.6-3-1c:abc 5.6-3-2f:abcd | 15-Intf
5.6-4 | M C | 5.6-4-1c:abc 5.6-4-2f:ab | 15-Intf
5.6-5 | R | 5.6-5-1c:a | 13-SoftServ
5.6-6 | R | 5.6-6-1c:a | 16-CodeMin
5.6-7 | R | 5.6-7-1c:a | 17-PrivlCtrl
5.6-8 | R | 5.6-8-1c:ab | 18-AccCtrl
5.6-9 | R | 5.6-9-1c:ab | 4-Conf 19-SecDev
5.7-1 | R | 5.7-1-1c:ab 5.7-1-2f:a | 20-SecBoot
5.7-2 | R | 5.7-2-1c:ab 5.7-2-2f:ab | 20-SecBoot
5.8-1 | R | 5.8-1-1c:a 5.8-1-2f:a | 21-PersData
5.8-2 | M | 5.8-2-1c:a 5.8-2-2f:a | 21-PersData
5.8-3 | M | 5.8-3-1f:abc | 22-ExtSens
5.9-1 | R | 5.9-1-1c:ab 5.9-1-2f:ab | 23-ResMech
5.9-2 | R | 5.9-2-1c:abc 5.9-2-2f:ab | 23-ResMech
5.9-3 | R | 5.9-3-1c:ab 5.9-3-2f:a | 11-ComMech 23-ResMech
5.10-1 | R C | 5.10-1-1c:ab | 24-TelData
5.11-1 | M | 5.11-1-1c:abc 5.11-1-2f:abc | 25-DelFunc
5.11-2 | R | 5.11-2-1c:ab 5.11-2-2f:abc | 21-PersData 25-DelFunc
5.11-3 | R | 5.11-3-1f:abc | 25-DelFunc
5.11-4 | R | 5.11-4-1f:ab | 25-DelFunc
5.12-1 | R | 5.12-1-1c:ab 5.12-1-2f:abcd | 26-UserDec
5.12-2 | R | 5.12-2-1f:abc | 2-UserInfo 26-UserDec
5.12-3 | R | 5.12-3-1f:abc | 2-UserInfo
5.13-1 | M | 5.13-1-1c:ab 5.13-1-2f:abc | 27-UserIntf 28-ExtAPI 29-InpVal
6-1 | M | 6-1-1c:a 6-1-2f:abcd | 2-UserInfo
6-2 | M C | 6-2-1c:a 6-2-2f:a | 2-UserInfo 21-PersData
6-3 | M | 6-3-1c:a 6-3-2f:a | 2-UserInfo 21-PersData
6-4 | R C | 6-4-1c:a | 21-PersData
6-5 | M C | 6-5-1c:a 6-5-2f:abcd | 2-UserInfo 24-TelData
`;

/** The condition of each conditional provision, the way round in which it does not apply (table B.1). */
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  '5.1-1': ['no-passwords'],
  '5.1-2': ['no-pre-installed-passwords'],
  '5.1-4': ['no-user-authentication'],
  '5.1-5': ['constrained'],
  '5.3-2': ['constrained'],
  '5.3-3': ['no-update-mechanism'],
  '5.3-4': ['no-update-mechanism'],
  '5.3-5': ['no-update-mechanism'],
  '5.3-6': ['no-automatic-updates-or-notices'],
  '5.3-7': ['no-update-mechanism'],
  '5.3-8': ['no-update-mechanism'],
  '5.3-9': ['no-update-mechanism'],
  '5.3-10': ['no-updates-over-network'],
  '5.3-11': ['no-update-mechanism'],
  '5.3-12': ['no-update-mechanism'],
  '5.3-14': ['not-constrained', 'all-software-updatable'],
  '5.3-15': ['not-constrained', 'all-software-updatable'],
  '5.4-2': ['no-hard-coded-identity'],
  '5.6-4': ['no-physical-debug-interface'],
  '5.10-1': ['no-telemetry'],
  '6-2': ['no-consent-based-personal-data'],
  '6-4': ['no-telemetry'],
  '6-5': ['no-telemetry'],
};

const LETTER = { conceptual: 'c', functional: 'f', 'conceptual/functional': 'cf' } as const;

test('provisions, statuses, test cases, units and tables are as counted', () => {
  const said = provisions.map(({ id, status, testCases = [], ixit = [] }) => {
    const cases = testCases.map((one) => `${one.id}${LETTER[one.kind]}:${one.units.join('')}`);
    return [id, status, cases.join(' '), ixit.join(' ')].join(' | ').trim();
  });
  expect(said).toEqual(PRINTED.trim().split('\n'));
  const count = (status: string): number => provisions.filter((one) => one.status === status).length;
  expect([provisions.length, count('M'), count('R'), count('M C'), count('R C')]).toEqual([68, 20, 25, 13, 10]);
  const cases = provisions.flatMap(({ testCases = [] }) => testCases);
  expect([cases.length, cases.flatMap(({ units }) => units).length]).toEqual([109, 226]);
});

test('every conditional provision has its condition, and no other has one', () => {
  const said = provisions.flatMap(({ id, notApplicable }) =>
    notApplicable === 'never' ? [] : [[id, [notApplicable.when, ...(notApplicable.or ?? [])]]],
  );
  expect(Object.fromEntries(said)).toEqual(CONDITIONS);
  expect(Object.keys(CONDITIONS)).toEqual(provisions.filter(({ status }) => status?.endsWith('C')).map(({ id }) => id));
});

test('what is mandatory is a must, and every provision says what a probe can see, what is signed and what is evidence', () => {
  const words = profile.persons ?? {};
  for (const { id, level, status, reach, evidence, person, text, checks: links, quantifier } of provisions) {
    expect([id, level]).toEqual([id, status?.startsWith('M') ? 'must' : 'should']);
    expect([id, reach?.why, evidence?.length, person.length, text]).toEqual([
      id,
      expect.any(String),
      expect.any(Number),
      expect.any(Number),
      expect.any(String),
    ]);
    // None passes on probes alone, and what nothing looks at is not said to be looked at.
    expect([id, person.length > 0, reach?.can !== 'none' || links.every(({ as }) => as === 'supports')]).toEqual([
      id,
      true,
      true,
    ]);
    expect([id, reach?.can === 'none' || links.length > 0]).toEqual([id, true]);
    if (quantifier === 'developer') expect([id, links.filter(({ as }) => as !== 'supports')]).toEqual([id, []]);
    expect([id, person.filter((name) => words[name] === undefined)]).toEqual([id, []]);
  }
  const asked = new Set(provisions.flatMap(({ person }) => person));
  expect(Object.keys(words).filter((name) => !asked.has(name))).toEqual([]);
});

test('the levels of the illustrated label take in every provision once', () => {
  const levels = profile.label!.levels;
  expect(levels.map(({ id, criteria }) => [id, criteria.length])).toEqual([
    ['headline', 13],
    ['mandatory', 20],
    ['whole', 35],
  ]);
  expect(levels.flatMap(({ criteria }) => criteria).sort()).toEqual(provisions.map(({ id }) => id).sort());
});

const judged = (name: string, claims: readonly NotApplicableClaim[] = [], aborted = false): Assessment => {
  const { run, seal } = readSealed(`${keptFolder(name)}/run`);
  const { target } = run;
  const product = { ...target.product!, notApplicable: [...claims] };
  const status = aborted ? ('aborted' as const) : run.status;
  return judge({
    runs: [{ run: { ...run, status, target: { ...target, product } }, seal }],
    profile,
    checks,
    catalogue,
    judgedAt: '2026-12-01T00:00:00.000Z',
    others: [],
    policies: readPolicies(),
  });
};

const idsOf = (assessment: Assessment, verdict: string): string =>
  assessment.criteria
    .filter((one) => !one.heading && one.verdict === verdict)
    .map(({ id }) => id)
    .join(' ');

describe('the kept runs', () => {
  test.each([
    [
      'weak-camera',
      'fail',
      // Defaults in use; a secret for anyone; channels in the clear and weak TLS; an open shell; an undeclared port.
      '5.1-1 5.4-1 5.5-1 5.5-4 5.5-5 5.6-1 5.6-2 5.6-5',
      // Failures that only point to these, or what nobody could look at to the end.
      '5.1-2 5.1-3 5.1-5 5.3-1 5.3-2 5.3-7 5.3-9 5.3-10 5.4-3 5.5-6 5.5-7 5.6-4 5.8-1 5.8-2',
    ],
    [
      'sound-gateway',
      'inconclusive',
      '',
      // Its checks pass as far as they went; what is left is a form, an unbuilt check, a state, IPv6, and persons.
      '5.1-1 5.1-5 5.3-7 5.5-1 5.5-4 5.5-5 5.6-1 5.6-2',
    ],
  ])('%s: %s', (name, verdict, failing, open) => {
    const assessment = judged(name);
    expect(assessment.verdict).toBe(verdict);
    expect(idsOf(assessment, 'fail')).toBe(failing);
    expect(idsOf(assessment, 'inconclusive')).toBe(open);
    // Nobody has signed anything and nothing is claimed.
    expect([idsOf(assessment, 'pass'), idsOf(assessment, 'not-applicable')]).toEqual(['', '']);
    const rest = idsOf(assessment, 'not-assessed').split(' ');
    expect(rest).toHaveLength(68 - `${failing} ${open}`.trim().split(' ').length);
  });

  const all = [...new Set(Object.values(CONDITIONS).flat())].map((condition) => ({
    condition,
    why: 'so it is built',
    acceptedBy: 'B. Head',
  }));

  test.each([
    // It has logins, defaults, TLS and updates from a server: what nothing of it contradicts can be claimed.
    ['weak-camera', '5.3-6 5.4-2 5.10-1 6-2 6-4'],
    ['sound-gateway', '5.4-2 5.6-4 5.10-1 6-2 6-4'],
  ])('%s, with everything claimed away: %s', (name, expected) => {
    expect(idsOf(judged(name, all), 'not-applicable')).toBe(expected);
  });

  test.each(KEPT)('%s, with everything claimed away and the run aborted', (name) => {
    expect(idsOf(judged(name, all, true), 'not-applicable')).toBe('');
  });

  test.each(KEPT)('%s: a claim that nobody accepted settles nothing', (name) => {
    const unaccepted = all.map(({ condition, why }) => ({ condition, why }));
    expect(idsOf(judged(name, unaccepted), 'not-applicable')).toBe('');
  });
});
