import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { attempt, type FactDraft, type RunDraft, run, sha } from '../../test/kit/run.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import { judge } from '../judge/judge.ts';
import type { Assessment } from '../model/assessment.ts';
import { Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import { RunStore } from '../observe/run-store.ts';
import { seal } from '../observe/seal.ts';
import { againstBaseline, compareFolders, readBaseline } from './baseline.ts';
import { Usage } from './limits.ts';
import { targetOf } from './load-product.ts';
import { otherRuns } from './other-runs.ts';

const above = fs.mkdtempSync(join(os.tmpdir(), 'probity-baseline-'));
afterAll(() => fs.rmSync(above, { recursive: true, force: true }));
let out: string;
beforeEach(() => {
  out = fs.mkdtempSync(join(above, 'out-'));
});

const MAC = '00:11:22:33:44:55';
const OTHER = '00:11:22:33:44:66';
const [OLD, NEW] = ['198.18.0.5', '198.18.0.77'];

const told = (...facts: [what: 'mac' | 'serial', value: string][]) =>
  attempt(
    'identity',
    'camera/tcp/80/http',
    facts.map(([what, value]): FactDraft => ({ kind: 'identity', what, value })),
  );
const key = (letter: string) =>
  attempt('ssh-login', 'camera/tcp/22/ssh', [
    { kind: 'key', use: 'ssh-host', algorithm: 'ed25519', sha256: sha(letter) },
  ]);

const bare = (address: string, id: string, draft: RunDraft = {}): Run => {
  const whole = run({ ...draft, id, component: { addresses: [address], ...draft.component } });
  const target = targetOf(address, 'lab');
  const component = { ...target.components[0]!, ...draft.component };
  return {
    ...whole,
    target: { ...target, components: [component] },
    attempts: whole.attempts.map((one) => ({ ...one, component: target.id })),
  };
};

const [FIRST, SECOND] = ['20261120T101500Z', '20261121T101500Z'];

/** Writes a sealed run into the results folder, as a scan does. */
const sealed = (whole: Run) => {
  const dir = join(out, whole.target.id, whole.id, 'run');
  const store = RunStore.open(dir, whole);
  for (const one of whole.attempts) store.append(one);
  return { dir, run: whole, seal: store.seal(whole) };
};

const profile = Profile.parse({
  profile: 'p-1',
  title: 'P',
  edition: '1',
  decisionRule: 'verdict-fold/1',
  criteria: [{ id: 'A', title: 'A', checks: [{ check: 'device-identifiable', as: 'required' }] }],
});

/** The assessment of a run, written beside it. */
const assessed = (whole: Run): { folder: string; assessment: Assessment; sealed: ReturnType<typeof sealed> } => {
  const kept = sealed(whole);
  const assessment = judge({ runs: [kept], profile, checks, catalogue, judgedAt: '2026-12-01T00:00:00.000Z' });
  const folder = join(out, whole.target.id, whole.id, 'assessments', 'p-1');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(join(folder, 'assessment.json'), JSON.stringify(assessment));
  seal(folder);
  return { folder, assessment, sealed: kept };
};

const aimed = (address: string, more: Partial<Run['item']> = {}) => ({ target: targetOf(address, 'lab'), item: more });

describe('a baseline', () => {
  const folderOf = ({ target }: Assessment): string => join(out, target, FIRST, 'assessments', 'p-1');
  const kept = (): string => assessed(bare(OLD, FIRST, { attempts: [told(['mac', MAC])] })).folder;

  test.each<[string, Parameters<typeof readBaseline>[1], boolean]>([
    ['the same address', [aimed(OLD)], true],
    ['another address, of which only the scan will tell', [aimed('198.18.0.9'), aimed(NEW)], true],
    ['a product with another MAC', [withMac(aimed(NEW), OTHER)], false],
    ['a product with that MAC', [withMac(aimed(NEW), MAC.toUpperCase())], true],
    ['a product of which another serial number is known', [aimed(NEW, { serial: 'A1' })], false],
    ['whatever is resumed', undefined, true],
  ])('%s', (_name, targets, accepted) => {
    const read = () => readBaseline(kept(), targets, ['p-1']);
    if (accepted) expect(read()?.assessment.target).toBe(OLD);
    else expect(read).toThrow(Usage);
  });

  test('of a device that tells nothing of itself is of its address only', () => {
    const { folder } = assessed(bare(OLD, FIRST));
    expect(() => readBaseline(folder, [aimed(NEW)], ['p-1'])).toThrow('which is not scanned now');
    expect(() => readBaseline(folder, [aimed(OLD)], ['other'])).toThrow(Usage);
  });

  test('copied away from its run is of its address only', () => {
    const { assessment } = assessed(bare(OLD, FIRST, { attempts: [told(['mac', MAC])] }));
    const file = join(out, 'assessment.json');
    fs.writeFileSync(file, JSON.stringify(assessment));
    expect(readBaseline(file, [aimed(OLD)], ['p-1'])?.runs).toEqual([]);
    expect(() => readBaseline(file, [aimed(NEW)], ['p-1'])).toThrow(Usage);
  });

  test('is found again at another address, by what the device tells', () => {
    const baseline = readBaseline(kept(), undefined, ['p-1'])!;
    const strangers = assessed(bare('198.18.0.9', SECOND, { attempts: [told(['mac', OTHER])] }));
    const found = assessed(bare(NEW, SECOND, { attempts: [told(['mac', MAC])] }));
    expect(againstBaseline(baseline, [strangers, found])).toMatchObject({
      worse: false,
      text: expect.stringMatching(/^198\.18\.0\.5 is found again as 198\.18\.0\.77, .*\d+ unchanged; not worse/s),
    });
    expect(againstBaseline(baseline, [strangers])).toEqual({
      worse: true,
      text: '198.18.0.5 did not answer: nothing to compare with the baseline\n',
    });
    // The address that the baseline's device had, and another device at it.
    const instead = assessed(bare('198.18.0.5', SECOND, { attempts: [told(['mac', OTHER])] }));
    expect(againstBaseline(baseline, [instead])).toMatchObject({
      worse: true,
      text: expect.stringMatching(
        /worse than the baseline: it is of another item, which differs in what the device tells as its mac/,
      ),
    });
    expect(compareFolders(folderOf(baseline.assessment), found.folder).comparison.worse).toBe(false);
    expect(compareFolders(folderOf(baseline.assessment), strangers.folder).comparison.worse).toBe(true);
  });
});

function withMac(one: ReturnType<typeof aimed>, mac: string) {
  return { ...one, target: { ...one.target, components: one.target.components.map((each) => ({ ...each, mac })) } };
}

describe('the other samples that keys are compared with', () => {
  const model = (serial?: string) => ({ model: 'C', ...(serial === undefined ? {} : { serial }) });
  const own = (draft: RunDraft = {}) =>
    sealed(bare(NEW, SECOND, { item: model('A1'), attempts: [key('a'), told(['mac', MAC])], ...draft }));

  test.each<[string, RunDraft, boolean]>([
    ['another serial number', { item: model('A2') }, true],
    [
      'another serial number, and the MAC copied with the product file',
      { item: model('A2'), component: { mac: MAC } },
      true,
    ],
    [
      'another serial number, but the device tells the same MAC',
      { item: model('A2'), attempts: [key('a'), told(['mac', MAC])] },
      false,
    ],
    [
      'another serial number, but it tells the same one',
      { item: model('A2'), attempts: [key('a'), told(['serial', 'ZZ-1000'])] },
      true,
    ],
    ['the same serial number at another address', { item: model('A1') }, false],
    ['no serial number, and the same MAC declared', { item: model(), component: { mac: MAC } }, false],
    ['no serial number, and another MAC', { item: model(), attempts: [key('a'), told(['mac', OTHER])] }, true],
    ['nothing known', { item: {} }, true],
    ['no key seen', { item: model('A2'), attempts: [told(['serial', 'ZZ-1000'])] }, false],
  ])('%s', (_name, draft, compared) => {
    sealed(bare(OLD, FIRST, { attempts: [key('a')], ...draft }));
    const others = otherRuns(out, own());
    expect(others.map(({ run: id, keys }) => [id, keys.length])).toEqual(compared ? [[FIRST, 1]] : []);
  });

  test('another item at two addresses is one other', () => {
    const other = (address: string) =>
      sealed(bare(address, FIRST, { item: model('A2'), attempts: [key('a'), told(['mac', OTHER])] }));
    other('198.18.0.8');
    other('198.18.0.9');
    expect(otherRuns(out, own())).toHaveLength(1);
  });

  test('two samples with one key fail; one sample at two addresses does not', () => {
    const verdict = (serial: string): string | undefined => {
      out = fs.mkdtempSync(join(above, 'out-'));
      sealed(bare(OLD, FIRST, { item: model(serial), attempts: [key('a')] }));
      const mine = own();
      const { findings } = judge({
        runs: [mine],
        profile,
        checks,
        catalogue,
        judgedAt: '2026-12-01T00:00:00.000Z',
        others: otherRuns(out, mine),
      });
      return findings.find(({ id }) => id.endsWith('/ssh-host-ed25519'))?.verdict;
    };
    expect(verdict('A2')).toBe('fail');
    expect(verdict('A1')).toBe('inconclusive');
  });

  test('what is no run, and what is broken, is passed over', () => {
    const mine = own();
    fs.mkdirSync(join(out, 'x', 'y', 'run'), { recursive: true });
    for (const name of ['SHA256SUMS', 'run.json', 'attempts.jsonl'])
      fs.writeFileSync(join(out, 'x', 'y', 'run', name), '{"kind":"key"');
    expect(otherRuns(out, mine)).toEqual([]);
  });
});
