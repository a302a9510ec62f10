import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { probes } from '../probes/index.ts';
import { tlsServer } from '../probes/tls-server/probe.ts';
import { allSuites } from '../probes/tls-server/suites.ts';
import { Component, Target } from '../src/model/target.ts';
import { runAttempt } from '../src/observe/attempt.ts';
import { systemClock } from '../src/observe/clock.ts';
import { systemNetwork } from '../src/observe/network.ts';
import type { Probe } from '../src/observe/probe.ts';
import { createSemaphore } from '../src/observe/wire.ts';
import { createLab, type Host, has, type Lab, missing } from '../test/lab/net.ts';
import { listening } from '../test/lab/ready.ts';
import { dropbear, sshdPasswords } from '../test/lab/servers.ts';
import { type TlsStack, tlsStacks } from '../test/lab/tls-servers.ts';
import { measure } from './measure.ts';

const cli = join(import.meta.dirname, '..', 'dist', 'src', 'cli.js');
const PORT = 4433;
/** How often each is run, of which the middle one counts; testssl takes minutes, and is run once, on one server. */
const TIMES = 3;
/** Seconds at most for one run of one tool, and of one that is slow by its nature. What is cut off is not run again. */
const LIMIT = 60;
const SLOW = 300;
const SERVERS = 50;
/** The command's own limits: devices at once, and connections to each. */
const [DEVICES, CONNECTIONS] = [8, 4];

/** What a run of a tool cost. `connections` that the server took for it; `note` where it did not end well. */
interface Ran {
  readonly seconds: number;
  readonly connections: number;
  readonly note?: string;
}

/** One of the tools: its name, the program that must be there, and what it does at these addresses. */
interface Tool {
  readonly name: string;
  readonly program?: string;
  readonly times?: number;
  run(addresses: readonly string[], port: number): Promise<Omit<Ran, 'connections'>>;
}

const middle = (runs: readonly Ran[]): Ran => [...runs].sort((a, b) => a.seconds - b.seconds)[runs.length >> 1]!;

/** Connections that the namespace of a host has taken so far (PassiveOpens, RFC 4022). */
const taken = (host: Host): number => {
  host.run('sh', '-c', `cat /proc/net/snmp > ${host.dir}/snmp`);
  const [names, values] = readFileSync(join(host.dir, 'snmp'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Tcp: '))
    .map((line) => line.split(' '));
  return Number(values![names!.indexOf('PassiveOpens')]);
};

/** One of our probes at one port, as the command aims it; why it could not tell, if so. */
const observe = async (probe: Probe, protocol: string, address: string, port: number): Promise<string> => {
  const component = Component.parse({ id: 'device', addresses: [address] });
  const { outcome } = await runAttempt({
    id: `${probe.id}@device/tcp/${port}`,
    probe,
    component,
    target: Target.parse({
      id: 'device',
      components: [component],
      scope: [address],
      allow: { impact: 'connect', by: 'the benchmark' },
    }),
    endpoint: { host: address, transport: 'tcp', port, protocol, security: 'none' },
    limits: { attempt: SLOW * 1_000, wait: 5_000, readBytes: 1024 * 1024 },
    network: systemNetwork,
    clock: systemClock,
    random: randomBytes,
    semaphore: createSemaphore(CONNECTIONS),
    signal: AbortSignal.timeout(SLOW * 1_000),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    login: { allows: () => false, sent: () => undefined, succeeded: () => undefined, stop: () => undefined },
    credentials: { candidates: [], why: 'none was given', tried: () => undefined, coverage: () => undefined },
    accounts: [],
    trust: [],
    store: { put: (bytes) => createHash('sha256').update(bytes).digest('hex') },
  });
  return outcome.status === 'completed' ? '' : `${outcome.reason}: ${outcome.detail}`;
};

/** A probe alone, in this process: so many devices at once. */
const alone = (name: string, probe: Probe, protocol: string): Tool => ({
  name,
  async run(addresses, port) {
    const began = performance.now();
    const left = [...addresses];
    const notes: string[] = [];
    const next = async (): Promise<void> => {
      for (let address = left.shift(); address !== undefined; address = left.shift())
        notes.push(await observe(probe, protocol, address, port));
    };
    await Promise.all(Array.from({ length: DEVICES }, next));
    const note = notes.find((one) => one !== '');
    return { seconds: (performance.now() - began) / 1_000, ...(note && { note: note.slice(0, 200) }) };
  },
});

const program = (
  name: string,
  command: string,
  words: (addresses: readonly string[], port: number) => string[],
  {
    signal,
    ends = [0],
    times,
    limit = LIMIT,
  }: { signal: AbortSignal; ends?: readonly number[]; times?: number; limit?: number },
): Tool => ({
  name,
  program: command,
  ...(times && { times }),
  async run(addresses, port) {
    const cost = await measure(command, words(addresses, port), { cwd: tmpdir(), limit, signal });
    const isWell = ends.includes(cost.ended as number);
    return { seconds: cost.seconds, ...(!isWell && { note: `ended with ${cost.ended}: ${cost.said.slice(-200)}` }) };
  },
});

/** The command, from its start to its report; 1 and 4 are verdicts. */
const scan = (id: string, dir: string, signal: AbortSignal): Tool => {
  let run = 0;
  return program(
    'the command',
    process.execPath,
    (addresses, port) => {
      const out = join(dir, `results-${id}-${run++}`);
      return [cli, 'scan', ...addresses, '--ports', String(port), '--only', id, '--yes', '--out', out];
    },
    { signal, ends: [0, 1, 4], limit: SLOW },
  );
};

const line = (tool: Tool, ran: Ran | undefined, ours: readonly Ran[]): string => {
  const name = `    ${tool.name.padEnd(18)}`;
  if (ran === undefined) return `${name} not installed`;
  const ratios = ours.map(({ seconds }) => (seconds / ran.seconds).toFixed(2));
  const beside = ratios.length > 0 ? `  ours are ${ratios.join(', ')} of it` : '';
  const note = ran.note === undefined ? '' : `  (${ran.note.replaceAll('\n', ' ')})`;
  return `${name}${ran.seconds.toFixed(2).padStart(8)} s${String(ran.connections).padStart(7)} connections${beside}${note}`;
};

/** Runs ours and then theirs on the same servers, and prints what each took, and ours by theirs in the same order. */
const compare = async (
  title: string,
  ours: readonly Tool[],
  theirs: readonly Tool[],
  hosts: readonly Host[],
  port: number,
  times = TIMES,
): Promise<void> => {
  console.log(`  ${title}`);
  const addresses = hosts.map(({ address }) => address);
  const cost = async (tool: Tool): Promise<Ran | undefined> => {
    if (tool.program !== undefined && tool.program !== process.execPath && !has(tool.program)) return undefined;
    const runs: Ran[] = [];
    while (runs.length < (tool.times ?? times)) {
      const before = hosts.map(taken);
      const ran = await tool.run(addresses, port);
      const isCutOff = ran.seconds >= LIMIT;
      runs.push({ ...ran, connections: hosts.reduce((sum, host, i) => sum + taken(host) - before[i]!, 0) });
      if (isCutOff) break;
    }
    return middle(runs);
  };
  const first: Ran[] = [];
  for (const tool of ours) {
    const ran = (await cost(tool))!;
    console.log(line(tool, ran, []));
    first.push(ran);
  }
  for (const tool of theirs) console.log(line(tool, await cost(tool), first));
};

const withLab = async (work: (lab: Lab) => Promise<void>): Promise<void> => {
  const lab = createLab();
  try {
    await work(lab);
  } finally {
    await lab.close();
  }
};

const up = async (lab: Lab, name: string, stack: TlsStack, signal: AbortSignal): Promise<Host> => {
  const host = lab.host(name);
  stack.start(host, PORT);
  await listening(host, PORT, { signal });
  return host;
};

const lacking = (stack: TlsStack): string | undefined => stack.needs.find((one) => !has(one));

/**
 * What it costs to look at the transport of a server, beside tools that do nothing else: each TLS server of the lab beside
 * nmap, sslscan and testssl, fifty at once beside nmap, and SSH servers beside ssh-audit. Aims: at most 0.25 of nmap, for
 * one and for fifty, and 0.1 of ssh-audit. It measures and prints; it asserts nothing.
 */
export const transport = async (signal: AbortSignal): Promise<void> => {
  const why = missing();
  if (why !== undefined) return console.log(`transport: not here: ${why}`);
  const dir = mkdtempSync(join(tmpdir(), 'probity-transport-'));
  const built = existsSync(cli);
  if (!built) console.log(`${cli} is not there (npm run build): the command is left out`);
  const nmap = program(
    'nmap',
    'nmap',
    (addresses, port) => ['-n', '-Pn', '-p', String(port), '--script', 'ssl-enum-ciphers', ...addresses],
    { signal, limit: SLOW },
  );
  const sslscan = program('sslscan', 'sslscan', ([address], port) => [`${address}:${port}`], { signal });
  const testssl = program(
    'testssl',
    'testssl',
    // Protocols, suites of each, the server's defaults and preference, and vulnerabilities: what the probe asks for.
    ([address], port) => [...'--quiet --color 0 --warnings batch -p -E -S -P -U'.split(' '), `${address}:${port}`],
    // It ends with how much it found.
    { signal, times: 1, limit: SLOW, ends: Array.from({ length: 200 }, (_, n) => n) },
  );
  const named = (id: string): Probe => probes.find((one) => one.id === id)!;
  // What nmap's script asks for, and the whole.
  const tls = [
    alone('versions, suites', tlsServer([allSuites]), 'tls'),
    alone('tls-server', named('tls-server'), 'tls'),
  ];
  const ssh = [alone('ssh-server', named('ssh-server'), 'ssh')];
  const command = (id: string): Tool[] => (built ? [scan(id, dir, signal)] : []);
  try {
    await withLab(async (lab) => {
      console.log('one TLS server: suites, certificates and flaws');
      for (const stack of Object.values(tlsStacks)) {
        const lack = lacking(stack);
        if (lack !== undefined) console.log(`  ${stack.name}: \`${lack}\` is not installed`);
        else {
          const host = await up(lab, stack.name.replaceAll(/\W+/g, '-'), stack, signal);
          const slow = stack === tlsStacks.modern ? [testssl] : [];
          const ours = [...tls, ...command('tls-server')];
          await compare(stack.name, ours, [nmap, sslscan, ...slow], [host], PORT);
        }
        if (signal.aborted) return;
      }
    });
    await withLab(async (lab) => {
      const stacks = [tlsStacks.modern, tlsStacks.mosquitto, tlsStacks.weakest, tlsStacks.gnutls].filter(
        (stack) => lacking(stack) === undefined,
      );
      if (stacks.length === 0) return;
      const hosts: Host[] = [];
      for (let n = 0; n < SERVERS; n++) hosts.push(await up(lab, `server-${n}`, stacks[n % stacks.length]!, signal));
      const title = `${SERVERS} TLS servers at once, ${DEVICES} devices at a time by us`;
      await compare(title, [...tls, ...command('tls-server')], [nmap], hosts, PORT, 1);
    });
    await withLab(async (lab) => {
      console.log('one SSH server');
      const audit = program('ssh-audit', 'ssh-audit', ([address], port) => ['-j', '-p', String(port), address!], {
        signal,
        // It ends with its worst finding.
        ends: [0, 1, 2, 3],
      });
      for (const [name, needs, start] of [
        ['dropbear', 'dropbear', dropbear],
        ['openssh', 'sshd', sshdPasswords],
      ] as const) {
        if (!has(needs)) {
          console.log(`  ${name}: \`${needs}\` is not installed`);
          continue;
        }
        const host = lab.host(name);
        start(host, 22, 'root', 'a word of its own');
        await listening(host, 22, { signal });
        await compare(name, [...ssh, ...command('ssh-server')], [audit], [host], 22);
      }
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
