import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getRequest, readAnswer, SYSTEM } from './snmp.ts';

/** Our GET with its PDU turned into a Response. */
const mirrored = (bytes: Buffer): Buffer => {
  const answer = Buffer.from(bytes);
  answer[answer.indexOf(0xa0)] = 0xa2;
  return answer;
};

describe('getRequest', () => {
  it('is as RFC 1157 has it', () => {
    expect(getRequest(0, 'public', 1, [SYSTEM.sysDescr]).toString('hex')).toBe(
      '302602010004067075626c6963a019020101020100020100300e300c06082b060102010101000500',
    );
  });
  it('comes back with its id', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.string({ maxLength: 300 }), (id, community) => {
        // A community that holds 0xa0 would be turned instead of the PDU.
        fc.pre(
          !Buffer.from(community).includes(0xa0) && !getRequest(1, community, id, []).subarray(0, 8).includes(0xa0),
        );
        expect(readAnswer(mirrored(getRequest(1, community, id, Object.values(SYSTEM))))).toMatchObject({
          version: 1,
          id,
        });
      }),
    );
  });
});

describe('readAnswer', () => {
  it('reads text, and leaves out what is not there', () => {
    const answer =
      '303802010104067075626c6963a22b02010702010002010030203010' +
      '06082b06010201010100040468 7562 31'.replace(/ /g, '') +
      '300c06082b060102010105008100';
    expect(readAnswer(Buffer.from(answer, 'hex'))).toEqual({
      version: 1,
      id: 7,
      status: 0,
      values: new Map([[SYSTEM.sysDescr, 'hub1']]),
    });
  });
  it('takes a GET that is sent back for none', () => {
    expect(readAnswer(getRequest(1, 'public', 1, [SYSTEM.sysDescr]))).toBeUndefined();
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readAnswer(Buffer.from(bytes))));
    const whole = mirrored(getRequest(1, 'public', 7, Object.values(SYSTEM)));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        void readAnswer(changed);
      }),
    );
  });
});
