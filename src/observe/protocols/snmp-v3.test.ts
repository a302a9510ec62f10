import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getPdu, SYSTEM } from './snmp.ts';
import {
  AUTHENTICATIONS,
  getRequest3,
  type Keys,
  localisedKey,
  type Privacy,
  readAnswer3,
  readMessage3,
  writeMessage3,
} from './snmp-v3.ts';

const engine = { id: Buffer.from('000000000000000000000002', 'hex'), boots: 3, time: 77 };
const way = (name: string) => AUTHENTICATIONS.find((each) => each.name === name)!;
const keysOf = (name: string, how?: Privacy): Keys => {
  const auth = localisedKey(way(name), 'maplesyrup', engine.id)!;
  return { authentication: way(name), auth, ...(how && { privacy: { how, key: auth } }) };
};

describe('keys (RFC 3414, A.3)', () => {
  it.each([
    ['MD5', '526f5eed9fcce26f8964c2930787d82b'],
    ['SHA', '6695febc9288e36282235fc7151f128497b38f3f'],
  ])('%s', (name, expected) => {
    expect(localisedKey(way(name), 'maplesyrup', engine.id)?.toString('hex')).toBe(expected);
  });
  it('there is none of an empty password', () => {
    expect(localisedKey(way('SHA'), '', engine.id)).toBeUndefined();
  });
});

describe('messages', () => {
  const cases = AUTHENTICATIONS.flatMap(({ name }) =>
    [undefined, 'AES' as const, 'DES' as const].map((how) => [name, how] as const),
  );
  it.each(cases)('%s %s: read with the keys, not with others, and not once changed', (name, how) => {
    const keys = keysOf(name, how);
    const salt = Buffer.from('0102030405060708', 'hex');
    const bytes = getRequest3(engine, 'lab', 4711, Object.values(SYSTEM), keys, salt);
    const read = readMessage3(bytes, () => keys);
    expect(read).toMatchObject({ id: 4711, user: 'lab', engine, verified: true, encrypted: how !== undefined });
    expect(read?.pdu?.raw).toEqual(getPdu(4711, Object.values(SYSTEM)));
    if (how) expect(bytes.includes(getPdu(4711, Object.values(SYSTEM)))).toBe(false);
    expect(readMessage3(bytes, () => ({ ...keys, auth: Buffer.alloc(64) }))?.verified).toBe(false);
    const changed = Buffer.from(bytes);
    changed[bytes.length - 1]! ^= 1;
    expect(readMessage3(changed, () => keys)?.verified).not.toBe(true);
  });
  it('our own question is no answer', () => {
    expect(readAnswer3(getRequest3(engine, 'lab', 1, [SYSTEM.sysName]))).toBeUndefined();
  });
  it('never throws', () => {
    const keys = keysOf('SHA', 'AES');
    const pdu = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
    return fc.assert(
      fc.property(
        fc.uint8Array(),
        pdu,
        fc.constantFrom(undefined, 'AES' as const, 'DES' as const),
        (bytes, inner, how) => {
          readAnswer3(Buffer.from(bytes), keys);
          const own = how && { ...keys, privacy: { how, key: keys.auth } };
          readAnswer3(writeMessage3({ id: 1, engine, user: 'x', reportable: false, pdu: inner }, own), keys);
        },
      ),
      { numRuns: 200 },
    );
  });
});
