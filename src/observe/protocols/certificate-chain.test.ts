import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Drawn, drawn, extension, hostName, nameOf, pem } from '../../../test/kit/x509.ts';
import { element, sequence } from '../der.ts';
import { type CertificateQuestion, chainFacts } from './certificate.ts';

const key = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const [root, middle, leafKey, other] = [key(), key(), key(), key()] as [KeyObject, KeyObject, KeyObject, KeyObject];
const NOW = Date.parse('2026-11-22T10:00:00Z');
const SPAN = { from: new Date('2026-01-01'), to: new Date('2027-01-01') };

const rootCertificate = (more: Partial<Drawn> = {}) =>
  drawn({ ...SPAN, key: root, subject: 'root', ca: true, ...more });
const middleCertificate = (more: Partial<Drawn> = {}) =>
  drawn({ ...SPAN, key: middle, by: root, subject: 'middle', issuer: 'root', ca: true, ...more });
const leaf = (more: Partial<Drawn> = {}) => drawn({ ...SPAN, key: leafKey, by: middle, issuer: 'middle', ...more });
const ask = (chain: Buffer[], more: Partial<CertificateQuestion> = {}) =>
  chainFacts({ chain, names: [], host: '198.18.0.9', trust: [], now: NOW, ...more });
const first = (...given: Parameters<typeof ask>) => ask(...given).certificates[0]!;
const pin = (one: KeyObject) => createPublicKey(one).export({ type: 'spki', format: 'pem' }).toString();

const clients = ['1.3.6.1.5.5.7.3.2'];
const servers = ['1.3.6.1.5.5.7.3.1'];
const unknown = extension('1.2.3.4', Buffer.of(5, 0), true);
const constraints = (...groups: Buffer[]) => extension('2.5.29.30', sequence(...groups), true);
const permitted = (...bases: Buffer[]) => element(0xa0, ...bases.map((base) => sequence(base)));
const excluded = (...bases: Buffer[]) => element(0xa1, ...bases.map((base) => sequence(base)));

describe('chains', () => {
  const whole = { trusted: true, chain: 'whole' };
  const no = { trusted: false };
  /** Twenty of one name and key, each of which issued every other. */
  const ring = Array.from({ length: 20 }, (_, i) =>
    drawn({ ...SPAN, key: middle, subject: 'middle', issuer: 'middle', ca: true, serial: Buffer.of(1, i) }),
  );
  const constrained = (...groups: Buffer[]) => [pem(rootCertificate({ more: [constraints(...groups)] }))];
  const named = [leaf({ names: ['cam.example', '198.18.0.9'] }), middleCertificate()];
  const rows: [string, Buffer[], object, string[]?][] = [
    ['over an intermediate', [leaf(), middleCertificate()], { ...whole, order: 'ordered', presented: 2 }],
    ['the intermediate is missing', [leaf()], { ...no, chain: 'incomplete', presented: 1 }],
    ['in reverse', [leaf(), rootCertificate(), middleCertificate()], { ...whole, order: 'disordered' }],
    ['the leaf twice', [leaf(), leaf(), middleCertificate()], { ...whole, order: 'disordered' }],
    ['an intermediate that is no CA', [leaf(), middleCertificate({ ca: false })], { ...no, chain: 'whole' }],
    ['one that may not sign', [leaf(), middleCertificate({ keyUsage: Buffer.of(7, 0x80) })], no],
    ['one that may', [leaf(), middleCertificate({ keyUsage: Buffer.of(2, 4) })], whole],
    ['one for clients', [leaf(), middleCertificate({ purposes: clients })], no],
    ['one for servers', [leaf(), middleCertificate({ purposes: servers })], whole],
    ['one that ended', [leaf(), middleCertificate({ to: new Date(NOW - 1000) })], no],
    ['one of another key', [leaf(), middleCertificate({ key: other })], { ...no, chain: 'broken' }],
    ['no CA below', [leaf(), middleCertificate()], no, [pem(rootCertificate({ pathLength: 0 }))]],
    ['one CA below', [leaf(), middleCertificate()], whole, [pem(rootCertificate({ pathLength: 1 }))]],
    ['a root that ended', [leaf(), middleCertificate()], no, [pem(rootCertificate({ to: new Date(NOW - 1000) }))]],
    [
      'a root of version 1',
      [leaf(), middleCertificate()],
      whole,
      [pem(drawn({ ...SPAN, key: root, subject: 'root', version: 1 }))],
    ],
    [
      'an intermediate of version 1',
      [leaf(), drawn({ ...SPAN, key: middle, by: root, subject: 'middle', issuer: 'root', version: 1 })],
      no,
    ],
    ['one with something critical that nobody knows', [leaf(), middleCertificate({ more: [unknown] })], no],
    ['names in other letters', [leaf({ issuer: 'MIDDLE' }), middleCertificate()], whole],
    ['the intermediate is given', [leaf()], whole, [pem(middleCertificate())]],
    ['the key of the leaf is pinned', [leaf()], whole, [pin(leafKey)]],
    ['the key of an issuer is pinned', [leaf(), middleCertificate()], whole, [pin(middle)]],
    ['a key of somebody else is pinned', [leaf()], { ...no, chain: 'incomplete' }, [pin(other)]],
    ['certificates that issued each other', [leaf(), ...ring], no],
    ['an own name that is allowed', named, whole, constrained(permitted(hostName('example')))],
    ['one that is not', named, no, constrained(permitted(hostName('test')))],
    ['one that is excluded', named, no, constrained(excluded(hostName('cam.example')))],
    [
      'an address that is allowed',
      named,
      whole,
      constrained(permitted(element(0x87, Buffer.of(198, 18, 0, 0, 255, 255, 0, 0)))),
    ],
    ['one that is not allowed', named, no, constrained(permitted(element(0x87, Buffer.of(10, 0, 0, 0, 255, 0, 0, 0))))],
    ['a subject that is allowed', named, whole, constrained(permitted(element(0xa4, nameOf('cam'))))],
    ['a subject that is not', named, no, constrained(permitted(element(0xa4, nameOf('lock'))))],
    [
      'constraints that cannot be read',
      named,
      no,
      [pem(rootCertificate({ more: [extension('2.5.29.30', Buffer.of(0x30, 9))] }))],
    ],
  ];
  const trust = [pem(rootCertificate())];
  it.each(rows)('%s', (_name, chain, expected, anchors = trust) =>
    expect(first(chain, { trust: anchors })).toMatchObject(expected),
  );

  it('says which of the others the way goes over', () => {
    const stranger = drawn({ ...SPAN, key: other, subject: 'stranger', ca: true, hash: 'sha1' });
    const told = (chain: Buffer[], anchors: string[]) =>
      ask(chain, { trust: anchors }).certificates.map(({ inChain }) => inChain);
    const cross = drawn({ ...SPAN, key: root, by: other, subject: 'root', issuer: 'stranger', ca: true });
    expect(told([leaf(), middleCertificate(), cross], trust)).toEqual([undefined, true, false]);
    expect(told([leaf(), middleCertificate(), cross], [pem(stranger)])).toEqual([undefined, true, true]);
    expect(told([leaf(), stranger, middleCertificate()], [])).toEqual([undefined, false, true]);
  });

  it('says why an issuer may not have issued', () => {
    const chain = [
      leaf({ names: ['cam.example'] }),
      middleCertificate(),
      rootCertificate({
        pathLength: 0,
        keyUsage: Buffer.of(7, 0x80),
        more: [constraints(excluded(hostName('example')))],
      }),
    ];
    expect(ask(chain).certificates.map(({ faults }) => faults)).toEqual([
      undefined,
      undefined,
      ['path-too-long', 'may-not-issue', 'name-not-permitted'],
    ]);
  });

  it('counts a chain of a thousand, and tells of the first ones', () => {
    const { certificates } = ask([leaf(), ...Array(999).fill(middleCertificate())], { trust });
    expect([certificates.length, certificates[0]]).toMatchObject([10, { presented: 1000, trusted: true }]);
  });

  it('tells of the others where one cannot be read', () => {
    const torn = middleCertificate().subarray(0, 200);
    const found = ask([leaf(), torn, rootCertificate()], { trust });
    expect(found.certificates.map(({ position }) => position)).toEqual([0, 2]);
    expect(found.unreadable).toMatchObject([{ position: 1 }]);
    expect(found.certificates[0]).toMatchObject({ trusted: false, presented: 3 });
    expect(found.certificates[0]!.order).toBeUndefined();
    expect(ask([torn, rootCertificate()])).toMatchObject({ key: undefined, certificates: [{ position: 1 }] });
  });
});

describe('dates', () => {
  const utc = (text: string) => element(0x17, Buffer.from(text));
  const general = (text: string) => element(0x18, Buffer.from(text));
  const malformed = ['malformed-date'];
  const rows: [string, Buffer, Buffer, object][] = [
    ['1970', utc('700101000000Z'), utc('800101000000Z'), { notBefore: '1970-01-01T00:00:00.000Z', inDate: false }],
    ['since 1970', utc('700101000000Z'), utc('380119031407Z'), { notAfter: '2038-01-19T03:14:07.000Z', inDate: true }],
    [
      '1950',
      utc('500101000000Z'),
      utc('491231235959Z'),
      { notBefore: '1950-01-01T00:00:00.000Z', notAfter: '2049-12-31T23:59:59.000Z', inDate: true },
    ],
    ['past 2038', utc('260101000000Z'), utc('380119031408Z'), { notAfter: '2038-01-19T03:14:08.000Z', inDate: true }],
    ['2050', utc('260101000000Z'), general('20500101000000Z'), { notAfter: '2050-01-01T00:00:00.000Z', inDate: true }],
    [
      'no end',
      utc('260101000000Z'),
      general('99991231235959Z'),
      { notAfter: '9999-12-31T23:59:59.000Z', inDate: true },
    ],
    ['its end before its beginning', utc('270101000000Z'), utc('260101000000Z'), { inDate: false }],
    ['without seconds', utc('2601010000Z'), utc('270101000000Z'), { inDate: true, faults: malformed }],
    [
      'in another zone',
      utc('261122110001+0100'),
      utc('270101000000Z'),
      { notBefore: '2026-11-22T10:00:01.000Z', inDate: false, faults: malformed },
    ],
    ['with fractions', general('20260101000000.5Z'), utc('270101000000Z'), { inDate: true, faults: malformed }],
    ['to the second', utc('261122100000Z'), utc('261122100000Z'), { inDate: true }],
  ];
  it.each(rows)('%s', (_name, from, to, expected) => expect(first([leaf({ from, to })])).toMatchObject(expected));

  const dated = { from: utc('2601010000Z') };
  const signers: [string, KeyObject][] = [
    ['rsa', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    [
      'rsa-pss',
      generateKeyPairSync('rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' })
        .privateKey,
    ],
    ['ec', root],
    ['ed25519', generateKeyPairSync('ed25519').privateKey],
  ];
  it.each(signers)('do not keep a signature from being checked: %s', (_name, by) => {
    const above = pem(rootCertificate({ key: by }));
    const issued = { ...dated, issuer: 'root', by };
    const forged = leaf(issued);
    forged[forged.length - 1]! ^= 1;
    const fact = (one: Buffer) => first([one], { trust: [above] });
    expect(fact(leaf(issued))).toMatchObject({ trusted: true, selfSigned: false, faults: malformed });
    expect(fact(forged)).toMatchObject({ trusted: false });
    expect(fact(leaf({ ...issued, by: other }))).toMatchObject({ trusted: false });
    expect(first([rootCertificate({ ...dated, key: by })])).toMatchObject({ selfSigned: true, faults: malformed });
  });

  it.each([
    ['the 30th of February', utc('260230000000Z')],
    ['no digits', utc('26022x000000Z')],
    ['another type', element(0x0c, Buffer.from('260101000000Z'))],
    ['past 9999', general('99991231235959-0100')],
  ])('cannot be read: %s', (_name, to) => {
    expect(ask([leaf({ to })])).toMatchObject({ certificates: [], unreadable: [{ position: 0 }], key: undefined });
  });

  it('cannot be told by a clock that stands before the tool was made, but for what ended before it', () => {
    const at1970 = (one: Buffer) => first([one], { now: 1000 });
    expect(at1970(leaf()).inDate).toBeUndefined();
    expect(at1970(leaf({ from: utc('700101000000Z'), to: utc('800101000000Z') })).inDate).toBe(false);
    expect(at1970(leaf({ from: utc('300101000000Z'), to: utc('310101000000Z') })).inDate).toBeUndefined();
  });
});

describe('names', () => {
  const rows: [string, Partial<Drawn>, string[], string | undefined, boolean | undefined][] = [
    ['itself', { names: ['cam.example'] }, ['cam.example'], undefined, true],
    ['other letters, and a dot at the end', { names: ['Cam.Example.'] }, ['CAM.example.'], undefined, true],
    ['one of several', { names: ['cam.example'] }, ['x.example', 'cam.example'], undefined, true],
    ['a common name alone', { subject: 'cam.example' }, ['cam.example'], undefined, false],
    [
      'a common name beside other names',
      { subject: 'cam.example', names: ['x.example'] },
      ['cam.example'],
      undefined,
      false,
    ],
    ['a wildcard', { names: ['*.home.example'] }, ['cam.home.example'], undefined, true],
    ['a wildcard for two labels', { names: ['*.example.net'] }, ['a.cam.example.net'], undefined, false],
    ['a wildcard for none', { names: ['*.home.example'] }, ['home.example'], undefined, false],
    ['a wildcard for a part', { names: ['c*.home.example'] }, ['cam.home.example'], undefined, false],
    ['a wildcard in the middle', { names: ['cam.*.example'] }, ['cam.home.example'], undefined, false],
    ['a wildcard over everything', { names: ['*.local'] }, ['cam.local'], undefined, false],
    ['a wildcard alone', { names: ['*'] }, ['cam'], undefined, false],
    ['an IDN', { names: ['xn--bcher-kva.example'] }, ['bücher.example'], undefined, true],
    ['an IDN that is not encoded', { names: ['b\xfccher.example'] }, ['bücher.example'], undefined, false],
    ['a NUL', { names: ['cam.example\0.evil.example'] }, ['cam.example'], undefined, false],
    ['a label', { names: ['cam'] }, ['cam'], undefined, true],
    ['an address', { names: ['198.18.0.9'] }, [], '198.18.0.9', true],
    ['another address', { names: ['198.18.0.8'] }, [], '198.18.0.9', false],
    [
      'an address as a host name',
      { more: [extension('2.5.29.17', sequence(hostName('198.18.0.9')))] },
      ['cam.example'],
      '198.18.0.9',
      false,
    ],
    ['an address of IPv6', { names: ['fd00::1'] }, [], 'fd00:0:0::1', true],
    ['an address of IPv6 with a zone', { names: ['fe80::1'] }, [], 'fe80::1%eth0', true],
    ['another address of IPv6', { names: ['fd00::2'] }, [], 'fd00::1', false],
    ['a host name, and nothing to hold it to', { names: ['cam.example'] }, [], '198.18.0.9', undefined],
    ['nothing at all', {}, [], '198.18.0.9', undefined],
    ['nothing at all, against a name', {}, ['cam.example'], '198.18.0.9', false],
  ];
  it.each(rows)('%s', (_name, more, names, host, expected) =>
    expect(first([leaf(more)], { names, host }).nameMatches).toBe(expected),
  );
});

describe('what X.509 does not allow', () => {
  const usage = extension('2.5.29.15', Buffer.of(3, 2, 7, 0x80));
  const rows: [string, Partial<Drawn>, object][] = [
    ['nothing', {}, { faults: undefined, version: 3, serial: '1234' }],
    ['an extension twice', { more: [usage, usage] }, { faults: ['duplicate-extension'] }],
    ['a critical one that nobody knows', { more: [unknown] }, { faults: ['unknown-critical-extension'] }],
    ['one that is not critical', { more: [extension('1.2.3.4', Buffer.of(5, 0))] }, { faults: undefined }],
    [
      'names that are none',
      { more: [extension('2.5.29.17', Buffer.of(0x30, 5))] },
      { faults: ['broken-extension'], names: [] },
    ],
    ['version 1', { version: 1 }, { faults: undefined, version: 1 }],
    ['version 1 with extensions', { version: 1, names: ['cam.example'] }, { faults: ['extensions-without-version'] }],
    ['serial 0', { serial: Buffer.of(0) }, { serial: '00' }],
    ['a negative serial', { serial: Buffer.of(0xff) }, { serial: '-01' }],
    ['a long serial', { serial: Buffer.alloc(30, 0x11) }, { serial: '11'.repeat(30) }],
    [
      'purposes',
      { purposes: [...clients, ...servers, '1.2.3'] },
      { extendedKeyUsage: ['clientAuth', 'serverAuth', '1.2.3'] },
    ],
    ['key usage', { keyUsage: Buffer.of(7, 0, 0x80) }, { keyUsage: ['decipherOnly'] }],
    ['SHA-1', { hash: 'sha1' }, { signatureAlgorithm: 'ecdsa-with-SHA1' }],
  ];
  it.each(rows)('%s', (_name, more, expected) =>
    expect({ faults: undefined, ...first([leaf(more)]) }).toMatchObject(expected),
  );
});
