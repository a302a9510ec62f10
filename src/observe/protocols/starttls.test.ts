import type { Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ftp } from '../../../fixtures/services/ftp.ts';
import { mysql } from '../../../fixtures/services/mysql.ts';
import { postgresql } from '../../../fixtures/services/postgresql.ts';
import { closeAll, serving } from '../../../fixtures/services/serving.ts';
import { type TcpHandler, tcpServer } from '../../../test/kit/servers.ts';
import { wireTo } from '../../../test/kit/wire.ts';
import { CannotTell } from '../probe.ts';
import { TlsNotOffered, UPGRADING, upgradeOf } from './starttls.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await closeAll();
});

/** What came of it, in a word. */
async function upgraded(protocol: string, port: number, { wait = 2000, host = '127.0.0.1' } = {}): Promise<string> {
  const wire = wireTo(port, { wait: 2000, readBytes: 200_000 });
  ends.push(wire.close);
  try {
    await upgradeOf(protocol)!(await wire.dial({ host }), wait);
  } catch (error) {
    if (error instanceof TlsNotOffered) return `not offered (${error.reason}): ${error.message}`;
    if (error instanceof CannotTell) return `${error.reason}: ${error.message}`;
    throw error;
  }
  return 'granted';
}

/** Greets, and answers each line by its words without a tag; where there is no answer: silence. `null`: closes. */
const scripted =
  (greeting: string, answers: Readonly<Record<string, string | null>>): TcpHandler =>
  (socket: Socket) => {
    if (greeting) socket.write(Buffer.from(greeting, 'latin1'));
    socket.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString('latin1').split('\r\n')) {
        const [, tag = '', words = ''] = /^(a\d+ )?(.*)$/.exec(line)!;
        const key = Object.keys(answers).find((one) => words.startsWith(one));
        const answer = key === undefined ? undefined : answers[key];
        if (answer === null) socket.end();
        else if (answer !== undefined) socket.write(Buffer.from(answer.replaceAll('TAG ', tag), 'latin1'));
      }
    });
  };

const ehlo = '250-mail\r\n250-PIPELINING\r\n250 STARTTLS\r\n';
const capability = '* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK\r\n';
const capa = '+OK\r\nSTLS\r\nUSER\r\n.\r\n';
const feat = '211-Features:\r\n AUTH TLS\r\n211 End\r\n';
const ready = '220 ready\r\n';

type Case = [name: string, greeting: string, answers: Record<string, string | null>, expected: string | RegExp];
const cases: Record<string, Case[]> = {
  smtp: [
    ['is granted', ready, { EHLO: ehlo, STARTTLS: '220 go\r\n' }, 'granted'],
    [
      'greets in several lines',
      '220-one\r\n220-two\r\n220 three\r\n',
      { EHLO: ehlo, STARTTLS: '220 go\r\n' },
      'granted',
    ],
    ['writes in small letters', ready, { EHLO: '250-x\n250-starttls\n250 ok\n', STARTTLS: '220\n' }, 'granted'],
    ['does not list it', ready, { EHLO: '250-mail\r\n250 SIZE\r\n' }, /^not offered \(unsupported\): .*no STARTTLS/],
    ['names it in its greeting alone', ready, { EHLO: '250-STARTTLS\r\n250 SIZE\r\n' }, /^not offered/],
    ['knows no EHLO', ready, { EHLO: '502 what\r\n' }, /^not offered.*502/],
    ['refuses EHLO', ready, { EHLO: '550 go away\r\n' }, /^protocol: EHLO was answered with 550/],
    ['has no TLS now', ready, { EHLO: ehlo, STARTTLS: '454 TLS not available\r\n' }, /^protocol: .*refused.* 454/],
    ['lists it and does not know it', ready, { EHLO: ehlo, STARTTLS: '502 what\r\n' }, /^protocol: .*refused.* 502/],
    ['answers with a wrong code', ready, { EHLO: ehlo, STARTTLS: '250 ok\r\n' }, /^protocol: .*refused.* 250/],
    ['says more behind it', ready, { EHLO: ehlo, STARTTLS: '220 go\r\n250 injected\r\n' }, /^protocol: more came/],
    [
      'says half a line behind it',
      ready,
      { EHLO: ehlo, STARTTLS: '220 go\r\n\x16\x03' },
      /^protocol: more came in the clear/,
    ],
    [
      'answers twice before it is asked',
      ready,
      { EHLO: `${ehlo}220 go\r\n` },
      /^protocol: more came in the clear before it/,
    ],
    ['is silent', '', {}, /^timeout: no whole greeting/],
    ['is silent to EHLO', ready, {}, /^timeout: no whole reply to EHLO/],
    ['is silent to STARTTLS', ready, { EHLO: ehlo }, /^timeout: no whole reply to STARTTLS/],
    ['never ends its greeting', '220-one\r\n'.repeat(10), {}, /^timeout: no whole greeting/],
    ['greets without end', '220-one\r\n'.repeat(9000), {}, /^protocol: what came is no greeting/],
    ['closes at EHLO', ready, { EHLO: null }, /^reset: closed before a whole reply to EHLO/],
    ['closes at STARTTLS', ready, { EHLO: ehlo, STARTTLS: null }, /^reset: closed before a whole reply to STARTTLS/],
    ['is busy', '421 later\r\n', {}, /^locked: the greeting is 421/],
    ['serves no mail', '554 no\r\n', {}, /^protocol: the greeting is 554/],
    ['is something else', 'SSH-2.0-x\r\n', {}, /^protocol: what came is no greeting/],
  ],
  imap: [
    ['is granted', '* OK hello\r\n', { CAPABILITY: capability, STARTTLS: 'TAG OK go\r\n' }, 'granted'],
    [
      'says something else between',
      '* OK hello\r\n* OK [ALERT] maintenance at noon\r\n',
      { CAPABILITY: capability, STARTTLS: '* OK wait\r\nTAG OK go\r\n' },
      'granted',
    ],
    ['does not list it', '* OK\r\n', { CAPABILITY: '* CAPABILITY IMAP4rev1\r\nTAG OK\r\n' }, /^not offered/],
    ['lets everybody in', '* PREAUTH\r\n', {}, /^not offered.*PREAUTH/],
    ['says goodbye', '* BYE full\r\n', {}, /^locked: the greeting is BYE/],
    ['says goodbye later', '* OK\r\n', { CAPABILITY: '* BYE\r\nTAG OK\r\n' }, /^locked: CAPABILITY.*BYE/],
    ['knows no CAPABILITY', '* OK\r\n', { CAPABILITY: 'TAG BAD\r\n' }, /^protocol: CAPABILITY was answered with BAD/],
    ['refuses it', '* OK\r\n', { CAPABILITY: capability, STARTTLS: 'TAG NO\r\n' }, /^protocol: .*refused.*NO/],
    ['does not know it', '* OK\r\n', { CAPABILITY: capability, STARTTLS: 'TAG BAD\r\n' }, /^protocol: .*refused.*BAD/],
    [
      'says more behind it',
      '* OK\r\n',
      { CAPABILITY: capability, STARTTLS: 'TAG OK\r\n* CAPABILITY AUTH=PLAIN\r\n' },
      /^protocol: more came/,
    ],
    [
      'answers with another tag',
      '* OK\r\n',
      { CAPABILITY: capability, STARTTLS: 'x OK\r\n' },
      /^protocol: what came is no/,
    ],
    ['is silent', '* OK\r\n', { CAPABILITY: capability }, /^timeout: no whole answer to STARTTLS/],
    ['closes', '* OK\r\n', { CAPABILITY: capability, STARTTLS: null }, /^reset: closed/],
    ['is something else', '+OK\r\n', {}, /^protocol: what came is no greeting/],
  ],
  pop3: [
    ['is granted', '+OK hello\r\n', { CAPA: capa, STLS: '+OK go\r\n' }, 'granted'],
    ['does not list it', '+OK\r\n', { CAPA: '+OK\r\nUSER\r\n.\r\n' }, /^not offered.*no STLS/],
    ['knows no CAPA, and grants it', '+OK\r\n', { CAPA: '-ERR\r\n', STLS: '+OK\r\n' }, 'granted'],
    ['knows neither', '+OK\r\n', { CAPA: '-ERR\r\n', STLS: '-ERR\r\n' }, /^not offered.*unknown/],
    ['refuses it', '+OK\r\n', { CAPA: capa, STLS: '-ERR no\r\n' }, /^protocol: .*refused.*-ERR/],
    ['says more behind it', '+OK\r\n', { CAPA: capa, STLS: '+OK\r\n+OK injected\r\n' }, /^protocol: more came/],
    ['never ends its list', '+OK\r\n', { CAPA: '+OK\r\nSTLS\r\n' }, /^timeout: no whole answer to CAPA/],
    ['is silent', '+OK\r\n', { CAPA: capa }, /^timeout: no whole answer to STLS/],
    ['closes', '+OK\r\n', { CAPA: capa, STLS: null }, /^reset: closed/],
    ['is busy', '-ERR later\r\n', {}, /^locked: the greeting is -ERR/],
  ],
  ftp: [
    ['is granted', ready, { FEAT: feat, 'AUTH TLS': '234 go\r\n' }, 'granted'],
    [
      'grants it by its older name',
      ready,
      { FEAT: '500\r\n', 'AUTH TLS': '504\r\n', 'AUTH SSL': '234\r\n' },
      'granted',
    ],
    ['lets one wait first', `120 soon\r\n${ready}`, { FEAT: feat, 'AUTH TLS': '234\r\n' }, 'granted'],
    ['does not know it', ready, { FEAT: '211 none\r\n', 'AUTH TLS': '500 what\r\n' }, /^not offered.*500/],
    ['asks for a login', ready, { FEAT: '530\r\n', 'AUTH TLS': '530 login\r\n' }, /^not offered.*530/],
    ['lists it and refuses it', ready, { FEAT: feat, 'AUTH TLS': '534 no\r\n' }, /^protocol: .*refused.*534/],
    ['has no TLS now', ready, { FEAT: '211 none\r\n', 'AUTH TLS': '431 busy\r\n' }, /^protocol: .*refused.*431/],
    ['asks for data instead', ready, { FEAT: feat, 'AUTH TLS': '334 more\r\n' }, /^protocol: .*refused.*334/],
    ['says more behind it', ready, { FEAT: feat, 'AUTH TLS': '234\r\n230 injected\r\n' }, /^protocol: more came/],
    ['is silent', ready, { FEAT: feat }, /^timeout: no whole reply to AUTH TLS/],
    ['closes', ready, { FEAT: feat, 'AUTH TLS': null }, /^reset: closed/],
    ['is busy', '421 full\r\n', {}, /^locked: the greeting is 421/],
  ],
  postgresql: [
    ['is granted', '', { '': 'S' }, 'granted'],
    ['does not have it', '', { '': 'N' }, /^not offered.*N/],
    ['says more behind it', '', { '': 'SN' }, /^protocol: more came/],
    [
      'answers with an error',
      '',
      { '': 'E\0\0\0\x0aSFATAL\0' },
      /^protocol: SSLRequest was not answered with a letter/,
    ],
    ['is silent', '', {}, /^timeout: no whole answer/],
    ['closes', '', { '': null }, /^reset: closed/],
  ],
  mysql: [
    ['is an error of its own', '\x17\0\0\0\xff\x10\x04Too many connections', {}, /^locked: the greeting is ER 1040/],
    ['is something else', '220 hello\r\n', {}, /^protocol: the greeting is no packet/],
    ['is of another protocol', '\x05\0\0\0\x095.0\0', {}, /^protocol: .*no handshake of protocol 10/],
    ['breaks off', '\x4a\0\0\0\x0a8.0', {}, /^timeout: no whole handshake/],
    ['is silent', '', {}, /^timeout: no whole handshake/],
  ],
};

for (const [protocol, table] of Object.entries(cases))
  describe(protocol, () => {
    it.each(table)('%s', async (_name, greeting, answers, expected) => {
      const server = await tcpServer(scripted(greeting, answers));
      ends.push(server.close);
      const wait = String(expected).includes('timeout') ? 60 : 2000;
      expect(await upgraded(protocol, server.port, { wait })).toMatch(expected);
    });
  });

it.each([
  ['ftp', ftp({ tls: {} }), 'granted'],
  ['ftp', ftp(), /^not offered/],
  ['mysql', mysql({ tls: {} }), 'granted'],
  ['mysql', mysql(), /^not offered.*CLIENT_SSL/],
  ['postgresql', postgresql({ tls: {} }), 'granted'],
  ['postgresql', postgresql(), /^not offered/],
])('%s of the fixtures', async (protocol, service, expected) => {
  const { port } = await serving(service);
  expect(await upgraded(protocol, port, { host: '127.0.0.9' })).toMatch(expected);
});

it.each(['smtp', 'imap', 'pop3', 'ftp', 'mysql'])('%s dripping is no answer in time', async (protocol) => {
  const server = await tcpServer((socket) => {
    const words = '220-* OK +OK hello';
    let at = 0;
    const drip = setInterval(() => socket.write(words[at++ % words.length]!), 15);
    socket.on('close', () => clearInterval(drip));
  });
  ends.push(server.close);
  expect(await upgraded(protocol, server.port, { wait: 90 })).toMatch(/^(timeout|protocol): /);
});

it('throws nothing but CannotTell, whatever comes', async () => {
  const part = fc.constantFrom(
    '220 ',
    '250-',
    '250 ',
    'STARTTLS',
    '* OK',
    'a1 OK',
    '+OK',
    '.',
    '\r\n',
    '234',
    'S',
    '\0',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...UPGRADING),
      fc.array(fc.oneof(part, fc.string({ maxLength: 5 })), { maxLength: 12 }),
      async (protocol, parts) => {
        let left = Buffer.from(parts.join(''), 'latin1');
        const connection = {
          get readableLength() {
            return left.length;
          },
          send: async () => {},
          async receive({ until, cap = 1000 }: { until?: (bytes: Buffer) => boolean; cap?: number }) {
            const bytes = left.subarray(0, cap);
            left = left.subarray(cap);
            return { bytes, ended: until?.(bytes) ? 'until' : bytes.length === cap ? 'cap' : 'closed' };
          },
        };
        try {
          await upgradeOf(protocol)!(connection as never, 10);
        } catch (error) {
          expect(error).toBeInstanceOf(CannotTell);
        }
      },
    ),
  );
});

it('has no word for what has none', () => {
  expect(['tls', 'http', 'toString', '__proto__', undefined].map(upgradeOf)).toEqual(Array(5).fill(undefined));
});
