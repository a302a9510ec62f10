import * as dgram from 'node:dgram';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { device, start } from '../../fixtures/device.ts';
import { adb } from '../../fixtures/services/index.ts';
import { SuitabilityPass } from '../model/suitability.ts';
import { connectScan } from '../observe/discover/connect-scan.ts';
import { LoginLedger } from '../observe/ledger.ts';
import { type Network, systemNetwork } from '../observe/network.ts';
import { verifyRun } from '../observe/run-store.ts';
import { sandboxDiscovery } from './demo.ts';
import { loadCredentials } from './load-credentials.ts';
import { type SuitabilityAround, suitabilityPass } from './suitability.ts';
import { readSuitability } from './suitability-kept.ts';
import { readReferences } from './suitability-references.ts';
import { suitabilityVerb } from './suitability-verb.ts';

const above = fs.mkdtempSync(join(os.tmpdir(), 'probity-suitability-'));
afterAll(() => fs.rmSync(above, { recursive: true, force: true }));
let out: string;
beforeEach(() => {
  out = fs.mkdtempSync(join(above, 'out-'));
});

const ADDRESS = '127.0.91.7';

const around = (more: Partial<SuitabilityAround> = {}): SuitabilityAround => ({
  out,
  discovery: connectScan({ network: more.network ?? systemNetwork }),
  credentials: loadCredentials(),
  ledger: new LoginLedger(undefined, Date.now),
  sealing: {},
  signal: new AbortController().signal,
  now: Date.now,
  line: () => undefined,
  limits: { wait: 400 },
  ...more,
});

const written = (name: string, text: string): string => {
  const file = join(above, name);
  fs.writeFileSync(file, text);
  return file;
};

/** A debug bridge: open to anyone, or asking for a key that nobody has. */
const bridge = (asks: 'open' | 'key') => device({ id: 'bridge', tcp: { 5555: adb({ asks }) } });

const bad = (port: number): string =>
  `reference: known-bad\nname: lab router\naddress: ${ADDRESS}\nports: "${port}"\nexpect: { transport-encrypted: fail }\n`;

/** Whatever is sent goes nowhere, and nothing comes back. */
const swallowing: Network = {
  connect: () => new net.Socket(),
  datagram: (family) => {
    const socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4');
    socket.send = () => undefined;
    return socket;
  },
  listen: () => net.createServer(),
};

describe('a pass', () => {
  test('over a network that swallows everything: nothing is reached, and that is not suitable', async () => {
    const file = written('silent.yaml', bad(23));
    const pass = await suitabilityPass(readReferences([file]), 'after', around({ network: swallowing }));
    expect(pass.references.map(({ name, is }) => [name, is])).toEqual([
      ['lab router', 'not-reached'],
      ['simulated sound-gateway', 'not-reached'],
    ]);
    for (const { because } of pass.references) expect(because).toMatch(/nothing answered \(tcp-ports: .*dead cable/);
    expect(pass.suitable).toBe(false);
  });

  test.each<['open' | 'key', string, RegExp]>([
    ['open', 'as-known', /^all that is known/],
    ['key', 'not-as-known', /^it is known bad and did not fail debug-interfaces-closed$/],
  ])('over a declared reference whose debug bridge is %s: %s', async (asks, is, because) => {
    const running = await start(bridge(asks), ADDRESS, { ephemeral: true });
    try {
      const product = written('bridge.yaml', `components: [{ id: bridge, addresses: [${ADDRESS}] }]\n`);
      const file = written(
        'bridge-reference.yaml',
        `reference: known-bad\ndevice: ${product}\nexpect: { debug-interfaces-closed: fail }\n`,
      );
      const only = new Map([[ADDRESS, running.ports]]);
      const [reference] = readReferences([file]);
      const pass = await suitabilityPass(
        [reference!],
        'before',
        around({
          discovery: sandboxDiscovery(connectScan({ network: systemNetwork }), only),
          limits: { wait: 400, udp: '' },
        }),
      );
      expect(pass.references[0]).toMatchObject({
        how: 'declared',
        addresses: [ADDRESS],
        is,
        because: expect.stringMatching(because),
      });
      // No known-good one was looked at.
      expect(pass.suitable).toBe(false);
    } finally {
      await running.close();
    }
  });

  test('over a declared reference that is off: its address refuses', async () => {
    const running = await start(bridge('open'), ADDRESS, { ephemeral: true });
    const port = running.port('tcp', 5555);
    await running.close();
    const [reference] = readReferences([written('off.yaml', bad(port))]);
    const pass = await suitabilityPass([reference!], 'before', around());
    expect(pass.references[0]).toMatchObject({
      is: 'not-reached',
      because: expect.stringMatching(/^its address refuses every port/),
    });
  });

  test('that is interrupted gives the reason back', async () => {
    const controller = new AbortController();
    const reason = new Error('the run was interrupted');
    const connect = (): net.Socket => {
      controller.abort(reason);
      return new net.Socket();
    };
    const asked = suitabilityPass(
      readReferences([]),
      'before',
      around({
        signal: controller.signal,
        network: { ...swallowing, connect },
      }),
    );
    await expect(asked).rejects.toBe(reason);
  });
});

describe('reference files', () => {
  const known = 'reference: known-bad\n';
  test.each<[string, string, RegExp]>([
    [
      'no kind',
      'address: 127.0.0.9\nexpect: { keys-strong: fail }\n',
      /line 1: reference is nothing, expected "known-bad" or "known-good"/,
    ],
    [
      'another kind',
      'reference: known\naddress: 127.0.0.9\nexpect: { keys-strong: fail }\n',
      /line 1: reference is "known", expected "known-bad" or "known-good"/,
    ],
    [
      'an unknown key',
      `${known}address: 127.0.0.9\nexpects: { keys-strong: fail }\n`,
      /line 3: the file has an unknown key "expects"|line 1: expect is missing/,
    ],
    [
      'neither device nor address',
      `${known}expect: { keys-strong: fail }\n`,
      /it names a device \(a product file\) or an address, and not both/,
    ],
    ['both', `${known}device: a.yaml\naddress: 127.0.0.9\nexpect: { keys-strong: fail }\n`, /and not both/],
    [
      'an unknown check',
      `${known}address: 127.0.0.9\nexpect:\n  keys-strong: fail\n  keys-strnog: fail\n`,
      /line 5: expect\.keys-strnog: no check has this id/,
    ],
    [
      'another verdict',
      `${known}address: 127.0.0.9\nexpect:\n  keys-strong: open\n`,
      /line 4: expect\.keys-strong is "open", expected "fail" or "pass"/,
    ],
    [
      'known bad, and nothing fails',
      `${known}address: 127.0.0.9\nexpect:\n  keys-strong: pass\n`,
      /expect names no check with "fail"/,
    ],
    [
      'known good, and something fails',
      `reference: known-good\naddress: 127.0.0.9\nexpect:\n  keys-strong: fail\n`,
      /line 4: expect\.keys-strong is "fail", and a known-good reference fails nothing/,
    ],
    [
      'known good, and nothing passes',
      `reference: known-good\naddress: 127.0.0.9\nexpect: {}\n`,
      /expect names no check with "pass"/,
    ],
    ['an odd address', `${known}address: camera\nexpect: { keys-strong: fail }\n`, /line 2: .*camera/],
    [
      'a range',
      `${known}address: 198.18.0.1-20\nexpect: { keys-strong: fail }\n`,
      /line 2: address "198\.18\.0\.1-20" is a range/,
    ],
    [
      'a public address',
      `${known}address: 8.8.8.8\nexpect: { keys-strong: fail }\n`,
      /line 2: 8\.8\.8\.8 is publicly routable/,
    ],
    [
      'a product file that is not there',
      `${known}device: nowhere.yaml\nexpect: { keys-strong: fail }\n`,
      /nowhere\.yaml": there is no such file/,
    ],
    [
      'odd ports',
      `${known}address: 127.0.0.9\nports: "70000"\nexpect: { keys-strong: fail }\n`,
      /line 3: ports: 70000/,
    ],
  ])('%s', (name, text, message) => {
    expect(() => readReferences([written(`${name.replaceAll(/\W+/g, '-')}.yaml`, text)])).toThrow(message);
  });

  test('two of one name are refused; a kind that none declares is simulated', () => {
    const [one, two] = [written('one.yaml', bad(23)), written('two.yaml', bad(24))];
    expect(() => readReferences([one, two])).toThrow(/two\.yaml: another reference is named "lab router" too/);
    expect(readReferences([one]).map(({ name, how }) => [name, how])).toEqual([
      ['lab router', 'declared'],
      ['simulated sound-gateway', 'simulated'],
    ]);
  });
});

describe('passes that were kept', () => {
  const kept = fs.mkdtempSync(join(above, 'kept-'));
  const folders: string[] = [];
  const lines: string[] = [];
  let first: SuitabilityPass;
  beforeAll(async () => {
    for (const when of ['before', 'after'] as const) {
      const line = (text: string): void => void (when === 'before' && lines.push(text));
      const pass = await suitabilityPass(readReferences([]), when, around({ out: kept, limits: {}, line }));
      first ??= pass;
      folders.push(...fs.readdirSync(join(kept, 'suitability')).filter((name) => !folders.includes(name)));
    }
  }, 60_000);
  const folderOf = (index: number): string => join(kept, 'suitability', folders[index]!);
  const textOf = (index: number): string => fs.readFileSync(join(folderOf(index), 'suitability.json'), 'utf8');
  const timesOf = (index: number): SuitabilityPass => JSON.parse(textOf(index)).passes[0];

  test('over the simulated references: each as known, its runs sealed', () => {
    const pass = first;
    expect(SuitabilityPass.parse(pass)).toEqual(pass);
    expect(pass.references.map(({ name, kind, how, is, because }) => ({ name, kind, how, is, because }))).toEqual([
      {
        name: 'simulated weak-camera',
        kind: 'known-bad',
        how: 'simulated',
        is: 'as-known',
        because: 'all that is known of it was found',
      },
      {
        name: 'simulated sound-gateway',
        kind: 'known-good',
        how: 'simulated',
        is: 'as-known',
        because: 'all that is known of it was found',
      },
    ]);
    expect(pass.suitable).toBe(true);
    expect(
      pass.references.flatMap(({ checks }) => checks.map(({ expected, found }) => found === expected)),
    ).toHaveLength(14);
    expect([...lines].sort()).toEqual([
      'suitability: known-bad simulated weak-camera: as known',
      'suitability: known-good simulated sound-gateway: as known',
    ]);
    const dir = folderOf(0);
    expect(verifyRun(join(dir, '1-simulated_weak-camera', 'run'))).toBe(pass.references[0]!.run?.seal);
    const read = readSuitability(dir);
    expect(read.passes).toEqual([pass]);
    expect(read).toMatchObject({ suitable: false, because: 'no reference was looked at after the test' });
  });

  test('are taken together, and held to the time of the runs', () => {
    const run = { startedAt: timesOf(0).endedAt, endedAt: timesOf(1).at };
    const [before, after] = [folderOf(0), folderOf(1)];
    expect(readSuitability([after, before], [run])).toMatchObject({ suitable: true });
    const early = { startedAt: timesOf(0).at, endedAt: timesOf(1).at };
    expect(readSuitability([after, before], [early])).toMatchObject({
      suitable: false,
      because: expect.stringMatching(/is not one from before the test/),
    });
    expect(readSuitability(before, [run])).toMatchObject({ suitable: false });
    expect(readSuitability([before, before]).passes).toHaveLength(1);
  });

  test('are found again from their runs, whatever their file says', () => {
    const copy = join(above, 'copy');
    fs.cpSync(folderOf(0), copy, { recursive: true });
    const rewritten = (from: RegExp, to: string) => {
      fs.writeFileSync(join(copy, 'suitability.json'), textOf(0).replace(from, to));
      return () => readSuitability(copy).passes[0]!.references.map(({ is }) => is);
    };
    expect(rewritten(/"is": "as-known"/g, '"is": "not-reached"')()).toEqual(['as-known', 'as-known']);
    expect(rewritten(/"expected": "fail",\s+"found": "fail"/, '"expected": "pass", "found": "pass"')()[0]).toBe(
      'not-as-known',
    );
    expect(rewritten(/"checks": \[[^\]]*\]/g, '"checks": []')()).toEqual(['not-as-known', 'not-as-known']);
    expect(rewritten(/"how": "simulated"/, '"how": "declared"')).toThrow(/its run is of a simulated device/);
    expect(rewritten(/"at": "2/, '"at": "3')).toThrow(/run \w+ is not of this pass/);
    expect(rewritten(/"seal": "./, '"seal": "x')).toThrow(/suitability\.json": .*seal/);
    expect(rewritten(/"run": \{[^}]*\}/, `"run": { "id": "x", "seal": "${'a'.repeat(64)}" }`)).toThrow(
      /its sealed run does not lie beside this file/,
    );
    fs.appendFileSync(join(copy, '1-simulated_weak-camera', 'run', 'attempts.jsonl'), ' ');
    expect(rewritten(/$/, '')).toThrow(/is not what was sealed/);
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /odd\.json": it is not JSON/],
    ['something else', '{}', /odd\.json": .*expected a suitability\.json/],
    ['no pass', '{"schema":1,"tool":"t","passes":[],"suitable":true,"because":"x"}', /passes: /],
  ])('%s is refused', (_, text, message) => {
    expect(() => readSuitability(written('odd.json', text))).toThrow(message);
  });
});

describe('the verb', () => {
  const verb = async (
    options: { reference?: string[]; when?: string; out?: string },
    more: Partial<SuitabilityAround> = {},
  ) => {
    const texts: string[] = [];
    const code = await suitabilityVerb({ out, ...options }, false, (text) => void texts.push(text), {
      ...around(more),
      ...more,
      out: options.out ?? out,
    });
    return { code, text: texts.join('') };
  };

  test('1 where the bench is not suitable, and why', async () => {
    const { code, text } = await verb({ when: 'after' }, { network: swallowing });
    expect(code).toBe(1);
    expect(text).toMatch(
      /^not-reached +known-bad +simulated weak-camera \(simulated\): 0 of 6 checks as known; nothing answered/,
    );
    expect(text).toMatch(/not suitable: 2 against it\n$/);
    expect(fs.existsSync(join(out, '.lock'))).toBe(false);
  });

  test('what cannot be meant is refused before anything is sent, and a folder that cannot be written is named', async () => {
    await expect(verb({ when: 'during' })).rejects.toThrow('--when during: expected before or after');
    await expect(verb({ out: written('file', '') })).rejects.toThrow(/it is not a folder/);
  });

  test('130 where it is interrupted', async () => {
    const controller = new AbortController();
    controller.abort(new Error('the run was interrupted'));
    expect((await verb({}, { signal: controller.signal })).code).toBe(130);
  });
});
