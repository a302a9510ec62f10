import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Attempt, Run } from '../model/run.ts';
import { RunStore, readRun, verifyRun } from './run-store.ts';
import { verifySeal } from './seal.ts';

const folder = (): string => join(fs.mkdtempSync(join(tmpdir(), 'store-')), 'run');

const run: Run = {
  schema: 1,
  id: '20261122T101500Z',
  tool: 'probity test',
  target: {
    id: 'camera',
    components: [{ id: 'camera', kind: 'device', addresses: ['127.0.0.2'], names: [], declares: {} }],
    scope: ['127.0.0.2/32'],
    allow: { impact: 'login', by: 'test' },
  },
  item: {},
  state: 'operational',
  startedAt: '2026-11-22T10:15:00.000Z',
  status: 'running',
  sources: {},
  probes: [],
  limits: {
    devices: 1,
    connections: 1,
    rate: 1,
    connectsInFlight: 1,
    wait: 1,
    attempt: 1,
    device: 1,
    run: 1,
    readBytes: 1,
    loginsPerService: 1,
    tcp: '1-65535',
    udp: '53',
    exclude: [],
  },
  signed: false,
  attempts: [],
};

const attempt = (id: string): Attempt => ({
  id,
  probe: 'service',
  component: 'camera',
  endpoint: { host: '127.0.0.2' },
  startedAt: '2026-11-22T10:15:00.000Z',
  endedAt: '2026-11-22T10:15:01.000Z',
  outcome: { status: 'completed' },
  observations: [],
  evidence: [],
});

const sealed = (): string => {
  const dir = folder();
  const store = RunStore.open(dir, run);
  store.put(Buffer.from('bytes'));
  store.append(attempt('a'));
  store.append(attempt('b'));
  fs.writeFileSync(store.logFile, '{}\n');
  store.seal({ ...run, status: 'completed' });
  return dir;
};

test('what was written is read again, and sha256sum agrees', () => {
  const dir = sealed();
  const read = readRun(dir);
  expect(read.sealed).toBe(true);
  expect(read.run).toEqual({ ...run, status: 'completed', attempts: [attempt('a'), attempt('b')] });
  execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: dir, stdio: 'ignore' });
  expect(verifyRun(dir)).toMatch(/^[0-9a-f]{64}$/);
});

test('the same bytes are stored once', () => {
  const store = RunStore.open(folder(), run);
  expect(store.put(Buffer.from('x'))).toBe(store.put(Buffer.from('x')));
  expect(fs.readdirSync(join(store.dir, 'evidence'))).toHaveLength(1);
});

describe('killed at any byte of the last line', () => {
  const line = `${JSON.stringify(attempt('second'))}\n`;
  test.each([1, 10, line.length - 2, line.length - 1])('%d bytes of it were written', (bytes) => {
    const dir = folder();
    const store = RunStore.open(dir, run);
    store.append(attempt('first'));
    store.close();
    fs.appendFileSync(join(dir, 'attempts.jsonl'), line.slice(0, bytes));
    expect(readRun(dir).run.attempts.map(({ id }) => id)).toEqual(['first']);
    const again = RunStore.open(dir, run, { resume: true });
    again.append(attempt('third'));
    again.close();
    expect(readRun(dir).run.attempts.map(({ id }) => id)).toEqual(['first', 'third']);
  });
});

test('of an attempt that was repeated the last one counts', () => {
  const dir = folder();
  const store = RunStore.open(dir, run);
  store.append({ ...attempt('a'), outcome: { status: 'inconclusive', reason: 'aborted', detail: '', open: [] } });
  store.append(attempt('a'));
  store.close();
  expect(readRun(dir).run.attempts).toEqual([attempt('a')]);
});

describe('nothing sealed is ever written again', () => {
  test('by opening it', () => expect(() => RunStore.open(sealed(), run, { resume: true })).toThrow('is sealed'));
  test('nor a run beside a run', () => {
    const dir = folder();
    RunStore.open(dir, run).close();
    expect(() => RunStore.open(dir, run)).toThrow('holds a run already');
  });
});

describe('a seal tells', () => {
  const change: [string, (dir: string) => void, string][] = [
    ['a changed file', (dir) => fs.appendFileSync(join(dir, 'attempts.jsonl'), ' '), '"attempts.jsonl" was changed'],
    ['a missing file', (dir) => fs.rmSync(join(dir, 'log.jsonl')), '"log.jsonl" is missing'],
    ['an added file', (dir) => fs.writeFileSync(join(dir, 'evidence', 'more'), ''), '"evidence/more" was added'],
    [
      'a line that is none',
      (dir) => fs.appendFileSync(join(dir, 'SHA256SUMS'), 'hello\n'),
      'line 5: expected a digest',
    ],
    ['a cut end', (dir) => fs.truncateSync(join(dir, 'SHA256SUMS'), 100), 'the last line has no end'],
  ];
  test.each(change)('%s', (_, act, problem) => {
    const dir = sealed();
    expect(verifySeal(dir).problems).toEqual([]);
    act(dir);
    expect(verifySeal(dir).problems.join('; ')).toContain(problem);
    expect(() => verifyRun(dir)).toThrow('is not what was sealed');
  });
});

describe('what is not ours', () => {
  test.each([
    ['run.json', 'nonsense', 'run.json": line 1: not JSON'],
    [
      'run.json',
      '{\n  "schema": 2,\n  "later": true\n}\n',
      'run.json": line 2: schema 2 is of a newer version of probity, expected 1',
    ],
    ['run.json', '{"schema":0}', 'run.json": line 1: schema'],
    ['attempts.jsonl', '{"id":1}\n', 'attempts.jsonl": line 1: id'],
    ['attempts.jsonl', `${JSON.stringify(attempt('a'))}\nnonsense\n`, 'attempts.jsonl": line 2: not JSON'],
  ])('%s with %s', (name, content, message) => {
    const dir = folder();
    RunStore.open(dir, run).close();
    fs.writeFileSync(join(dir, name), content);
    expect(() => readRun(dir)).toThrow(message);
  });
});

test('a run that was killed between its sums and its signature is named', () => {
  const dir = folder();
  RunStore.open(dir, run).seal({ ...run, status: 'completed', signed: true });
  expect(readRun(dir)).toMatchObject({ sealed: true, run: { signed: true } });
  expect(() => verifyRun(dir)).toThrow(
    'is not what was sealed: SHA256SUMS.p7s is missing: not signed, though "run.json" says that it was',
  );
});

test('a run without evidence has no empty folder when it is sealed, and is whole', () => {
  const dir = folder();
  const digest = RunStore.open(dir, run).seal({ ...run, status: 'completed' });
  expect(fs.readdirSync(dir)).toEqual(['SHA256SUMS', 'attempts.jsonl', 'run.json']);
  expect(verifyRun(dir)).toBe(digest);
  fs.mkdirSync(join(dir, 'evidence'));
  expect(() => verifyRun(dir)).toThrow('"evidence" is a folder with nothing in it, which no seal holds');
});

test('a sealed run that was cut short is named, by its seal and by its line', () => {
  const dir = sealed();
  const file = join(dir, 'attempts.jsonl');
  fs.truncateSync(file, fs.statSync(file).size - 5);
  expect(() => verifyRun(dir)).toThrow('"attempts.jsonl" was changed');
  expect(() => readRun(dir)).toThrow('attempts.jsonl": line 2: the last line is cut short');
});

test('a folder that cannot be made is an error that names it', () => {
  expect(() => RunStore.open('/proc/nowhere/run', run)).toThrow(
    /Cannot write the run folder "\/proc\/nowhere\/run": ENOENT/,
  );
});
