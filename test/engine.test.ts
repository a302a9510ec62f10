import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Device, device, type RunningDevice, start } from '../fixtures/device.ts';
import { banner, dieAfter, ftp, http, lockOutAfter, mqtt, telnet } from '../fixtures/services/index.ts';
import { probes } from '../probes/index.ts';
import { assess, readSealed, writeAssessment } from '../src/cli/assess.ts';
import { readProfiles } from '../src/cli/profiles.ts';
import type { Assessment } from '../src/model/assessment.ts';
import type { Attempt, Run } from '../src/model/run.ts';
import { LoginLedger } from '../src/observe/ledger.ts';
import { type Network, systemNetwork } from '../src/observe/network.ts';
import { CannotTell, defineProbe, type Probe } from '../src/observe/probe.ts';
import { readRun, StoreError } from '../src/observe/run-store.ts';
import { DeadlineError } from '../src/observe/worklist.ts';
import { filesUnder, freshFolder } from './kit/command.ts';
import { credentialList, type EngineOptions, engine, listed } from './kit/engine.ts';

// On a busy machine a start takes many times as long.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const HOST = '127.0.0.45';
let running: RunningDevice[] = [];
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  running = [];
});
const up = async (subject: Device): Promise<RunningDevice> => {
  const one = await start(subject, HOST, { ephemeral: true });
  running.push(one);
  return one;
};
const portsOf = (subject: RunningDevice): number[] => subject.ports.map(({ port }) => port);
const only = (...ids: string[]): Probe[] => probes.filter(({ id }) => ids.includes(id));
const [loaded] = readProfiles(['nist-consumer-iot-2022']);
const judged = (dir: string): Assessment => assess([readSealed(dir)], loaded!, Date.now(), []);
const outcomes = (run: Run): Record<string, string> =>
  Object.fromEntries(
    run.attempts.map(({ id, outcome }) => [
      id,
      outcome.status === 'completed' ? 'completed' : `${outcome.reason}: ${outcome.detail}`,
    ]),
  );
const factsOf = (run: Run, probe: string): Attempt['observations'][number]['fact'][] =>
  run.attempts
    .filter((attempt) => attempt.probe === probe)
    .flatMap(({ observations }) => observations.map(({ fact }) => fact));

/** A probe that says one thing of each open port, and then does as it is told. */
const portProbe = (
  id: string,
  then: (port: number, signal: AbortSignal) => Promise<void>,
  over: Partial<Probe> = {},
): Probe => ({
  ...defineProbe({
    id,
    version: '1.0.0',
    title: id,
    emits: ['identity'],
    impact: 'connect',
    appliesTo: ({ port, protocol }) => port !== undefined && protocol === undefined,
    async *observe({ endpoint, signal }) {
      yield { kind: 'identity', what: 'name', value: `${endpoint.port}`, via: id, authenticated: false };
      await then(endpoint.port!, signal);
    },
  }),
  ...over,
});
const quick = portProbe('quick', async () => undefined);
const hanging = portProbe('hanging', () => new Promise(() => undefined));

describe('deadlines: what was seen stands, what follows is inconclusive, the run is sealed', () => {
  test('of an attempt', async () => {
    const camera = await up(device({ id: 'camera', tcp: { 80: http() } }));
    const [port] = portsOf(camera);
    const { run, dir } = await engine({
      host: HOST,
      ports: [port!],
      probes: [hanging, quick],
      limits: { attempt: 100 },
    });
    expect(outcomes(run)).toMatchObject({
      [`hanging@device/tcp/${port}`]: 'timeout: the attempt took more than 100 ms',
      [`quick@device/tcp/${port}`]: 'completed',
      'liveness@device': 'completed',
    });
    expect(factsOf(run, 'hanging')).toHaveLength(1);
    expect(run.status).toBe('completed');
    expect(readSealed(dir).run).toEqual(run);
  });

  test('of a device', async () => {
    const camera = await up(device({ id: 'camera', tcp: { 80: http() } }));
    const [port] = portsOf(camera);
    const late = portProbe('late', async () => undefined, { impact: 'login' });
    const { run, dir } = await engine({ host: HOST, ports: [port!], probes: [hanging, late], limits: { device: 150 } });
    expect(outcomes(run)).toMatchObject({
      [`hanging@device/tcp/${port}`]: "timeout: the device's deadline of 0 s was reached",
      [`late@device/tcp/${port}`]: "timeout: never begun: the device's deadline of 0 s was reached",
      'liveness@device': 'timeout: the watch ended before the run did',
    });
    expect(factsOf(run, 'hanging')).toHaveLength(1);
    expect(readSealed(dir).run.status).toBe('completed');
    expect(judged(dir).checks.filter(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable')).toEqual([]);
  });

  test('of the run: a component that was never begun has its attempts, too', async () => {
    const camera = await up(device({ id: 'camera', tcp: { 80: http() } }));
    const [port] = portsOf(camera);
    const deadline = new AbortController();
    let turn: Promise<unknown> = Promise.resolve();
    const { run, dir } = await engine({
      host: HOST,
      components: [
        { id: 'first', addresses: [HOST] },
        { id: 'second', addresses: ['127.0.0.46'] },
      ],
      ports: [port!],
      probes: [portProbe('last', async () => deadline.abort(new DeadlineError('run', 5_000))), hanging],
      signal: deadline.signal,
      place: (work) => {
        const mine = turn.then(work);
        turn = mine;
        return mine;
      },
    });
    expect(outcomes(run)).toMatchObject({
      [`hanging@first/tcp/${port}`]: "timeout: the run's deadline of 5 s was reached",
      'tcp-ports@second': "timeout: never begun: the run's deadline of 5 s was reached",
      'udp-ports@second': "timeout: never begun: the run's deadline of 5 s was reached",
      'liveness@second': 'timeout: the watch ended before the run did',
    });
    expect(run.status).toBe('completed');
    expect(readSealed(dir).run).toEqual(run);
    expect(judged(dir).verdict).not.toBe('pass');
  });
});

describe('a device that goes away', () => {
  const bulb = (connections: number): Device =>
    device({
      id: 'bulb',
      tcp: {
        80: dieAfter(
          http({ pages: { '/': '<title>Bulb</title>' }, challenge: { scheme: 'basic', accounts: { op: 'x' } } }),
          connections,
        ),
        21: ftp({ accounts: { op: 'x' } }),
      },
    });
  const used = ['service', 'identity', 'http-login', 'ftp-access'];
  /** The rests that a device gets before it counts as gone are three waits at most. */
  const limits = { wait: 120 };
  const credentials = credentialList(['admin', 'admin'], ['root', 'root'], ['user', 'user'], ['guest', 'guest']);

  test('what follows is inconclusive and says so, the attempt is named, and silence passes nothing', async () => {
    const whole = await up(bulb(10_000));
    const sound = await engine({ host: HOST, ports: portsOf(whole), probes: only(...used), credentials });
    const passed = judged(sound.dir)
      .checks.filter(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable')
      .map(({ check }) => check);
    expect(passed).toContain('device-survives');
    const all = whole.log['tcp/80']!.connections;

    for (const connections of [1, Math.floor(all / 2)]) {
      const dying = await up(bulb(connections));
      const [web] = portsOf(dying);
      const { run, dir } = await engine({
        host: HOST,
        ports: portsOf(dying),
        probes: only(...used),
        credentials,
        limits,
      });
      const [stopped] = factsOf(run, 'liveness').filter((fact) => fact.kind === 'liveness' && fact.state === 'stopped');
      expect(stopped).toMatchObject({
        kind: 'liveness',
        after: expect.stringMatching(new RegExp(`@device/tcp/${web}\\b`)),
      });
      const { checks, findings } = judged(dir);
      expect(findings.find(({ id }) => id.startsWith('device-survives@device'))).toMatchObject({
        verdict: 'fail',
        because: expect.stringMatching(/no longer answered after \S+@device\/tcp\//),
      });
      const good = checks
        .filter(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable')
        .map(({ check }) => check);
      expect(passed).toEqual(expect.arrayContaining(good));
      expect(good).not.toContain('default-credentials-rejected');
      for (const { id, outcome, startedAt, probe } of run.attempts) {
        if (!(probe === 'ftp-access' || probe === 'http-login')) continue;
        const begun = outcome.status === 'completed' || !outcome.detail.startsWith('never begun');
        if (!begun)
          expect({ id, outcome, startedAt }).toMatchObject({
            outcome: { detail: expect.stringContaining('the device stopped answering after') },
          });
      }
    }
  });

  test('a stop that an earlier session saw is not forgotten when the run is resumed', async () => {
    const dying = await up(bulb(1));
    const earlier = await engine({ host: HOST, ports: portsOf(dying), probes: only('service', 'identity'), limits });
    const [liveness] = earlier.run.attempts.filter(({ probe }) => probe === 'liveness');
    // It is kept the moment it is seen, not only when the run ends.
    const lines = fs.readFileSync(join(earlier.dir, 'attempts.jsonl'), 'utf8').split('\n');
    expect(lines.filter((line) => line.startsWith('{"id":"liveness@device"'))).toHaveLength(2);

    const well = await up(bulb(10_000));
    const { run, dir } = await engine({
      host: HOST,
      ports: portsOf(well),
      probes: only('service', 'identity'),
      attempts: [liveness!],
    });
    const states = factsOf(run, 'liveness').map((fact) => fact.kind === 'liveness' && fact.state);
    expect(states).toEqual(['stopped', 'answered']);
    expect(judged(dir).checks.find(({ check }) => check === 'device-survives')?.verdict).toBe('fail');
  });

  test('one that takes a single connection at a time is not gone', async () => {
    const shy = await up(device({ id: 'shy', tcp: { 80: http(), 21: ftp(), 99: banner('x', 'hello\r\n') } }));
    let open = 0;
    const network: Network = {
      ...systemNetwork,
      connect(to) {
        // Refused, as by a device whose only place is taken: port 1 is nobody's.
        if (open > 0) return systemNetwork.connect({ ...to, port: 1 });
        open += 1;
        return systemNetwork.connect(to).once('close', () => {
          open -= 1;
        });
      },
    };
    const { run, dir } = await engine({
      host: HOST,
      ports: portsOf(shy),
      probes: only('service', 'identity', 'http-login'),
      network,
    });
    expect(factsOf(run, 'liveness').every((fact) => fact.kind === 'liveness' && fact.state === 'answered')).toBe(true);
    expect(judged(dir).checks.find(({ check }) => check === 'device-survives')?.verdict).toBe('pass');
  });
});

describe('logins', () => {
  const accounts = { admin: 'not in any list' };
  const locking = (): Device =>
    device({
      id: 'locking',
      tcp: {
        23: lockOutAfter(telnet({ accounts }), 3, { per: 'account' }),
        80: lockOutAfter(http({ challenge: { scheme: 'basic', accounts } }), 3, { per: 'account' }),
        21: lockOutAfter(ftp({ accounts }), 3, { per: 'account' }),
      },
    });
  const words = ['admin', 'root', '1234', 'password', '12345', ''];
  const credentials = credentialList(
    ...['admin', 'root', 'user'].flatMap((user) => words.map((word) => [user, word] as const)),
  );
  const used = only('service', 'identity', 'http-login', 'ftp-access', 'telnet-login');
  const listedFailures = (subject: RunningDevice): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { logins } of Object.values(subject.log))
      for (const { user, decision } of logins) {
        expect(decision).toBe('rejected');
        if (['admin', 'root', 'user'].includes(user)) counts[user] = (counts[user] ?? 0) + 1;
      }
    return counts;
  };

  test('start after all the rest; a budget over services and runs never locks an account', async () => {
    const subject = await up(locking());
    const file = join(freshFolder(), 'logins.json');
    const session = (): Promise<{ run: Run }> =>
      engine({
        host: HOST,
        ports: portsOf(subject),
        probes: used,
        credentials,
        ledger: new LoginLedger(file, Date.now),
      });
    const { run } = await session();
    const login = ({ probe }: Attempt): boolean => /^(http-login|ftp-access|telnet-login)$/.test(probe);
    const rest = run.attempts.filter((attempt) => !login(attempt) && attempt.probe !== 'liveness');
    const last = Math.max(...rest.map(({ endedAt }) => Date.parse(endedAt)));
    const begun = run.attempts.filter(login).map(({ startedAt }) => Date.parse(startedAt));
    expect(begun).toHaveLength(3);
    expect(Math.min(...begun)).toBeGreaterThanOrEqual(last);
    expect(listedFailures(subject)).toEqual({ admin: 2, root: 2, user: 2 });

    const again = await session();
    expect(listedFailures(subject)).toEqual({ admin: 2, root: 2, user: 2 });
    for (const attempt of again.run.attempts.filter(login))
      expect(attempt.outcome).toMatchObject({
        status: 'inconclusive',
        reason: 'budget',
        detail: expect.stringContaining('probity logins reset'),
      });
  });
});

describe('connections at once', () => {
  const counting = (): { network: Network; most: () => number } => {
    let [open, most] = [0, 0];
    const connect: Network['connect'] = (to) => {
      open += 1;
      most = Math.max(most, open);
      return systemNetwork.connect(to).once('close', () => {
        open -= 1;
      });
    };
    return { network: { ...systemNetwork, connect }, most: () => most };
  };
  const many = device({
    id: 'many',
    tcp: { 80: http({ pages: { '/': 'a' } }), 81: http(), 21: ftp(), 24: ftp() },
  });

  test.each([
    { name: 'as many as the limit', limits: { connections: 2 }, component: {}, most: 2 },
    { name: 'one where the component is fragile', limits: { connections: 4 }, component: { fragile: true }, most: 1 },
  ])('$name, all probes and the canary together', async ({ limits, component, most: expected }) => {
    const subject = await up(many);
    const { network, most } = counting();
    const credentials = credentialList(['admin', 'admin']);
    const used = only('service', 'identity', 'http-login', 'ftp-access', 'http-redirect');
    const { run } = await engine({
      host: HOST,
      ports: portsOf(subject),
      probes: used,
      limits,
      component,
      network,
      credentials,
    });
    expect(run.attempts.length).toBeGreaterThan(8);
    // Counted on our side: a fixture in this process may hear of a new connection before it hears of the end of the old.
    expect(most()).toBe(expected);
  });
});

describe('what goes wrong on our side ends the run with it', () => {
  const failing: [name: string, over: (camera: RunningDevice) => Partial<EngineOptions>][] = [
    [
      'an attempt that cannot be written',
      () => ({
        storing: (store) => ({
          put: (bytes) => store.put(bytes),
          describe: (run) => store.describe(run),
          append: (attempt) => {
            if (attempt.probe === 'service') throw new StoreError('Cannot write: ENOSPC', 'ENOSPC');
            store.append(attempt);
          },
        }),
      }),
    ],
    [
      'evidence that cannot be written',
      () => ({
        storing: (store) => ({
          put: () => {
            throw new StoreError('Cannot write: ENOSPC', 'ENOSPC');
          },
          describe: (run) => store.describe(run),
          append: (attempt) => store.append(attempt),
        }),
      }),
    ],
    [
      'a ledger that cannot be written',
      () => {
        const folder = freshFolder();
        const ledger = new LoginLedger(join(folder, 'logins.json'), Date.now);
        fs.mkdirSync(join(folder, 'logins.json'));
        return { ledger };
      },
    ],
  ];
  test.each(failing)('%s', async (_, over) => {
    const camera = await up(
      device({ id: 'camera', tcp: { 80: http({ challenge: { scheme: 'basic', accounts: {} } }) } }),
    );
    const dir = join(freshFolder(), 'run');
    const ended = engine({
      host: HOST,
      ports: portsOf(camera),
      probes: only('service', 'http-login'),
      credentials: credentialList(['admin', 'admin']),
      dir,
      ...over(camera),
    });
    await expect(ended).rejects.toThrow(StoreError);
    expect(camera.log['tcp/80']!.logins.filter(({ user }) => user === 'admin')).toEqual([]);
    const { run, sealed } = readRun(dir);
    expect(sealed).toBe(false);
    // What broke off because of us is no outcome of the device's.
    expect(run.attempts.filter(({ outcome }) => outcome.status === 'inconclusive')).toEqual([]);
  });
});

describe('what is to be left out', () => {
  test('an excluded port is not connected to by a probe either', async () => {
    const camera = await up(device({ id: 'camera', tcp: { 80: http(), 81: http() } }));
    const [asked, excluded] = portsOf(camera) as [number, number];
    const reaching = defineProbe({
      ...quick,
      id: 'reaching',
      emits: ['identity'],
      async *observe({ dial }) {
        await dial({ port: excluded });
        yield { kind: 'identity', what: 'name', value: 'in', via: 'reaching', authenticated: false };
      },
    });
    const { run } = await engine({
      host: HOST,
      ports: [asked, excluded],
      probes: [reaching],
      limits: { exclude: [String(excluded)] },
    });
    expect(outcomes(run)).toMatchObject({
      [`reaching@device/tcp/${asked}`]: `scope: port ${excluded} is to be left out (exclude)`,
    });
    expect(Object.keys(outcomes(run))).not.toContain(`reaching@device/tcp/${excluded}`);
    expect(camera.log['tcp/81']!.connections).toBe(0);
  });

  test('warnings of both scans are logged', async () => {
    const warned: string[] = [];
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: (_: object, message: string) => void warned.push(message),
      child: () => log,
    };
    let asked = 0;
    const network: Network = {
      ...systemNetwork,
      datagram(family) {
        asked += 1;
        if (asked === 1) throw new CannotTell('unsupported', 'no more sockets');
        return systemNetwork.datagram(family);
      },
    };
    const discovery = {
      ...listed(),
      async *scan() {
        yield { warning: 'slow' };
      },
    };
    await engine({ host: HOST, discovery, probes: [], limits: { udp: '9,10' }, network, log });
    expect(warned.sort()).toEqual([
      expect.stringMatching(/^UDP port \d+ of 127\.0\.0\.45 was not settled: no more sockets$/),
      'slow',
    ]);
  });
});

describe('secrets', () => {
  const SECRETS = { declared: 'Xq7-kV w/9&Zt"u', accepted: 'pL4%mN=+8r?Gh' };
  const formsOf = (secret: string, user: string): string[] => {
    const url = new URLSearchParams({ a: secret }).toString().slice(2);
    // Base64 shows different letters at each of three alignments.
    const base64 = [0, 1, 2].map((shift) =>
      Buffer.from(`${'x'.repeat(shift)}${secret}`)
        .toString('base64')
        .slice(shift === 0 ? 0 : 4, -4),
    );
    return [
      ...[
        secret,
        encodeURIComponent(secret),
        url,
        JSON.stringify(secret).slice(1, -1),
        Buffer.from(secret).toString('hex'),
      ],
      Buffer.from(`${user}:${secret}`).toString('base64').slice(0, -4),
      ...base64,
    ];
  };
  /** A file as it is, and the bytes of each direction of a transcript one after the other. */
  const texts = (bytes: Buffer): string[] => {
    const text = bytes.toString('latin1');
    if (!text.startsWith('{') || !text.includes('"entries"')) return [text];
    const { entries } = JSON.parse(bytes.toString()) as { entries: { dir: string; bytes: string }[] };
    const joined = ['sent', 'received', 'note'].map((dir) =>
      Buffer.concat(
        entries.filter((entry) => entry.dir === dir).map((entry) => Buffer.from(entry.bytes, 'base64')),
      ).toString('latin1'),
    );
    return [text, ...joined];
  };

  test('a declared and an accepted default password stand nowhere in what is left behind', async () => {
    const accounts = { op: SECRETS.declared, admin: SECRETS.accepted };
    const subject = await up(
      device({
        id: 'subject',
        tcp: {
          80: http({ pages: { '/': 'in' }, challenge: { scheme: 'basic', accounts } }),
          23: telnet({ accounts }),
          21: ftp({ accounts }),
          1883: mqtt({ accounts }),
        },
      }),
    );
    const out = freshFolder();
    const dir = join(out, 'device', 'run', 'run');
    const { run } = await engine({
      host: HOST,
      ports: portsOf(subject),
      probes: only('service', 'identity', 'http-login', 'telnet-login', 'ftp-access', 'mqtt-access'),
      credentials: credentialList(['admin', SECRETS.accepted]),
      accounts: new Map([['device', [{ user: 'op', secret: SECRETS.declared, role: 'ordinary' }]]]),
      component: { declares: { logins: { lock: 'none' } } },
      ledger: new LoginLedger(join(out, 'logins.json'), Date.now),
      dir,
    });
    // All four services took both: else there would be nothing to hide.
    for (const { logins } of Object.values(subject.log))
      expect(logins.filter(({ decision }) => decision === 'accepted').map(({ user }) => user)).toEqual(
        expect.arrayContaining(['op', 'admin']),
      );
    const proven = factsOf(run, 'telnet-login').filter((fact) => fact.kind === 'login' && fact.accepted);
    expect(proven.length).toBeGreaterThan(0);
    const sealed = readSealed(dir);
    await writeAssessment(join(dir, '..', 'assessments'), judged(dir), [sealed], loaded!, {
      formats: ['json', 'html'],
      sealing: {},
      remedies: true,
    });

    const files = filesUnder(out);
    expect(files.size).toBeGreaterThan(10);
    const forms = [...formsOf(SECRETS.declared, 'op'), ...formsOf(SECRETS.accepted, 'admin')];
    const found = [...files].flatMap(([name, bytes]) =>
      texts(bytes).flatMap((text) => forms.filter((form) => text.includes(form)).map((form) => `${name}: ${form}`)),
    );
    expect(found).toEqual([]);
  });
});
