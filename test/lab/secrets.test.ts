import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { device, type RunningDevice, start } from '../../fixtures/device.ts';
import { type TcpService, tcpService } from '../../fixtures/service.ts';
import { banner, ftp, http, mqtt, rtsp, snmp, telnet } from '../../fixtures/services/index.ts';
import { probes } from '../../probes/index.ts';
import { assess, readSealed, writeAssessment } from '../../src/cli/assess.ts';
import { readProfiles } from '../../src/cli/profiles.ts';
import type { Run } from '../../src/model/run.ts';
import type { CredentialEntry } from '../../src/observe/candidates.ts';
import { LoginLedger } from '../../src/observe/ledger.ts';
import { VIEWER } from '../../src/report/evidence-page.tsx';
import { reporters } from '../../src/report/index.ts';
import { renderIndex } from '../../src/report/index-page.tsx';
import { summaryOf } from '../../src/report/summary.ts';
import { filesUnder, freshFolder } from '../kit/command.ts';
import { engine } from '../kit/engine.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const HOST = '127.0.0.46';

/** Words that stand nowhere else: fresh each time, with letters of both cases and a digit, so that none is a word. */
const word = (length: number): string =>
  `${Array.from({ length: length - 2 }, () => 'bcdfghjkmnpqrstvwxz'[randomInt(19)]).join('')}${randomInt(2, 10)}${'BCDFGHJKMNPQRSTVWXZ'[randomInt(19)]}`;
const inner = word(9);

/** Passwords that are hard to find again, by what is hard about them. */
const SHAPES: Record<string, string> = {
  quotes: `"${word(7)}'\\x`,
  markup: `<${word(6)}&>${word(3)}`,
  letters: `ü${word(6)}ß`,
  short: word(3),
  colon: `${word(4)}:${word(5)}:`,
  percent: `%2F ${word(6)}+/=?&`,
  long: word(40),
  inner,
  around: `${word(3)}${inner}${word(3)}`,
};
/** What the list has, and which service takes it. */
const DEFAULTS = {
  http: `"${word(8)}&<'`,
  telnet: `${word(5)} %41:${word(4)}`,
  ftp: word(24),
  mqtt: `{${word(8)}}`,
  snmp: word(8),
  rtsp: `${word(7)}@/`,
};
const USERS = { http: 'admin', telnet: 'root', ftp: 'camera', mqtt: 'broker', rtsp: 'viewer' };
const SECRETS: Record<string, string> = {
  ...Object.fromEntries(Object.entries(SHAPES).map(([shape, secret]) => [`declared, ${shape}`, secret])),
  ...Object.fromEntries(Object.entries(DEFAULTS).map(([service, secret]) => [`default of ${service}`, secret])),
};
const REJECTED = word(12);

/** Where each is declared for; all services have all accounts. */
const ON: Record<string, string[]> = {
  quotes: ['http', 'mqtt'],
  markup: ['ftp'],
  letters: ['mqtt', 'http'],
  short: ['telnet', 'http'],
  colon: ['http', 'ftp'],
  percent: ['http', 'rtsp'],
  long: ['telnet'],
  inner: ['ftp'],
  around: ['telnet'],
};

const declaredAccounts = Object.fromEntries(Object.entries(SHAPES).map(([shape, secret]) => [`op-${shape}`, secret]));
const accountsOf = (service: keyof typeof USERS) => ({ ...declaredAccounts, [USERS[service]]: DEFAULTS[service] });

const entity = (text: string) => text.replace(/[&<>"']/g, (one) => `&#${one.codePointAt(0)};`);
const named = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const form = (text: string) => new URLSearchParams({ a: text }).toString().slice(2);
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const ascii = (text: string) =>
  json(text).replace(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What a device writes that shows its passwords: each in every way that a page or a message may hold it. */
const shown = (secret: string): string =>
  [
    secret,
    encodeURIComponent(secret),
    form(secret),
    json(secret),
    ascii(secret),
    entity(secret),
    named(secret),
    Buffer.from(secret).toString('hex'),
    ...['', 'a', 'ab'].map((user) => Buffer.from(`${user}:${secret}:`).toString('base64')),
  ].join('\n');
const leaks = Object.values(SECRETS).map(shown).join('\n');
const page = (): string => `<html><head><title>Set-up</title></head><body><pre>${leaks}</pre></body></html>`;
const header = (secret: string) => encodeURIComponent(secret);

/** A login that echoes the password, each time in another way that terminals have. */
const echoing = (service: TcpService): TcpService => {
  let connections = 0;
  const NOP = [255, 241];
  const ways: ((byte: number) => number[])[] = [
    (byte) => [byte],
    (byte) => [byte, ...NOP],
    (byte) => [...NOP, 255, 251, 1, byte, 0],
    (byte) => [byte, 8, 0x2a],
    (byte) => [0x78, 8, byte],
    (byte) => [byte, 13, 0],
  ];
  return tcpService('telnet', async (context) => {
    const open = await service.open(context);
    return {
      ...open,
      accept(stream) {
        const way = ways[connections++ % ways.length]!;
        let asked = false;
        const inside = new Duplex({
          read: () => undefined,
          write(chunk: Buffer, _encoding, done) {
            asked ||= /assword/.test(chunk.toString('latin1'));
            stream.write(chunk, done);
          },
          final: (done) => void stream.end(done),
        });
        stream.on('data', (bytes: Buffer) => {
          for (const byte of asked ? bytes : []) stream.write(Buffer.from(way(byte)));
          if (bytes.includes(0x0d) || bytes.includes(0x0a)) asked = false;
          inside.push(bytes);
        });
        stream.on('close', () => inside.destroy());
        inside.on('error', () => stream.destroy());
        inside.on('close', () => stream.destroy());
        open.accept(inside);
      },
    };
  });
};

const subject = device({
  id: 'subject',
  tcp: {
    // Before any login, and in no need of one: pages and banners that show every password.
    81: http({
      pages: { '/': { body: page, headers: { 'Set-Cookie': `pw=${header(DEFAULTS.http)}` } } },
      server: `Cam/${DEFAULTS.ftp} (${Buffer.from(SHAPES.long!).toString('base64')})`,
      notFound: page(),
    }),
    82: http({ redirect: { url: `/start?pw=${form(SHAPES.percent!)}&def=${header(DEFAULTS.telnet)}` } }),
    99: banner('unknown', `${leaks}\r\n`),
    80: http({
      pages: { '/': { body: page } },
      challenge: { scheme: 'basic', realm: `use ${word(3)}`, accounts: accountsOf('http') },
      headers: { 'X-Default': header(DEFAULTS.http), 'X-Declared': header(SHAPES.markup!) },
    }),
    23: echoing(
      telnet({ accounts: accountsOf('telnet'), greeting: `\r\n${SHAPES.quotes} ${DEFAULTS.telnet}\r\n`, tries: 1 }),
    ),
    21: ftp({
      accounts: accountsOf('ftp'),
      banner: `220 ${DEFAULTS.ftp} ${SHAPES.colon}`,
      files: { [`${word(4)}.txt`]: 'x' },
    }),
    554: rtsp({ challenge: { scheme: 'basic', accounts: accountsOf('rtsp') }, server: `R ${DEFAULTS.ftp}` }),
    1883: mqtt({ accounts: accountsOf('mqtt') }),
    1884: mqtt({
      anonymous: true,
      retained: { [`leak/${SHAPES.long}/x`]: leaks, 'device/config': JSON.stringify({ password: DEFAULTS.mqtt }) },
    }),
  },
  udp: { 161: snmp({ communities: [DEFAULTS.snmp], sysDescr: `Cam ${DEFAULTS.snmp}`, sysName: SHAPES.inner }) },
});

const entries: CredentialEntry[] = [
  { id: 'rejected-1', user: 'admin', password: REJECTED },
  ...(['http', 'telnet', 'ftp', 'mqtt', 'rtsp'] as const).map((service) => ({
    id: `default-${service}`,
    protocol: service,
    user: USERS[service],
    password: DEFAULTS[service],
  })),
  { id: 'default-snmp', protocol: 'snmp', user: '', password: DEFAULTS.snmp },
];

/** How a secret may stand in a file. What base64 makes of fewer than six letters is not told from chance. */
const formsOf = (secret: string): Buffer[] => {
  const utf8 = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift, 'x'), utf8])
      .toString('base64')
      .slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + utf8.length) * 8) / 6)),
  );
  const texts = [
    encodeURIComponent(secret),
    form(secret),
    json(secret),
    ascii(secret),
    entity(secret),
    named(secret),
    named(secret).replaceAll("'", '&#x27;'),
    named(secret).replaceAll("'", '&apos;'),
    utf8.toString('hex'),
    utf8.toString('hex').toUpperCase(),
    ...base64.filter((text) => text.length >= 6),
    ...base64.filter((text) => text.length >= 6).map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  const utf16 = Buffer.from(secret, 'utf16le');
  return [
    utf8,
    Buffer.from(secret, 'latin1'),
    utf16,
    Buffer.from(utf16).swap16(),
    ...texts.map((text) => Buffer.from(text)),
  ];
};

/** A file as it is; of a transcript the bytes of each direction, also as a terminal shows them: without commands and controls. */
const streamsOf = (bytes: Buffer): Buffer[] => {
  const text = bytes.toString('latin1');
  if (!text.startsWith('{"transport"')) return [bytes];
  const { entries: said } = JSON.parse(bytes.toString()) as { entries: { dir: string; bytes: string }[] };
  return ['sent', 'received', 'note'].flatMap((dir) => {
    const joined = Buffer.concat(said.filter((one) => one.dir === dir).map((one) => Buffer.from(one.bytes, 'base64')));
    const typed = joined.toString('latin1').replace(/\xff[\xfb-\xfe].|\xff[^\xfb-\xff]|[\0\r\n]/gs, '');
    const overtyped = typed.replace(/[\b]./gs, '');
    const erased = typed.replace(/.[\b]/gs, '');
    return [joined, ...[typed, overtyped, erased].map((one) => Buffer.from(one, 'latin1'))];
  });
};

describe('accepted passwords that stand nowhere else', () => {
  const out = freshFolder();
  const dir = join(out, 'device', 'run', 'run');
  let running: RunningDevice;
  let run: Run;
  const logged: string[] = [];
  beforeAll(async () => {
    running = await start(subject, HOST, { ephemeral: true });
    const note = (about: object, message: string) => void logged.push(`${JSON.stringify(about)} ${message}`);
    const log = { debug: note, info: note, warn: note, child: () => log };
    const ports = running.ports.filter(({ transport }) => transport === 'tcp').map(({ port }) => port);
    ({ run } = await engine({
      host: HOST,
      ports,
      probes,
      credentials: { name: 'private', digest: '0'.repeat(64), entries },
      accounts: new Map([
        [
          'device',
          Object.entries(SHAPES).map(([shape, secret]) => ({
            user: `op-${shape}`,
            secret,
            role: 'ordinary' as const,
            on: ON[shape],
          })),
        ],
      ]),
      component: { declares: { logins: { lock: 'none' } } },
      limits: { udp: String(running.port('udp', 161)), wait: 1_000, attempt: 120_000 },
      ledger: new LoginLedger(join(out, 'logins.json'), Date.now),
      log,
      dir,
    }));
    const [loaded] = readProfiles(['nist-consumer-iot-2022']);
    const sealed = readSealed(dir);
    const assessment = assess([sealed], loaded!, Date.now(), []);
    await writeAssessment(join(dir, '..', 'assessments'), assessment, [sealed], loaded!, {
      formats: [...reporters.keys()],
      sealing: {},
      remedies: true,
    });
    const summary = summaryOf([{ assessment, run, folder: 'device/run', files: [] }]);
    writeFileSync(join(out, 'index.html'), renderIndex(summary));
    writeFileSync(join(out, 'summary.json'), JSON.stringify(summary));
    writeFileSync(join(out, 'log.txt'), logged.join('\n'));
  });
  afterAll(() => running?.close());

  test('each was accepted by the device, else there would be nothing to hide', () => {
    const accepted = new Set(
      Object.values(running.log)
        .flatMap(({ logins }) => logins)
        .filter(({ decision }) => decision === 'accepted')
        .map(({ secret }) => secret),
    );
    expect(Object.entries(SECRETS).filter(([, secret]) => !accepted.has(secret))).toEqual([]);

    const proven = run.attempts.flatMap(({ observations }) =>
      observations.flatMap(({ fact }) => (fact.kind === 'login' && fact.accepted ? (fact.secret ?? []) : [])),
    );
    expect(new Set(proven)).toEqual(
      new Set([
        ...entries.slice(1).map(({ id }) => id),
        ...Object.keys(declaredAccounts).map((user) => `declared:${user}`),
      ]),
    );
  });

  test('and none stands anywhere under the results folder, in any encoding', () => {
    const files = filesUnder(out);
    expect([...files.keys()].some((name) => name.endsWith(VIEWER))).toBe(true);
    const forms = Object.entries({ ...SECRETS, rejected: REJECTED }).flatMap(([name, secret]) =>
      [...new Map(formsOf(secret).map((bytes) => [bytes.toString('latin1'), bytes])).values()].map((bytes) => ({
        name,
        bytes,
      })),
    );
    const found = [...files].flatMap(([file, bytes]) =>
      streamsOf(bytes).flatMap((stream) =>
        forms
          .filter((one) => stream.includes(one.bytes))
          .map((one) => {
            const at = stream.indexOf(one.bytes);
            return `${file}: ${one.name}: ${stream.subarray(Math.max(0, at - 40), at + one.bytes.length + 20).toString('latin1')}`;
          }),
      ),
    );
    expect([...new Set(found)].slice(0, 20)).toEqual([]);
  });

  test('and their places are named and framed on the evidence page', () => {
    const [, bytes] = [...filesUnder(out)].find(([name]) => name.endsWith(VIEWER))!;
    for (const name of [
      ...entries.slice(1).map(({ id }) => id),
      ...Object.keys(declaredAccounts).map((user) => `declared:${user}`),
    ])
      expect(bytes.toString()).toContain(`<mark>‹redacted: ${name}›</mark>`);
  });

  test('and the search would find one that was left', () => {
    for (const secret of Object.values(SECRETS))
      for (const way of shown(secret).split('\n'))
        expect(
          secret.length < 5 && !way.includes(secret) && way !== Buffer.from(secret).toString('hex')
            ? true
            : formsOf(secret).some((bytes) => Buffer.from(way).includes(bytes)),
          way,
        ).toBe(true);
  });
});
