import { generateKeyPairSync, sign } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { attachVerb } from '../src/cli/attach.ts';
import { judgeVerb } from '../src/cli/judge-verb.ts';
import { schemaVerb } from '../src/cli/lists.ts';
import { questionnaireVerb } from '../src/cli/questionnaire.ts';
import { readAssessment } from '../src/cli/read-assessment.ts';
import type { Assessment } from '../src/model/assessment.ts';
import { digestOf } from '../src/observe/seal.ts';
import { command, filesUnder, freshFolder } from './kit/command.ts';
import { printed } from './kit/here.ts';
import { keptResults as kept } from './kit/kept-results.ts';

/** Sealed runs, judged again without the device: crosswalks, persons' statements, and files that cannot be used. */

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const OPTIONS = { format: 'json', gate: 'checks' };
const silent = (): void => undefined;

const assessmentBy = (dir: string, profile: string): Assessment =>
  readAssessment(join(dir, 'assessments', profile)).assessment;

const verdicts = ({ criteria }: Assessment): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { verdict, basis } of criteria) if (basis === 'mapped') counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
};

describe('judge --via', () => {
  test.each(['weak-camera', 'sound-gateway'])('%s: NIST shown as the schemes: nothing passes by it', async (name) => {
    const { dir, run } = kept(name);
    await judgeVerb([run], { ...OPTIONS, via: 'cta-pilot-annex-a' }, true, silent);
    await judgeVerb([run], { ...OPTIONS, via: 'cta-pilot-annex-b' }, true, silent);
    for (const profile of ['cta-2088-a', 'bsa-framework', 'ul-mcv-1376']) {
      const assessment = assessmentBy(dir, profile);
      expect(assessment.via?.crosswalk).toMatch(/^cta-pilot-annex-[ab]$/);
      expect(verdicts(assessment).pass).toBeUndefined();
      const carried = assessment.criteria.flatMap((one) => one.carried ?? []);
      expect(carried.length).toBeGreaterThan(0);
      expect(carried.every(({ verdict, because }) => verdict !== 'pass' && because.length > 0)).toBe(true);
      expect(
        carried.every(({ source }) => source.profile === 'nist-consumer-iot-2022' && source.seal !== undefined),
      ).toBe(true);
    }
  });

  test('what fails NIST fails the scheme where its row says so, and only there', async () => {
    const { dir, run } = kept('weak-camera');
    await judgeVerb([run], { ...OPTIONS, via: 'cta-pilot-annex-a' }, true, silent);
    const assessment = assessmentBy(dir, 'cta-2088-a');
    const failed = assessment.criteria.filter(({ carried }) => carried?.verdict === 'fail').map(({ id }) => id);
    expect(failed).toEqual(['5.3', '5.2']);
    expect(assessment.criteria.find(({ id }) => id === '5.2')).toMatchObject({ verdict: 'fail', basis: 'mapped' });
  });

  test('a scheme shown as NIST, from an assessment of its own; two hops are refused', async () => {
    const { dir, run } = kept('weak-camera');
    await judgeVerb([run], { ...OPTIONS, profile: ['ul-mcv-1376'] }, true, silent);
    const from = join(dir, 'assessments', 'ul-mcv-1376');
    await judgeVerb([run], { ...OPTIONS, via: 'cta-pilot-annex-b', from }, true, silent);
    const assessment = assessmentBy(dir, 'nist-consumer-iot-2022');
    expect(assessment.via?.crosswalk).toBe('cta-pilot-annex-b');
    const carried = assessment.criteria.flatMap((one) => one.carried ?? []);
    expect(carried.every(({ direction }) => direction === 'reference-to-focal')).toBe(true);
    // NIST's technical criteria have checks of their own: these decide.
    expect(assessment.criteria.filter(({ kind, basis }) => kind === 'technical' && basis === 'mapped')).toEqual([]);
    const again = join(dir, 'assessments', 'nist-consumer-iot-2022');
    await expect(
      judgeVerb([run], { ...OPTIONS, profile: ['ul-mcv-1376'], via: 'cta-pilot-annex-b', from: again }, true, silent),
    ).rejects.toMatchObject({ name: 'Usage', message: expect.stringMatching(/hop/) });
  });

  test.each([
    [
      'a crosswalk that is none',
      { via: 'nothing' },
      /"nothing": there is no such crosswalk; shipped are cta-pilot-annex-a/,
    ],
    ['a profile that it does not join', { via: 'cta-pilot-annex-b', profile: ['cta-2088-a'] }, /and not cta-2088-a/],
    ['--from alone', { from: 'x' }, /give --via too/],
    ['attestations without signers', { attestations: ['x.yaml'] }, /give --signers too/],
  ])('refused, and nothing written: %s', async (_name, options, says) => {
    const { out, run } = kept('silent-sensor');
    const before = filesUnder(out);
    await expect(judgeVerb([run], { ...OPTIONS, ...options }, true, silent)).rejects.toThrow(says);
    expect(filesUnder(out)).toEqual(before);
  });
});

describe("a person's word, from the form to the verdict", () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  test('the form is filled in, signed, and settles what it names; evidence that was attached is shown', async () => {
    const { dir, run, out } = kept('sound-gateway');
    const form = join(out, 'form.yaml');
    await questionnaireVerb([run], { out: form }, silent);
    const filled = parse(fs.readFileSync(form, 'utf8'));
    fs.writeFileSync(join(out, 'photo.jpg'), 'a photograph');
    const entry = filled.attestations.find((one: { criterion: string }) => one.criterion === 'DP-1');
    filled.attestations = [
      {
        ...entry,
        decision: 'pass',
        who: 'A. Tester',
        role: 'test engineer',
        when: '2026-11-22T09:00:00Z',
        statement: 'Opened it and looked.',
        evidence: [{ file: 'photo.jpg', sha256: digestOf(join(out, 'photo.jpg')) }],
      },
    ];
    fs.writeFileSync(form, stringify(filled));
    fs.writeFileSync(`${form}.sig`, sign(null, fs.readFileSync(form), privateKey));
    const signers = join(out, 'signers.yaml');
    fs.writeFileSync(join(out, 'lab.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    fs.writeFileSync(signers, stringify({ schema: 1, signers: [{ name: 'The lab', as: 'lab', key: 'lab.pem' }] }));
    await attachVerb(run, { criterion: 'DP-1', file: join(out, 'photo.jpg'), by: 'A. Tester' }, true, silent);
    await judgeVerb([run], OPTIONS, true, silent);
    const before = assessmentBy(dir, 'nist-consumer-iot-2022');
    fs.rmSync(join(dir, 'assessments'), { recursive: true });
    await judgeVerb([run], { ...OPTIONS, attestations: [form], signers }, true, silent);
    const after = assessmentBy(dir, 'nist-consumer-iot-2022');
    const missing = ({ criteria }: Assessment): string[] =>
      criteria.flatMap(({ id, components }) =>
        components.flatMap((one) => one.missing.map(({ detail }) => `${id} ${detail}`)),
      );
    const settled = missing(before).filter((one) => !missing(after).includes(one));
    expect(settled.map((one) => one.split(':')[0])).toEqual([`DP-1 ${entry.settles[0]}`]);
    expect(after.attestations).toHaveLength(1);
    expect(after.attachments).toMatchObject([
      { criterion: 'DP-1', name: 'photo.jpg', sha256: digestOf(join(out, 'photo.jpg')) },
    ]);

    // The same file, one word of it changed afterwards.
    fs.writeFileSync(form, fs.readFileSync(form, 'utf8').replace('looked', 'guessed'));
    await expect(judgeVerb([run], { ...OPTIONS, attestations: [form], signers }, true, silent)).rejects.toThrow(
      /its signature fits none of the listed keys/,
    );
  });
});

const PROFILE = `profile: mine
title: Mine
edition: "1"
decisionRule: verdict-fold/1
criteria:
  A:
    title: A
    checks:
      - { check: services-declared, as: required }
`;

describe('a file that cannot be used is named with its line: exit 2, and nothing is written', () => {
  const files: Readonly<Record<string, string>> = {
    'check.yaml': PROFILE.replace('services-declared', 'services-declered'),
    'newer.yaml': `schema: 2\n${PROFILE}`,
    'twice.yaml': `${PROFILE}  A:\n    title: again\n`,
    'a.yaml': PROFILE.replace('criteria:', 'extend: ./b.yaml\ncriteria:'),
    'b.yaml': PROFILE.replace('criteria:', 'extend: ./a.yaml\ncriteria:').replace('mine', 'yours'),
    'zone.yaml': `schema: 1
dispositions:
  - id: D-1
    kind: waiver
    selects: { check: services-declared, component: silent-sensor }
    justification: a lab's own bench
    approvedBy: B. Head
    approvedAt: 2026-11-22T00:00:00Z
    expires: "2027-11-22T00:00:00"
`,
    'outside.yaml': PROFILE.replace('mine', '../../../outside'),
    'other.yaml': PROFILE.replace('title: A', 'title: B'),
    'terminal.yaml': PROFILE.replace('title: Mine', 'title: Mine\n"\\e[31m": 1'),
    'mine.yaml': PROFILE,
    'everything.yaml': `schema: 1
dispositions:
  - id: D-1
    kind: waiver
    selects: {}
    justification: a lab's own bench
    approvedBy: B. Head
    approvedAt: 2026-11-22T00:00:00Z
    expires: 2027-11-22T00:00:00Z
`,
    'criterion.yaml': `schema: 1
dispositions:
  - id: D-1
    kind: waiver
    selects: { check: services-declared, component: silent-sensor, criterion: IAC-9z }
    justification: a lab's own bench
    approvedBy: B. Head
    approvedAt: 2026-11-22T00:00:00Z
    expires: 2027-11-22T00:00:00Z
`,
    'product.yaml': `product: { name: P, complete: true }
components:
  - id: camera
    addresses: [127.0.0.77]
  - id: camera
    addresses: [127.0.0.78]
`,
  };

  test.each([
    ['an unknown check', ['--profile', './check.yaml'], /check\.yaml": line 9: .*services-declered/],
    ['a profile of a newer schema', ['--profile', './newer.yaml'], /newer\.yaml": line 1: .*schema 2/],
    ['a duplicate key', ['--profile', './twice.yaml'], /twice\.yaml": line 10: /],
    ['a cycle of extend', ['--profile', './a.yaml'], /[ab]\.yaml": line 5: .*leads back to it: mine → yours → mine/],
    ['a profile whose id leads elsewhere', ['--profile', './outside.yaml'], /profile is "\.\.\/\.\.\/\.\.\/outside"/],
    [
      'two profiles of one id',
      ['--profile', './mine.yaml', '--profile', './other.yaml'],
      /other\.yaml: another one that is given has the id mine/,
    ],
    ['an expiry without a zone', ['--dispositions', './zone.yaml'], /zone\.yaml": line 9: .*zone/],
    ['a selector that matches everything', ['--dispositions', './everything.yaml'], /everything\.yaml": line 5: /],
    ['an unknown criterion', ['--dispositions', './criterion.yaml'], /criterion\.yaml": line 5: .*IAC-9z/],
  ])('judge: %s', async (_name, words, says) => {
    const { out, run } = kept('silent-sensor');
    const cwd = freshFolder();
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(join(cwd, name), text);
    const before = [filesUnder(out), filesUnder(cwd)];
    const [option = ''] = words;
    const given = { [option.slice(2)]: words.filter((word) => word !== option).map((file) => join(cwd, file)) };
    const refused = await judgeVerb([run], { ...OPTIONS, ...given }, false, silent).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(refused).toMatchObject({
      name: expect.stringMatching(/^(BadFile|Usage)$/),
      message: expect.stringMatching(says),
    });
    expect(refused?.message).not.toContain('\n');
    expect([filesUnder(out), filesUnder(cwd)]).toEqual(before);
  });

  test('judge: on the command line that is one line, and exit 2', async () => {
    const { run } = kept('silent-sensor');
    const cwd = freshFolder();
    fs.writeFileSync(join(cwd, 'check.yaml'), files['check.yaml']!);
    const { code, stdout, stderr } = await command(['judge', run, '--profile', './check.yaml'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^probity: Cannot read "\.\/check\.yaml": line 9: [^\n]*\n$/);
    // What a terminal would obey is printed, not sent.
    fs.writeFileSync(join(cwd, 'terminal.yaml'), files['terminal.yaml']!);
    const obeyed = await command(['judge', run, '--profile', './terminal.yaml'], { cwd });
    expect(obeyed.code).toBe(2);
    expect(obeyed.stderr).toMatch(/terminal\.yaml": line \d+: .*␛\[31m/);
  });

  test('scan: a component named twice', async () => {
    const cwd = freshFolder();
    fs.writeFileSync(join(cwd, 'product.yaml'), files['product.yaml']!);
    const { code, stderr } = await command(['scan', 'product.yaml'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/product\.yaml": line 5: .*camera/);
    expect(fs.readdirSync(cwd)).toEqual(['product.yaml']);
  });
});

describe('what a user writes has a schema', () => {
  test.each(['constructor', '__proto__', 'toString'])('%s has none', async (name) => {
    await expect(schemaVerb(name)).rejects.toMatchObject({
      name: 'Usage',
      message: expect.stringContaining(`schema ${name}: `),
    });
  });

  test.each(['product', 'profile', 'crosswalk', 'attestations', 'signers', 'dispositions'])('%s', async (name) => {
    const { code, stdout } = await printed(() => schemaVerb(name));
    expect(code).toBe(0);
    const schema = JSON.parse(stdout);
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(Object.keys(schema.properties).length).toBeGreaterThan(1);
  });
});
