import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './http-hardened.ts';

const http = [scan({ tcp: [80] }), recognised('tcp/80', 'http')];
const https = [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')];
const CLEAR = 'camera/tcp/80';
const TLS = 'camera/tcp/443';

const flaw = (name: string, present: boolean, subject?: string): FactDraft => ({
  kind: 'weakness',
  protocol: 'http',
  name,
  present,
  ...(subject === undefined ? {} : { subject }),
});
const clear = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}) =>
  attempt('http-hardening', `${CLEAR}/http`, facts, rest);
const overTls = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}) =>
  attempt('http-hardening', `${TLS}/http+tls`, facts, rest);
const loggedIn = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}) =>
  attempt('http-login', `${TLS}/http+tls`, facts, rest);
const HTTP_ONLY = flaw('cookie-not-httponly', false, 'sid');
/** A page with a login, and no cookie before it. */
const SEEN = ['login-in-clear', 'login-mixed-content', 'hsts-missing'].map((name) => flaw(name, false));
const OVER_TLS = ['login-in-clear', 'login-mixed-content', 'cookie-not-secure', 'cookie-not-httponly', 'hsts-missing'];
/** What is stated of a page over TLS: absent, but for those named. */
const pages = (...present: readonly (readonly [name: string, subject?: string])[]): FactDraft[] => [
  ...OVER_TLS.filter((name) => !present.some(([other]) => other === name)).map((name) => flaw(name, false)),
  ...present.map(([name, subject]) => flaw(name, true, subject)),
];
const SOUND = [
  [`${TLS}/login-in-clear`, 'pass'],
  [`${TLS}/cookie-secure`, 'pass'],
  [`${TLS}/hsts`, 'pass'],
] as const;

checkTest(check, [
  {
    name: 'HTTPS with all of it',
    attempts: [...https, overTls(pages())],
    verdicts: SOUND,
  },
  {
    name: 'HTTP that asks for no password',
    attempts: [...http, clear([flaw('login-in-clear', false)])],
    verdicts: [[`${CLEAR}/login-in-clear`, 'pass']],
    more: { [`${CLEAR}/login-in-clear`]: { because: 'HTTP at tcp/80 takes no password in the clear.' } },
  },
  {
    name: 'a login in the clear',
    attempts: [...http, clear([flaw('login-in-clear', true, '/login'), flaw('login-in-clear', true, 'Basic at /cgi')])],
    verdicts: [[`${CLEAR}/login-in-clear`, 'fail', 'conclusive']],
    more: {
      [`${CLEAR}/login-in-clear`]: {
        because: 'HTTP at tcp/80 takes a password in the clear (/login and Basic at /cgi).',
        conditions: ['login-in-clear'],
      },
    },
  },
  {
    name: 'a login in the clear stands when the attempt broke off after it',
    attempts: [...http, clear([flaw('login-in-clear', true, '/')], { broke: 'timeout' })],
    verdicts: [[`${CLEAR}/login-in-clear`, 'fail', 'conclusive']],
  },
  {
    name: 'a login page over TLS that loads a script in the clear',
    attempts: [...https, overTls(pages(['login-mixed-content', 'http://198.18.0.10/a.js']))],
    verdicts: [[`${TLS}/login-in-clear`, 'fail', 'indicative'], SOUND[1], SOUND[2]],
    more: { [`${TLS}/login-in-clear`]: { conditions: [] } },
  },
  {
    name: 'a form over TLS that is sent in the clear',
    attempts: [...https, overTls(pages(['login-in-clear', '/login'], ['login-mixed-content', '/login']))],
    verdicts: [[`${TLS}/login-in-clear`, 'fail', 'conclusive'], SOUND[1], SOUND[2]],
    more: { [`${TLS}/login-in-clear`]: { conditions: ['login-in-clear'] } },
  },
  ...['cookie-not-secure', 'cookie-not-httponly'].map((name) => ({
    name: `a session's ${name}`,
    attempts: [...https, overTls(pages([name, 'SID']))],
    verdicts: [SOUND[0], [`${TLS}/cookie-secure`, 'fail', 'indicative'] as const, SOUND[2]],
  })),
  {
    name: 'four cookies, of which one is sound',
    attempts: [
      ...https,
      overTls([
        ...pages(['cookie-not-secure', 'a'], ['cookie-not-secure', 'b']),
        flaw('cookie-not-secure', true, 'c'),
        flaw('cookie-not-secure', true, 'd'),
        flaw('cookie-not-secure', false, 'e'),
      ]),
    ],
    verdicts: [SOUND[0], [`${TLS}/cookie-secure`, 'fail', 'indicative'], SOUND[2]],
    more: {
      [`${TLS}/cookie-secure`]: {
        because: 'HTTPS at tcp/443 sets a session cookie without Secure (a, b, c and 1 more).',
      },
    },
  },
  {
    name: 'no HSTS fails nobody who does not ask for it',
    attempts: [...https, overTls(pages(['hsts-missing']))],
    verdicts: SOUND,
    more: { [`${TLS}/hsts`]: { conditions: ['hsts-missing'] } },
  },
  {
    name: 'cookies in the clear are not what is asked',
    attempts: [...http, clear([flaw('login-in-clear', false), flaw('cookie-not-httponly', true, 'SID')])],
    verdicts: [[`${CLEAR}/login-in-clear`, 'pass']],
  },
  {
    name: 'nothing was said of HttpOnly',
    attempts: [...https, overTls(pages().filter((fact) => !('name' in fact && fact.name === 'cookie-not-httponly')))],
    verdicts: [SOUND[0], [`${TLS}/cookie-secure`, 'inconclusive'], SOUND[2]],
  },
  {
    name: 'pages without a login, and without a cookie',
    attempts: [...https, overTls([flaw('hsts-missing', false)])],
    verdicts: [[`${TLS}/login-in-clear`, 'not-applicable'], [`${TLS}/cookie-secure`, 'not-applicable'], SOUND[2]],
  },
  {
    name: 'a login before which no cookie is set',
    attempts: [...https, overTls(SEEN)],
    verdicts: [SOUND[0], [`${TLS}/cookie-secure`, 'inconclusive'], SOUND[2]],
    more: {
      [`${TLS}/cookie-secure`]: {
        because:
          'Which cookies a login to HTTPS at tcp/443 sets was not seen: none is set before it, and none was accepted.',
      },
    },
  },
  {
    name: 'what a login that was accepted is given is joined to it',
    attempts: [...https, overTls(SEEN), loggedIn([flaw('cookie-not-secure', false, 'sid'), HTTP_ONLY])],
    verdicts: SOUND,
  },
  {
    name: 'a session that a login is given without Secure, before which another is well kept',
    attempts: [...https, overTls(pages()), loggedIn([flaw('cookie-not-secure', true, 'sid'), HTTP_ONLY])],
    verdicts: [SOUND[0], [`${TLS}/cookie-secure`, 'fail', 'indicative'], SOUND[2]],
  },
  {
    name: 'a login that broke off leaves nothing of it open',
    attempts: [...https, overTls(pages()), loggedIn([], { broke: 'timeout', open: ['login', 'throttle', 'access'] })],
    verdicts: SOUND,
  },
  {
    name: 'a session, and nobody who looked at pages',
    attempts: [...https, loggedIn([flaw('cookie-not-secure', false, 'sid'), HTTP_ONLY])],
    verdicts: [[`${TLS}/login-in-clear`, 'inconclusive'], SOUND[1], [`${TLS}/hsts`, 'inconclusive']],
  },
  {
    name: 'a login in the clear that only who logs in came to',
    attempts: [
      ...http,
      clear([flaw('login-in-clear', false)]),
      attempt('http-login', `${CLEAR}/http`, [flaw('login-in-clear', true, '/cgi-bin')]),
    ],
    verdicts: [[`${CLEAR}/login-in-clear`, 'fail', 'conclusive']],
  },
  {
    name: 'pages of which nothing at all was stated',
    attempts: [...https, overTls([])],
    verdicts: SOUND.map(([id]) => [id, 'inconclusive'] as const),
  },
  {
    name: 'pages that timed out',
    attempts: [...https, overTls([], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'pages that timed out after some of it',
    attempts: [...https, overTls(pages().slice(0, 1), { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'what of TLS was looked at says nothing of its pages',
    attempts: [
      ...https,
      attempt('tls-server', `${TLS}/tls`, [{ kind: 'weakness', protocol: 'tls', name: 'robot', present: true }]),
    ],
    verdicts: SOUND.map(([id]) => [id, 'inconclusive'] as const),
  },
  { name: 'nobody looked', attempts: http, verdicts: [[`${CLEAR}/login-in-clear`, 'inconclusive']] },
  {
    name: 'clear and over TLS, each by itself',
    attempts: [
      scan({ tcp: [80, 443] }),
      recognised('tcp/80', 'http'),
      recognised('tcp/443', 'tls', 'http+tls'),
      overTls(pages()),
      clear([flaw('login-in-clear', true, '/')]),
    ],
    verdicts: [[`${CLEAR}/login-in-clear`, 'fail', 'conclusive'], ...SOUND],
  },
  {
    name: 'no HTTP anywhere',
    attempts: [scan({ tcp: [22, 8883] }), recognised('tcp/22', 'ssh'), recognised('tcp/8883', 'tls', 'mqtt+tls')],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'no HTTP anywhere, and a timeout of TLS is no gap of it',
    attempts: [
      scan({ tcp: [8883] }),
      recognised('tcp/8883', 'tls', 'mqtt+tls'),
      attempt('tls-server', 'camera/tcp/8883/tls', [], { broke: 'timeout' }),
    ],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'TLS that lets nobody in may be HTTP',
    attempts: [scan({ tcp: [443] }), recognised('tcp/443', 'tls')],
    verdicts: [[TLS, 'inconclusive']],
  },
  {
    name: 'TLS with something unknown inside',
    attempts: [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'unknown+tls')],
    verdicts: [[TLS, 'inconclusive']],
  },
  {
    name: 'a port that was not recognised',
    attempts: [scan({ tcp: [9000] }), recognised('tcp/9000', 'unknown')],
    verdicts: [],
  },
]);
