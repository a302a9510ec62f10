import { describe, expect, test } from 'vitest';
import { armed, attempt, HOST, run, SCANS, SEAL, target, tcpScan, udpScan } from '../../test/kit/sketch.ts';
import { loadProfile } from '../cli/load-profile.ts';
import type { Assessment } from '../model/assessment.ts';
import { FACT_KINDS, type Fact } from '../model/fact.ts';
import type { Attestation } from '../model/person.ts';
import type { Run } from '../model/run.ts';
import { catalogue, checks } from './checks/index.ts';
import { judge } from './judge.ts';

/** The shipped profile with the checks that are built, on whole runs. */

const profile = loadProfile(
  'nist-consumer-iot-2022',
  catalogue.map(({ id }) => id),
);
const technical = profile.criteria.filter(({ heading, kind }) => !heading && kind === 'technical').map(({ id }) => id);

const signed = (id: string, settles: string[]): Attestation => ({
  id,
  criterion: id,
  settles,
  verdict: 'pass',
  statement: 'seen',
  by: 'A. Tester',
  for: 'lab',
  at: '2026-11-22T12:00:00.000Z',
  item: { firmware: '1.0' },
  seals: [SEAL],
  evidence: [{ file: 'notes.pdf', sha256: SEAL }],
});
const everyPerson = profile.criteria
  .filter(({ person }) => person.length > 0)
  .map(({ id, person }) => signed(id, person));

const judged = (over: Partial<Run>, attestations: Attestation[] = []): Assessment =>
  judge({
    runs: [{ run: run(over), seal: SEAL }],
    profile,
    checks,
    catalogue,
    judgedAt: '2026-11-23T00:00:00.000Z',
    attestations,
  });
const verdict = (assessment: Assessment, id: string): string =>
  assessment.criteria.find((criterion) => criterion.id === id)!.verdict;
const tally = (assessment: Assessment, ids: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[verdict(assessment, id)] = (counts[verdict(assessment, id)] ?? 0) + 1;
  return counts;
};

const everything = [
  ...SCANS,
  armed('ssh-login', ['login', 'throttle', 'access']),
  armed(
    'all',
    FACT_KINDS.filter((kind) => kind !== 'port'),
  ),
];
const ssh: Fact = { kind: 'service', protocol: 'ssh', security: 'none' };
const login = (arm: 'random' | 'candidate' | 'known-user-random' | 'repeat', accepted: boolean): Fact => ({
  kind: 'login',
  protocol: 'ssh',
  account: arm === 'random' ? 'zq' : 'root',
  secret: arm === 'candidate' || arm === 'repeat' ? 'common:root' : 'random',
  arm,
  accepted,
  answer: accepted ? 'session' : 'auth failure',
  ...(accepted ? { grants: 'full' as const } : {}),
  ...(arm === 'repeat' ? { proven: true } : {}),
});
const weak: Partial<Run> = {
  probes: everything,
  attempts: [
    tcpScan([22]),
    udpScan(),
    attempt({ probe: 'all', port: 22, facts: [ssh] }),
    attempt({
      probe: 'ssh-login',
      port: 22,
      protocol: 'ssh',
      facts: [
        login('random', false),
        login('candidate', true),
        login('known-user-random', false),
        login('repeat', true),
      ],
    }),
  ],
};

test('a run in which nothing was armed and nothing ran: nothing is assessed', () => {
  const assessment = judged({});
  expect(tally(assessment, technical)).toEqual({ 'not-assessed': 15 });
  expect(assessment.verdict).toBe('not-assessed');
  expect(assessment.checks.every((check) => check.verdict === 'inconclusive')).toBe(true);
});

test('persons alone never make the technical criteria pass that a probe has to decide', () => {
  const assessment = judged({}, everyPerson);
  expect(technical.filter((id) => verdict(assessment, id) === 'pass')).toEqual([]);
  expect(
    assessment.criteria
      .filter(({ kind, heading }) => kind === 'non-technical' && !heading)
      .every((c) => c.verdict === 'pass'),
  ).toBe(true);
  expect(assessment.verdict).toBe('inconclusive');
});

test('a device whose ports are all closed passes no criterion by that', () => {
  const assessment = judged({ probes: everything, attempts: [tcpScan([]), udpScan(), attempt({ probe: 'all' })] });
  expect(technical.filter((id) => ['pass', 'not-applicable'].includes(verdict(assessment, id)))).toEqual([]);
  expect(assessment.checks.find(({ check }) => check === 'debug-interfaces-closed')!.verdict).toBe('pass');
});

describe('a camera with a default password on SSH', () => {
  const assessment = judged(weak);
  test('fails what the password is about, and nothing that it is not', () => {
    expect(technical.filter((id) => verdict(assessment, id) === 'fail')).toEqual(['IAC-1b', 'IAC-2c']);
    expect(['IAC', 'IAC-1', 'IAC-2', 'DP'].map((id) => verdict(assessment, id))).toEqual([
      'fail',
      'fail',
      'fail',
      'inconclusive',
    ]);
    expect(assessment.verdict).toBe('fail');
  });
  test('says why, and leads to the observation', () => {
    const [camera] = assessment.criteria.find(({ id }) => id === 'IAC-1b')!.components;
    expect(camera!.because).toContain('common:root');
    const finding = assessment.findings.find(({ id }) => id === 'default-credentials-rejected@camera/tcp/22')!;
    expect(camera!.findings).toContain(finding.id);
    expect(finding.basis).toContain('ssh-login@camera/tcp/22#4');
  });
  test('in the factory state it fails IAC-1b, and IAC-2c not yet', () => {
    const factory = judged({ ...weak, state: 'factory-default' });
    expect(['IAC-1b', 'IAC-2c'].map((id) => verdict(factory, id))).toEqual(['fail', 'inconclusive']);
  });
  test('no signature changes that', () => {
    const named = everyPerson.map((one) => ({
      ...one,
      settles: [...one.settles, ...assessment.findings.map(({ id }) => id)],
    }));
    expect(verdict(judged(weak, named), 'IAC-1b')).toBe('fail');
  });
});

test('every finding, verdict and name of the shipped profile is a plain value that can be read back', () => {
  const assessment = judged({
    ...weak,
    target: target({
      components: [
        { id: 'camera', addresses: [HOST] },
        { id: 'app', kind: 'app' },
      ],
    }),
  });
  expect(new Set(assessment.findings.map(({ id }) => id)).size).toBe(assessment.findings.length);
  expect(assessment.criteria).toHaveLength(86);
  for (const { findings } of assessment.criteria.flatMap(({ components }) => components))
    for (const id of findings) expect(assessment.findings.some((finding) => finding.id === id)).toBe(true);
});
