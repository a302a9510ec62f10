import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendedPassivePort, type FtpReply, passivePort, readReply } from './ftp.ts';

describe('readReply', () => {
  it.each([
    ['220 (vsFTPd 3.0.3)\r\n', { code: 220, lines: ['(vsFTPd 3.0.3)'], length: 20 }],
    [
      '230-Hello\r\n more\r\n 230 not yet\r\n230 Done\r\nnext',
      { code: 230, lines: ['Hello', ' more', ' 230 not yet', 'Done'], length: 42 },
    ],
    ['211-Features:\n AUTH TLS\n211 End\n', { code: 211, lines: ['Features:', ' AUTH TLS', 'End'], length: 32 }],
    ['331\r\n', { code: 331, lines: [''], length: 5 }],
    ['220 half', undefined],
    ['230-Hello\r\n', undefined],
    ['', undefined],
    ['SSH-2.0-x\r\n', false],
    ['999 no\r\n', false],
    ['x'.repeat(5000), false],
    [`230-${'x\n'.repeat(600)}`, false],
  ])('%j', (text, expected) => {
    expect(readReply(Buffer.from(text))).toEqual(expected);
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readReply(Buffer.from(bytes))));
  });
});

describe('passive ports', () => {
  const reply = (text: string): FtpReply => ({ code: 227, lines: [text], length: 0 });
  it.each([
    ['Entering Passive Mode (127,0,0,1,100,7).', 25607],
    ['=10,0,0,1,0,21', 21],
    ['(1,2,3,4,300,1)', undefined],
    ['(1,2,3,4,0,0)', undefined],
    ['no', undefined],
  ])('PASV %j', (text, port) => {
    expect(passivePort(reply(text))).toBe(port);
  });
  it.each([
    ['Entering Extended Passive Mode (|||6446|)', 6446],
    ['(|||99999|)', undefined],
    ['no', undefined],
  ])('EPSV %j', (text, port) => {
    expect(extendedPassivePort(reply(text))).toBe(port);
  });
});
