import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { FACTS } from '../../test/kit/facts.ts';
import { armed, attempt, HOST, run, SEAL, target, tcpScan, udpScan } from '../../test/kit/sketch.ts';
import type { Assessment } from '../model/assessment.ts';
import { FACT_KINDS, type Fact, type FactKind } from '../model/fact.ts';
import type { Attestation } from '../model/person.ts';
import { type Profile, Profile as ProfileSchema } from '../model/profile.ts';
import type { Attempt, Run } from '../model/run.ts';
import type { Declaration } from '../model/target.ts';
import { type Check, defineCheck } from './check.ts';
import { catalogue, checks as real } from './checks/index.ts';
import { judge } from './judge.ts';

const bad = (fact: Fact): boolean => FACTS[fact.kind].indexOf(fact) % 2 === 0;

/** A careless author's checks: what is not seen to be bad, passes; what is not seen at all does not apply. */
const careless = FACT_KINDS.flatMap((kind): Check[] =>
  [undefined, ['ssh', 'tls']].map((protocols, index) =>
    defineCheck({
      id: `careless-${kind}-${index}`,
      version: '1.0.0',
      title: kind,
      theme: 'access',
      needs: index === 0 ? [kind] : [kind, 'service'],
      protocols,
      *judge({ seen }) {
        const facts = seen.facts(kind);
        const common = {
          because: `${facts.length} seen`,
          expected: 'none bad',
          basis: seen.attempts().map(({ id }) => id),
        };
        for (const { fact, endpoint } of facts)
          yield { ...common, verdict: bad(fact) ? 'fail' : 'pass', about: endpoint, conditions: ['control-held'] };
        if (facts.length === 0) yield { ...common, verdict: index === 0 ? 'pass' : 'not-applicable' };
      },
    }),
  ),
);

const PROBES: readonly { id: string; emits: readonly FactKind[]; at?: string }[] = [
  { id: 'recognise', emits: ['service', 'channel'] },
  { id: 'ssh-login', emits: ['login', 'throttle', 'access'], at: 'ssh' },
  { id: 'ssh', emits: ['offer', 'key'], at: 'ssh' },
  { id: 'tls', emits: ['offer', 'certificate', 'key', 'weakness', 'service'], at: 'tls' },
  { id: 'http', emits: ['access', 'identity', 'login'], at: 'http' },
  { id: 'capture', emits: ['flow'] },
  { id: 'updates', emits: ['update', 'artifact'] },
  { id: 'listener', emits: ['event'] },
  { id: 'liveness', emits: ['liveness'] },
];

const DECLARES: readonly z.input<typeof Declaration>[] = [
  {},
  { services: [] },
  { services: [{ port: 22, reason: 'support' }] },
  {
    services: [{ port: 80, protocol: 'http', reason: 'page', adminOnly: ['/admin'] }],
    accounts: [
      { user: 'boss', secret: { env: 'A' }, role: 'admin' },
      { user: 'viewer', secret: { env: 'B' }, role: 'ordinary' },
    ],
  },
  { roles: [{ name: 'owner', may: ['everything'] }] },
];

const anAttempt = fc
  .record({
    probe: fc.constantFrom(...PROBES),
    port: fc.option(fc.constantFrom(22, 80, 443), { nil: undefined, freq: 4 }),
    facts: fc.array(fc.nat({ max: 40 }), { maxLength: 3 }),
    open: fc.option(fc.nat({ max: 3 }), { nil: undefined, freq: 8 }),
  })
  .map(({ probe, port, facts, open }) => {
    const choices = probe.emits.flatMap((kind) => FACTS[kind]);
    return attempt({
      probe: probe.id,
      port,
      protocol: port === undefined ? undefined : probe.at,
      facts: facts.map((index) => choices[index % choices.length]!),
      open: open === undefined ? undefined : probe.emits.slice(0, open + 1),
    });
  });

const aRun = fc
  .record({
    attempts: fc.uniqueArray(anAttempt, { selector: ({ id }) => id, maxLength: 8 }),
    open: fc.subarray([22, 80, 443]),
    scan: fc.constantFrom('whole', 'whole', 'whole', 'whole', 'none', 'broken'),
    silent: fc.constantFrom([], [], [], [161]),
    armedAll: fc.constantFrom(true, true, true, false),
    declares: fc.constantFrom(...DECLARES),
  })
  .map(({ attempts, open, scan, silent, armedAll, declares }): Run => {
    const scans =
      scan === 'none' ? [] : [tcpScan(open, scan === 'broken' ? { open: ['port'] } : {}), udpScan([], silent)];
    const ran = PROBES.filter(({ id }) => armedAll || attempts.some(({ probe }) => probe === id));
    return run({
      target: target({
        components: [{ id: 'camera', addresses: [HOST], declares }],
        product: {
          name: 'Camera',
          complete: true,
          notApplicable: ['claimed', 'claimed-counter'].map((criterion) => ({
            criterion,
            why: 'none',
            acceptedBy: 'the lab',
          })),
        },
      }),
      probes: [
        armed('tcp-ports', ['port']),
        armed('udp-ports', ['port']),
        ...ran.map(({ id, emits }) => armed(id, emits)),
      ],
      attempts: [...scans, ...attempts],
    });
  });

/** A criterion for each check as required, as counter beside a person's item, and two that are claimed away. */
const profileOf = (all: readonly Check[], some: readonly Check[]): Profile =>
  ProfileSchema.parse({
    profile: 'p',
    title: 'P',
    edition: '1',
    decisionRule: 'verdict-fold/1',
    criteria: [
      ...all.map(({ id }) => ({ id: `required ${id}`, title: id, checks: [{ check: id, as: 'required' }] })),
      ...all.map(({ id }) => ({
        id: `counter ${id}`,
        title: id,
        checks: [{ check: id, as: 'counter', fail: 'indicative' }],
        person: ['item'],
      })),
      {
        id: 'several',
        title: 'several',
        checks: some.map(({ id }, index) => ({ check: id, as: index % 2 === 0 ? 'required' : 'counter' })),
        person: ['item'],
        coverage: { tcp: 'all', udp: 'list' },
      },
      ...(['required', 'counter'] as const).map((as) => ({
        id: as === 'required' ? 'claimed' : 'claimed-counter',
        title: 'claimed',
        notApplicable: { when: 'stated' },
        checks: some.map(({ id }) => ({ check: id, as })),
      })),
    ],
  });

const AT = '2026-11-23T00:00:00.000Z';

/** The lab signs every person's item, and every gap that the replaced attempt has no part in. */
const signed = (assessment: Assessment, without: Attempt): Attestation[] => {
  const gaps = assessment.findings.filter(
    ({ verdict, basis }) => verdict === 'inconclusive' && !basis.some((id) => id.startsWith(without.id)),
  );
  return assessment.criteria.map(({ id }) => ({
    id,
    criterion: id,
    settles: ['item', ...gaps.slice(0, gaps.length / 2).map((gap) => gap.id)],
    verdict: 'pass',
    statement: 'seen',
    by: 'the lab',
    for: 'lab',
    at: AT,
    item: { firmware: '1.0' },
    seals: [SEAL],
    evidence: [{ file: 'e', sha256: SEAL }],
  }));
};

/** Every pass and not-applicable of an assessment, at every level. */
const good = (assessment: Assessment): string[] => {
  const is = (verdict: string): boolean => verdict === 'pass' || verdict === 'not-applicable';
  return [
    ...(is(assessment.verdict) ? ['the assessment'] : []),
    ...assessment.criteria.filter(({ verdict }) => is(verdict)).map(({ id }) => `criterion ${id}`),
    ...assessment.criteria.flatMap(({ id, components }) =>
      components.filter(({ verdict }) => is(verdict)).map(({ component }) => `criterion ${id} on ${component}`),
    ),
    ...assessment.checks
      .filter(({ verdict }) => is(verdict))
      .map(({ check, component }) => `check ${check} on ${component}`),
  ];
};

const sawNothing = (of: Run, gone: Attempt): Run => ({
  ...of,
  attempts: of.attempts.map((one) =>
    one === gone
      ? {
          ...one,
          observations: [],
          outcome: {
            status: 'inconclusive',
            reason: 'timeout',
            detail: 'no answer',
            open: [...(of.probes.find(({ id }) => id === one.probe)?.emits ?? [])],
          },
        }
      : one,
  ),
});

const reached = { pass: 0, na: 0, criteria: 0 };

test.each([
  ['the checks that are built', real, 8],
  ['checks of a careless author', careless, 10],
])(
  'an attempt that saw nothing never helps: %s',
  (_, checks, numRuns) => {
    return fc.assert(
      fc.property(
        aRun,
        fc.subarray([...checks], { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (before, some, withPersons) => {
          const profile = profileOf(checks, some);
          const of = (judged: Run, attestations: readonly Attestation[]): Assessment =>
            judge({ runs: [{ run: judged, seal: SEAL }], profile, checks, catalogue, judgedAt: AT, attestations });
          const plain = of(before, []);
          reached.pass += plain.checks.filter(({ verdict }) => verdict === 'pass').length;
          reached.na += plain.checks.filter(({ verdict }) => verdict === 'not-applicable').length;
          for (const gone of before.attempts) {
            const attestations = withPersons ? signed(plain, gone) : [];
            const was = good(of(before, attestations));
            reached.criteria += was.filter((name) => name.startsWith('criterion')).length;
            const gained = good(of(sawNothing(before, gone), attestations)).filter((name) => !was.includes(name));
            expect([gone.id, gained]).toEqual([gone.id, []]);
          }
        },
      ),
      // One seed, so that what is reached below is reached every time.
      { numRuns, seed: 20261122 },
    );
  },
  60_000,
);

test('and what it did not help with was there to be lost', () => {
  expect(reached.pass).toBeGreaterThan(50);
  expect(reached.na).toBeGreaterThan(0);
  expect(reached.criteria).toBeGreaterThan(50);
});
