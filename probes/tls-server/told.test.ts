import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flight } from '../../fixtures/services/tls-raw-bytes.ts';
import type { Ended } from '../../src/observe/probe.ts';
import { helloParts, readTlsAnswer } from '../../src/observe/protocols/tls.ts';
import { notOffered, told } from './told.ts';

const der = Buffer.alloc(40, 0x30);
const chosen = { version: 0x0303, suite: 0xc02f, certificates: [der, der], retry: false, wantsCertificate: true };
const whole = flight(chosen);
const hello = whole.subarray(0, 5 + whole.readUInt16BE(3));
const alert = (level: number, code: number) => Buffer.from([21, 3, 3, 0, 2, level, code]);
const record = (...messages: string[]) => {
  const body = Buffer.from(messages.join(''), 'hex');
  return Buffer.concat([Buffer.from([22, 3, 3, body.length >> 8, body.length & 255]), body]);
};

describe('told', () => {
  it.each<[string, Buffer, Ended, object]>([
    ['a whole flight', whole, 'until', { kind: 'hello', hello: { version: 'TLS 1.2', suite: 0xc02f } }],
    ['a flight cut at the cap', whole.subarray(0, -8), 'cap', { kind: 'hello' }],
    ['a flight cut by time', whole.subarray(0, -8), 'timeout', { kind: 'timeout' }],
    ['a flight cut by the end', whole.subarray(0, -8), 'closed', { kind: 'garbage' }],
    ['a flight cut by a reset', whole.subarray(0, -8), 'reset', { kind: 'reset' }],
    ['TLS 1.3', flight({ ...chosen, version: 0x0304, suite: 0x1301 }), 'until', { kind: 'hello' }],
    ['an alert', alert(2, 40), 'until', { kind: 'alert', level: 2, name: 'handshake_failure' }],
    [
      'an alert, and the words of the protocol around TLS behind it',
      Buffer.concat([alert(2, 40), Buffer.from('500 OOPS: no shared cipher\r\n')]),
      'closed',
      { kind: 'alert', level: 2, name: 'handshake_failure' },
    ],
    [
      'an alert behind a choice',
      Buffer.concat([hello, alert(2, 80)]),
      'until',
      { kind: 'alert', after: { suite: 0xc02f } },
    ],
    ['a warning before a flight', Buffer.concat([alert(1, 112), whole]), 'until', { kind: 'hello' }],
    ['a warning before an alert', Buffer.concat([alert(1, 112), alert(2, 70)]), 'until', { kind: 'alert', code: 70 }],
    ['a warning, and the end', alert(1, 0), 'closed', { kind: 'alert', level: 1, name: 'close_notify' }],
    ['a warning, and silence', alert(1, 112), 'timeout', { kind: 'timeout' }],
    ['nothing', Buffer.alloc(0), 'closed', { kind: 'closed' }],
    ['silence', Buffer.alloc(0), 'timeout', { kind: 'timeout' }],
    ['a reset', Buffer.alloc(0), 'reset', { kind: 'reset' }],
    ['half a record', whole.subarray(0, 30), 'closed', { kind: 'garbage' }],
    ['a message of 16 MB', record('02ffffff0303'), 'timeout', { kind: 'garbage' }],
    ['a ServerHello twice', Buffer.concat([hello, hello]), 'timeout', { kind: 'garbage' }],
    ['a message before the ServerHello', record('0b000000'), 'timeout', { kind: 'garbage' }],
    ['a message that no server sends', Buffer.concat([hello, record('10000000')]), 'timeout', { kind: 'garbage' }],
    ['HelloRequests without end', Buffer.concat([hello, record('00000000'.repeat(9))]), 'timeout', { kind: 'garbage' }],
    [
      'no record behind a ServerHello',
      Buffer.concat([hello, Buffer.from('GET / HTTP')]),
      'timeout',
      { kind: 'garbage' },
    ],
  ])('%s', (_name, bytes, ended, expected) => expect(told(bytes, ended)).toMatchObject(expected));

  it('is the same however records are cut, never throws, and is a choice only where there is one', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom<Ended>('closed', 'timeout', 'cap'),
        (bytes, ended) => {
          const answer = told(Buffer.from(bytes), ended);
          if (answer.kind === 'hello') expect(readTlsAnswer(Buffer.from(bytes)).hello).toBeDefined();
        },
      ),
    );
    return fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        told(changed, 'timeout');
      }),
    );
  });
});

describe('notOffered', () => {
  const asked = (version: 'SSLv3' | 'TLS 1.0' | 'TLS 1.2' | 'TLS 1.3', suites: number[]) =>
    helloParts({ version, random: Buffer.alloc(64), suites });
  const old = asked('TLS 1.2', [0xc02f, 0x002f]);
  const modern = asked('TLS 1.3', [0x1301, 0x002f]);
  it.each([
    ['what was offered', old, {}, undefined],
    ['an older version', old, { version: 0x0301 }, undefined],
    ['TLS 1.3 to who named it', modern, { version: 0x0304, suite: 0x1301 }, undefined],
    ['TLS 1.2 to who named another', modern, { suite: 0x002f }, undefined],
    ['TLS 1.3 to who did not name it', old, { version: 0x0304 }, /TLS 1\.3 was chosen and not offered/],
    ['TLS 1.1 to who can TLS 1.0', asked('TLS 1.0', [0x2f]), { version: 0x0302, suite: 0x2f }, /^TLS 1\.1 was chosen/],
    ['a version that there is not', old, { version: 0x0305 }, /a version that there is not/],
    ['another suite', old, { suite: 0x0005 }, /^TLS_RSA_WITH_RC4_128_SHA was chosen and not offered/],
    ['a suite of TLS 1.3 for TLS 1.2', modern, { suite: 0x1301 }, /was chosen for TLS 1\.2/],
    ['a suite of TLS 1.2 for TLS 1.3', modern, { version: 0x0304, suite: 0x002f }, /was chosen for TLS 1\.3/],
  ])('%s', (_name, parts, choice, wrong) => {
    const answer = readTlsAnswer(flight({ ...chosen, ...choice }));
    const said = notOffered(answer.hello!, parts);
    if (wrong) expect(said).toMatch(wrong);
    else expect(said).toBeUndefined();
  });
});
