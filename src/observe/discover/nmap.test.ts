import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemNetwork } from '../network.ts';
import { CannotTell } from '../probe.ts';
import { findNmap } from './choose.ts';
import { connectScan } from './connect-scan.ts';
import type { ScanEvent, ScanRequest } from './discovery.ts';
import { nmapDiscovery, nmapMethod } from './nmap.ts';
import { parsePorts, unionPorts } from './ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'probity-nmap-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
/** An executable in nmap's place. Its arguments are kept beside it, a line a call. */
function fake(shell: string): string {
  const path = join(folder, `fake-${++made}`);
  writeFileSync(path, `#!/bin/sh\necho "$*" >> ${path}.calls\n${shell}\n`);
  chmodSync(path, 0o755);
  return path;
}
const calls = (path: string): string[] => readFileSync(`${path}.calls`, 'utf8').trim().split('\n');

const HEAD = '<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap">';
const END = '<runstats><finished exit="success"/></runstats></nmaprun>';
const host = (ports: string, status = 'up', address = '198.18.0.1') =>
  `<host><status state="${status}" reason="user-set"/><address addr="${address}" addrtype="ipv4"/><ports>${ports}</ports></host>`;
const port = (number: number, state: string, reason: string) =>
  `<port protocol="tcp" portid="${number}"><state state="${state}" reason="${reason}"/></port>`;
const extra = (state: string, count: number, ...reasons: [string, number, string?][]) =>
  `<extraports state="${state}" count="${count}">${reasons
    .map(([reason, of, ports]) => `<extrareasons reason="${reason}" count="${of}"${ports ? ` ports="${ports}"` : ''}/>`)
    .join('')}</extraports>`;

/** Says these documents, one a call, the last for all calls after. */
function saying(...documents: string[]): string {
  const files = documents.map((document, index) => {
    const file = join(folder, `document-${made}-${index}.xml`);
    writeFileSync(file, document);
    return file;
  });
  const cases = files.map((file, index) => `${index + 1}) cat ${file};;`).join(' ');
  return fake(`case $(wc -l < $0.calls) in ${cases} *) cat ${files.at(-1)};; esac`);
}

const request = (more: Partial<ScanRequest> = {}): ScanRequest => ({
  host: '198.18.0.1',
  ports: parsePorts('22,200-210'),
  rate: 10_000,
  connectsInFlight: 100,
  wait: 300,
  signal: new AbortController().signal,
  ...more,
});

interface Collected {
  facts: string[];
  warnings: string[];
  evidence: string[];
  error: CannotTell | undefined;
}

async function collect(events: AsyncIterable<ScanEvent>): Promise<Collected> {
  const out: Collected = { facts: [], warnings: [], evidence: [], error: undefined };
  try {
    for await (const event of events) {
      if ('warning' in event) out.warnings.push(event.warning);
      else if ('evidence' in event) out.evidence.push(event.evidence.toString());
      else {
        const { port: first, to, state, reason } = event.fact;
        out.facts.push(`${first}${to ? `-${to}` : ''} ${state} ${reason}`);
      }
    }
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    out.error = error;
  }
  return out;
}

const scan = (location: string, more: Partial<ScanRequest> = {}, cap?: number) =>
  collect(nmapDiscovery({ location, method: 'connect', version: '7.93', ...(cap ? { cap } : {}) }).scan(request(more)));

describe('what nmap says', () => {
  const answering = port(22, 'open', 'syn-ack');
  it.each<[string, string, string, { facts: string[]; warnings?: string[] }]>([
    [
      'ports listed one by one',
      answering,
      [200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210].map((n) => port(n, 'closed', 'reset')).join(''),
      { facts: ['22 open syn-ack', '200-210 closed reset'] },
    ],
    [
      'extraports with their numbers',
      answering,
      extra('closed', 10, ['reset', 8, '200-207'], ['conn-refused', 2, '208,210']) + port(209, 'open', 'syn-ack'),
      {
        facts: [
          '22 open syn-ack',
          '209 open syn-ack',
          '200-207 closed reset',
          '208 closed conn-refused',
          '210 closed conn-refused',
        ],
      },
    ],
    [
      'extraports in two states with their numbers',
      answering,
      extra('closed', 5, ['reset', 5, '200-204']) + extra('filtered', 6, ['no-response', 6, '205-210']),
      { facts: ['22 open syn-ack', '200-204 closed reset', '205-210 filtered no-response'] },
    ],
    [
      'one state without numbers',
      answering,
      extra('closed', 10, ['reset', 10]) + port(205, 'open', 'syn-ack'),
      { facts: ['22 open syn-ack', '205 open syn-ack', '200-204 closed reset', '206-210 closed reset'] },
    ],
    [
      'one state without numbers, for two reasons',
      answering,
      extra('closed', 11, ['reset', 10], ['conn-refused', 1]),
      { facts: ['22 open syn-ack', '200-210 closed reset or conn-refused'] },
    ],
    [
      'two states without numbers: nobody knows which',
      answering,
      extra('closed', 5, ['reset', 5]) + extra('filtered', 6, ['no-response', 6]),
      {
        facts: ['22 open syn-ack'],
        warnings: ['nmap does not say which of the ports that it did not list are in which state'],
      },
    ],
    [
      'a count that does not fit',
      answering,
      extra('closed', 9, ['reset', 9]),
      {
        facts: ['22 open syn-ack'],
        warnings: ['nmap does not say which of the ports that it did not list are in which state'],
      },
    ],
    [
      'numbers that were not asked',
      answering,
      extra('closed', 11, ['reset', 11, '300-310']),
      { facts: ['22 open syn-ack'], warnings: ["nmap's list of 11 closed ports does not fit what was asked"] },
    ],
    [
      'numbers that are none',
      answering,
      extra('closed', 11, ['reset', 11, '200-x']),
      { facts: ['22 open syn-ack'], warnings: ["nmap's list of 11 closed ports does not fit what was asked"] },
    ],
    [
      'a state that settles nothing',
      answering,
      extra('unfiltered', 10, ['reset', 10, '200-209']) + port(210, 'closed|filtered', 'ipid-diff'),
      {
        facts: ['22 open syn-ack'],
        warnings: [
          'nmap calls port 210 closed|filtered, which settles nothing',
          'nmap calls 10 ports unfiltered, which settles nothing',
        ],
      },
    ],
    [
      'ports that are listed and were never asked, or are UDP',
      answering,
      `${port(4444, 'open', 'syn-ack')}<port protocol="udp" portid="205"><state state="open" reason="udp-response"/></port>${extra('closed', 11, ['reset', 11, '200-210'])}`,
      { facts: ['22 open syn-ack', '200-210 closed reset'] },
    ],
  ])('%s', async (_, quick, others, expected) => {
    const location = saying(HEAD + host(quick) + END, HEAD + host(others) + END, HEAD + host(quick) + END);
    const { facts, warnings, evidence, error } = await scan(location);
    expect(error).toBeUndefined();
    expect(facts).toEqual(expected.facts);
    expect(warnings).toEqual(expected.warnings ?? []);
    expect(evidence[0]).toBe(HEAD + host(quick) + END);
    expect(calls(location)[0]).toBe(
      '-oX - -n -Pn --noninteractive --reason -sT --max-retries=2 --min-rate=2500 --max-rate=10000 -p22 -- 198.18.0.1',
    );
    expect(calls(location)[1]).toContain(' -p200-210 -- 198.18.0.1');
  });

  it('a silent host covers nothing, though nmap calls it up and its ports filtered', async () => {
    const silent = (spec: string, count: number) =>
      HEAD + host(extra('filtered', count, ['no-response', count, spec])) + END;
    const { facts, error } = await scan(saying(silent('22', 1), silent('22,200-210', 12)));
    expect(facts).toEqual([]);
    expect(error?.reason).toBe('timeout');
  });

  it('silent ports on a host that has stopped answering are not settled', async () => {
    const { facts, error } = await scan(
      saying(
        HEAD + host(port(22, 'open', 'syn-ack')) + END,
        HEAD + host(port(200, 'closed', 'reset') + extra('filtered', 10, ['no-response', 10, '201-210'])) + END,
        HEAD + host(port(22, 'filtered', 'no-response')) + END,
      ),
    );
    expect(facts).toEqual(['22 open syn-ack', '200 closed reset']);
    expect(error?.reason).toBe('timeout');
    expect(error?.message).toContain('201-210');
  });

  it.each([
    ['a host that is down', HEAD + host('', 'down') + END],
    ['no host', HEAD + END],
    ['another host', HEAD + host(port(22, 'closed', 'reset'), 'up', '198.18.0.2') + END],
  ])('%s is not "no ports"', async (_, document) => {
    const { facts, error } = await scan(saying(document));
    expect(facts.filter((fact) => !fact.startsWith('22 open'))).toEqual([]);
    expect(error?.reason).toBe('timeout');
  });

  it('asks an IPv6 address by -6', async () => {
    const document =
      `${HEAD}<host><status state="up"/><address addr="2001:db8::1" addrtype="ipv6"/><ports>` +
      `${port(22, 'closed', 'reset')}</ports></host>${END}`;
    const location = saying(document);
    const { error } = await scan(location, { host: '2001:db8:0::1', ports: parsePorts('22') });
    expect(error).toBeUndefined();
    expect(calls(location)[0]).toMatch(/^-oX - -6 -n .* -p22 -- 2001:db8:0::1$/);
  });
});

describe('an nmap that fails', () => {
  const open22 = port(22, 'open', 'syn-ack');
  const whole = HEAD + host(port(22, 'closed', 'reset')) + END;
  const bomb = `<!DOCTYPE nmaprun [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><nmaprun><host note="&b;"/>${END}`;
  const stands = ['22 open syn-ack'];

  it.each<[string, string, { reason: string; says: string; facts?: string[] }]>([
    ['garbage', 'echo hello', { reason: 'protocol', says: 'cannot be read' }],
    ['nothing at all', 'true', { reason: 'protocol', says: 'cannot be read' }],
    [
      'XML cut short',
      `echo '${HEAD}<host><status state="up"/><ports>${open22}'`,
      { reason: 'protocol', says: 'cannot be read', facts: stands },
    ],
    [
      'an exit code',
      `echo '${whole}'; echo 'QUITTING!' >&2; exit 1`,
      { reason: 'unsupported', says: 'exited with 1: "QUITTING!"' },
    ],
    [
      'no success in the XML',
      `echo '${HEAD}${host('')}<runstats><finished exit="error" errormsg="oh"/></runstats></nmaprun>'`,
      { reason: 'protocol', says: '"oh"' },
    ],
    ['no finished element', `echo '${HEAD}${host('')}</nmaprun>'`, { reason: 'protocol', says: 'did not finish' }],
    [
      'being killed',
      `echo '${HEAD}<host><ports>${open22}'; kill -9 $$`,
      { reason: 'aborted', says: 'killed by SIGKILL', facts: stands },
    ],
    ['an entity bomb', `cat <<'X'\n${bomb}\nX`, { reason: 'protocol', says: 'cannot be read' }],
    [
      'a port without a number',
      `echo '${HEAD}<host><ports><port protocol="tcp"><state state="open"/></port>'`,
      { reason: 'protocol', says: '1-65535' },
    ],
    [
      'a port out of range',
      `echo '${HEAD}<host><ports><port protocol="tcp" portid="70000"><state state="open"/></port>'`,
      { reason: 'protocol', says: '1-65535' },
    ],
    [
      'a port without a state',
      `echo '${HEAD}<host><ports><port protocol="tcp" portid="22"><state/></port>'`,
      { reason: 'protocol', says: 'no state' },
    ],
    [
      'extraports without a count',
      `echo '${HEAD}<host><ports><extraports state="closed"/>'`,
      { reason: 'protocol', says: 'without' },
    ],
    ['elements without end', `echo '${HEAD}'; while :; do printf '<a>'; done`, { reason: 'protocol', says: 'deep' }],
    [
      'an attribute without end',
      `printf '<nmaprun args="'; while :; do printf '%1000s' x; done`,
      { reason: 'protocol', says: 'more than 100000 bytes' },
    ],
    [
      'output without end',
      `echo '${HEAD}'; while :; do printf '%1000s' ' '; done`,
      { reason: 'protocol', says: 'more than 100000 bytes' },
    ],
  ])('%s', async (_, shell, expected) => {
    const { facts, error } = await scan(fake(shell), {}, 100_000);
    expect(error?.message).toContain(expected.says);
    expect(error?.reason).toBe(expected.reason);
    expect(facts).toEqual(expected.facts ?? []);
  });

  it('by not being there', async () => {
    const { facts, error } = await scan(join(folder, 'nowhere'));
    expect([facts, error?.reason]).toEqual([[], 'unsupported']);
    expect(error?.message).toContain('not installed');
  });

  it('by not being executable', async () => {
    const path = join(folder, 'plain');
    writeFileSync(path, 'x');
    const { error } = await scan(path);
    expect(error?.message).toContain('EACCES');
  });

  it('in the second pass: what came before stands', async () => {
    const location = saying(HEAD + host(open22) + END, 'garbage');
    const { facts, error } = await scan(location);
    expect(facts).toEqual(stands);
    expect(error?.reason).toBe('protocol');
  });

  it('keeps stderr as warnings, bounded, where it does not fail', async () => {
    const location = fake(`seq 1 100000 >&2; echo '${whole}'`);
    const { facts, warnings, error } = await scan(location, { ports: parsePorts('22') });
    expect(error).toBeUndefined();
    expect(facts).toEqual(['22 closed reset']);
    expect(warnings.slice(0, 2)).toEqual(['nmap: 1', 'nmap: 2']);
    expect(warnings).toHaveLength(20);
  });

  it('by hanging: an abort kills it and what it started, and what it said stands', async () => {
    const abort = new AbortController();
    const location = fake(`sleep 600 & echo $! > $0.pid; echo '${HEAD}<host><ports>${open22}'; wait`);
    const events = nmapDiscovery({ location, method: 'connect', version: '7.93' }).scan(
      request({ signal: abort.signal }),
    );
    const seen: string[] = [];
    await expect(
      (async () => {
        for await (const event of events) {
          if (!('fact' in event)) continue;
          seen.push(`${event.fact.port} ${event.fact.state}`);
          abort.abort();
        }
      })(),
    ).rejects.toMatchObject({ reason: 'aborted' });
    expect(seen).toEqual(['22 open']);
    const child = Number(readFileSync(`${location}.pid`, 'utf8'));
    await expect.poll(() => running(child)).toBe(false);
  });

  it('is killed when the reader leaves early', async () => {
    const location = fake(`echo $$ > $0.pid; echo '${HEAD}<host><ports>${open22}'; sleep 600`);
    for await (const event of nmapDiscovery({ location, method: 'connect', version: '7.93' }).scan(request())) {
      if ('fact' in event) break;
    }
    await expect.poll(() => running(Number(readFileSync(`${location}.pid`, 'utf8')))).toBe(false);
  });
});

/** Whether a process runs; one that ended and was not yet waited for does not. */
const running = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));

const installed = await findNmap(process.env);
const methods: readonly string[] = nmapMethod({}) === 'SYN' ? ['SYN', 'connect'] : ['connect'];

describe.skipIf(typeof installed === 'string')(
  `the real nmap${typeof installed === 'string' ? ` (skipped: ${installed})` : ''}`,
  () => {
    const version = typeof installed === 'string' ? '' : installed.version;
    const servers: net.Server[] = [];
    let open: number[] = [];
    beforeAll(async () => {
      for (const address of ['127.0.0.1', '127.0.0.1', '127.0.0.1']) {
        const server = net.createServer((socket) => socket.on('error', () => socket.destroy()));
        await new Promise<void>((done) => server.listen(0, address, done));
        servers.push(server);
      }
      open = servers.map((server) => (server.address() as net.AddressInfo).port).sort((a, b) => a - b);
    });
    afterEach(() => expect(servers.every((server) => server.listening)).toBe(true));
    afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))));

    it.for(['SYN', 'connect'] as const)(
      'finds by a %s scan of loopback what the built-in scan finds',
      async (method, { skip }) => {
        skip(!methods.includes(method), 'it needs root with CAP_NET_RAW');
        const asked = request({
          host: '127.0.0.1',
          ports: unionPorts(open.map((first) => [first, Math.min(65535, first + 700)] as const)),
        });
        const byNmap = await collect(nmapDiscovery({ method, version }).scan(asked));
        const byConnect = await collect(connectScan({ network: systemNetwork }).scan(asked));
        expect([byNmap.error, byConnect.error]).toEqual([undefined, undefined]);
        const openOf = ({ facts }: Collected) =>
          facts.filter((fact) => / open /.test(fact)).map((fact) => Number(fact.split(' ')[0]));
        const covered = ({ facts }: Collected) => parsePorts(facts.map((fact) => fact.split(' ')[0]).join(','));
        expect(openOf(byNmap)).toEqual(expect.arrayContaining(open));
        expect(openOf(byConnect)).toEqual(expect.arrayContaining(open));
        expect(covered(byNmap)).toEqual(asked.ports);
        expect(covered(byConnect)).toEqual(asked.ports);
        expect(byNmap.evidence.at(-1)).toContain('exit="success"');
      },
    );
  },
);
