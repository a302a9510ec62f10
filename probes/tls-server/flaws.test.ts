import { constants, createPublicKey, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TlsFlawedOptions, tlsFlawed } from '../../fixtures/services/tls-flawed.ts';
import type { AskedFor } from '../../fixtures/services/tls-flawed-messages.ts';
import { type Observed, type ObserveOptions, observeWith } from '../../test/kit/probe.ts';
import { runStage } from '../../test/kit/tls-stage.ts';
import { readEnd } from './flaw-finish.ts';
import { readReply } from './flaw-handshake.ts';
import { flaws } from './flaws.ts';
import { tlsServer } from './probe.ts';
import { flight, rsaKey, VARIANTS } from './robot-messages.ts';

const probe = tlsServer([flaws]);
const NAMES = [
  'drown',
  'poodle',
  'sweet32',
  'freak',
  'insecure-renegotiation',
  'crime',
  'heartbleed',
  'ccs-injection',
  'fallback-unprotected',
  'robot',
  'poodle-tls',
] as const;
type Name = (typeof NAMES)[number];

const [RSA_AES, RSA_AES_SHA256, RSA_3DES, RSA_EXPORT_RC4, RSA_RC4, ECDHE_GCM, ECDHE_CBC] = [
  0x002f, 0x003c, 0x000a, 0x0003, 0x0005, 0xc02f, 0xc013,
];

const EVERY: TlsFlawedOptions = {
  suites: [ECDHE_GCM, RSA_3DES, RSA_AES, RSA_EXPORT_RC4],
  compression: true,
  noRenegotiationInfo: true,
  noFallbackScsv: true,
  heartbeat: 'bleeding',
  earlyCcs: 'taken',
  rsa: 'oracle',
  padding: 'none',
};

interface Row {
  readonly name: string;
  readonly server: TlsFlawedOptions;
  /** Flaws that are there; all others but the open ones are absent. */
  readonly present?: readonly Name[];
  /** Flaws that stay open, and what is said of it. */
  readonly open?: readonly Name[];
  readonly says?: RegExp;
  readonly reason?: string;
  /** Versions and weak suites are asked for first. */
  readonly whole?: true;
  /** At most. */
  readonly connections?: number;
  readonly also?: (observed: Observed) => void;
}

type Asking = ObserveOptions & { port: number };

/** By the whole probe, which learns the versions first. */
async function wholly(options: Asking) {
  const observed = await observeWith(probe, options);
  const { outcome } = observed.attempt;
  const unsettled = outcome.status === 'completed' ? '' : `${outcome.reason} ${outcome.open.join()}: ${outcome.detail}`;
  return { facts: observed.facts, unsettled, observed };
}

/** By this stage alone, as if it were known what the server has. */
async function alone(server: TlsFlawedOptions, options: Asking) {
  const [first = ECDHE_GCM] = server.suites ?? [];
  const suites = Object.fromEntries((server.versions ?? ['TLS 1.2']).map((version) => [version, [first]]));
  const { facts, unsettled } = await runStage(flaws, { suites }, options);
  const said = unsettled.map(({ what }) => what).join('; ');
  const unclear = unsettled[0] ? `${unsettled[0].reason} weakness: ${said}` : '';
  return { facts, unsettled: unclear, observed: undefined };
}

const CLEAR_UP_TO_12 = ['SSLv3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2'] as const;
const hasHeartbeat = { to: ({ extensions }: AskedFor) => extensions.has(15) };
const hasCompression = { to: ({ compression }: AskedFor) => compression.length > 1 };
const isRsa = {
  to: ({ suites }: AskedFor) => suites.includes(RSA_AES) && ![ECDHE_GCM, ECDHE_CBC].some((one) => suites.includes(one)),
};
const isSslv3 = { to: ({ version }: AskedFor) => version === 0x0300 };

const rows: readonly Row[] = [
  {
    name: 'sound',
    server: {},
    whole: true,
    connections: 18,
  },
  { name: 'sound, in all versions', server: { versions: CLEAR_UP_TO_12, suites: [ECDHE_GCM] } },
  { name: 'SSLv2', server: { ssl2: true }, whole: true, present: ['drown'] },
  { name: 'SSLv3 in CBC mode', server: { versions: CLEAR_UP_TO_12, suites: [ECDHE_CBC] }, present: ['poodle'] },
  {
    name: 'SSLv3 in CBC mode behind others',
    server: { versions: ['SSLv3', 'TLS 1.2'], suites: [RSA_RC4, ECDHE_CBC] },
    present: ['poodle'],
  },
  { name: 'SSLv3 without CBC mode', server: { versions: ['SSLv3', 'TLS 1.2'], suites: [RSA_RC4] } },
  { name: '3DES first', server: { suites: [RSA_3DES, ECDHE_GCM] }, present: ['sweet32'] },
  { name: '3DES last', server: { suites: [ECDHE_GCM, RSA_RC4, RSA_3DES] }, present: ['sweet32'] },
  {
    name: 'IDEA, which we do not have',
    server: { suites: [ECDHE_GCM, 0x0007] },
    present: ['sweet32'],
    open: ['poodle-tls'],
    says: /only suites in CBC mode that are not known here/,
    reason: 'unsupported',
  },
  { name: 'RSA of 512 bits', server: { suites: [ECDHE_GCM, RSA_RC4, RSA_EXPORT_RC4] }, present: ['freak'] },
  { name: 'compression', server: { compression: true }, present: ['crime'] },
  { name: 'no renegotiation_info', server: { noRenegotiationInfo: true }, present: ['insecure-renegotiation'] },
  {
    name: 'no renegotiation_info, SSLv3 alone',
    server: { versions: ['SSLv3'], suites: [RSA_RC4], noRenegotiationInfo: true },
    present: ['insecure-renegotiation'],
    open: ['heartbleed'],
    says: /heartbeats: SSLv3 has no extension/,
    reason: 'unsupported',
  },
  {
    name: 'fallback without protection',
    server: { versions: ['TLS 1.0', 'TLS 1.2'], noFallbackScsv: true },
    present: ['fallback-unprotected'],
  },
  { name: 'fallback with protection', server: { versions: ['TLS 1.0', 'TLS 1.2'] } },
  { name: 'nothing to fall back to', server: { versions: ['TLS 1.0'], noFallbackScsv: true } },
  ...(['silent', 'reset', 'close', 'garbage'] as const).map(
    (act): Row => ({
      name: `${act} to TLS_FALLBACK_SCSV`,
      server: { versions: ['TLS 1.0', 'TLS 1.2'], odd: { to: ({ suites }) => suites.includes(0x5600), act } },
      open: ['fallback-unprotected'],
      says: /fallback: TLS 1.0 with TLS_FALLBACK_SCSV/,
      reason: { silent: 'timeout', reset: 'reset', close: 'reset', garbage: 'protocol' }[act],
    }),
  ),

  { name: 'heartbeats, sound', server: { heartbeat: 'sound' } },
  {
    name: 'heartbeats, bleeding',
    server: { heartbeat: 'bleeding', memory: Buffer.alloc(0x4000, 0xa7) },
    whole: true,
    present: ['heartbleed'],
    also: ({ transcripts, evidence }) => {
      const received = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'received'));
      expect(Buffer.concat(received.map(({ bytes }) => bytes)).toString('latin1')).not.toMatch(/[0-9a-f]{32}\xa7/);
      const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
      // No more than one byte of the device's memory is asked for.
      for (const { bytes } of sent)
        for (let at = bytes.indexOf('180303', 0, 'hex'); at >= 0; at = bytes.indexOf('180303', at + 1, 'hex'))
          expect(bytes.readUInt16BE(at + 6)).toBeLessThanOrEqual(bytes.readUInt16BE(at + 3) - 2);
      expect(evidence.size).toBeGreaterThan(0);
    },
  },
  {
    name: 'heartbeats, bleeding, one and no more',
    server: { heartbeat: 'blocking-bleeding' },
    present: ['heartbleed'],
  },
  { name: 'heartbeats, one and no more', server: { heartbeat: 'blocking' } },
  { name: 'heartbeats up to the padding', server: { heartbeat: 'lax' } },
  { name: 'heartbeats, a wrong one ends in an alert', server: { heartbeat: 'alert' } },
  { name: 'heartbeats, a wrong one ends in a close', server: { heartbeat: 'close' } },
  {
    name: 'heartbeats, a wrong one ends in a reset',
    server: { heartbeat: 'reset' },
    open: ['heartbleed'],
    says: /claims too much brought a reset/,
    reason: 'reset',
  },
  {
    name: 'heartbeats after the handshake alone',
    server: { heartbeat: 'after' },
    open: ['heartbleed'],
    says: /correct one brought silence/,
    reason: 'timeout',
  },
  ...(['silent', 'reset', 'close', 'garbage'] as const).map(
    (act): Row => ({
      name: `${act} to the heartbeat extension`,
      server: { odd: { ...hasHeartbeat, act } },
      open: ['heartbleed'],
      says: /heartbeats: a hello of TLS 1.2/,
      reason: { silent: 'timeout', reset: 'reset', close: 'reset', garbage: 'protocol' }[act],
    }),
  ),
  {
    name: 'silent to compression',
    server: { odd: { ...hasCompression, act: 'silent' } },
    open: ['crime'],
    says: /compression: a hello of TLS 1.2/,
    reason: 'timeout',
  },

  { name: 'an early ChangeCipherSpec is taken', server: { earlyCcs: 'taken' }, present: ['ccs-injection'] },
  { name: 'an early ChangeCipherSpec is passed over', server: { earlyCcs: 'ignored' } },
  { name: 'an early ChangeCipherSpec ends in a close', server: { earlyCcs: 'close' } },
  { name: 'an early ChangeCipherSpec ends in a reset', server: { earlyCcs: 'reset' } },
  {
    name: 'an early ChangeCipherSpec is followed by silence',
    server: { earlyCcs: 'mute' },
    open: ['ccs-injection'],
    says: /early ChangeCipherSpec brought silence, then silence/,
    reason: 'timeout',
  },
  {
    name: 'an early ChangeCipherSpec is followed by what is no TLS',
    server: { earlyCcs: 'garbage' },
    open: ['ccs-injection'],
    says: /brought no TLS/,
  },
  {
    name: 'closes on everybody who does not go on at once',
    server: { earlyCcs: 'close', patience: 20 },
    open: ['ccs-injection'],
    says: /brought a close/,
  },

  {
    name: 'an early ChangeCipherSpec is passed over, and bad_record_mac said of anything',
    server: { earlyCcs: 'ignored', unexpected: 20 },
    open: ['ccs-injection'],
    says: /says alert 20 of what is sent in the clear/,
  },

  { name: 'RSA, sound', server: { suites: [RSA_AES] } },
  {
    name: 'RSA in SSLv3, sound',
    server: { versions: ['SSLv3'], suites: [RSA_RC4] },
    open: ['heartbleed'],
    reason: 'unsupported',
  },
  { name: 'RSA, a client certificate asked for', server: { suites: [RSA_AES], asksCertificate: 'wanted' } },
  {
    name: 'RSA, a client certificate needed',
    server: { suites: [RSA_AES], asksCertificate: 'needed' },
    open: ['robot', 'poodle-tls'],
    says: /every key exchange brought alert handshake_failure at once, and a client certificate is asked for/,
  },
  ...(['oracle', 'early', 'version'] as const).map(
    (rsa): Row => ({ name: `RSA, ${rsa}`, server: { suites: [RSA_AES], rsa }, present: ['robot'] }),
  ),
  {
    name: 'RSA, answers as it likes',
    server: { suites: [RSA_AES], rsa: 'moody' },
    open: ['robot'],
    says: /answers vary by themselves/,
  },
  {
    name: 'RSA, silent',
    server: { suites: [RSA_AES], rsa: 'silent' },
    open: ['robot', 'poodle-tls'],
    says: /a key exchange brought silence/,
    reason: 'timeout',
  },
  ...(['reset', 'garbage'] as const).map(
    (rsa): Row => ({
      name: `RSA, ${rsa}`,
      server: { suites: [RSA_AES], rsa },
      open: rsa === 'garbage' ? ['robot', 'poodle-tls'] : ['robot'],
      says: /every key exchange brought/,
      reason: { reset: 'reset', garbage: 'protocol' }[rsa],
    }),
  ),
  {
    name: 'RSA, refused unread',
    server: { suites: [RSA_AES], rsa: 'unread' },
    open: ['robot'],
    says: /every key exchange brought alert unexpected_message/,
  },
  {
    name: 'RSA, closed before the Finished',
    server: { suites: [RSA_AES], rsa: 'hasty' },
    open: ['robot', 'poodle-tls'],
    says: /every key exchange brought a close at once/,
  },
  {
    name: 'RSA chosen, and given up',
    server: { suites: [ECDHE_GCM, RSA_AES], odd: { ...isRsa, act: 'chosen' } },
    open: ['robot'],
    says: /no handshake with static RSA/,
  },
  { name: 'closes on RSA', server: { odd: { ...isRsa, act: 'close' } } },
  {
    name: 'a suite that nobody offered',
    server: { stubborn: true },
    open: ['sweet32', 'freak', 'robot', 'poodle-tls'],
    says: /was chosen and not offered/,
  },
  {
    name: 'SRP wants a user',
    server: { odd: { to: ({ suites }) => suites.includes(0xc01a), act: 115 } },
    open: ['sweet32', 'poodle-tls'],
    says: /has suites of SRP/,
  },
  ...(['none', 'first', 'last'] as const).map(
    (padding): Row => ({
      name: `padding of which is looked at ${padding}`,
      server: { suites: [ECDHE_CBC], padding },
      present: ['poodle-tls'],
    }),
  ),
  ...(['TLS 1.0', 'TLS 1.1', 'TLS 1.2'] as const).map(
    (version): Row => ({
      name: `padding in ${version}`,
      server: { versions: [version], suites: [RSA_3DES], padding: 'none' },
      present: ['sweet32', 'poodle-tls'],
    }),
  ),
  { name: 'padding looked at', server: { suites: [RSA_AES_SHA256] } },
  {
    name: 'neither padding nor MAC looked at',
    server: { suites: [ECDHE_CBC], padding: 'nothing' },
    open: ['poodle-tls'],
    says: /goes on where the MAC is wrong too/,
  },
  {
    name: 'silent to SSLv3',
    whole: true,
    server: { odd: { ...isSslv3, act: 'silent' } },
    open: [
      'poodle',
      'sweet32',
      'freak',
      'insecure-renegotiation',
      'crime',
      'fallback-unprotected',
      'robot',
      'poodle-tls',
    ],
    says: /SSLv3 may be accepted/,
    reason: 'timeout',
  },
];

describe('flaws of a TLS server', { concurrent: true }, () => {
  for (const row of rows)
    it(row.name, async () => {
      const running = await tlsFlawed(row.server).start('127.0.0.1', 0);
      try {
        const asked = { port: running.port, protocol: 'tls', security: 'none', limits: { wait: 600 } } as const;
        const { facts, unsettled, observed } = row.whole ? await wholly(asked) : await alone(row.server, asked);
        const seen = facts.flatMap((fact) => (fact.kind === 'weakness' ? [[fact.name, fact.present]] : []));
        expect(Object.fromEntries(seen)).toEqual(
          Object.fromEntries(
            NAMES.filter((name) => !row.open?.includes(name)).map((name) => [
              name,
              row.present?.includes(name) ?? false,
            ]),
          ),
        );
        expect(unsettled).toMatch(
          row.open ? new RegExp(`^${row.reason ?? 'protocol'} .*weakness.*: .*${row.says?.source ?? ''}`) : /^$/,
        );
        if (row.connections !== undefined) expect(running.log.connections).toBeLessThanOrEqual(row.connections);
        if (observed) row.also?.(observed);
      } finally {
        await running.close();
      }
    });

  it('says of no flaw that it is absent where a version with it may be accepted', async () => {
    const running = await tlsFlawed({ odd: { to: () => true, act: 'silent' } }).start('127.0.0.1', 0);
    try {
      const known = { suites: { 'TLS 1.3': [0x1301] }, unclear: ['TLS 1.2'] } as const;
      const { facts, unsettled } = await runStage(flaws, known, { port: running.port, limits: { wait: 100 } });
      // POODLE and DROWN are of SSLv3 and SSLv2, which were refused; there is nothing to fall back to from TLS 1.2.
      const absent = facts.flatMap((fact) => (fact.kind === 'weakness' ? [fact.name] : []));
      expect(absent).toEqual(['drown', 'poodle', 'fallback-unprotected']);
      expect(unsettled).toHaveLength(NAMES.length - absent.length);
    } finally {
      await running.close();
    }
  });

  const fickle: Readonly<Record<string, (n: number) => 'close' | 'reset' | 'silent' | undefined>> = {
    'every other ends without a word': (n: number) => (n % 2 === 0 ? 'close' : undefined),
    'every third is reset': (n: number) => (n % 3 === 1 ? 'reset' : undefined),
    'every other is silent': (n: number) => (n % 2 === 1 ? 'silent' : undefined),
    'those after the sixth end': (n: number) => (n >= 6 ? 'close' : undefined),
    'all end': () => 'close',
  };
  for (const [name, turn] of Object.entries(fickle))
    for (const isFlawed of name.includes('silent') ? [true] : [true, false])
      it(`${isFlawed ? 'all flaws' : 'none'}, and of connections ${name} over what follows a flight`, async () => {
        const server: TlsFlawedOptions = {
          versions: ['TLS 1.0', 'TLS 1.2'],
          ...(isFlawed ? EVERY : { suites: [ECDHE_GCM, RSA_AES], heartbeat: 'sound' }),
          turn: (n, at) => (at === 'later' ? turn(n) : undefined),
        };
        const running = await tlsFlawed(server).start('127.0.0.1', 0);
        try {
          const known = { suites: { 'TLS 1.0': [ECDHE_GCM], 'TLS 1.2': [ECDHE_GCM] } };
          // One after the other, so that which of them is ended is the same each time.
          const asked = { port: running.port, fragile: true, limits: { wait: 80 } };
          const { facts } = await runStage(flaws, known, asked);
          const wrong = facts.flatMap((fact) =>
            fact.kind === 'weakness' && fact.present !== (isFlawed && !/drown|poodle$/.test(fact.name))
              ? [fact.name]
              : [],
          );
          expect(wrong).toEqual([]);
        } finally {
          await running.close();
        }
      });

  it('takes no key from what is no certificate', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(rsaKey(Buffer.from(bytes))).toBeUndefined();
      }),
    ));

  it('encrypts every variant below the modulus, with keys of any length, and none with a key that cannot', () => {
    for (const modulusLength of [512, 1023]) {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
      for (const variant of VARIANTS) {
        const sent = flight({ key: publicKey, variant, version: 0x0303, certificate: false, random: randomBytes });
        const encrypted = sent!.exchange.subarray(11);
        const clear = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, encrypted);
        const isPadded = clear[0] === 0 && clear[1] === 2;
        const zero = clear.length - clear.indexOf(0, 2);
        expect([isPadded, zero, clear.readUInt16BE(clear.length - 48).toString(16)]).toEqual(
          {
            correct: [true, 49, '303'],
            'wrong-type': [false, 49, '303'],
            'late-zero': [true, 2, '1111'],
            'no-zero': [true, clear.length + 1, '1111'],
            'wrong-version': [true, 49, '202'],
          }[variant],
        );
      }
    }
    const n = Buffer.alloc(256, 0xfe).toString('base64url');
    const even = createPublicKey({ key: { kty: 'RSA', n, e: 'Ag' }, format: 'jwk' });
    const of = { variant: 'correct', version: 0x0303, certificate: false, random: randomBytes } as const;
    expect(() => flight({ key: even, ...of })).not.toThrow();
  });

  it('reads any bytes as a reply, and throws at none', () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom('until', 'closed', 'reset', 'timeout', 'cap'),
        (bytes, ended) => {
          readReply(Buffer.from(bytes), ended as 'until');
          readEnd({ bytes: Buffer.from(bytes), ended: ended as 'until' });
        },
      ),
    ));
});
