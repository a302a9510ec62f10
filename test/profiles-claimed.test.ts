import { describe, expect, test } from 'vitest';
import { NOT_APPLICABLE_WHEN } from '../src/model/profile.ts';
import type { Declaration, NotApplicableClaim } from '../src/model/target.ts';
import {
  CTA,
  declaring,
  device,
  ETSI,
  everything,
  http,
  idsOf,
  loaded,
  NIST,
  OPEN,
  type Parts,
  PROFILES,
  reached,
  seen,
  silent,
  UL,
} from './kit/best-device.ts';
import { attempt, type FactDraft, type RunDraft, recognised, scan } from './kit/run.ts';
import { type Situation, verdictOf } from './kit/situation.ts';

/** Silence, names, makers' words and claims of not applicable, over every shipped profile. */

/** Claimed by a stated reason, beside a check that passes: an ability that is there need not be one that is needed. */
const STATED = ['DI.1.1', 'DI.1.3', 'DI.2.1.1', 'DI.2.3', 'LA.6.4'];

test('what stands open before set-up by design passes once the lab has named it', () => {
  const runs = device(http(reached('http', 'setting', 'write')), ['factory-default', 'onboarding', 'reset']);
  for (const [profile, ids] of [
    [NIST, ['IAC-1b', 'IAC-2c']],
    [ETSI, ['5.5-4', '5.5-5']],
    [CTA, ['5.2.3', 'SA-002']],
  ] as const) {
    const { findings } = seen(profile, runs);
    const suspects = findings
      .filter(
        ({ check, verdict, strength }) =>
          verdict === 'fail' &&
          (check === 'access-authenticated' || (check === 'declaration-consistent' && strength === 'indicative')),
      )
      .map(({ id }) => id);
    const named = seen(profile, runs, {
      attestations: [...everything(profile), ...ids.map((criterion) => ({ criterion, settles: suspects }))],
    });
    expect(ids.map((id) => [id, verdictOf(named, id)])).toEqual(ids.map((id) => [id, 'pass']));
  }
});

test('a declared password that is contradicted after set-up cannot be signed away', () => {
  const runs = device(http(reached('http', 'customer-data', 'read')), ['operational']);
  const settles = seen(ETSI, runs).findings.map(({ id }) => id);
  const named = seen(ETSI, runs, { attestations: [...everything(ETSI), { criterion: '5.5-5', settles }] });
  expect(verdictOf(named, '5.5-5')).toBe(OPEN);
});

test.each([
  ['reset', 'pass'],
  ['reconnected', 'fail'],
] as const)('a service declared for the factory state that is open in the state %s: %s', (state, verdict) => {
  const set: Partial<Parts> = {
    tcp: [8443],
    more: [
      recognised('tcp/8443', 'tls', 'http+tls'),
      attempt('http-login', 'camera/tcp/8443/http+tls', [reached('http', 'discovery', 'read')]),
    ],
  };
  const declared = declaring({ port: 8443, protocol: 'https', states: ['factory-default'] });
  const runs = device(set, ['factory-default', state], declared);
  expect([verdictOf(seen(NIST, runs), 'IAC-1a'), verdictOf(seen(ETSI, runs), '5.6-1')]).toEqual([verdict, verdict]);
});

describe('claims of what a device does not have', () => {
  const bare: Declaration = { interfaces: [{ kind: 'ip' }], services: [] };
  const quiet = (facts: FactDraft[] = [], tcp: number[] = []): RunDraft[] => [
    {
      state: 'operational',
      declares: bare,
      attempts: [
        scan({ tcp }),
        ...tcp.map((port) => recognised(`tcp/${port}`, 'http')),
        ...tcp.map((port) => attempt('http-login', `camera/tcp/${port}/http`, facts)),
        attempt('identity', 'camera', []),
        attempt('update-channel', 'camera', tcp.length === 0 ? facts : []),
      ],
    },
  ];
  const recording = reached('http', 'customer-data', 'read', 'required');
  const asks = { kind: 'update', role: 'client', outcome: 'accepted' } as FactDraft;
  const cloud: Situation['beside'] = [{ id: 'cloud', kind: 'cloud' }];
  test.each([
    ['no interface, and none is open', UL, 'SM-AUTH', quiet(), [], 'not-applicable'],
    ['no interface, and a port is open', UL, 'SM-AUTH', quiet([recording], [80]), [], OPEN],
    ['no interface, and a port is open', CTA, 'SA-002', quiet([recording], [80]), [], OPEN],
    ['no data, and none is met', CTA, '5.4', quiet(), [], 'not-applicable'],
    ['no data, and recordings behind a login', CTA, '5.4', quiet([recording], [80]), [], OPEN],
    ['no data, and recordings behind a login', CTA, '5.10', quiet([recording], [80]), [], OPEN],
    ['no data, and recordings behind a login', UL, 'SM-ERASE', quiet([recording], [80]), [], OPEN],
    ['no data, and recordings behind a login', NIST, 'DP-1', quiet([recording], [80]), [], OPEN],
    ['software that stays as it is, and it asked for updates', NIST, 'SU-2', quiet([asks]), [], OPEN],
    ['one component', NIST, 'AI-2', quiet(), [], 'not-applicable'],
    ['one component, and a cloud is declared', NIST, 'AI-2', quiet(), cloud, OPEN],
  ] as const)('%s (%s %s)', (_, profile, criterion, runs, beside, verdict) => {
    const product = { notApplicable: [{ criterion, why: 'so it is built', acceptedBy: 'B. Head' }] };
    const of = (rest: Partial<Situation>): string =>
      verdictOf(seen(profile, runs, { product, beside, attestations: [], ...rest }), `${criterion} camera`);
    expect([OPEN, 'not-assessed'].includes(of({})) ? OPEN : of({})).toBe(verdict);
    const silenced = seen(profile, silent(runs), { product, beside, attestations: [] });
    if (criterion !== 'AI-2') expect(verdictOf(silenced, `${criterion} camera`)).not.toBe('not-applicable');
  });
});

/** Of what a run was to show nothing is asked here: documents, and what is the developer's. */
const isObserved = (profile: string, id: string): boolean =>
  loaded.get(profile)!.criteria.find((one) => one.id === id)!.states.length > 0;

describe.each(PROFILES)('%s', (profile) => {
  test('in silence nothing passes, and persons pass only what asks for no run', () => {
    expect(idsOf(seen(profile, silent(device()), { attestations: [] }), 'pass', 'not-applicable', 'fail')).toEqual([]);
    const assessment = seen(profile, silent(device()));
    expect(idsOf(assessment, 'pass').filter((id) => isObserved(profile, id))).toEqual([]);
    expect(idsOf(assessment, 'not-applicable', 'fail')).toEqual([]);
  });

  test("the maker's word settles nothing", () => {
    const assessment = seen(profile, device(), { attestations: everything(profile, { for: 'maker' }) });
    expect(idsOf(assessment, 'pass', 'not-applicable', 'fail')).toEqual([]);
  });

  const claims: NotApplicableClaim[] = [
    ...NOT_APPLICABLE_WHEN.map((condition) => ({ condition })),
    ...loaded.get(profile)!.criteria.map(({ id }) => ({ criterion: id })),
  ].map((claim) => ({ ...claim, why: 'so it is built', acceptedBy: 'B. Head' }));
  const conditional = loaded.get(profile)!.criteria.flatMap(({ id, notApplicable, checks }) =>
    notApplicable === 'never'
      ? []
      : [
          {
            id,
            when: notApplicable.when,
            bare: checks.every(({ as, when: only }) => as === 'supports' || only !== undefined),
          },
        ],
  );

  test('what the run or the declaration contradicts is not claimed away, nor what always applies', () => {
    const away = idsOf(seen(profile, device(), { product: { notApplicable: claims } }), 'not-applicable');
    // What no check could contradict rests on the lab's word alone: it was stated, or is a matter of documents.
    const word: string[] = [
      'stated',
      'one-component',
      'no-telemetry',
      'no-consent-based-personal-data',
      'no-physical-debug-interface',
    ];
    expect(away.filter((id) => !conditional.some((one) => one.id === id && word.includes(one.when)))).toEqual([]);
    expect(away.filter((id) => conditional.some((one) => one.id === id && one.when === 'stated' && !one.bare))).toEqual(
      /^(nist-technical|battery|home)/.test(profile)
        ? STATED.filter((id) => loaded.get(profile)!.criteria.some((one) => one.id === id))
        : [],
    );
  });

  test.each([
    ['aborted', device().map((one) => ({ ...one, status: 'aborted' as const }))],
    ['silent', silent(device({}, [], { services: [], update: { policy: 'none' } }))],
  ])('nothing is claimed away that a run could contradict, where it is %s', (_, runs) => {
    const only = runs.map((one) => ({ ...one, declares: { interfaces: [{ kind: 'ip' as const }] } }));
    const away = idsOf(seen(profile, only, { product: { notApplicable: claims }, attestations: [] }), 'not-applicable');
    const blind = ['stated', 'one-component', 'no-telemetry', 'no-consent-based-personal-data'];
    expect(
      away.filter((id) => !conditional.some((one) => one.id === id && one.bare && blind.includes(one.when))),
    ).toEqual([]);
  });
});
