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
    name: 'DTLS whose certificate nobody read',
    attempts: [scan({ udp: [5684] }), recognised('udp/5684', 'dtls')],
    verdicts: [['camera/udp/5684', 'inconclusive']],
  },
  {
    name: 'no TLS',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera', 'not-applicable']],
  },
]);
