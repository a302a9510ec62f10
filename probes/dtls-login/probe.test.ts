import {
  certificate,
  coap,
  type DtlsPskOptions,
  dtls,
  dtlsPsk,
  garbage,
  silent,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { besideTcp, DTLS, insideDtls, served } from '../../test/kit/dtls.ts';
import { probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const server = (options: DtlsPskOptions) => served(dtlsPsk(options));
const common = {
  ...DTLS,
  limits: { wait: 400 },
  ignore: ['banner'],
  never: /OnlyHere1|secretPSK/,
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;
const candidates = [
  { id: 'x:1', user: 'Client_identity', secret: 'other' },
  { id: 'x:2', user: 'Client_identity', secret: 'secretPSK' },
];
const [one] = [candidates.slice(0, 1)];
const lab = [{ user: 'lab', secret: 'OnlyHere1', on: ['coap'] }];
const keys = { lab: 'OnlyHere1' };

const SILENCE = 'silence of a live server';
const login = (arm: string, account: string, secret: string, accepted: boolean, answer = SILENCE, more = {}): Fact =>
  ({
    kind: 'login',
    protocol: 'dtls',
    account,
    secret,
    arm,
    accepted,
    answer: accepted ? 'association' : answer,
    ...(accepted && { grants: 'unknown' }),
    ...more,
  }) as Fact;
const random = (answer = SILENCE) => login('random', 'random', 'random', false, answer);
const access = (more = {}): Fact =>
  ({
    kind: 'access',
    protocol: 'dtls',
    class: 'function',
    action: 'execute',
    resource: 'DTLS session',
    authentication: 'required',
    how: 'recognised',
    ...more,
  }) as Fact;
const declared = login('declared', 'lab', 'declared:lab', true);
const none = (account: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'dtls', account, after, response: 'none' }) as Fact;
const core = access({ protocol: 'coap', class: 'content', action: 'list', resource: '/.well-known/core' });
const refusedBy = (answer: string) => login('candidate', 'Client_identity', 'x:1', false, answer);

probeTest(probe, [
  {
    name: 'a listed key, to whose holder nothing is said but its flight again',
    ...weak,
    candidates,
    limits: { wait: 200 },
    start: server({ keys: { Client_identity: 'secretPSK' } }),
    sees: [
      random(),
      access(),
      refusedBy(SILENCE),
      login('candidate', 'Client_identity', 'x:2', true),
      login('known-user-random', 'Client_identity', 'random', false),
      random(),
      login('repeat', 'Client_identity', 'x:2', true, '', { proven: true }),
    ],
  },
  {
    name: 'the declared key alone, and CoAP behind it',
    ...sound,
    accounts: lab,
    candidates: one,
    start: server({ keys, inside: coap({ resources: { '/a': { body: '1' } } }), refuses: 51 }),
    sees: [
      random('alert decrypt_error'),
      access(),
      declared,
      refusedBy('alert decrypt_error'),
      declared,
      none('Client_identity', 1),
      ...insideDtls('coap'),
      core,
    ],
  },
  {
    name: 'a declared key in hexadecimal',
    ...sound,
    accounts: [{ user: 'lab', secret: '0x00ff10', on: ['dtls'] }],
    candidates: one,
    start: server({ keys: { lab: Buffer.from('00ff10', 'hex') }, inside: coap(), refuses: 115 }),
    sees: [
      random('alert unknown_psk_identity'),
      access(),
      declared,
      refusedBy('alert unknown_psk_identity'),
      declared,
      none('Client_identity', 1),
      ...insideDtls('coap'),
      core,
    ],
  },
  ...(['admin', 'guest'] as const).map((keeper) => ({
    name:
      keeper === 'admin'
        ? 'what is for the admin, kept from the other'
        : 'what is for the admin, and the other reads it',
    ...(keeper === 'admin' ? sound : weak),
    accounts: [
      { user: 'boss', secret: 'OnlyHere1', role: 'admin' as const, on: ['coap'] },
      { user: 'guest', secret: 'OnlyHere1b', role: 'ordinary' as const, on: ['coaps'] },
    ],
    candidates: one,
    declares: {
      services: [
        { port: 'dynamic' as const, transport: 'udp' as const, protocol: 'coap', reason: 'x', adminOnly: ['/vault'] },
      ],
    },
    start: server({
      keys: { boss: 'OnlyHere1', guest: 'OnlyHere1b' },
      inside: (who) =>
        coap({ resources: { '/vault': { body: '1', protected: keeper === 'admin' && who === 'guest' } } }),
      refuses: 20,
    }),
    sees: [
      random('alert bad_record_mac'),
      access(),
      ...['boss', 'guest'].map((user) => login('declared', user, `declared:${user}`, true)),
      refusedBy('alert bad_record_mac'),
      ...['boss', 'guest'].map((user) => login('declared', user, `declared:${user}`, true)),
      none('Client_identity', 1),
      ...insideDtls('coap'),
      core,
      ...(['admin', 'ordinary', 'admin'] as const).map((as) =>
        access({
          protocol: 'coap',
          class: 'setting',
          action: 'read',
          resource: '/vault',
          how: 'declared',
          as,
          granted: as === 'admin' || keeper === 'guest',
        }),
      ),
    ],
  })),
  {
    name: 'a name and password for other services are no key',
    ...sound,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    candidates: one,
    limits: { wait: 200 },
    start: server({ keys }),
    sees: [random(), access(), refusedBy(SILENCE), none('Client_identity', 1)],
  },
  {
    name: 'wholly silent about a key, and answers the next hello',
    ...sound,
    candidates: one,
    limits: { wait: 200 },
    start: server({ keys, refuses: 'silence' }),
    sees: [random(), access(), refusedBy(SILENCE), none('Client_identity', 1)],
  },
  {
    name: 'anybody gets in by the certificate: nothing is said of what is behind the key',
    ...sound,
    candidates: one,
    start: server({ keys, certificate: certificate(), refuses: 51 }),
    sees: [random('alert decrypt_error'), refusedBy('alert decrypt_error'), none('Client_identity', 1)],
  },
  {
    name: 'no pre-shared keys at all',
    ...sound,
    candidates: one,
    start: served(dtls({ accepts: { 'DTLS 1.2': [0xc02b] } })),
    sees: [],
  },
  {
    name: 'no pre-shared keys at all, in silence',
    ...sound,
    candidates: one,
    limits: { wait: 150 },
    start: served(dtls({ accepts: { 'DTLS 1.2': [0xc02b] }, refuses: 'silence' })),
    sees: [],
  },
  {
    name: 'a key that is right, slowly, and another cookie for each datagram',
    ...weak,
    candidates: candidates.slice(1),
    limits: { wait: 200 },
    start: server({ keys: { Client_identity: 'secretPSK' }, cookies: true, slow: 50, refuses: 51 }),
    sees: [
      random('alert decrypt_error'),
      access(),
      login('candidate', 'Client_identity', 'x:2', true),
      login('known-user-random', 'Client_identity', 'random', false, 'alert decrypt_error'),
      random('alert decrypt_error'),
      login('repeat', 'Client_identity', 'x:2', true, '', { proven: true }),
    ],
  },
  {
    name: 'a warning about the name before its flight',
    ...sound,
    candidates: one,
    start: server({ keys, refuses: 51, warns: true }),
    sees: [random('alert decrypt_error'), access(), refusedBy('alert decrypt_error'), none('Client_identity', 1)],
  },
  {
    name: 'pre-shared keys by suites that our own client does not speak',
    ...open,
    start: served(dtls({ accepts: { 'DTLS 1.2': [0x00b2] } })),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'throttle', 'access'],
  },
  {
    name: 'anybody gets in by a certificate, in suites that our own client does not speak',
    ...sound,
    candidates: one,
    start: server({ keys, alsoTakes: [0x009e], refuses: 51 }),
    sees: [random('alert decrypt_error'), refusedBy('alert decrypt_error'), none('Client_identity', 1)],
  },
  {
    name: 'no key was due',
    ...open,
    start: server({ keys, refuses: 51 }),
    sees: [random('alert decrypt_error'), access()],
    outcome: 'budget',
    open: ['login'],
  },
  {
    name: 'goes on under keys that are not ours: it may hold ours for right',
    ...open,
    candidates: one,
    start: server({ keys, pretends: true }),
    sees: [],
    outcome: 'protocol',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'an alert that says nothing of the key',
    ...open,
    candidates: one,
    start: server({ keys, refuses: 80 }),
    sees: [],
    outcome: 'protocol',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'silent to everybody once a key was refused: that refusal may be its silence',
    ...open,
    candidates: one,
    limits: { wait: 250 },
    start: server({ keys, refuses: 'silence', hidesAfter: 1 }),
    sees: [],
    outcome: 'timeout',
    open: ['login', 'access', 'throttle'],
  },
  ...(
    [
      ['silent to everybody after two refusals', server({ keys, refuses: 51, hidesAfter: 2 }), true],
      [
        'the same, at a port that takes connections of TCP',
        besideTcp(dtlsPsk({ keys, refuses: 51, hidesAfter: 2 })),
        true,
      ],
      // Two associations of three datagrams each.
      ['silent for a while after two refusals', server({ keys, refuses: 51, hidesAfter: 2, hides: 6 }), false],
    ] as const
  ).map(([name, start, broken]) => ({
    name,
    ...open,
    candidates,
    limits: { wait: 250 },
    start,
    sees: [
      random('alert decrypt_error'),
      access(),
      refusedBy('alert decrypt_error'),
      {
        kind: 'throttle',
        protocol: 'dtls',
        account: 'Client_identity',
        after: 2,
        response: 'refuse',
        ...(broken && { broken }),
      } as Fact,
    ],
    ignore: ['banner', 'milliseconds'],
    outcome: 'locked' as const,
    open: ['login'],
  })),
  {
    name: 'pre-shared keys in DTLS 1.0 alone',
    ...open,
    start: served(dtls({ accepts: { 'DTLS 1.0': [0x008c] } })),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'access', 'throttle'],
  },
  { name: 'silence', ...open, limits: { wait: 30 }, start: served(silent(dtls())), sees: [], outcome: 'timeout' },
  { name: 'garbage', ...open, limits: { wait: 60 }, start: served(garbage(dtls())), sees: [], outcome: 'protocol' },
]);
