import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { armed, attempt, HOST, run, SEAL, target, tcpScan, UDP, udpScan } from '../../test/kit/sketch.ts';
import type { Assessment, Attestation } from '../model/assessment.ts';
import { FACT_KINDS, type Fact, type FactKind } from '../model/fact.ts';
import { type Profile, Profile as ProfileSchema } from '../model/profile.ts';
import type { Attempt, Run } from '../model/run.ts';
import { type Check, defineCheck } from './check.ts';
import { catalogue, checks as real } from './checks/index.ts';
import { judge } from './judge.ts';

/** A fact of each kind, in kinder and in worse forms. */
const FACTS: { readonly [K in FactKind]: readonly Fact[] } = {
  port: [],
  service: [
    { kind: 'service', protocol: 'ssh', security: 'none' },
    { kind: 'service', protocol: 'http', security: 'none' },
    { kind: 'service', protocol: 'telnet', security: 'none' },
    { kind: 'service', protocol: 'tls', security: 'none' },
    { kind: 'service', protocol: 'http', security: 'tls' },
    { kind: 'service', protocol: 'unknown', security: 'none' },
  ],
  login: [
    { kind: 'login', protocol: 'ssh', account: 'x', arm: 'random', accepted: false, answer: 'no' },
    { kind: 'login', protocol: 'ssh', account: 'root', secret: 'a', arm: 'candidate', accepted: false, answer: 'no' },
    {
      kind: 'login',
      protocol: 'ssh',
      account: 'root',
      secret: 'a',
      arm: 'candidate',
      accepted: true,
      grants: 'full',
      answer: 'yes',
    },
    {
      kind: 'login',
      protocol: 'ssh',
      account: 'root',
      secret: 'a',
      arm: 'repeat',
      accepted: true,
      proven: true,
      grants: 'full',
      answer: 'yes',
    },
  ],
  throttle: [
    { kind: 'throttle', protocol: 'ssh', after: 3, response: 'lock' },
    { kind: 'throttle', protocol: 'ssh', after: 10, response: 'none' },
  ],
  access: [
    {
      kind: 'access',
      protocol: 'http',
      class: 'setting',
      action: 'write',
      resource: '/',
      authentication: 'none',
      how: 'recognised',
    },
    {
      kind: 'access',
      protocol: 'http',
      class: 'setting',
      action: 'read',
      resource: '/',
      authentication: 'required',
      how: 'recognised',
    },
    {
      kind: 'access',
      protocol: 'telnet',
      class: 'shell',
      action: 'execute',
      resource: 'sh',
      authentication: 'none',
      how: 'recognised',
    },
  ],
  channel: [
    { kind: 'channel', protocol: 'http', encryption: 'none' },
    { kind: 'channel', protocol: 'http', encryption: 'tls' },
    { kind: 'channel', protocol: 'ssh', encryption: 'ssh' },
  ],
  offer: [
    { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.0' },
    { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.3' },
    { kind: 'offer', protocol: 'ssh', role: 'kex', name: 'diffie-hellman-group1-sha1' },
    { kind: 'offer', protocol: 'ssh', role: 'kex', name: 'curve25519-sha256' },
  ],
  certificate: [true, false].map((inDate) => ({
    kind: 'certificate' as const,
    position: 0,
    sha256: 'c'.repeat(64),
    subject: 'CN=camera',
    issuer: 'CN=ca',
    names: ['camera'],
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2027-01-01T00:00:00Z',
    signatureAlgorithm: 'sha256WithRSAEncryption',
    selfSigned: false,
    isCa: false,
    inDate,
    nameMatches: true,
    trusted: true,
    chain: 'whole' as const,
  })),
  key: [
    { kind: 'key', use: 'ssh-host', algorithm: 'rsa', bits: 1024, sha256: 'd'.repeat(64) },
    { kind: 'key', use: 'tls', algorithm: 'ec', bits: 256, sha256: 'e'.repeat(64) },
  ],
  weakness: [
    { kind: 'weakness', protocol: 'tls', name: 'heartbleed', present: true },
    { kind: 'weakness', protocol: 'tls', name: 'heartbleed', present: false },
  ],
  identity: [
    { kind: 'identity', what: 'serial', value: '1', via: 'http', authenticated: false },
    { kind: 'identity', what: 'model', value: 'C1', via: 'http', authenticated: true },
    { kind: 'identity', what: 'firmware', value: '1.0', via: 'http', authenticated: true },
  ],
  flow: [
    {
      kind: 'flow',
      direction: 'out',
      peer: '198.18.9.9',
      port: 80,
      transport: 'tcp',
      protocol: 'http',
      encryption: 'none',
      bytes: 9,
    },
    {
      kind: 'flow',
      direction: 'out',
      peer: '198.18.9.9',
      port: 443,
      transport: 'tcp',
      protocol: 'tls',
      encryption: 'tls',
      bytes: 9,
    },
  ],
  event: [{ kind: 'event', via: 'syslog', about: 'login', after: 'login' }],
  update: [
    {
      kind: 'update',
      url: 'http://198.18.0.9/f',
      role: 'image',
      transport: 'none',
      case: 'fetch',
      outcome: 'accepted',
    },
    {
      kind: 'update',
      url: 'https://198.18.0.9/f',
      role: 'image',
      transport: 'tls',
      authenticated: true,
      case: 'fetch',
      outcome: 'accepted',
    },
  ],
  artifact: (['none', 'by-given-key', 'checksum'] as const).map((signed) => ({
    kind: 'artifact' as const,
    role: 'image' as const,
    url: 'https://198.18.0.9/f',
    format: 'swupdate',
    digest: 'f'.repeat(64),
    signed,
    algorithm: 'rsa-sha256',
    bits: 2048,
  })),
  liveness: [
    { kind: 'liveness', transport: 'tcp', port: 22, state: 'answered' },
    { kind: 'liveness', transport: 'tcp', port: 22, state: 'stopped', after: 'ssh-login@camera/tcp/22' },
  ],
};

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
    scan: fc.constantFrom('whole', 'whole', 'none', 'broken'),
    silent: fc.subarray(UDP, { maxLength: 1 }),
    armedAll: fc.boolean(),
    declares: fc.constantFrom({}, { services: [] }, { services: [{ port: 22, reason: 'support' }] }),
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
  ['the checks that are built', real, 15],
  ['checks of a careless author', careless, 40],
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
      { numRuns },
    );
  },
  60_000,
);

test('and what it did not help with was there to be lost', () => {
  expect(reached.pass).toBeGreaterThan(50);
  expect(reached.na).toBeGreaterThan(10);
  expect(reached.criteria).toBeGreaterThan(50);
});
