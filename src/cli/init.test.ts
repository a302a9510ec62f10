import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { KEPT, keptFolder } from '../../test/kept-runs.ts';
import { attempt, type FactDraft, recognised, run, scan } from '../../test/kit/run.ts';
import type { Run } from '../model/run.ts';
import { draftProduct } from './draft-product.ts';
import { initVerb } from './init.ts';
import { Usage } from './limits.ts';
import { loadProduct } from './load-product.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'probity-init-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

const written = (text: string, name = 'product.yaml'): string => {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
};
/** The draft as somebody would have written it. */
const told = (text: string): string => text.replaceAll('to be written', 'told');
/** A password for each of the drafted accounts. */
const env = Object.fromEntries(KEPT.map((name) => [`${name.toUpperCase().replaceAll('-', '_')}_PASSWORD`, 'x']));
const kept = (name: string): string => path.join(keptFolder(name), 'run');

/** Lines that state something: a value, in the draft itself or in a template. */
const stating = (text: string): string[] =>
  text
    .split('\n')
    .slice(3)
    .filter((line) => line.trim() !== '' && !/^[\s#]*(- )?[A-Za-z]+:$/.test(line));

/** The draft with its templates made true. */
const uncommented = (text: string): string => {
  const lines = text.split('\n');
  return [...lines.slice(0, 3), ...lines.slice(3).map((line) => line.replace(/^(\s+)# /, '$1'))].join('\n');
};

const printed = async (dir: string): Promise<string> => {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  expect(await initVerb(dir, {})).toBe(0);
  return text;
};

describe.each(KEPT)('the draft of the kept run of %s', (name) => {
  test('is a product file, with every line to be confirmed', async () => {
    const text = await printed(kept(name));
    const at =
      text
        .split('\n')
        .slice(3)
        .findIndex((line) => line.includes('to be written')) + 4;
    expect(() => loadProduct(written(text), { env: {} })).toThrow(
      `: line ${at}: name is still to be written: say what`,
    );
    const { target } = loadProduct(written(told(text)), { env: {} });
    expect(target.components[0]).toMatchObject({ id: name, addresses: [expect.stringMatching(/^127\./)] });
    expect(target.product?.complete).toBe(false);
    expect(stating(text).length).toBeGreaterThan(20);
    expect(stating(text).filter((line) => !line.endsWith(' # to be confirmed'))).toEqual([]);
  });

  test('is one too with its templates filled in', async () => {
    const text = uncommented(await printed(kept(name)));
    const { target, accounts } = loadProduct(written(told(text)), { env });
    expect([...accounts.values()].flat()).toHaveLength(text.includes('accounts:') ? 1 : 0);
    expect(Object.keys(target.components[0]!.declares)).toEqual(
      expect.arrayContaining(['channels', 'peers', 'data', 'roles', 'onboarding', 'events']),
    );
  });
});

test('the services, logins, update and identifiers that were seen', () => {
  const { components, item } = parse(
    draftProduct(
      run({
        attempts: [
          scan({ tcp: [22, 443], udp: [5353] }),
          recognised('tcp/22', 'ssh'),
          recognised('tcp/443', 'tls', 'http+tls'),
          attempt('ssh-login', 'camera/tcp/22/ssh', [
            { kind: 'login', arm: 'random' },
            { kind: 'throttle', after: 3, response: 'lock' },
          ]),
          attempt('identity', 'camera/tcp/443/http+tls', [
            { kind: 'identity', what: 'serial', value: ' A1 ', via: 'certificate' },
            { kind: 'identity', what: 'mac', value: '00-11-22-33-44-55', via: 'certificate' },
          ]),
          attempt('update-channel', 'camera', [
            { kind: 'update', url: 'https://198.18.0.1/i', role: 'image' },
            { kind: 'update', url: 'https://198.18.0.1/j', role: 'manifest', outcome: 'untried' },
          ]),
        ],
      }),
    ),
  );
  expect(item).toEqual({ serial: 'A1' });
  expect(components).toEqual([
    {
      id: 'camera',
      kind: 'device',
      addresses: ['198.18.0.10'],
      mac: '00:11:22:33:44:55',
      declares: {
        interfaces: [{ kind: 'ip', name: 'to be written' }],
        services: [
          { port: 22, transport: 'tcp', protocol: 'ssh', reason: 'to be written: why it is needed' },
          { port: 443, transport: 'tcp', protocol: 'http', reason: 'to be written: why it is needed' },
          { port: 5353, transport: 'udp', reason: 'to be written: why it is needed' },
        ],
        logins: { lock: { after: 3 } },
        authentication: [
          {
            service: 'ssh',
            port: 22,
            mechanism: 'to be written',
            origin: 'to be written: who sets the credential, and whether each device has its own',
          },
        ],
        update: { mechanism: 'to be written', image: 'https://198.18.0.1/i' },
        identifiers: [
          { kind: 'serial', value: 'A1', where: 'certificate' },
          { kind: 'mac', value: '00-11-22-33-44-55', where: 'certificate' },
        ],
      },
    },
  ]);
});

test('components out of reach stay in the list, and belong where they belonged', () => {
  const whole = run({});
  const app = { id: 'app', kind: 'app' as const, partOf: 'camera', addresses: [], names: [], declares: {} };
  const text = draftProduct({ ...whole, target: { ...whole.target, components: [...whole.target.components, app] } });
  expect(loadProduct(written(told(text))).target.components.map(({ id, partOf }) => [id, partOf])).toEqual([
    ['camera', undefined],
    ['app', 'camera'],
  ]);
});

describe('whatever a device says', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom(
      'x # to be confirmed\nallow: { impact: disruptive, by: me }',
      'x\u2028declares: {}',
      'x\u0085- id: y',
      '"\n"',
      "'",
      '*alias',
      '&anchor !!binary x',
      '---\n...',
      '\u001b[2Jx',
      '#'.repeat(5000),
      '{',
      ': ',
      'null',
      '0x1F',
      '',
    ),
  );
  const fact = (value: string, other: string): FactDraft[] => [
    { kind: 'identity', what: 'model', value, via: other || 'x' },
    { kind: 'identity', what: 'serial', value: other, via: value || 'x' },
    { kind: 'identity', what: 'vendor', value, via: 'x' },
    { kind: 'identity', what: 'mac', value, via: 'x' },
    { kind: 'update', url: `http://198.18.0.1/${value}`, role: 'image' },
  ];

  const drafted = (value: string, other: string): { text: string; run: Run } => {
    const protocol = other.slice(0, 40) || 'x';
    const whole = run({
      attempts: [
        scan({ tcp: [80] }),
        attempt('service', 'camera/tcp/80', [{ kind: 'service', protocol }]),
        attempt('http-login', 'camera/tcp/80', [{ kind: 'login', protocol }]),
        attempt('identity', 'camera/tcp/80', fact(value.slice(0, 4000), other.slice(0, 4000))),
      ],
    });
    return { text: draftProduct(whole), run: whole };
  };

  test('the draft loads, says nothing else, and each line is to be confirmed', () => {
    const shape = Object.keys(parse(drafted('a', 'b').text));
    fc.assert(
      fc.property(hostile, hostile, (value, other) => {
        const { text } = drafted(value, other);
        expect(stating(text).filter((line) => !line.endsWith(' # to be confirmed'))).toEqual([]);
        expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(800);
        const { target, item } = loadProduct(written(told(text)), { env: {} });
        expect(Object.keys(parse(text)).filter((key) => !shape.includes(key))).toEqual([]);
        expect(target.allow).toEqual({ impact: 'login', by: 'the tester, on the command line' });
        expect(target.components).toHaveLength(1);
        for (const told of Object.values(item)) expect(told).not.toMatch(/\p{Cc}|\p{Zl}|\p{Zp}/u);
        // The templates too: whoever takes the # away gets them and nothing else.
        const filled = loadProduct(written(told(uncommented(text))), { env: { CAMERA_PASSWORD: 'x' } });
        expect(filled.target.components).toHaveLength(1);
        expect(filled.target.allow.impact).toBe('login');
      }),
      { numRuns: 25 },
    );
  });
});

test('a file that is there is never written over', async () => {
  const file = path.join(folder, 'mine.yaml');
  expect(await initVerb(kept('weak-camera'), { out: file })).toBe(0);
  const before = fs.readFileSync(file, 'utf8');
  await expect(initVerb(kept('sound-gateway'), { out: file })).rejects.toThrow(Usage);
  expect(fs.readFileSync(file, 'utf8')).toBe(before);
  await expect(initVerb(kept('sound-gateway'), { out: path.join(folder, 'no', 'x.yaml') })).rejects.toMatchObject({
    name: 'StoreError',
  });
  await expect(initVerb(folder, {})).rejects.toThrow('it holds no run');
});
