import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { device, type RunningDevice, start } from '../fixtures/device.ts';
import type { TcpService } from '../fixtures/service.ts';
import { ftp, http, mqtt, rtsp, SharedUsers, ssh, telnet } from '../fixtures/services/index.ts';
import { probes } from '../probes/index.ts';
import type { Run } from '../src/model/run.ts';
import type { LockPolicy } from '../src/model/target.ts';
import { LoginLedger } from '../src/observe/ledger.ts';
import { defineProbe } from '../src/observe/probe.ts';
import { freshFolder } from './kit/command.ts';
import { credentialList, type EngineOptions, engine } from './kit/engine.ts';

// On a busy machine a start takes many times as long.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const HOST = '127.0.0.47';
const MINUTE = 60_000;
const ACCOUNTS = { admin: 'in no list', root: 'in no list', lab: 'in no list' };
const LISTED = ['admin', 'root', 'user'];
const WORDS = ['1234', 'admin', 'root', '', 'password', '12345'];
const credentials = credentialList(...LISTED.flatMap((user) => WORDS.map((word) => [user, word] as const)));

let running: RunningDevice | undefined;
let now = 0;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** Services of one device over one user database. */
const up = async (users: SharedUsers, ...wanted: string[]): Promise<void> => {
  const all: [number, TcpService][] = [
    [21, ftp({ accounts: ACCOUNTS, tries: 1 })],
    [22, ssh({ accounts: ACCOUNTS })],
    [23, telnet({ accounts: ACCOUNTS })],
    [80, http({ challenge: { scheme: 'basic', accounts: ACCOUNTS } })],
    [554, rtsp({ challenge: { scheme: 'basic', accounts: ACCOUNTS } })],
    [1883, mqtt({ accounts: ACCOUNTS })],
  ];
  const these = all.filter(([, { protocol }]) => wanted.includes(protocol) || wanted.length === 0);
  const tcp = Object.fromEntries(these.map(([port, service]) => [port, users.at(service)]));
  running = await start(device({ id: 'shared', tcp }), HOST, { ephemeral: true });
};

/** Says at once which service is where, so that only logins take time. */
const told = defineProbe({
  id: 'service',
  version: '1.0.0',
  title: 'which service is where',
  emits: ['service'],
  impact: 'connect',
  appliesTo: ({ port, protocol }) => port !== undefined && protocol === undefined,
  async *observe({ endpoint }) {
    const { protocol, security } = running!.ports.find(({ port }) => port === endpoint.port)!;
    yield { kind: 'service', protocol, security };
  },
});
const LOGIN_PROBES = ['ftp-access', 'ssh-login', 'telnet-login', 'http-login', 'rtsp-access', 'mqtt-access'];

const scan = async (file: string, over: Partial<EngineOptions> = {}): Promise<Run> => {
  const { run } = await engine({
    host: HOST,
    ports: running!.ports.map(({ port }) => port),
    probes: [told, ...probes.filter(({ id }) => LOGIN_PROBES.includes(id))],
    credentials,
    ledger: new LoginLedger(file, () => now),
    // Every server answers: time is for a busy machine.
    limits: { wait: 2000 },
    ...over,
  });
  return run;
};
const loginsOf = (run: Run) => run.attempts.filter(({ probe }) => LOGIN_PROBES.includes(probe));
const rejectedIn = (run: Run): number =>
  loginsOf(run)
    .flatMap(({ observations }) => observations)
    .filter(({ fact }) => fact.kind === 'login' && fact.arm === 'candidate' && !fact.accepted).length;

describe('six services over one user database', () => {
  test('nothing declared: no account ever has three failures in a row, over two runs', async () => {
    now = Date.parse('2026-11-22T10:00:00Z');
    const users = new SharedUsers(() => now);
    await up(users);
    const file = join(freshFolder(), 'logins.json');
    const first = await scan(file);
    expect(users.most(...LISTED)).toBe(2);
    expect(rejectedIn(first)).toBe(2 * LISTED.length);
    const before = users.failures.length;

    now += 24 * 60 * MINUTE;
    const second = await scan(file);
    expect(users.most(...LISTED)).toBe(2);
    expect(rejectedIn(second)).toBe(0);
    // A1 alone, of a user that nobody has: it is not remembered over runs.
    expect(users.failures.slice(before).filter(({ user }) => LISTED.includes(user))).toEqual([]);
    for (const { outcome } of loginsOf(second))
      expect(outcome).toMatchObject({ reason: 'budget', detail: expect.stringContaining('probity logins reset') });

    const ledger = new LoginLedger(file, () => now);
    expect(new Set(ledger.rows().map(({ account }) => account))).toEqual(new Set(LISTED));
  });

  test('declared { after: 5, for: 15m }: never five in fifteen minutes', async () => {
    now = Date.parse('2026-11-22T10:00:00Z');
    const users = new SharedUsers(() => now);
    await up(users, 'ftp', 'http', 'mqtt');
    const file = join(freshFolder(), 'logins.json');
    const lock: LockPolicy = { after: 5, for: '15m' };
    // A success in between is no leave for more: whoever counts may not care about it.
    const accounts = new Map([['device', [{ user: 'admin', secret: 'in no list' }]]]);
    for (const minutes of [5, 11]) {
      await scan(file, { component: { declares: { logins: { lock } } }, accounts });
      now += minutes * MINUTE;
    }
    const of = (user: string): number[] => users.failures.filter((one) => one.user === user).map(({ at }) => at);
    for (const user of LISTED) {
      const times = of(user);
      const inWindow = times.map((at) => times.filter((one) => one >= at && one < at + 15 * MINUTE).length);
      expect(Math.max(...inWindow)).toBe(4);
    }
    // Sixteen minutes after the first run there is room again.
    await scan(file, { component: { declares: { logins: { lock } } }, accounts });
    expect(of('root')).toHaveLength(8);
  });

  test('declared none: the whole list at every service; a test account that is guessed is apart', async () => {
    const users = new SharedUsers(() => now);
    await up(users, 'ftp', 'http', 'rtsp', 'mqtt');
    const run = await scan(join(freshFolder(), 'logins.json'), {
      credentials: credentialList(['admin', '1234'], ['root', 'root'], ['user', 'user']),
      component: { declares: { logins: { lock: 'none' } } },
    });
    expect(rejectedIn(run)).toBe(3 * 4);
    for (const { id, credentials: tried } of loginsOf(run))
      expect({ id, tried: tried?.tried.length }).toEqual({ id, tried: 3 });
  });

  test('wrong logins on a test account use nobody else\u2019s budget up', async () => {
    const users = new SharedUsers(() => now);
    await up(users, 'ftp');
    const file = join(freshFolder(), 'logins.json');
    await scan(file, {
      accounts: new Map([['device', [{ user: 'lab', secret: 'in no list', test: true }]]]),
    });
    expect(users.most('lab')).toBe(10);
    expect(users.most(...LISTED)).toBe(2);
    expect(JSON.parse(fs.readFileSync(file, 'utf8')).devices.device).not.toHaveProperty('lab');
  });

  test('an account that several services take is nobody\u2019s to guess: its lock would be another\u2019s', async () => {
    const users = new SharedUsers(() => now);
    await up(users, 'ftp', 'http');
    await scan(join(freshFolder(), 'logins.json'), {
      accounts: new Map([['device', [{ user: 'lab', secret: 'in no list', test: true }]]]),
    });
    expect(users.most('lab')).toBeLessThanOrEqual(2);
  });

  test('a device that locks as a whole: whoever is refused says locked, and nobody says rejected', async () => {
    const users = new SharedUsers(() => now, 4, 'device');
    await up(users);
    const run = await scan(join(freshFolder(), 'logins.json'), {
      component: { declares: { logins: { lock: 'none' } } },
    });
    // SSH breaks off; where no other service has said yet that it is locked, that is a reset.
    for (const { id, outcome } of loginsOf(run))
      expect({ id, outcome }).toMatchObject({
        id,
        outcome: {
          status: 'inconclusive',
          reason: expect.stringMatching(id.startsWith('ssh') ? /^(locked|reset)$/ : /^locked$/),
        },
      });
    expect(rejectedIn(run)).toBeLessThanOrEqual(4);
    expect(users.failures).toHaveLength(4);
  });
});
