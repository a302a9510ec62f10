import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { durationMs, LoginLedger } from './ledger.ts';

const folder = (): string => fs.mkdtempSync(join(tmpdir(), 'ledger-'));
const at = (time: string) => () => Date.parse(time);

test.each([
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['PT15M', 900_000],
  ['P1DT2H', 93_600_000],
  ['30s', 30_000],
])('%s is %d ms', (text, milliseconds) => expect(durationMs(text)).toBe(milliseconds));

describe('what remains', () => {
  const failures = (ledger: LoginLedger, count: number, service = 'tcp/22'): void => {
    for (let index = 0; index < count; index++) ledger.sent('02:00', 'root', service);
  };
  test.each([
    ['nothing declared, nothing sent', {}, 0, 2],
    ['nothing declared, one failure', {}, 1, 1],
    ['nothing declared, two failures', {}, 2, 0],
    ['nothing locks', { policy: 'none' as const }, 50, Number.POSITIVE_INFINITY],
    ['locks after five', { policy: { after: 5, for: '15m' } }, 3, 1],
    ['locks after five, four sent', { policy: { after: 5 } }, 4, 0],
    ['the command line says ten', { override: 10 }, 4, 6],
    [
      'the command line says unlimited',
      { policy: { after: 3 }, override: 'unlimited' as const },
      9,
      Number.POSITIVE_INFINITY,
    ],
  ])('%s', (_, allowance, sent, expected) => {
    const ledger = new LoginLedger(undefined, at('2026-11-22T10:00:00Z'));
    failures(ledger, sent);
    expect(ledger.remaining('02:00', 'root', allowance)).toBe(expected);
  });

  test('a window forgets what is older than it', () => {
    let now = Date.parse('2026-11-22T10:00:00Z');
    const ledger = new LoginLedger(undefined, () => now);
    failures(ledger, 4);
    now += 16 * 60_000;
    expect(ledger.remaining('02:00', 'root', { policy: { after: 5, for: '15m' } })).toBe(4);
    expect(ledger.remaining('02:00', 'root', {})).toBe(0);
  });

  test('in a declared time a success takes back itself alone: whoever counts may not care about it', () => {
    const allowance = { policy: { after: 5, for: '15m' } };
    const ledger = new LoginLedger(undefined, at('2026-11-22T10:00:00Z'));
    failures(ledger, 3);
    ledger.succeeded('02:00', 'root', 'tcp/22', allowance);
    expect(ledger.remaining('02:00', 'root', allowance)).toBe(2);
    ledger.succeeded('02:00', 'root', 'tcp/22', { ...allowance, override: 9 });
    expect(ledger.remaining('02:00', 'root', allowance)).toBe(4);
    expect(ledger.rows()).toEqual([]);
  });

  test('at one service alone, where that is asked', () => {
    const ledger = new LoginLedger(undefined, at('2026-11-22T10:00:00Z'));
    failures(ledger, 2, 'tcp/5900');
    expect(ledger.remaining('02:00', 'root', {}, 'tcp/6379')).toBe(2);
    expect(ledger.remaining('02:00', 'root', {}, 'tcp/5900')).toBe(0);
  });

  test('failures count over all services; a success clears its own service', () => {
    const ledger = new LoginLedger(undefined, at('2026-11-22T10:00:00Z'));
    failures(ledger, 1, 'tcp/22');
    failures(ledger, 1, 'tcp/23');
    expect(ledger.remaining('02:00', 'root', {})).toBe(0);
    ledger.succeeded('02:00', 'root', 'tcp/22');
    expect(ledger.remaining('02:00', 'root', {})).toBe(1);
    expect(ledger.remaining('other', 'root', {})).toBe(2);
  });
});

test('it lasts over processes, and is forgotten when the tester says so', () => {
  const file = join(folder(), 'logins.json');
  new LoginLedger(file, at('2026-11-22T10:00:00Z')).sent('02:00', 'admin', 'tcp/80');
  const later = new LoginLedger(file, at('2026-11-23T10:00:00Z'));
  expect(later.rows()).toEqual([
    { device: '02:00', account: 'admin', service: 'tcp/80', failures: 1, last: '2026-11-22T10:00:00.000Z' },
  ]);
  expect(later.reset('unknown')).toBe(false);
  expect(later.reset('02:00')).toBe(true);
  expect(new LoginLedger(file, Date.now).rows()).toEqual([]);
});

test.each([
  ['garbage', 'not json'],
  ['another shape', '{"schema":1,"devices":{"x":3}}'],
])('%s is an error that names the file, and the file stays', (_, content) => {
  const file = join(folder(), 'logins.json');
  fs.writeFileSync(file, content);
  expect(() => new LoginLedger(file, Date.now)).toThrow(`Cannot read "${file}"`);
  expect(fs.readFileSync(file, 'utf8')).toBe(content);
});
