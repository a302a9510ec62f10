import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cookiesSet, isSession, readSetCookie, transportSecurity } from './http-cookies.ts';

const NOW = Date.UTC(2026, 0, 1);

it.each([
  ['a=b', { name: 'a', value: 'b', secure: false, httpOnly: false }],
  ['a=b; Secure; HttpOnly; Path=/', { name: 'a', value: 'b', secure: true, httpOnly: true }],
  [' a = b=c ;secure;HTTPONLY', { name: 'a', value: 'b=c', secure: true, httpOnly: true }],
  ['a=b; SameSite=Secure', { name: 'a', value: 'b', secure: false, httpOnly: false }],
  ['a=b; secure=no', { name: 'a', value: 'b', secure: true, httpOnly: false }],
  ['a=b; Max-Age=60', { name: 'a', value: 'b', secure: false, httpOnly: false }],
  ['a=b; Expires=Fri, 01 Jan 2027 00:00:00 GMT', { name: 'a', value: 'b', secure: false, httpOnly: false }],
  ['a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', { name: 'a', value: 'b', secure: false, httpOnly: false }],
  [
    `a=${'v'.repeat(4095)}; Path=/; Secure; HttpOnly`,
    { name: 'a', value: 'v'.repeat(4095), secure: true, httpOnly: true },
  ],
  [`a=${'v'.repeat(4096)}; Secure`, undefined],
  ['a=b; Max-Age=0', undefined],
  ['a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT', undefined],
  ['a=deleted', undefined],
  ['a=', undefined],
  ['a=""', undefined],
  ['=b', undefined],
  ['a', undefined],
  ['', undefined],
])('readSetCookie %j', (header, expected) => {
  expect(readSetCookie(header, NOW)).toEqual(expected);
});

it('goes by the clock of the device', () => {
  const headers = [
    ['Date', 'Thu, 01 Jan 1970 00:10:00 GMT'],
    ['Set-Cookie', 'sid=x; Expires=Thu, 01 Jan 1970 00:20:00 GMT'],
    ['set-cookie', 'old=x; Expires=Thu, 01 Jan 1970 00:05:00 GMT'],
  ] as const;
  expect(cookiesSet({ headers }, NOW).map(({ name }) => name)).toEqual(['sid']);
});

describe('isSession', () => {
  it.each([
    ['PHPSESSID', 'x'],
    ['JSESSIONID', 'x'],
    ['sessionid', '1'],
    ['connect.sid', 's:1'],
    ['SID', '1'],
    ['sysauth_http', '1'],
    ['__Host-session', '1'],
    ['Authorization', 'Basic'],
    ['access_token', 'x'],
    ['uid', '4'],
    ['x', '9f86d081884c7d659a2feaa0c55ad015'],
    ['DeviceCookie', 'cookies of that name are no session by the name alone'],
    ['SessionCookie', '1'],
    ['AuthCookie', '1'],
    ['WebviewSession', '9f86d081884c7d659a2feaa0c55ad015'],
    ['GatewayCookie', '9f86d081884c7d659a2feaa0c55ad015'],
    ['c', 'kPz3vQ8XlR2mN7wT9yB1'],
    ['z', '0f8fad5b-d9cb-469f-a165-70867728950e'],
  ])('%s=%s', (name, value) => {
    expect(isSession({ name, value, secure: false, httpOnly: false })).toBe(name !== 'DeviceCookie');
  });

  it.each([
    ['lang', 'en'],
    ['language', '9f86d081884c7d659a2feaa0c55ad015'],
    ['theme', 'dark'],
    ['session_lang', 'en'],
    ['cookieconsent', '9f86d081884c7d659a2feaa0c55ad015'],
    ['cookie_policy', '9f86d081884c7d659a2feaa0c55ad015'],
    ['session_csrf', '9f86d081884c7d659a2feaa0c55ad015'],
    ['csrftoken', '9f86d081884c7d659a2feaa0c55ad015'],
    ['XSRF-TOKEN', '9f86d081884c7d659a2feaa0c55ad015'],
    ['_ga', 'GA1.2.1234567890.1234567890'],
    ['AWSALB', '9f86d081884c7d659a2feaa0c55ad015kPz3vQ8XlR2mN7wT9yB1'],
    ['ts', '1767225600000'],
    ['res', '1920x1080'],
    ['x', 'aaaaaaaaaaaaaaaaaaaa1234'],
    ['seen', 'welcome-message-2'],
    ['a', ''],
    ['tz', 'Europe/Berlin'],
    ['product', 'Gateway.Home.Edition.2.0'],
  ])('not %s=%s', (name, value) => {
    expect(isSession({ name, value, secure: false, httpOnly: false })).toBe(false);
  });
});

it.each([
  [['max-age=31536000; includeSubDomains'], { maxAge: 31_536_000, includeSubDomains: true }],
  [['Max-Age="60"'], { maxAge: 60, includeSubDomains: false }],
  [[' max-age = 60 ;; preload;'], { maxAge: 60, includeSubDomains: false }],
  [['max-age=0'], { maxAge: 0, includeSubDomains: false }],
  [['max-age=1', 'max-age=0'], { maxAge: 1, includeSubDomains: false }],
  [['includeSubDomains'], undefined],
  [['max-age=-1'], undefined],
  [['max-age=1; max-age=2'], undefined],
  [['max-age'], undefined],
  [['max-age=one'], undefined],
  [['max-age=31536000 includeSubDomains'], undefined],
  [['max-age=9999999999999999'], undefined],
  [[''], undefined],
  [[], undefined],
])('transportSecurity %j', (values, expected) => {
  const headers = values.map((value) => ['Strict-Transport-Security', value] as const);
  expect(transportSecurity({ headers })).toEqual(expected);
});

it('reads whatever a device sends without throwing', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc
      .array(fc.constantFrom('a', '=', ';', ' ', '"', 'max-age', 'Secure', 'Expires', 'é'), { maxLength: 60 })
      .map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (value) => {
      const cookie = readSetCookie(value, NOW);
      if (cookie) isSession(cookie);
      transportSecurity({ headers: [['Strict-Transport-Security', value]] });
    }),
  );
});
