import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labKey, signers } from '../../test/kit/sealed.ts';
import { certificatesIn, readCertificate } from './certificates.ts';
import { element, integer, oidOf, readCanonical, readTime, sequence, timeOf } from './der.ts';
import { DerError, readDer } from './protocols/der.ts';
import { readSignature } from './sign.ts';
import { readStamp } from './timestamp.ts';
import { verifyBeside } from './verify-folder.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('only canonical DER is read', () => {
  test.each([
    ['nothing', '', 'an element is cut off'],
    ['a tag alone', '30', 'an element is cut off'],
    ['an indefinite length', '30 80 00 00', 'an element has no length'],
    ['a length in five octets', '04 85 00 00 00 00 01 00', 'an element has no length'],
    ['a length that could be shorter', '04 81 01 00', 'a length is not the shortest'],
    ['a length that begins with nothing', '04 82 00 80', 'an element is longer than what holds it'],
    ['more than there is', '04 02 00', 'an element is longer than what holds it'],
    ['a child longer than its parent', '30 03 04 02 00', 'an element is longer than what holds it'],
    ['something after the end', '04 00 00', 'there is more after the end'],
    ['the end of contents', '30 02 00 00', 'a tag that is not expected'],
    ['a tag of several octets', '1f 01 00', 'a tag that is not expected'],
    ['a string in pieces', '24 03 04 01 00', 'a string in pieces'],
    ['a boolean that is 1', '01 01 01', 'a boolean is not in its shortest form'],
    ['a number with nothing before it', '02 02 00 01', 'a number is not in its shortest form'],
    ['a negative number with nothing before it', '02 02 ff 80', 'a number is not in its shortest form'],
    ['no number', '02 00', 'a number is not in its shortest form'],
    ['a null with content', '05 01 00', 'a null is not in its shortest form'],
    ['spare bits that are set', '03 02 01 01', 'a bit string is not in its shortest form'],
    ['eight spare bits', '03 02 08 00', 'a bit string is not in its shortest form'],
    ['spare bits of nothing', '03 01 01', 'a bit string is not in its shortest form'],
    [
      'an object identifier with nothing before an arc',
      '06 03 2a 80 01',
      'an object identifier is not in its shortest form',
    ],
    ['one that does not end', '06 02 2a 80', 'an object identifier is not in its shortest form'],
  ])('%s', (_, hex, message) => {
    expect(() => readCanonical(bytes(hex))).toThrow(new DerError(message));
  });

  test('deeper than any file of ours, or with more elements, it is not read', () => {
    let deep: Buffer = Buffer.alloc(0);
    for (let n = 0; n < 60; n++) deep = sequence(deep);
    expect(() => readCanonical(deep)).toThrow('too many elements');
    expect(() => readCanonical(sequence(Buffer.alloc(12_000, bytes('0500'))))).toThrow('too many elements');
  });

  test('what is written is read, at every size of a length', () => {
    for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const one = element(0x04, Buffer.alloc(size, 1));
      expect(readCanonical(one).body).toHaveLength(size);
    }
    expect(integer(Buffer.of(0, 0x80)).toString('hex')).toBe('02020080');
    expect(integer(0).toString('hex')).toBe('020100');
    expect(oidOf('2.5.29.15').toString('hex')).toBe('0603551d0f');
    expect(oidOf('1.2.840.113549.1.7.2').toString('hex')).toBe('06092a864886f70d010702');
  });
});

describe('times', () => {
  test.each([
    ['2026-11-22T12:00:00.000Z', '17 0d 323631313232313230303030 5a'],
    ['1999-12-31T23:59:59.000Z', '17 0d 393931323331323335393539 5a'],
    ['2050-01-01T00:00:00.000Z', '18 0f 3230353030313031303030303030 5a'],
  ])('%s', (iso, hex) => {
    expect(timeOf(Date.parse(iso)).toString('hex')).toBe(bytes(hex).toString('hex'));
    expect(readTime(readDer(bytes(hex)))).toBe(Date.parse(iso));
  });

  test.each([
    '20261301000000Z',
    '20260230000000Z',
    '20261122240000Z',
    '20261122120000',
    '20261122120000.50Z',
    '20261122120000+0100',
  ])('%s is none', (text) => {
    expect(() => readTime(readDer(element(0x18, Buffer.from(text))))).toThrow(DerError);
  });

  test('parts of a second count', () => {
    expect(readTime(readDer(element(0x18, Buffer.from('20261122120000.25Z'))))).toBe(
      Date.parse('2026-11-22T12:00:00.250Z'),
    );
  });
});

/** Bytes at random, and bytes that begin as DER does. */
const anything = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 100 }).map((inner) => sequence(sequence(inner), element(0xa0, inner))),
);

const named = (read: () => unknown): true => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof Error) || !['DerError', 'SignatureError'].includes(error.name)) throw error;
  }
  return true;
};

describe('for any bytes the named error and no other', () => {
  test('that are anything', () => {
    fc.assert(
      fc.property(anything, (any) => {
        const one = Buffer.from(any);
        return [
          () => readCanonical(one),
          () => readCertificate(one),
          () => readSignature(one, one),
          () => readStamp(one, one),
        ].every(named);
      }),
    );
  });

  test('that are a certificate with some octets changed', () => {
    const { certificate } = labKey(signers.get('P-256')!.signer.key);
    const der = certificatesIn(certificate)[0]!.der;
    const edit = fc.tuple(fc.nat(der.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const changed = Buffer.from(der);
        for (const [at, value] of edits) changed[at] = value;
        return named(() => readCertificate(changed).key);
      }),
    );
  });

  test('and a folder with them is not whole', () => {
    fc.assert(
      fc.property(anything, (any) => {
        const [p7s, sums] = [Buffer.from(any), Buffer.from('sums\n')];
        return (
          verifyBeside(sums, { p7s }).problems.length === 1 && verifyBeside(sums, { tsr: p7s }).problems.length === 1
        );
      }),
    );
  });
});
