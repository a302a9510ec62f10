import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { probes } from '../probes/index.ts';
import type { Fact } from '../src/model/fact.ts';
import { Component, type Endpoint, Target } from '../src/model/target.ts';
import { runAttempt } from '../src/observe/attempt.ts';
import { systemClock } from '../src/observe/clock.ts';
import { systemNetwork } from '../src/observe/network.ts';
import { createSemaphore } from '../src/observe/wire.ts';
import { createLab, type Host, has, missing } from '../test/lab/net.ts';
import { takesConnection } from '../test/lab/ready.ts';
import { dropbear, sshdPasswords } from '../test/lab/servers.ts';
import { type Cost, measure } from './measure.ts';
import { type Misleading, misleading } from './misleading.ts';

/** Logins in flight, of each tool; wrong passwords tried on each server; seconds at most for one tool. */
const IN_FLIGHT = 4;
const WRONG = 48;
const LIMIT = 60;

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** What one of our probes sees at a place, trying these passwords and with no budget but its own time. */
const observe = async (
  probe: string,
  endpoint: Endpoint,
  user: string,
  secrets: readonly string[],
): Promise<{ facts: Fact[]; outcome: string }> => {
  const component = Component.parse({ id: 'device', addresses: [endpoint.host] });
  const facts: Fact[] = [];
  const { outcome } = await runAttempt({
    id: `${probe}@device`,
    probe: probes.find(({ id }) => id === probe)!,
    component,
    target: Target.parse({
      id: 'device',
      components: [component],
      scope: [endpoint.host],
      allow: { impact: 'login', by: 'the benchmark' },
    }),
    endpoint,
    limits: { attempt: LIMIT * 1_000, wait: 5_000, readBytes: 1024 * 1024 },
    network: systemNetwork,
    clock: systemClock,
    random: randomBytes,
    semaphore: createSemaphore(IN_FLIGHT),
    signal: AbortSignal.timeout(LIMIT * 1_000),
    log,
    login: { allows: () => true, sent: () => undefined, succeeded: () => undefined, stop: () => undefined },
    credentials: {
      candidates: secrets.map((secret, index) => ({ id: `wrong-${index}`, user, secret })),
      why: 'none was given',
      tried: () => undefined,
    },
    accounts: [],
    trust: [],
    store: { put: (bytes) => createHash('sha256').update(bytes).digest('hex') },
    onFact: (fact) => void facts.push(fact),
  });
  return { facts, outcome: outcome.status === 'completed' ? 'completed' : outcome.reason };
};

const words = (count: number): string[] => Array.from({ length: count }, () => randomBytes(6).toString('hex'));

const listening = async (host: string, port: number): Promise<void> => {
  for (const until = Date.now() + 20_000; Date.now() < until; ) {
    if (await takesConnection(host, port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing at ${host} port ${port}`);
};

/** What a tool called valid: hydra's `[port][module] host: …`, medusa's `ACCOUNT FOUND`. */
const validIn = (tool: string, said: string): number =>
  said
    .split('\n')
    .filter((line) => (tool === 'hydra' ? /^\[\d+\]\[[\w-]+\] host: /.test(line) : /ACCOUNT FOUND/.test(line))).length;

/**
 * Attempts a second beside hydra and medusa. We log in one after the other on each service, since a lock must be seen
 * before the next login is sent: four in flight are four services of ours, and four threads of theirs.
 */
const speed = async (dir: string, signal: AbortSignal): Promise<void> => {
  const why = missing();
  if (why !== undefined) {
    console.log(`logins a second: not here: ${why}`);
    return;
  }
  const lab = createLab();
  try {
    const servers: [string, (host: Host, port: number) => void][] = [
      ['dropbear', (host, port) => dropbear(host, port, 'root', 'a word of its own')],
      ['openssh', (host, port) => sshdPasswords(host, port, 'root', 'a word of its own')],
    ];
    console.log(`logins a second, ${WRONG} wrong passwords, ${IN_FLIGHT} in flight`);
    for (const [name, start] of servers) {
      const host = lab.host(name);
      const ports = Array.from({ length: IN_FLIGHT }, (_, index) => 2200 + index);
      for (const port of ports) start(host, port);
      for (const port of ports) await listening(host.address, port);
      const secrets = words(WRONG);
      const began = performance.now();
      const seen = await Promise.all(
        ports.map((port, index) =>
          observe(
            'ssh-login',
            { host: host.address, transport: 'tcp', port, protocol: 'ssh', security: 'none' },
            'root',
            secrets.filter((_, at) => at % IN_FLIGHT === index),
          ),
        ),
      );
      const tried = seen.flatMap(({ facts }) => facts).filter(({ kind }) => kind === 'login').length;
      const ours = tried / ((performance.now() - began) / 1_000);
      const list = join(dir, 'wrong.txt');
      writeFileSync(list, `${secrets.join('\n')}\n`);
      const options = { cwd: dir, limit: LIMIT, signal };
      const rate = (cost: Cost | undefined): string =>
        cost === undefined
          ? 'not installed'
          : `${(WRONG / cost.seconds).toFixed(1)}${cost.ended === 0 ? '' : ` (ended with ${cost.ended})`}, ours ${(ours / (WRONG / cost.seconds)).toFixed(2)} of it`;
      const hydra = has('hydra')
        ? await measure(
            'hydra',
            ['-I', '-t', `${IN_FLIGHT}`, '-l', 'root', '-P', list, '-s', '2200', host.address, 'ssh'],
            options,
          )
        : undefined;
      const medusa = has('medusa')
        ? await measure(
            'medusa',
            ['-h', host.address, '-n', '2200', '-u', 'root', '-P', list, '-M', 'ssh', '-t', `${IN_FLIGHT}`],
            options,
          )
        : undefined;
      const ended = seen.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'completed');
      console.log(
        `  ${name.padEnd(10)} ours ${ours.toFixed(1)}${ended.length > 0 ? ` (${ended.join(', ')})` : ''}; hydra ${rate(hydra)}; medusa ${rate(medusa)}`,
      );
    }
  } finally {
    await lab.close();
  }
};

/** How often each tool calls a wrong password valid, on servers that mislead. No password tried is right anywhere. */
const falseValids = async (dir: string, signal: AbortSignal): Promise<void> => {
  const secrets = words(5);
  const list = join(dir, 'five.txt');
  writeFileSync(list, `${secrets.join('\n')}\n`);
  console.log(`wrong passwords called valid, of ${secrets.length} that are wrong`);
  const totals = { ours: 0, hydra: 0, medusa: 0 };
  /** Each tool meets the server as new: what another did to it would be its lock. */
  const fresh = async <T>(row: Misleading, ask: (port: number) => Promise<T>): Promise<T> => {
    const running = await row.service.start('127.0.0.1', 0);
    try {
      return await ask(running.port);
    } finally {
      await running.close();
    }
  };
  for (const row of misleading) {
    const { transport, protocol } = row.service;
    const { facts, outcome } = await fresh(row, (port) =>
      observe(row.probe, { host: '127.0.0.1', transport, port, protocol, security: 'none' }, 'admin', secrets),
    );
    const ours = facts.filter((fact) => fact.kind === 'login' && fact.arm === 'repeat' && fact.proven === true).length;
    totals.ours += ours;
    const cells = [`ours ${ours} (${outcome})`];
    for (const tool of ['hydra', 'medusa'] as const) {
      const command = row[tool];
      if (!has(tool)) cells.push(`${tool} not installed`);
      else if (command === undefined) cells.push(`${tool} –`);
      else {
        const cost = await fresh(row, (port) =>
          measure(tool, command(port, list), { cwd: dir, limit: LIMIT / 4, signal }),
        );
        const valid = validIn(tool, cost.said);
        totals[tool] += valid;
        cells.push(`${tool} ${valid}${cost.ended === 'SIGKILL' ? ' (cut off)' : ''}`);
      }
    }
    console.log(`  ${row.name.padEnd(42)} ${cells.map((cell) => cell.padEnd(24)).join(' ')}`);
  }
  console.log(`  in all: ours ${totals.ours}, hydra ${totals.hydra}, medusa ${totals.medusa}`);
};

/** The login part of the benchmark. It measures and prints; it asserts nothing. */
export const logins = async (signal: AbortSignal): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'probity-logins-'));
  try {
    for (const tool of ['hydra', 'medusa'])
      if (has(tool))
        console.log(spawnSync(tool, ['-V'], { encoding: 'utf8' }).stdout.split('\n')[0]?.slice(0, 60) || tool);
    await speed(dir, signal);
    await falseValids(dir, signal);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
