import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ended } from '../../src/observe/probe.ts';
import { SUITES_SSL2 } from '../../src/observe/protocols/tls-suites.ts';
import { clientHello2, readAnswer2, readServerHello2 } from './ssl2.ts';

const DER = Buffer.from('3003020101', 'hex');
/** A SERVER-HELLO; what is given replaces what a sound one has. */
const hello = (
  o: { hit?: number; type?: number; version?: number; der?: Buffer; suites?: string; id?: number } = {},
) => {
  const { hit = 0, type = 1, version = 2, der = DER, suites = '0100800700c0', id = 16 } = o;
  const specs = Buffer.from(suites, 'hex');
  const head = Buffer.from([4, hit, type, 0, version, 0, der.length, 0, specs.length, 0, id]);
  const body = Buffer.concat([head, der, specs, Buffer.alloc(id, 7)]);
  return Buffer.concat([Buffer.from([0x80 | (body.length >> 8), body.length & 255]), body]);
};
const sound = hello();
const long = Buffer.concat([Buffer.from([0, sound.length - 2, 0]), sound.subarray(2)]);

describe('a CLIENT-HELLO of SSL 2.0', () => {
  it('offers all cipher specs, in one record', () => {
    const bytes = clientHello2(Buffer.alloc(16, 1));
    expect(bytes.readUInt16BE(0)).toBe(0x8000 | (bytes.length - 2));
    expect(bytes.toString('hex', 2, 11)).toBe(`010002${(36).toString(16).padStart(4, '0')}00000010`);
    expect(bytes.length).toBe(2 + 9 + 3 * SUITES_SSL2.length + 16);
  });
});

describe('a SERVER-HELLO of SSL 2.0', () => {
  it.each([
    ['sound', sound, 'hello'],
    ['behind a header of three bytes', long, 'hello'],
    ['without a cipher spec', hello({ suites: '' }), 'hello'],
    ['an error', Buffer.from('8003000001', 'hex'), 'error'],
    ['nothing', Buffer.alloc(0), 'partial'],
    ['half an error', Buffer.from('800300', 'hex'), 'partial'],
    ['half of it', sound.subarray(0, 20), 'partial'],
    ['all but a byte', sound.subarray(0, -1), 'partial'],
    ['our own hello', clientHello2(Buffer.alloc(16)), 'other'],
    ['an alert of TLS', Buffer.from('15030100020246', 'hex'), 'other'],
    ['an alert of SSLv3', Buffer.from('15030000020228', 'hex'), 'other'],
    ['a page', Buffer.from('HTTP/1.1 400 Bad Request\r\n'), 'other'],
    ['a resumed session', hello({ hit: 1 }), 'other'],
    ['another type of certificate', hello({ type: 2 }), 'other'],
    ['another version', hello({ version: 3 }), 'other'],
    ['no certificate', hello({ der: Buffer.alloc(0) }), 'other'],
    ['a certificate that is none', hello({ der: Buffer.alloc(9) }), 'other'],
    ['a cipher spec that was not offered', hello({ suites: '00002f' }), 'other'],
    ['one cipher spec twice', hello({ suites: '010080010080' }), 'other'],
    ['half a cipher spec', hello({ suites: '0100' }), 'other'],
    ['a short connection id', hello({ id: 3 }), 'other'],
    ['padding in the clear', Buffer.concat([Buffer.from([0, 40, 3]), sound.subarray(2)]), 'other'],
  ])('%s', (_name, bytes, kind) => expect(readServerHello2(bytes).kind).toBe(kind));

  it('is read from its whole bytes, however they come, and nothing else ever throws', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sound.length - 1 }), (cut) => {
        expect(readServerHello2(sound.subarray(0, cut)).kind).toBe('partial');
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void readServerHello2(Buffer.from(bytes))));
    return fc.assert(
      fc.property(fc.integer({ min: 0, max: sound.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = Buffer.from(sound);
        changed[at] = value;
        const read = readServerHello2(changed);
        if (read.kind === 'hello') expect(read.hello.suites.every((code) => SUITES_SSL2.includes(code))).toBe(true);
      }),
    );
  });
});

describe('what an answer says of SSL 2.0', () => {
  it.each<[string, string | Buffer, Ended, object]>([
    ['a hello', sound, 'until', { result: 'accepted', hello: { suites: [0x010080, 0x0700c0], certificate: DER } }],
    ['no cipher spec', hello({ suites: '' }), 'until', { result: 'unclear', reason: 'protocol' }],
    ['an error', '8003000001', 'until', { result: 'refused', firm: true }],
    ['a fatal alert', '15030100020246', 'until', { result: 'refused', firm: true }],
    ['a warning and the end', '15030100020100', 'closed', { result: 'refused', firm: false }],
    ['the end', '', 'closed', { result: 'refused', firm: false }],
    ['silence', '', 'timeout', { result: 'unclear', reason: 'timeout' }],
    ['a reset', '', 'reset', { result: 'unclear', reason: 'reset' }],
    ['half a hello', sound.subarray(0, 20), 'timeout', { result: 'unclear', reason: 'timeout' }],
    ['half a hello and the end', sound.subarray(0, 20), 'closed', { result: 'unclear', reason: 'protocol' }],
    ['its own hello back', clientHello2(Buffer.alloc(16)), 'until', { result: 'unclear', reason: 'protocol' }],
    ['a page', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'until', { result: 'refused', firm: false }],
    ['another page', Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 'until', { result: 'unclear', reason: 'protocol' }],
  ])('%s', (_name, bytes, ended, expected) => {
    const read = Buffer.from(bytes as string, 'hex');
    expect(readAnswer2({ bytes: Buffer.isBuffer(bytes) ? bytes : read, ended })).toMatchObject(expected);
  });
});
