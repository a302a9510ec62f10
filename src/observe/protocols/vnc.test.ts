import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverInit, versionLine, vncKey, vncResponse, vncVersion } from './vnc.ts';

it.each([
  ['RFB 003.003\n', '3.3'],
  ['RFB 003.005\n', '3.3'],
  ['RFB 003.007\n', '3.7'],
  ['RFB 003.008\n', '3.8'],
  ['RFB 003.889\n', '3.8'],
  ['RFB 004.001\n', '3.8'],
  ['RFB 000.000\n', undefined],
  ['RFB 003.08\n\n', undefined],
  ['SSH-2.0-abcd', undefined],
] as const)('%j is spoken as %s', (said, version) => expect(vncVersion(Buffer.from(said))).toBe(version));

it('answers in a version of its own', () => expect(versionLine('3.7')).toBe('RFB 003.007\n'));

describe('the response', () => {
  // DES known answer (NBS 500-20, variable plaintext): the key 01…01 is eight bytes of 0x80 with their bits in reverse.
  it('is DES with each byte of the key reversed', () => {
    const secret = '\x80'.repeat(8);
    expect(vncKey(secret).toString('hex')).toBe('0101010101010101');
    expect(vncResponse(secret, Buffer.from('80000000000000004000000000000000', 'hex')).toString('hex')).toBe(
      '95f8a5e5dd31d900dd7f121ca5015619',
    );
  });
  it('knows eight bytes of a password', () =>
    expect(vncKey('password').equals(vncKey('password and more'))).toBe(true));
  it('takes any password and challenge', () => {
    const challenge = fc.uint8Array({ minLength: 16, maxLength: 16 });
    return fc.assert(
      fc.property(fc.string({ unit: 'binary' }), challenge, (secret, bytes) => {
        expect(vncResponse(secret, Buffer.from(bytes))).toHaveLength(16);
      }),
    );
  });
});

describe('serverInit', () => {
  const init = (hex: string) => serverInit(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  it.each([
    ['0320 0258 20180001 00ff00ff00ff 100800 000000 00000004', { nameBytes: 4 }],
    ['0320 0258 0c0c0001 00ff00ff00ff 100800 000000 00000004', undefined],
    ['0320 0258 20180001', undefined],
  ])('%s', (hex, expected) => expect(init(hex)).toEqual(expected));
});

it('never throws', () =>
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      vncVersion(Buffer.from(bytes));
      serverInit(Buffer.from(bytes));
    }),
  ));
