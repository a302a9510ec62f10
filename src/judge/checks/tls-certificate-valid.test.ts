import { expect } from 'vitest';
import { attempt, checkTest, type FactDraft, recognised, scan, sha } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import check from './tls-certificate-valid.ts';

type Certificate = Partial<FactOf<'certificate'>>;
const https = [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')];
const seen = (...certificates: Certificate[]) => [
  ...https,
  attempt(
    'tls-server',
    'camera/tcp/443/tls',
    certificates.map((each): FactDraft => ({ kind: 'certificate', ...each })),
  ),
];
const good: Certificate = { trusted: true, nameMatches: true };
const id = `camera/tcp/443/${sha('c').slice(0, 16)}`;
const named = { component: { names: ['camera.lab.example'] } };
const against = { more: { [id]: { conditions: ['against-declared-or-given-trust'] } } };

checkTest(check, [
  {
    name: 'trusted, in date and named',
    attempts: seen(good),
    verdicts: [[id, 'pass']],
  },
  {
    name: 'trusted by what the maker declares',
    declares: { trust: 'PEM' },
    attempts: seen(good),
    verdicts: [[id, 'pass']],
    more: { [id]: { restsOn: 'declaration' } },
  },
  {
    name: 'out of date',
    attempts: seen({ ...good, inDate: false, notAfter: '2026-06-01T00:00:00Z' }),
    verdicts: [[id, 'fail', 'conclusive']],
    more: {
      [id]: {
        because:
          'The certificate "CN=camera" of TLS at tcp/443 is out of date (valid from 2026-01-01 to 2026-06-01, seen 2026-11-22).',
      },
    },
  },
  {
    name: 'wrong name, against a declared one',
    ...named,
    attempts: seen({ ...good, nameMatches: false }),
    verdicts: [[id, 'fail', 'conclusive']],
  },
  {
    name: 'wrong name, against the bare address',
    attempts: seen({ ...good, nameMatches: false }),
    verdicts: [[id, 'fail', 'indicative']],
  },
  {
    name: 'a CA certificate as a leaf',
    attempts: seen({ ...good, isCa: true }),
    verdicts: [[id, 'fail', 'conclusive']],
  },
  ...['md5WithRSAEncryption', 'sha1WithRSAEncryption', 'ecdsa-with-SHA1'].map((signatureAlgorithm) => ({
    name: `signed with ${signatureAlgorithm}`,
    attempts: seen({ ...good, signatureAlgorithm }),
    verdicts: [[id, 'fail', 'conclusive'] as const],
  })),
  {
    name: 'an issuer signed with SHA-1, and a root whose own signature says nothing',
    attempts: seen(
      good,
      { position: 1, sha256: sha('1'), signatureAlgorithm: 'sha1WithRSAEncryption', isCa: true },
      { position: 2, sha256: sha('2'), signatureAlgorithm: 'md5WithRSAEncryption', isCa: true, selfSigned: true },
    ),
    verdicts: [[id, 'fail', 'conclusive']],
    more: {
      [id]: {
        because:
          'The certificate "CN=camera" of TLS at tcp/443 comes with an issuer that is signed with sha1WithRSAEncryption.',
      },
    },
  },
  {
    name: "a root's own MD5 signature is no finding",
    attempts: seen(good, {
      position: 1,
      sha256: sha('2'),
      signatureAlgorithm: 'md5WithRSAEncryption',
      isCa: true,
      selfSigned: true,
    }),
    verdicts: [[id, 'pass']],
  },
  { name: 'a broken chain', attempts: seen({ ...good, chain: 'broken' }), verdicts: [[id, 'fail', 'conclusive']] },
  {
    name: 'not trusted by the given anchors',
    attempts: seen({ ...good, trusted: false }),
    verdicts: [[id, 'fail', 'conclusive']],
    ...against,
  },
  {
    name: 'self-signed, against the given anchors',
    attempts: seen({ ...good, trusted: false, selfSigned: true }),
    verdicts: [[id, 'fail', 'conclusive']],
    ...against,
  },
  {
    name: 'self-signed with SHA-1, and no anchor: an app may pin it',
    attempts: seen({ nameMatches: true, selfSigned: true, isCa: true, signatureAlgorithm: 'sha1WithRSAEncryption' }),
    verdicts: [[id, 'fail', 'indicative']],
    more: {
      [id]: {
        because:
          'The certificate "CN=camera" of TLS at tcp/443 is a CA certificate and is self-signed, and no trust anchor was given.',
        conditions: [],
      },
    },
  },
  { name: 'self-signed and pinned', attempts: seen({ ...good, selfSigned: true }), verdicts: [[id, 'pass']] },
  { name: 'the only doubt is trust', attempts: seen({ nameMatches: true }), verdicts: [[id, 'inconclusive']] },
  { name: 'no name is known', attempts: seen({ trusted: true }), verdicts: [[id, 'inconclusive']] },
  { name: 'no certificate was shown', attempts: seen(), verdicts: [['camera/tcp/443', 'inconclusive']] },
  { name: 'nobody asked', attempts: https, verdicts: [['camera/tcp/443', 'inconclusive']] },
  {
    name: 'timed out',
    attempts: [...https, attempt('tls-server', 'camera/tcp/443/tls', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'two leaves at one port',
    attempts: seen(good, { ...good, sha256: sha('e'), inDate: false }),
    verdicts: [
      [id, 'pass'],
      [`camera/tcp/443/${sha('e').slice(0, 16)}`, 'fail', 'conclusive'],
    ],
  },
  {
    name: 'a leaf with its own issuers, beside another leaf with bad ones',
    attempts: seen(
      good,
      { position: 1, sha256: sha('1'), isCa: true },
      { ...good, sha256: sha('e') },
      { position: 1, sha256: sha('2'), signatureAlgorithm: 'sha1WithRSAEncryption', isCa: true },
    ),
    verdicts: [
      [id, 'pass'],
      [`camera/tcp/443/${sha('e').slice(0, 16)}`, 'fail', 'conclusive'],
    ],
  },
  {
    name: 'a weak issuer behind a leaf that could not be read',
    attempts: seen(
      good,
      { position: 1, sha256: sha('1'), isCa: true },
      { position: 1, sha256: sha('2'), signatureAlgorithm: 'sha1WithRSAEncryption', isCa: true },
    ),
    verdicts: [[id, 'pass']],
  },
  {
    name: 'a certificate with SHA-1 that no way goes over',
    attempts: seen(good, {
      position: 1,
      sha256: sha('1'),
      signatureAlgorithm: 'sha1WithRSAEncryption',
      isCa: true,
      inChain: false,
    }),
    verdicts: [[id, 'pass']],
  },
  {
    name: "the tester's clock cannot tell",
    attempts: seen({ ...good, inDate: undefined }),
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'of 1970, and out of date',
    attempts: seen({ ...good, inDate: false, notBefore: '1970-01-01T00:00:10Z', notAfter: '1980-01-01T00:00:10Z' }),
    verdicts: [[id, 'fail', 'conclusive']],
    more: { [id]: { because: expect.stringContaining('as a clock that was never set makes it') } },
  },
  {
    name: 'its end before its beginning',
    attempts: seen({ ...good, inDate: false, notAfter: '2025-01-01T00:00:00Z' }),
    verdicts: [[id, 'fail', 'conclusive']],
    more: { [id]: { because: expect.stringContaining('ends before it begins') } },
  },
  {
    name: 'no subjectAltName, against a declared name',
    ...named,
    attempts: seen({ ...good, nameMatches: false, names: [] }),
    verdicts: [[id, 'fail', 'conclusive']],
    more: { [id]: { because: expect.stringContaining('a common name does not count') } },
  },
  {
    name: 'what is only told',
    attempts: seen({
      ...good,
      order: 'disordered',
      presented: 1000,
      version: 1,
      serial: '-05',
      notAfter: '9999-12-31T23:59:59.000Z',
    }),
    verdicts: [[id, 'pass']],
    more: {
      [id]: {
        because: expect.stringMatching(
          /\(its chain is not in order, 1000 certificates are presented, it is of version 1, its serial number is not positive and it has no end\)\.$/,
        ),
      },
    },
  },
  ...(
    [
      ['for clients alone', { extendedKeyUsage: ['clientAuth'] }],
      ['of a key usage that is of no use', { keyUsage: ['cRLSign'] }],
      ['with a fault', { faults: ['duplicate-extension'] }],
    ] as const
  ).map(([name, more]) => ({
    name,
    attempts: seen({ ...good, ...more } as unknown as Certificate),
    verdicts: [[id, 'fail', 'indicative'] as const],
  })),
  ...(
    [
      ['for servers', { extendedKeyUsage: ['clientAuth', 'serverAuth'] }],
      ['for anything', { extendedKeyUsage: ['anyExtendedKeyUsage'] }],
      ['to sign with', { keyUsage: ['digitalSignature'] }],
      ['of a long serial', { serial: 'a'.repeat(60) }],
      ['of serial zero', { serial: '00' }],
    ] as const
  ).map(([name, more]) => ({
    name,
    attempts: seen({ ...good, ...more } as unknown as Certificate),
    verdicts: [[id, 'pass'] as const],
  })),
  ...(
    [
      ['that is no CA', {}],
      ['that is out of date', { isCa: true, inDate: false }],
      ['that allows less', { isCa: true, faults: ['path-too-long'] }],
    ] as const
  ).map(([name, more]) => ({
    name: `no trust given, and an issuer ${name}`,
    attempts: seen({ nameMatches: true }, { position: 1, sha256: sha('1'), ...more } as unknown as Certificate),
    verdicts: [[id, 'fail', 'indicative'] as const],
  })),
  {
    name: 'another certificate to who gives no name, expired and not trusted',
    ...named,
    attempts: seen(good, { sha256: sha('e'), inDate: false, trusted: false }),
    verdicts: [
      [id, 'pass'],
      [`camera/tcp/443/${sha('e').slice(0, 16)}`, 'fail', 'indicative'],
    ],
  },
  {
    name: 'another good certificate to who gives no name',
    ...named,
    attempts: seen(good, { sha256: sha('e'), trusted: true }),
    verdicts: [
      [id, 'pass'],
      [`camera/tcp/443/${sha('e').slice(0, 16)}`, 'pass'],
    ],
  },
  ...[true, false].map((isFirst) => ({
    name: `one leaf in two runs, out of date in the ${isFirst ? 'first' : 'second'}`,
    runs: [
      { attempts: seen({ ...good, inDate: !isFirst, notAfter: '2026-06-01T00:00:00Z' }) },
      { attempts: seen({ ...good, inDate: isFirst, notAfter: '2026-06-01T00:00:00Z' }) },
    ],
    verdicts: [[`20261122T101500Z:${id}`, 'fail', 'conclusive'] as const],
  })),
  {
    name: 'one leaf in two runs, held to an anchor in the second',
    runs: [{ attempts: seen({ ...good, trusted: undefined, selfSigned: true }) }, { attempts: seen(good) }],
    verdicts: [[`20261122T101500Z:${id}`, 'pass']],
  },
  {
    name: 'one leaf with its issuers to some, and without them to others',
    attempts: seen(
      good,
      { position: 1, sha256: sha('1'), isCa: true },
      { ...good, trusted: false, chain: 'incomplete' },
    ),
    verdicts: [[id, 'fail', 'conclusive']],
    more: {
      [id]: { because: expect.stringContaining('and the certificate of its issuer is not presented') },
    },
  },
  {
    name: 'one to who gives no name, and none to who does',
    ...named,
    attempts: seen({ trusted: true }),
    verdicts: [[id, 'inconclusive']],
  },
  ...(
    [
      [
        'pre-shared keys alone',
        ['TLS_PSK_WITH_AES_128_CCM_8', 'TLS_DHE_PSK_WITH_AES_128_GCM_SHA256'],
        'not-applicable',
      ],
      ['pre-shared keys with a certificate', ['TLS_RSA_PSK_WITH_AES_128_CBC_SHA'], 'inconclusive'],
      [
        'pre-shared keys among others',
        ['TLS_PSK_WITH_AES_128_CCM_8', 'TLS_DH_anon_WITH_AES_128_CBC_SHA'],
        'inconclusive',
      ],
      ['anonymous suites alone', ['TLS_DH_anon_WITH_AES_128_CBC_SHA'], 'inconclusive'],
      ['suites that need one', ['TLS_RSA_WITH_AES_128_CBC_SHA'], 'inconclusive'],
    ] as const
  ).map(([name, suites, verdict]) => ({
    name: `no certificate, and ${name}`,
    attempts: [
      ...https,
      attempt(
        'tls-server',
        'camera/tcp/443/tls',
        suites.map((each): FactDraft => ({ kind: 'offer', role: 'suite', version: 'TLS 1.2', name: each })),
      ),
    ],
    verdicts: [['camera/tcp/443', verdict] as const],
  })),
  {
    name: 'no certificate, and whether pre-shared keys are all is not known',
    attempts: [
      ...https,
      attempt(
        'tls-server',
        'camera/tcp/443/tls',
        [{ kind: 'offer', role: 'suite', version: 'TLS 1.2', name: 'TLS_PSK_WITH_AES_128_CCM_8' }],
        { broke: 'timeout', open: ['offer'] },
      ),
    ],
    verdicts: [['camera/tcp/443', 'inconclusive']],
  },
  {
    name: 'that suites stayed open is no gap of it',
    attempts: [
      ...https,
      attempt('tls-server', 'camera/tcp/443/tls', [{ kind: 'certificate', ...good }], {
        broke: 'timeout',
        open: ['offer'],
      }),
    ],
    verdicts: [[id, 'pass']],
  },
  {
    name: 'after STARTTLS',
    attempts: [
      scan({ tcp: [25] }),
      recognised('tcp/25', 'smtp'),
      attempt('tls-server', 'camera/tcp/25/smtp', [{ kind: 'certificate', ...good, inDate: false }]),
    ],
    verdicts: [[`camera/tcp/25/${sha('c').slice(0, 16)}`, 'fail', 'conclusive']],
    more: {
      [`camera/tcp/25/${sha('c').slice(0, 16)}`]: {
        because: expect.stringContaining("TLS after SMTP's STARTTLS at tcp/25"),
      },
    },
  },
  {
    name: 'DTLS whose certificate nobody read',
    attempts: [scan({ udp: [5684] }), recognised('udp/5684', 'dtls')],
    verdicts: [['camera/udp/5684', 'inconclusive']],
  },
  {
    name: 'QUIC whose certificate nobody read',
    attempts: [scan({ udp: [443] }), recognised('udp/443', 'quic')],
    verdicts: [['camera/udp/443', 'inconclusive']],
  },
  {
    name: 'QUIC whose certificate ended',
    attempts: [
      scan({ udp: [443] }),
      recognised('udp/443', 'quic'),
      attempt('quic-server', 'camera/udp/443/quic', [{ kind: 'certificate', ...good, inDate: false }]),
    ],
    verdicts: [[`camera/udp/443/${sha('c').slice(0, 16)}`, 'fail', 'conclusive']],
    more: { [`camera/udp/443/${sha('c').slice(0, 16)}`]: { because: expect.stringContaining('QUIC at udp/443') } },
  },
  {
    name: 'no TLS',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera', 'not-applicable']],
  },
]);
