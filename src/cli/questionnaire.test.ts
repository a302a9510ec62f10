import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { keptFolder } from '../../test/kept-runs.ts';
import { freshFolder } from '../../test/kit/command.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import { judge } from '../judge/judge.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Attestation } from '../model/person.ts';
import { digestOf } from '../observe/seal.ts';
import { readSealed } from './assess.ts';
import { AttestationsFile, loadAttestations } from './load-attestations.ts';
import { openIn } from './open-items.ts';
import { readProfiles } from './profiles.ts';
import { questionnaireVerb } from './questionnaire.ts';
import { loadSigners } from './signers.ts';

// Judging by a whole profile takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const NIST = 'nist-consumer-iot-2022';
const NOW = Date.parse('2026-12-01T00:00:00.000Z');
const GATEWAY = keptFolder('sound-gateway');

const written = async (paths: string[], options: Parameters<typeof questionnaireVerb>[1] = {}): Promise<string> => {
  let text = '';
  await questionnaireVerb(
    paths,
    options,
    (said) => (text += said),
    () => NOW,
  );
  return text;
};

interface Form {
  item: Record<string, string | null>;
  runs: string[];
  attestations: { criterion: string; profile: string; component?: string; settles: string[]; decision: null }[];
}

describe('without a run', () => {
  test("it asks for the profile's persons' items, each by its name, and leaves item and seals empty", async () => {
    const text = await written([], { profile: [NIST] });
    const form = parse(text) as Form;
    const [{ profile }] = readProfiles([NIST]) as [ReturnType<typeof readProfiles>[number]];
    expect(form.attestations.map(({ criterion, settles }) => [criterion, ...settles])).toEqual(
      profile.criteria.flatMap(({ id, person }) => person.map((name) => [id, name])),
    );
    expect(form).toMatchObject({ item: { model: null, firmware: null, sample: null }, runs: [] });
    expect(AttestationsFile.safeParse(form).success).toBe(true);
    expect(form.attestations.every(({ decision }) => decision === null)).toBe(true);
    expect(text).toContain(
      '# Where each credential comes from, and that none is common to all products, was examined\n',
    );
    expect(text).toContain('# For all interfaces necessary for the IoT product');
    expect(text).toContain('openssl pkeyutl -sign -rawin');
  });

  test('of several profiles, each entry says which', async () => {
    const own = join(freshFolder(), 'own.yaml');
    fs.writeFileSync(
      own,
      'profile: own\ntitle: Own\nedition: "1"\ndecisionRule: verdict-fold/1\ncriteria:\n  AI-1: { title: T, person: [item], evidence: [a drawing] }\n',
    );
    const text = await written([], { profile: [NIST, own] });
    const last = (parse(text) as Form).attestations.at(-1);
    expect(last).toMatchObject({ profile: 'own', criterion: 'AI-1', settles: ['item'], component: null });
    expect(text).toContain('# Evidence that would do: a drawing\n');
  });

  test('a profile that asks nothing of persons is an empty list', async () => {
    const own = join(freshFolder(), 'own.yaml');
    fs.writeFileSync(
      own,
      'profile: own\ntitle: Own\nedition: "1"\ndecisionRule: verdict-fold/1\ncriteria:\n  A: { title: T }\n',
    );
    expect(parse(await written([], { profile: [own] }))).toMatchObject({ attestations: [] });
  });
});

describe('of a run', () => {
  test('it asks for what the run leaves open, by the names that settle it', async () => {
    const text = await written([GATEWAY]);
    const form = parse(text) as Form;
    const { run, seal } = readSealed(join(GATEWAY, 'run'));
    expect(form.item).toEqual(run.item);
    expect(form.runs).toEqual([seal]);
    const asked = form.attestations.filter(({ criterion }) => criterion === 'IAC-1b');
    expect(asked.map(({ settles }) => settles[0])).toEqual([
      'default-credentials-rejected@sound-gateway/tcp/8443/gap:http-login',
      'default-credentials-change-forced@sound-gateway/tcp/8443/gap:http-login',
      'coverage:ipv6',
      'coverage:credentials',
      'declaration-reviewed',
      'credential-origin',
      'non-ip-interfaces',
      'non-ip:reset',
    ]);
    expect(asked.every(({ component }) => component === 'sound-gateway')).toBe(true);
    expect(text).toContain('# IAC-1b on sound-gateway: Access control on every interface (inconclusive)\n');
    expect(text).toContain('# Open: http-login could not tell (unsupported): the login is a form\n');
    expect(text).toContain('# No signature settles this: not observed in the state factory-default\n');
    expect(form.attestations.find(({ criterion }) => criterion === 'AI-1')).not.toHaveProperty('component');
  });

  test('two runs of different items are refused', async () => {
    await expect(written([GATEWAY, keptFolder('weak-camera')])).rejects.toMatchObject({ name: 'Usage' });
  });

  test('a file is new, or it is not written', async () => {
    const out = join(freshFolder(), 'form.yaml');
    expect(await written([GATEWAY], { out })).toBe(`${out}\n`);
    expect(fs.readFileSync(out, 'utf8')).toBe(await written([GATEWAY]));
    fs.writeFileSync(out, 'filled in');
    await expect(written([GATEWAY], { out })).rejects.toMatchObject({ name: 'Usage', message: /it is there already/ });
    expect(fs.readFileSync(out, 'utf8')).toBe('filled in');
    const link = join(freshFolder(), 'link.yaml');
    fs.symlinkSync('/nowhere/at/all', link);
    await expect(written([GATEWAY], { out: link })).rejects.toMatchObject({ name: 'Usage' });
  });
});

const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
const hasOpenssl = ((): boolean => {
  try {
    return /^OpenSSL (3|1\.1\.1)/.test(openssl('version').toString());
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)('from the form to the verdict, signed by stock openssl (skipped without openssl)', () => {
  const runs = [readSealed(join(GATEWAY, 'run'))];
  const profiles = readProfiles([NIST]);
  const judged = (attestations?: readonly Attestation[]): Assessment =>
    judge({
      runs,
      profile: profiles[0]!.profile,
      checks,
      catalogue,
      judgedAt: new Date(NOW).toISOString(),
      others: [],
      ...(attestations === undefined ? {} : { attestations }),
    });
  const before = judged();

  /** Fills in what is asked of IAC-1b under this name, signs it, and judges with it. */
  const settled = async (name: string, decision: 'pass' | 'fail', settles = name): Promise<Assessment> => {
    const dir = freshFolder();
    const at = (file: string): string => join(dir, file);
    openssl('genpkey', '-algorithm', 'ED25519', '-out', at('lab.key.pem'));
    openssl('pkey', '-in', at('lab.key.pem'), '-pubout', '-out', at('lab.pub.pem'));
    fs.writeFileSync(at('signers.yaml'), 'signers: [{ name: The lab, as: lab, key: lab.pub.pem }]\n');
    fs.writeFileSync(at('photo.jpg'), 'a photograph');
    const document = parseDocument(await written([GATEWAY]));
    const form = document.toJS() as Form;
    const index = form.attestations.findIndex((one) => one.criterion === 'IAC-1b' && one.settles[0] === name);
    for (const [field, value] of Object.entries({
      settles: [settles],
      decision,
      who: 'A. Tester',
      role: 'test engineer',
      when: '2026-11-30T12:00:00Z',
      statement: 'A second sample was examined.',
      evidence: [{ file: 'photo.jpg', sha256: digestOf(at('photo.jpg')) }],
    }))
      document.setIn(['attestations', index, field], value);
    fs.writeFileSync(at('a.yaml'), String(document));
    openssl('pkeyutl', '-sign', '-rawin', '-inkey', at('lab.key.pem'), '-in', at('a.yaml'), '-out', at('a.yaml.sig'));
    const signers = loadSigners(at('signers.yaml'));
    return judged(loadAttestations(at('a.yaml'), { signers, profiles, assessments: [before], runs, now: NOW }));
  };
  const others = ({ criteria }: Assessment) => criteria.filter(({ id }) => !['IAC-1b', 'IAC-1', 'IAC'].includes(id));
  const open = (assessment: Assessment): string[] =>
    openIn(profiles[0]!.profile, assessment, runs[0]!.run.target)
      .filter(({ criterion }) => criterion.id === 'IAC-1b')
      .flatMap(({ items }) => items.map(({ name }) => name));

  test("a person's item is settled, and no more", async () => {
    const after = await settled('credential-origin', 'pass');
    expect(open(after)).toEqual(open(before).filter((name) => name !== 'credential-origin'));
    expect(others(after)).toEqual(others(before));
    expect(after.findings).toEqual(before.findings);
    expect(after.criteria.find(({ id }) => id === 'IAC-1b')).toMatchObject({ verdict: 'inconclusive', basis: 'mixed' });
  });

  test('a root shell found by hand is a FAIL of IAC-1b', async () => {
    const after = await settled('credential-origin', 'fail', 'found:root-shell-on-uart');
    expect(after.criteria.find(({ id }) => id === 'IAC-1b')).toMatchObject({
      verdict: 'fail',
      because: 'a person found that it fails: found:root-shell-on-uart',
    });
    expect(after.verdict).toBe('fail');
    expect(others(after)).toEqual(others(before));
  });
});

describe('a part of the form', () => {
  const ids = (text: string): string[] => [
    ...new Set((parse(text) as Form).attestations.map(({ criterion }) => criterion)),
  ];

  test.each<[string, Parameters<typeof questionnaireVerb>[1], string[]]>([
    ['one criterion', { criterion: ['DP-1'] }, ['DP-1']],
    [
      'what is under a heading, and a criterion',
      { criterion: ['IAC-2', 'SU-1'] },
      ['IAC-2a', 'IAC-2b', 'IAC-2c', 'SU-1'],
    ],
    ['of one component', { criterion: ['IAC-1'], component: ['sound-gateway'] }, ['IAC-1a', 'IAC-1b', 'IAC-1c']],
  ])('%s', async (_name, options, expected) => {
    expect(ids(await written([GATEWAY], options))).toEqual(expected);
  });

  test.each<[string, string[], Parameters<typeof questionnaireVerb>[1], RegExp]>([
    [
      'a criterion that there is not',
      [GATEWAY],
      { criterion: ['IAC-9'] },
      /--criterion IAC-9: no profile that is given/,
    ],
    ['a component that there is not', [GATEWAY], { component: ['hub'] }, /--component hub: expected one of/],
    ['a component without a run', [], { component: ['camera'] }, /--component camera: give the runs too/],
  ])('refused: %s', async (_name, paths, options, says) => {
    await expect(written(paths, options)).rejects.toThrow(says);
  });
});
