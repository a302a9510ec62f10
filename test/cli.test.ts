import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as net from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { device, type RunningDevice, start } from '../fixtures/device.ts';
import { http } from '../fixtures/services/index.ts';
import { compareVerb } from '../src/cli/compare.ts';
import { credentialsVerb } from '../src/cli/credentials-verb.ts';
import { judgeVerb } from '../src/cli/judge-verb.ts';
import { explainVerb, listVerb, loginsVerb, schemaVerb } from '../src/cli/lists.ts';
import type { ScanOptions } from '../src/cli/scan.ts';
import { reportVerb } from '../src/cli/verbs.ts';
import { verifyVerb } from '../src/cli/verify.ts';
import { chooseDiscovery } from '../src/observe/discover/choose.ts';
import { systemNetwork } from '../src/observe/network.ts';
import { readRun } from '../src/observe/run-store.ts';
import { seal, verifySeal } from '../src/observe/seal.ts';
import { command, type Event, filesUnder, freshFolder, ROOT } from './kit/command.ts';
import { printed, scanHere } from './kit/here.ts';

// On a busy machine a start takes many times as long.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const HOST = '127.0.0.41';
const root = process.getuid?.() === 0;
const offline = root ? ['unshare', '-n'] : ['unshare', '-rn'];
const canUnshare = ((): boolean => {
  try {
    execFileSync(offline[0]!, [...offline.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const written = (name: string, content: string | Uint8Array): string => {
  const file = join(freshFolder(), name);
  fs.writeFileSync(file, content);
  return file;
};
const judge = (path: string) => printed(() => judgeVerb([path], { format: 'json,html', gate: 'checks' }, true));
const compared = (old: string, young: string, json: boolean) =>
  compareVerb(old, young, {}, json, (text) => process.stdout.write(text));
const product = (lines: string): string => written('camera.yaml', lines);
const onePort = (port: number, more: string[] = []): string[] => [
  'scan',
  HOST,
  '--ports',
  String(port),
  '--only',
  'identity',
  ...more,
];

const scanning = (targets: string[], options: Partial<ScanOptions> = {}) =>
  scanHere(targets, { out: '/nowhere', ...options });

let bulb: RunningDevice;
let port: number;
beforeAll(async () => {
  bulb = await start(
    device({ id: 'bulb', tcp: { 80: http({ server: 'bulb/1.0', pages: { '/': '<title>Bulb</title>' } }) } }),
    HOST,
    { ephemeral: true },
  );
  port = bulb.port('tcp', 80);
});
afterAll(() => bulb.close());

describe('what cannot be used is refused before anything is sent, with one line that says what was expected', () => {
  const component = (more: string): string => product(`components:\n  - id: c\n${more}`);
  const table: [name: string, act: () => Promise<unknown>, says: RegExp][] = [
    ['nothing to scan', () => scanning([]), /nothing to scan: expected an address/],
    ['no address', () => scanning(['127.1']), /"127\.1": expected an address, a range .*CIDR.*product file/],
    ['no such product file', () => scanning(['gone.yaml']), /"gone\.yaml": there is no such file/],
    ['a folder as product file', () => scanning([ROOT]), /it is a directory, and a file was expected/],
    ['an empty product file', () => scanning([product('')]), /camera\.yaml": it is empty/],
    ['a binary product file', () => scanning([written('a.yaml', Uint8Array.of(0, 159, 146))]), /it is not UTF-8 text/],
    [
      'a wrong port',
      () =>
        scanning([
          component(
            `    addresses: [${HOST}]\n    declares:\n      services:\n        - { port: 70000, protocol: http }\n`,
          ),
        ]),
      /camera\.yaml": line 6: port 70000 is not in 1-65535/,
    ],
    [
      'a misspelt key',
      () => scanning([component(`    adresses: [${HOST}]\n`)]),
      /camera\.yaml": line 3: .*"adresses".*did you mean "addresses"/,
    ],
    ['a large network', () => scanning(['10.0.0.0/8']), /16777214 addresses are more than 65536; add --yes/],
    ['a larger one', () => scanning(['10.0.0.0/8'], { yes: true }), /expected at most 1048576 addresses/],
    [
      'a target outside of the scope',
      () => scanning([HOST], { scope: ['198.18.0.0/24'] }),
      /127\.0\.0\.41 is outside of --scope/,
    ],
    ['a scope that is none', () => scanning([HOST], { scope: ['lab'] }), /--scope: "lab" is not an address or CIDR/],
    ['a public target', () => scanning(['8.8.8.8']), /8\.8\.8\.8 is publicly routable: refused/],
    [
      'a scope that reaches the public',
      () => scanning([product(`scope: [0.0.0.0/0]\ncomponents:\n  - { id: c, addresses: [${HOST}] }\n`)]),
      /the scope 0\.0\.0\.0\/0 holds publicly routable addresses/,
    ],
    [
      'an unknown profile',
      () => scanning([HOST], { profile: ['nist'] }),
      /"nist": there is no such profile; shipped are .*nist-consumer-iot-2022, /,
    ],
    [
      'a wrong profile',
      () => scanning([HOST], { profile: [written('p.yaml', 'profile: p\nedition: 1\n')] }),
      /p\.yaml": line \d+: .*expected/,
    ],
    ['an unknown --only', () => scanning([HOST], { only: ['telnot'] }), /--only telnot: no probe, check or criterion/],
    ['an unknown --format', () => scanning([HOST], { format: 'docx' }), /--format docx: expected one of .*html/],
    [
      'an unknown --gate',
      () => scanning([HOST], { gate: 'most' }),
      /--gate most: expected one of checks, technical, all/,
    ],
    ['an unknown --state', () => scanning([HOST], { state: 'new' }), /--state new: expected one of .*operational/],
    ['an unknown --impact', () => scanning([HOST], { impact: 'hard' }), /--impact hard: expected one of passive/],
    ['ports that are none', () => scanning([HOST], { ports: '0' }), /--ports 0: "0" is not a port/],
    [
      'an exclusion that is none',
      () => scanning([HOST], { exclude: ['printer'] }),
      /--exclude printer: expected a port/,
    ],
    [
      'an excluded port that is none',
      () => scanning([HOST], { exclude: ['70000'] }),
      /--exclude 70000: .*not in 1-65535/,
    ],
    [
      'everything excluded',
      () => scanning([HOST], { exclude: ['127.0.0.40-45'] }),
      /--exclude leaves out every target/,
    ],
    ['a baseline that is none', () => scanning([HOST], { baseline: 'gone' }), /"gone": ENOENT; expected an assessment/],
    [
      'a trust anchor that is none',
      () => scanning([HOST], { trust: [written('ca.pem', 'x')] }),
      /ca\.pem": there is no certificate and no public key in it, expected/,
    ],
    ['targets beside --resume', () => scanning([HOST], { resume: 'results' }), /--resume .*give no targets/],
    [
      'a run that is none',
      () => judgeVerb(['gone'], { format: 'json', gate: 'checks' }, true),
      /"gone": it holds no run, expected a folder with run\.json/,
    ],
    [
      'an assessment that is none',
      () => compared(written('a.json', '{}'), 'b', true),
      /a\.json": .*expected an assessment/,
    ],
    [
      'a seal that is none',
      () => verifyVerb('gone', {}, true),
      /"gone": ENOENT; expected a sealed folder with SHA256SUMS/,
    ],
    ['an unknown id', () => explainVerb('nothing', undefined, true), /explain nothing: no probe, check or criterion/],
    [
      'an unknown schema',
      () => schemaVerb('x'),
      /schema x: expected one of product, profile, crosswalk, attestations, signers, dispositions, lab, policy, reference, run, assessment, comparison, suitability/,
    ],
  ];
  test.each(table)('%s', async (_, act, says) => {
    const error = await act().then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect({ name: error?.name, message: error?.message }).toEqual({
      name: expect.stringMatching(/^(Usage|BadFile)$/),
      message: expect.stringMatching(says),
    });
    expect(error?.message).not.toContain('\n');
    expect(fs.existsSync('/nowhere')).toBe(false);
  });

  test('on the command line it ends with 2, says so on stderr, and leaves nothing behind', async () => {
    const cwd = freshFolder();
    const ended = await Promise.all(
      [['scan', '127.1'], ['probe'], ['scan', '--fast', HOST]].map((args) => command(args, { cwd })),
    );
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(ended.map(() => ({ code: 2, stdout: '' })));
    expect(ended.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      expect.stringMatching(/^probity: Cannot read target "127\.1": expected/),
      "error: unknown command 'probe'",
      "error: unknown option '--fast'",
    ]);
    expect(fs.readdirSync(cwd)).toEqual([]);
  });
});

describe('a results folder that cannot be used ends with 3, and nothing is sent', () => {
  const refused = async (out: string, says: RegExp): Promise<void> => {
    const before = bulb.log['tcp/80']!.connections;
    const error = (await scanning([HOST], { ports: String(port), out }).catch((thrown: unknown) => thrown)) as Error;
    expect({ name: error.name, message: error.message }).toEqual({
      name: 'StoreError',
      message: expect.stringMatching(says),
    });
    expect(bulb.log['tcp/80']!.connections).toBe(before);
  };

  test('under a file, and in /proc', async () => {
    const file = written('file', 'mine');
    await refused(join(file, 'results'), /Cannot write the results folder .*not a folder/);
    await refused('/proc/results', /Cannot write the results folder "\/proc\/results": ENOENT/);
    const { code, stderr } = await command(onePort(port, ['--out', join(file, 'results')]));
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringMatching(/^probity: Cannot write [^\n]+\n$/) });
    expect(fs.readFileSync(file, 'utf8')).toBe('mine');
  });

  test.each([
    ['logins.json', '{"schema":1,"devices":[]}'],
    ['logins.json', 'not JSON'],
    ['summary.json', '{"mine":true}'],
    ['.lock', 'mine'],
  ])('%s that we did not write (%s)', async (name, content) => {
    const out = freshFolder();
    fs.writeFileSync(join(out, name), content);
    fs.writeFileSync(join(out, 'notes.txt'), 'mine');
    fs.mkdirSync(join(out, '127.0.0.41', 'a', 'run'), { recursive: true });
    fs.writeFileSync(join(out, '127.0.0.41', 'a', 'run', 'run.json'), 'mine');
    const before = filesUnder(out);
    await refused(out, new RegExp(`Cannot read "\\S*${name}": .*expected`));
    expect(filesUnder(out)).toEqual(before);
  });
});

describe('one run, and what is done with it', () => {
  let out: string;
  let events: Event[];
  let code: number | string | null;
  let run: string;
  let assessment: string;
  const strangers = { 'notes.txt': 'mine', 'backup/x/run/run.json': 'no JSON', 'backup/x/run/SHA256SUMS': '' };

  beforeAll(async () => {
    out = freshFolder();
    for (const [name, content] of Object.entries(strangers)) {
      fs.mkdirSync(join(out, name, '..'), { recursive: true });
      fs.writeFileSync(join(out, name), content);
    }
    fs.writeFileSync(join(out, 'index.html'), 'an old one');
    const scanned = await command(['--json', ...onePort(port, ['--out', out, '--format', 'json,html'])]);
    code = scanned.code;
    events = scanned.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Event);
    const [id] = fs.readdirSync(join(out, HOST));
    run = join(out, HOST, id!);
    assessment = join(run, 'assessments', 'nist-consumer-iot-2022');
  });

  test('every line of --json is an event; the last names the assessment', () => {
    expect(code).toBe(4);
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual([
      'assessed',
      'attempt-begun',
      'attempt-ended',
      'fact',
      'note',
    ]);
    const ended = events.filter(({ type }) => type === 'attempt-ended').map((event) => event.attempt?.id);
    const stored = readRun(join(run, 'run')).run;
    expect(ended).toEqual(stored.attempts.map(({ id }) => id));
    expect(events.at(-1)).toEqual({
      type: 'assessed',
      target: HOST,
      profile: 'nist-consumer-iot-2022',
      verdict: expect.stringMatching(/inconclusive|not-assessed/),
      folder: assessment,
    });
    expect(stored.sources.discovery).toMatch(/^(nmap [\d.]+ \(|built-in connect scan \()/);
    expect(fs.readFileSync(join(assessment, 'report.html'), 'utf8')).toContain(
      stored.sources.discovery!.split(' (')[0],
    );
  });

  test('files of others in the results folder are left alone; the index is ours', () => {
    for (const [name, content] of Object.entries(strangers))
      expect(fs.readFileSync(join(out, name), 'utf8')).toBe(content);
    expect(fs.readFileSync(join(out, 'index.html'), 'utf8')).toContain(HOST);
    expect(fs.existsSync(join(out, '.lock'))).toBe(false);
    expect([...filesUnder(out).keys()].filter((name) => /\.part|\.stale/.test(name))).toEqual([]);
  });

  test('what was sealed holds; a changed, an added and a missing file are told', async () => {
    for (const dir of [join(run, 'run'), assessment]) expect(verifySeal(dir).problems).toEqual([]);
    const whole = await printed(() => verifyVerb(join(run, 'run'), {}, false));
    expect({ code: whole.code, says: whole.stdout }).toEqual({ code: 0, says: expect.stringMatching(/^whole: /) });
    const judged = await printed(() => verifyVerb(assessment, {}, false));
    expect(judged).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^whole: .*\njudged on run \w+ \([0-9a-f]{64}\), which lies beside it and is whole\n$/s,
      ),
    });
    const moved = join(freshFolder(), 'a', 'b', 'c');
    fs.cpSync(assessment, moved, { recursive: true });
    expect((await printed(() => verifyVerb(moved, {}, false))).stdout).toMatch(/, which is not here to verify\n$/);
    const above = join(freshFolder(), 'device', basename(run));
    fs.cpSync(run, above, { recursive: true });
    fs.appendFileSync(join(above, 'run', 'log.jsonl'), ' ');
    expect(await printed(() => verifyVerb(join(above, 'assessments', basename(assessment)), {}, false))).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^run \w+ that was judged is not as it was: .*"log\.jsonl" was changed/),
    });
    fs.rmSync(join(above, 'run', 'SHA256SUMS'));
    seal(join(above, 'run'));
    expect(await printed(() => verifyVerb(join(above, 'assessments', basename(assessment)), {}, false))).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^run \w+ that was judged is not as it was: its seal is [0-9a-f]{64}, and/),
    });
    const copy = join(freshFolder(), 'run');
    fs.cpSync(join(run, 'run'), copy, { recursive: true });
    fs.appendFileSync(join(copy, 'attempts.jsonl'), ' ');
    fs.rmSync(join(copy, 'log.jsonl'));
    fs.writeFileSync(join(copy, 'evidence', 'more'), '');
    const broken = await printed(() => verifyVerb(copy, {}, false));
    expect({ code: broken.code, says: broken.stdout.trim().split('\n').sort() }).toEqual({
      code: 1,
      says: [
        '"evidence/more" was added: it is not in SHA256SUMS',
        expect.stringMatching(
          /^SHA256SUMS: line 1: "attempts\.jsonl" was changed: sealed as [0-9a-f]{64}, and it is [0-9a-f]{64}$/,
        ),
        expect.stringMatching(/^SHA256SUMS: line \d+: "log\.jsonl" is missing$/),
      ],
    });
    await expect(judge(copy)).rejects.toThrow(/is not what was sealed/);
  });

  test('judged twice again: the same findings, each in a folder of its own beside the first', async () => {
    const before = filesUnder(assessment);
    for (const again of ['first', 'second'])
      expect({ again, code: (await judge(run)).code }).toEqual({ again, code: 4 });
    const folders = fs.readdirSync(join(run, 'assessments')).sort();
    expect(folders).toEqual([
      'nist-consumer-iot-2022',
      expect.stringMatching(/^nist-consumer-iot-2022@\d{8}T\d{6}Z$/),
      expect.stringMatching(/^nist-consumer-iot-2022@\d{8}T\d{6}Z$/),
    ]);
    const read = (folder: string) =>
      JSON.parse(fs.readFileSync(join(run, 'assessments', folder, 'assessment.json'), 'utf8'));
    for (const folder of folders)
      expect({ ...read(folder), judgedAt: '', report: '' }).toEqual({ ...read(folders[0]!), judgedAt: '', report: '' });
    expect(filesUnder(assessment)).toEqual(before);
    const nightly = await printed(() => compared(assessment, join(run, 'assessments', folders[2]!), false));
    expect(nightly).toEqual({ code: 0, stdout: expect.stringMatching(/not worse than before\n$/) });
  });

  test('a copied run is judged where it is, and nothing is written above it', async () => {
    const above = freshFolder();
    fs.cpSync(join(run, 'run'), join(above, 'a', 'b', 'run'), { recursive: true });
    expect((await judge(join(above, 'a', 'b'))).code).toBe(4);
    expect(fs.readdirSync(above)).toEqual(['a']);
    expect(fs.readdirSync(join(above, 'a'))).toEqual(['b']);
    expect(fs.readdirSync(join(above, 'a', 'b')).sort()).toEqual(['assessments', 'run']);
  });

  test('another format, to stdout and to a file', async () => {
    const file = join(freshFolder(), 'report.html');
    const shown = await printed(() => reportVerb(assessment, { format: 'html' }));
    const kept = await printed(() => reportVerb(assessment, { format: 'html', out: file }));
    expect([shown.code, kept]).toEqual([0, { code: 0, stdout: '' }]);
    await expect(reportVerb(assessment, { format: 'html,json' })).rejects.toThrow(/expected one of/);
    expect(shown.stdout).toContain(HOST);
    expect(fs.readFileSync(file, 'utf8')).toBe(shown.stdout);
  });

  test('against a baseline: a device that lost nothing is not worse, one with a service less covered is', async () => {
    const [same, less] = [freshFolder(), freshFolder()];
    const texts: string[] = [];
    const against = (asked: number, to: string) =>
      scanHere(
        [HOST],
        { ports: String(asked), only: ['identity'], out: to, baseline: assessment },
        { print: (text) => void texts.push(text) },
      );
    expect((await against(port, same)).exitCode).toBe(4);
    const closed = await new Promise<number>((resolve) => {
      const server = net.createServer().listen(0, HOST, () => {
        const { port: free } = server.address() as net.AddressInfo;
        server.close(() => resolve(free));
      });
    });
    const worse = await against(closed, less);
    expect(worse.exitCode).toBe(1);
    expect(texts).toEqual([
      expect.stringContaining('; not worse than before'),
      expect.stringContaining('; worse than before'),
    ]);
    expect((await printed(() => compared(assessment, worse.written[0]!.dir, true))).code).toBe(1);
  });

  test('what lists', async () => {
    const read = async (verb: () => Promise<number>) => JSON.parse((await printed(verb)).stdout);
    const probes = await read(() => listVerb('probes', true));
    const checks = await read(() => listVerb('checks', true));
    const profiles = await read(() => listVerb('profiles', true));
    const credentials = await read(() =>
      credentialsVerb(
        undefined,
        undefined,
        {},
        true,
        (text) => void process.stdout.write(text),
        () => undefined,
      ),
    );
    const doctor = await read(() => listVerb('doctor', true));
    const explain = await read(() => explainVerb('http-login', undefined, true));
    const schema = await read(() => schemaVerb('product'));
    const logins = await read(() => loginsVerb(undefined, undefined, out, true));
    expect(probes).toContainEqual(
      expect.objectContaining({ id: 'service', emits: expect.arrayContaining(['service']) }),
    );
    expect(checks).toContainEqual(expect.objectContaining({ id: 'device-survives', built: true }));
    expect(profiles).toContainEqual(
      expect.objectContaining({ id: 'nist-consumer-iot-2022', elements: 86, leaves: 63, technical: 15, manual: 48 }),
    );
    expect(credentials[0]).toEqual({ id: expect.any(String), user: expect.any(String), vendor: expect.any(String) });
    expect(doctor.map((row: { what: string }) => row.what)).toEqual(
      expect.arrayContaining(['probity', 'node', 'port discovery']),
    );
    expect(explain).toMatchObject({ id: 'http-login', found: [{ is: 'probe', impact: 'login' }] });
    expect(schema).toMatchObject({ type: 'object', properties: { components: {} } });
    expect(logins).toEqual([]);
  });

  test('the ledger is shown, and forgets a device that was reset', async () => {
    const folder = freshFolder();
    const entry = { camera: { admin: { 'tcp/80': ['2026-11-22T10:15:00.000Z'] } }, hub: {} };
    fs.writeFileSync(join(folder, 'logins.json'), JSON.stringify({ schema: 1, devices: entry }));
    const shown = await printed(() => loginsVerb(undefined, undefined, folder, false));
    expect(shown.stdout).toBe('camera  admin  tcp/80  1 in a row, last 2026-11-22T10:15:00.000Z\n');
    expect((await printed(() => loginsVerb('reset', 'camera', folder, false))).code).toBe(0);
    expect(JSON.parse(fs.readFileSync(join(folder, 'logins.json'), 'utf8')).devices).toEqual({ hub: {} });
    await expect(loginsVerb('reset', 'camera', folder, false)).rejects.toThrow('the ledger has no such device');
    expect(fs.readdirSync(folder)).toEqual(['logins.json']);
  });
});

describe('what is sent', () => {
  /** A port that must see nothing. */
  const trap = async (): Promise<{ port: number; seen: () => number; close: () => void }> => {
    let seen = 0;
    const server = net.createServer((socket) => {
      seen += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return { port: (server.address() as net.AddressInfo).port, seen: () => seen, close: () => void server.close() };
  };

  test('--dry-run sends nothing, and says what, how many packets and how long', async () => {
    const { port: asked, seen, close } = await trap();
    const out = join(freshFolder(), 'results');
    const plain = await command(['scan', HOST, '--ports', `${asked},U:161`, '--dry-run', '--out', out]);
    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/Nothing was sent/);
    expect(plain.stdout).toMatch(/1 TCP and 1 UDP ports, about 4 packets at 10000 a second, at least \d+ s/);
    expect(plain.stdout).toMatch(/http-login +login/);
    expect(fs.existsSync(out)).toBe(false);
    expect(seen()).toBe(0);
    close();
  });

  test('an excluded port and an excluded host are never asked, and are gaps', async () => {
    const { port: excluded, seen, close } = await trap();
    const out = freshFolder();
    const file = product(`components:\n  - { id: c, addresses: [${HOST}, 127.0.0.42] }\n`);
    const options = {
      ports: `${port},${excluded}`,
      exclude: [String(excluded), '127.0.0.42'],
      only: ['identity'],
      out,
    };
    expect((await scanHere([file], options)).exitCode).toBe(4);
    expect(seen()).toBe(0);
    close();
    const [id] = fs.readdirSync(join(out, 'camera'));
    const { run } = readRun(join(out, 'camera', id!, 'run'));
    const other = run.attempts.filter(({ endpoint }) => endpoint.host === '127.0.0.42');
    expect(other.map(({ id: name, outcome }) => [name, outcome])).toEqual(
      ['tcp', 'udp'].map((transport) => [
        `${transport}-ports@c[127.0.0.42]`,
        {
          status: 'inconclusive',
          reason: 'scope',
          detail: 'never begun: 127.0.0.42 is to be left out (exclude)',
          open: ['port'],
        },
      ]),
    );
    const file_ = join(out, 'camera', id!, 'assessments', 'nist-consumer-iot-2022', 'assessment.json');
    const { findings } = JSON.parse(fs.readFileSync(file_, 'utf8')) as { findings: { id: string; because: string }[] };
    const gap = findings.find(
      ({ id: name }) => name.startsWith('services-declared@c') && name.includes('gap:tcp-ports'),
    );
    expect(gap?.because).toContain(`(not covered: 1-${port - 1},${port + 1}-65535)`);
  });
});

test('two samples of one product are two runs, each in a folder of its own', async () => {
  const out = freshFolder();
  const files = [HOST, '127.0.0.42'].map((host) =>
    product(`product: { name: Twin }\ncomponents:\n  - { id: c, addresses: [${host}] }\n`),
  );
  const { written: both } = await scanHere([...files, files[0]!], { ports: String(port), only: ['identity'], out });
  expect(both.map(({ sealed }) => sealed.run.target.scope)).toEqual([[HOST], ['127.0.0.42']]);
  expect(fs.readdirSync(join(out, 'twin')).sort()).toEqual(both.map(({ sealed }) => sealed.run.id).sort());
});

describe('discovery', () => {
  const PASS = /"verdict":\s*"pass"/;
  const fake = (script: string): string => {
    const dir = freshFolder();
    fs.writeFileSync(
      join(dir, 'nmap'),
      `#!/bin/sh\ncase "$*" in *--version*) echo "Nmap version 7.94 ( x )"; exit 0;; esac\n${script}\n`,
      { mode: 0o755 },
    );
    return join(dir, 'nmap');
  };
  const readOnly = (out: string) => {
    const [id] = fs.readdirSync(join(out, HOST));
    const folder = join(out, HOST, id!);
    const file = join(folder, 'assessments', 'nist-consumer-iot-2022', 'assessment.json');
    return { text: fs.readFileSync(file, 'utf8'), run: readRun(join(folder, 'run')).run };
  };

  test('without nmap: the built-in scan finds the port, and the report says which and why', async () => {
    const out = freshFolder();
    const { code } = await command(onePort(port, ['--out', out]), { env: { PATH: freshFolder() } });
    const { run } = readOnly(out);
    expect(code).toBe(4);
    expect(run.sources.discovery).toBe('built-in connect scan (nmap is not installed)');
    expect(run.attempts.find(({ id }) => id.startsWith('service@'))?.outcome.status).toBe('completed');
  });

  test.each([
    ['is killed', 'kill -9 $$'],
    ['prints garbage', 'echo "<<<garbage & more"; exit 0'],
    ['prints nothing', 'exit 0'],
    ['fails', 'echo "QUITTING!" >&2; exit 1'],
  ])('an nmap that %s is an inconclusive attempt, never "no ports"', async (_, script) => {
    const out = freshFolder();
    const discovery = await chooseDiscovery({ network: systemNetwork, env: process.env, command: fake(script) });
    const { exitCode } = await scanHere([HOST], { ports: String(port), only: ['identity'], out }, { discovery });
    const { run, text } = readOnly(out);
    const scan = run.attempts.find(({ probe }) => probe === 'tcp-ports');
    expect(scan).toMatchObject({ outcome: { status: 'inconclusive', open: ['port'] }, observations: [] });
    expect(run.sources.discovery).toMatch(/^nmap 7\.94/);
    expect(exitCode).toBe(3);
    expect(text).not.toMatch(PASS);
  });

  test.skipIf(!canUnshare)(
    'no target reachable ends with 3 and passes nothing (needs network namespaces)',
    async () => {
      const out = freshFolder();
      const { code, stderr } = await command(['scan', '198.18.0.5', '--ports', '80', '--out', out], { under: offline });
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: expect.stringContaining('nothing answered; nothing can be said of it'),
      });
      for (const [name, bytes] of filesUnder(out))
        if (name.endsWith('assessment.json')) expect(bytes.toString()).not.toMatch(PASS);
      const range = await command(['scan', '198.18.0.1-3', '--out', out], { under: offline });
      expect({ code: range.code, stderr: range.stderr }).toEqual({
        code: 3,
        stderr: expect.stringContaining('no target answered: nothing was tested'),
      });
    },
  );
});
