import type { DigestOptions } from '../../fixtures/services/http-digest.ts';
import { httpDigest } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import { httpLogin } from './probe.ts';

// What lies beside a login has its own tests.
const probe = httpLogin({ known: [], settings: [] });

const accounts = { admin: 'meinsm99' };
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
];
const common = {
  protocol: 'http',
  candidates,
  limits: { wait: 400 },
  ignore: ['sample', 'milliseconds'],
  never: /hunter2|meinsm99/,
};
const served = (options: Partial<DigestOptions>) => ({
  start: (host: string) => httpDigest({ accounts, ...options }).start(host, 0),
});

const required = {
  kind: 'access',
  protocol: 'http',
  class: 'content',
  action: 'read',
  resource: '/',
  authentication: 'required',
  how: 'recognised',
} as Fact;
const login = (arm: string, account: string, secret: string, accepted: boolean, answer: string, more = {}): Fact =>
  ({ kind: 'login', protocol: 'http', account, ...(secret ? { secret } : {}), arm, accepted, answer, ...more }) as Fact;
const random = (status: number): Fact => login('random', 'random', 'random', false, String(status));
const shut = (status = 401): Fact[] => [required, login('none', '', '', false, String(status)), random(status)];
const full = { grants: 'full' };
const no = (id: string, status = 401): Fact => login('candidate', 'admin', id, false, String(status));
const hit = (status = 401): Fact[] => [
  ...shut(status),
  no('x:1', status),
  login('candidate', 'admin', 'x:2', true, '200', full),
  login('known-user-random', 'admin', 'random', false, String(status)),
  random(status),
  login('repeat', 'admin', 'x:2', true, '200', { ...full, proven: true }),
];
const weak = (name: string, options: Partial<DigestOptions>, status = 401): Row => ({
  ...common,
  name,
  device: 'weak',
  ...served(options),
  sees: hit(status),
  outcome: 'completed',
});
const anyone = login('random', 'random', 'random', true, '200', full);

probeTest(probe, [
  weak('the form of RFC 2069, without a quality of protection', { qop: '' }),
  weak('MD5-sess', { algorithm: 'MD5-sess', qop: 'auth-int,auth' }),
  weak('SHA-256 with hashed names', { algorithm: 'SHA-256', userhash: true }),
  weak('SHA-512-256', { algorithm: 'SHA-512-256' }),
  weak('Basic beside it', { basic: true }),
  weak('a proxy', { proxy: true }, 407),
  weak('nonces of one use, and it is said', { nonces: 'stale' }),
  weak('nonces of one use, and it is not said', { nonces: 'once' }),
  weak('each first use is called too old, which is no second failure', { nonces: 'first' }),
  {
    ...common,
    name: 'all rejected',
    device: 'sound',
    ...served({ accounts: { admin: 'quite-another-7' } }),
    sees: [
      ...shut(),
      no('x:1'),
      no('x:2'),
      { kind: 'throttle', protocol: 'http', account: 'admin', after: 2, response: 'none' } as Fact,
    ],
    outcome: 'completed',
  },
  {
    ...common,
    name: 'any response',
    device: 'weak',
    ...served({ looksAt: 'nothing' }),
    sees: [...shut().slice(0, 2), anyone, anyone, { ...required, authentication: 'any', how: 'guessed' } as Fact],
    outcome: 'completed',
  },
  {
    ...common,
    name: 'the name alone is looked at: any password of it gets in',
    device: 'weak',
    ...served({ looksAt: 'user' }),
    sees: [
      ...shut(),
      login('candidate', 'admin', 'x:1', true, '200', full),
      login('known-user-random', 'admin', 'random', true, '200', full),
      random(401),
      { ...required, authentication: 'any', how: 'guessed' } as Fact,
    ],
    outcome: 'completed',
  },
  {
    ...common,
    name: 'every nonce is called too old, without end',
    device: 'cannot-tell',
    ...served({ nonces: 'always' }),
    sees: shut().slice(0, 2),
    outcome: 'protocol',
  },
  {
    ...common,
    name: 'nothing but auth-int',
    device: 'cannot-tell',
    ...served({ qop: 'auth-int' }),
    sees: [required],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
  {
    ...common,
    name: 'turned away after two failures',
    device: 'cannot-tell',
    ...served({ lock: { after: 2, status: 429 } }),
    sees: [
      ...shut(),
      no('x:1'),
      { kind: 'throttle', protocol: 'http', account: 'admin', after: 2, response: 'lock' } as Fact,
    ],
    outcome: 'locked',
    open: ['login'],
  },
]);
