import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AttemptDraft,
  attempt,
  type FactDraft,
  judged,
  recognised,
  run,
  scan,
  without,
} from '../../../test/kit/check.ts';
import { REASONS } from '../../model/run.ts';
import type { Verdict } from '../../model/verdict.ts';
import { worst } from '../fold.ts';
import { checks } from './index.ts';

const shell: FactDraft = { kind: 'access', class: 'shell', action: 'execute', resource: 'shell' };

/** Attempts of one device, sound and weak at once: any subset of them is a run. */
const POOL: readonly AttemptDraft[] = [
  ...scan({ tcp: [22, 23, 80, 443, 9000], udp: [161, 5353], silent: [5684] }),
  recognised('tcp/22', 'ssh'),
  recognised('tcp/23', 'telnet'),
  recognised('tcp/80', 'http'),
  recognised('tcp/443', 'tls', 'http+tls'),
  recognised('tcp/9000', 'unknown'),
  recognised('udp/161', 'snmp'),
  recognised('udp/5353', 'mdns'),
  attempt('ssh-login', 'camera/tcp/22/ssh', [
    { kind: 'offer', protocol: 'ssh', role: 'kex', name: 'curve25519-sha256' },
    { kind: 'offer', protocol: 'ssh', role: 'mac', name: 'hmac-md5' },
    { kind: 'key', use: 'ssh-host', algorithm: 'rsa', bits: 1024 },
    { kind: 'login', arm: 'random' },
    { kind: 'login', arm: 'candidate', secret: 'a', accepted: true },
    { kind: 'login', arm: 'known-user-random' },
    { kind: 'login', arm: 'repeat', secret: 'a', accepted: true, proven: true },
    { kind: 'throttle', after: 3, response: 'lock' },
  ]),
  attempt('telnet-login', 'camera/tcp/23/telnet', [{ ...shell, protocol: 'telnet', authentication: 'none' }]),
  attempt('http-login', 'camera/tcp/80/http', [
    { kind: 'access', class: 'secret', resource: '/passwd' },
    { kind: 'access', class: 'discovery', resource: '/' },
    ...(['admin', 'ordinary', 'admin'] as const).map(
      (as): FactDraft => ({
        kind: 'access',
        class: 'setting',
        resource: '/admin',
        authentication: 'required',
        how: 'declared',
        as,
        granted: as === 'admin',
      }),
    ),
  ]),
  attempt('http-redirect', 'camera/tcp/80/http', [{ kind: 'channel', protocol: 'http', encryption: 'none' }]),
  attempt('tls-server', 'camera/tcp/443/tls', [
    { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.0' },
    { kind: 'certificate', inDate: false, selfSigned: true },
    { kind: 'key' },
  ]),
  attempt('snmp-access', 'camera/udp/161/snmp', [
    { kind: 'login', protocol: 'snmp', arm: 'random' },
    { kind: 'channel', protocol: 'snmp', encryption: 'none' },
  ]),
  attempt('update-channel', 'camera', [{ kind: 'update' }, { kind: 'artifact', signed: 'checksum' }]),
  attempt('identity', 'camera/tcp/80/http', [{ kind: 'identity', what: 'serial', value: 'A1' }]),
  attempt('liveness', 'camera', [{ kind: 'liveness' }, { kind: 'liveness', state: 'stopped' }]),
];

/** An attempt with some of what it saw, broken off or not. */
const anyOf = (draft: AttemptDraft): fc.Arbitrary<AttemptDraft> =>
  fc
    .record({
      facts: fc.subarray([...draft.facts]),
      broke: fc.option(fc.constantFrom(...REASONS), { nil: undefined, freq: 3 }),
    })
    .map((seen) => ({ ...draft, ...seen }));

const placeOf = ({ at }: AttemptDraft): string => at.split('/').slice(1, 3).join('/');
const RECOGNISED = POOL.filter(({ probe }) => probe === 'service');

/** Some of the attempts. */
const someAttempts = fc.subarray([...POOL], { minLength: 1 }).chain((drafts) => fc.tuple(...drafts.map(anyOf)));

/** A device with some of the services, scanned whole and each of them recognised: only what is behind them is in doubt. */
const someServices = fc.subarray(RECOGNISED).chain((services) => {
  const places = services.map(placeOf);
  const open = (transport: string): number[] =>
    places.filter((place) => place.startsWith(transport)).map((place) => Number(place.split('/')[1]));
  const behind = POOL.filter(
    (draft) => draft.probe !== 'service' && !draft.probe.endsWith('-ports') && ['', ...places].includes(placeOf(draft)),
  );
  return fc
    .tuple(...behind.map((draft) => fc.oneof(fc.constant(draft), anyOf(draft))))
    .map((seen) => [...scan({ tcp: open('tcp'), udp: open('udp') }), ...services, ...seen]);
});

const anyRun = fc.oneof(someAttempts, someServices).map((attempts) =>
  run({
    declares: {
      services: [{ port: 80, transport: 'tcp', protocol: 'http', reason: 'page', adminOnly: ['/admin'] }],
      accounts: [
        { user: 'boss', secret: { env: 'A' }, role: 'admin' },
        { user: 'viewer', secret: { env: 'B' }, role: 'ordinary' },
      ],
    },
    attempts,
  }),
);

const verdictOf = (findings: readonly { verdict: Verdict }[]): Verdict => worst(findings.map(({ verdict }) => verdict));
const isGood = (verdict: Verdict): boolean => verdict === 'pass' || verdict === 'not-applicable';

it.each(checks.map((check) => [check.id, check] as const))(
  '%s: whatever was seen, nothing throws, no id is used twice, and what was not seen makes nothing better',
  (_id, check) => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (whole, at) => {
        const findings = judged(check, [whole]);
        expect(findings.filter(({ because }) => because.startsWith('bug'))).toEqual([]);
        expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
        const lost = whole.attempts[at % whole.attempts.length]!.id;
        const after = verdictOf(judged(check, [without(whole, ({ id }) => id === lost)]));
        expect(isGood(after) && !isGood(verdictOf(findings)), `better without ${lost}`).toBe(false);
      }),
      { numRuns: 25 },
    );
  },
);
