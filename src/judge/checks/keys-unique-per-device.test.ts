import { expect } from 'vitest';
import { attempt, checkTest, HOST, recognised, scan, sha } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import type { KnownKeys } from '../check.ts';
import type { OtherRun } from '../judge.ts';
import check from './keys-unique-per-device.ts';

const ssh = [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')];
const host: FactOf<'key'> = { kind: 'key', use: 'ssh-host', algorithm: 'ed25519', bits: 256, sha256: sha('a') };
const seen = [...ssh, attempt('ssh-server', 'camera/tcp/22/ssh', [host])];
const id = 'camera/tcp/22/ssh-host-ed25519';

const other = (
  letter: string,
  item: OtherRun['item'],
  algorithm: 'ed25519' | 'rsa' = 'ed25519',
  port = 22,
): OtherRun => ({
  run: '20261121T101500Z',
  seal: sha('5'),
  target: 'camera',
  item,
  keys: [
    {
      endpoint: { host: HOST, transport: 'tcp', port },
      fact: { kind: 'key', use: 'ssh-host', algorithm, bits: 256, sha256: sha(letter) },
    },
  ],
});

/** Another sample that shows a key of TLS. */
const asTls = (port: number, letter = 'b'): OtherRun => {
  const run = other(letter, { model: 'C', serial: 'A2' }, 'ed25519', port);
  return { ...run, keys: run.keys.map((key) => ({ ...key, fact: { ...key.fact, use: 'tls' as const } })) };
};
const smtp = [scan({ tcp: [25] }), recognised('tcp/25', 'smtp')];

const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const known = (use: 'tls' | 'ssh-host', letter: string): KnownKeys => ({
  name: 'list',
  digest: sha('9'),
  keys: [{ id: 'known', use, sha256: sha(letter), of: 'an example', source: 'a library' }],
});
const sharing = other('b', { model: 'C', serial: 'A2' });
const empty: OtherRun = {
  ...sharing,
  keys: [{ ...sharing.keys[0]!, fact: { ...sharing.keys[0]!.fact, sha256: NOTHING } }],
};

checkTest(check, [
  {
    name: 'a key whose private half is published, whatever other samples have',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('b', { model: 'C', serial: 'A2' })],
    knownKeys: [known('tls', 'a'), known('ssh-host', 'a')],
    verdicts: [[id, 'fail', 'conclusive']],
    more: {
      [id]: {
        because:
          'The ed25519 key of SSH at tcp/22 is the key of an example, whose private half is published (known; a library).',
      },
    },
  },
  {
    name: 'a published key of the other use is another key',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    knownKeys: [known('tls', 'a'), known('ssh-host', 'b')],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'another component of the product has it too: two names of one device, perhaps',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('b', { model: 'C', serial: 'A2' })],
    siblings: [{ component: 'hub', fact: host }],
    verdicts: [[id, 'fail', 'indicative']],
    more: { [id]: { because: 'The ed25519 key of SSH at tcp/22 is also the key of the component "hub".' } },
  },
  {
    name: 'another component has another key, which says nothing of the samples',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    siblings: [{ component: 'hub', fact: { ...host, sha256: sha('b') } }],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'an empty key is no key, also where it is in a list or on another sample',
    item: { model: 'C', serial: 'A1' },
    attempts: [...ssh, attempt('ssh-server', 'camera/tcp/22/ssh', [{ ...host, bits: 0, sha256: NOTHING }])],
    others: [empty],
    knownKeys: [{ ...known('ssh-host', 'a'), keys: [{ ...known('ssh-host', 'a').keys[0]!, sha256: NOTHING }] }],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'another sample has another key',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('b', { model: 'C', serial: 'A2' })],
    verdicts: [[id, 'pass']],
    more: {
      [id]: { because: 'The ed25519 key of SSH at tcp/22 differs from the keys of 1 other sample of this model.' },
    },
  },
  {
    name: 'another model with another key says nothing of the samples of this one',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('b', { model: 'D', serial: 'A2' })],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'two serial numbers without a model may be two models',
    item: { serial: 'A1' },
    attempts: seen,
    others: [other('b', { serial: 'A2' })],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'another sample has the same key',
    item: { serial: 'A1' },
    attempts: seen,
    others: [other('b', { serial: 'A2' }), other('a', { serial: 'A3' })],
    verdicts: [[id, 'fail', 'conclusive']],
    more: {
      [id]: {
        because:
          'The ed25519 key of SSH at tcp/22 is also the key of the sample with serial number "A3" (run 20261121T101500Z).',
      },
    },
  },
  {
    name: 'another model has the same key, and nobody said which samples they are',
    item: { model: 'C-100' },
    attempts: seen,
    others: [other('a', { model: 'C-200' })],
    verdicts: [[id, 'fail', 'indicative']],
  },
  {
    name: 'the same key and the same serial number: it is the same device',
    item: { serial: 'A1' },
    attempts: seen,
    others: [other('a', { serial: 'A1' })],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'the same key and no serial numbers prove nothing',
    attempts: seen,
    others: [other('a', {})],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'different keys and no serial numbers prove nothing',
    attempts: seen,
    others: [other('b', {})],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'keys of different kinds are not compared',
    item: { serial: 'A1' },
    attempts: seen,
    others: [other('b', { serial: 'A2' }, 'rsa')],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'an earlier run of the same sample, with the same key, is not in the way of what another sample shows',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('a', { model: 'C', serial: 'A1' }), other('b', { model: 'C', serial: 'A2' })],
    verdicts: [[id, 'pass']],
  },
  {
    name: 'a sample of another model with the same serial number is another sample',
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('a', { model: 'D', serial: 'A1' })],
    verdicts: [[id, 'fail', 'indicative']],
  },
  {
    name: "the key of another sample's other service says nothing of this one",
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('b', { model: 'C', serial: 'A2' }, 'ed25519', 2222)],
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: "the same key at another sample's other service is the same key",
    item: { model: 'C', serial: 'A1' },
    attempts: seen,
    others: [other('a', { model: 'C', serial: 'A2' }, 'ed25519', 2222)],
    verdicts: [[id, 'fail', 'conclusive']],
  },
  {
    name: 'one issuer over the certificates of two samples is no key of theirs',
    item: { model: 'C', serial: 'A1' },
    attempts: [
      scan({ tcp: [443] }),
      recognised('tcp/443', 'tls', 'http+tls'),
      attempt('tls-server', 'camera/tcp/443/tls', [
        { kind: 'certificate', position: 0, sha256: sha('c') },
        { ...host, use: 'tls' },
        { kind: 'certificate', position: 1, sha256: sha('d'), publicKey: { algorithm: 'ec', bits: 256 } },
      ]),
    ],
    others: [{ ...other('b', { model: 'C', serial: 'A2' }, 'ed25519', 443), keys: [] }, asTls(443)],
    verdicts: [['camera/tcp/443/tls-ed25519', 'pass']],
  },
  {
    name: 'the key that a mail server shows after STARTTLS',
    item: { model: 'C', serial: 'A1' },
    attempts: [...smtp, attempt('tls-server', 'camera/tcp/25/smtp', [{ ...host, use: 'tls' }])],
    others: [asTls(25, 'a')],
    verdicts: [['camera/tcp/25/tls-ed25519', 'fail', 'conclusive']],
    more: {
      'camera/tcp/25/tls-ed25519': {
        because: expect.stringContaining("The ed25519 key of TLS after SMTP's STARTTLS at tcp/25 is also the key of"),
      },
    },
  },
  {
    name: 'a mail server that nobody asked whether it goes on in TLS',
    attempts: smtp,
    verdicts: [['camera/tcp/25', 'inconclusive']],
  },
  {
    name: 'a mail server that goes on in TLS, and shows no key',
    attempts: [
      ...smtp,
      attempt('tls-server', 'camera/tcp/25/smtp', [
        { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.2' },
      ]),
    ],
    verdicts: [['camera/tcp/25', 'inconclusive']],
  },
  {
    name: 'a mail server that does not go on in TLS has no key',
    attempts: [...smtp, attempt('tls-server', 'camera/tcp/25/smtp', [])],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'pre-shared keys alone',
    attempts: [
      scan({ tcp: [443] }),
      recognised('tcp/443', 'tls', 'http+tls'),
      attempt('tls-server', 'camera/tcp/443/tls', [
        { kind: 'offer', protocol: 'tls', role: 'suite', version: 'TLS 1.2', name: 'TLS_PSK_WITH_AES_128_GCM_SHA256' },
      ]),
    ],
    verdicts: [['camera/tcp/443', 'not-applicable']],
  },
  { name: 'one sample only', item: { serial: 'A1' }, attempts: seen, verdicts: [[id, 'inconclusive']] },
  {
    name: 'the keys were not read',
    attempts: [...ssh, attempt('ssh-server', 'camera/tcp/22/ssh', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'a TLS service beside it whose key nobody looked for',
    item: { model: 'C', serial: 'A1' },
    attempts: [
      scan({ tcp: [22, 443] }),
      recognised('tcp/22', 'ssh'),
      recognised('tcp/443', 'tls', 'http+tls'),
      attempt('ssh-server', 'camera/tcp/22/ssh', [host]),
    ],
    others: [other('b', { model: 'C', serial: 'A2' })],
    verdicts: [
      ['camera/tcp/443', 'inconclusive'],
      [id, 'pass'],
    ],
  },
  {
    name: 'no service has a key',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'a run of one item in two states: the key of each state is compared',
    runs: [
      { item: { model: 'C', serial: 'A1' }, attempts: seen },
      { item: { model: 'C', serial: 'A1' }, state: 'reset', attempts: seen },
    ],
    others: [other('b', { model: 'C', serial: 'A2' })],
    verdicts: [
      [`20261122T101500Z:${id}`, 'pass'],
      [`20261122T101501Z:${id}`, 'pass'],
    ],
  },
]);
