import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { digestAuthorization, isAnswerable, strongestDigest, whyUnanswerable } from './digest.ts';
import { type Challenge, challenges } from './http.ts';

const read = (...values: string[]): Challenge[] =>
  challenges({ headers: values.map((value) => ['WWW-Authenticate', value] as const) });
const one = (value: string): Challenge => read(value)[0]!;
const parameter = (header: string | undefined, name: string): string | undefined =>
  new RegExp(`(?:^|[ ,])${name.replace('*', '\\*')}="?([^",]*)`).exec(header ?? '')?.[1];

const RFC = {
  user: 'Mufasa',
  secret: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const rfc = (more: string) =>
  one(
    `Digest realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", ${more}`,
  );

describe('digestAuthorization', () => {
  // RFC 7616, 3.9.1 (MD5, SHA-256) and RFC 2617, 3.5 (the user's own nonce and realm).
  test.each([
    ['RFC 7616, 3.9.1, MD5', rfc('qop="auth, auth-int", algorithm=MD5'), RFC, '8ca523f5e9506fed4657c9700eebdbec'],
    [
      'RFC 7616, 3.9.1, SHA-256',
      rfc('qop="auth, auth-int", algorithm=SHA-256'),
      RFC,
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
    [
      'RFC 2617, 3.5',
      one(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      ),
      { ...RFC, secret: 'Circle Of Life', cnonce: '0a4f113b' },
      '6629fae49393a05397450978507c4ef1',
    ],
  ])('%s', (_name, challenge, login, response) => {
    expect(parameter(digestAuthorization(challenge, login)?.header, 'response')).toBe(response);
  });

  it('answers RFC 2069, sessions, hashed and foreign names, and says what must not be shown', () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    const sha = (text: string) => createHash('sha512-256').update(text).digest('hex');
    const login = { user: 'a', secret: 's', method: 'GET', uri: '/', cnonce: 'c' };
    const old = digestAuthorization(one('Digest realm="r", nonce="n"'), login)!;
    expect(old.header).toBe(
      `Digest username="a", realm="r", nonce="n", uri="/", response="${md5(`${md5('a:r:s')}:n:${md5('GET:/')}`)}"`,
    );
    expect(old.encodings).toContain(md5('a:r:s'));
    expect(old.encodings).toContain(parameter(old.header, 'response'));
    const session = digestAuthorization(one('Digest realm="r", nonce="n", algorithm="SHA-512-256-sess", qop=auth'), {
      ...login,
      count: 2,
    })!;
    expect(parameter(session.header, 'response')).toBe(
      sha(`${sha(`${sha('a:r:s')}:n:c`)}:n:00000002:c:auth:${sha('GET:/')}`),
    );
    expect(session.header).toContain('algorithm=SHA-512-256-sess');
    const hidden = digestAuthorization(one('Digest realm="r", nonce="n", qop=auth, userhash=true'), login)!;
    expect(hidden.header).toContain(`username="${md5('a:r')}"`);
    expect(hidden.header).toContain('userhash=true');
    const foreign = digestAuthorization(one('Digest realm="r", nonce="n"'), { ...login, user: 'Jäsøn\n' })!;
    expect(foreign.header).toContain("username*=UTF-8''J%C3%A4s%C3%B8n%0A");
    const realm = one(`Digest realm="${Buffer.from('Zürich').toString('latin1')}", nonce="n"`);
    expect(digestAuthorization(realm, login)!.encodings[0]).toBe(md5('a:Zürich:s'));
  });

  test.each([
    ['Basic realm="r"', 'it is no Digest'],
    ['Digest realm="r"', 'it has no nonce'],
    ['Digest realm="r", nonce=""', 'it has no nonce'],
    ['Digest realm="r", nonce="n", algorithm=SHA-1', 'its algorithm is not known'],
    ['Digest realm="r", nonce="n", algorithm=constructor', 'its algorithm is not known'],
    ['Digest realm="r", nonce="n", qop="auth-int"', 'it takes nothing but auth-int'],
    ['Digest realm="r", nonce="n", qop="auth-conf"', 'its quality of protection is not known'],
    ['Digest realm="a \\"b\\"", nonce="n"', 'its realm holds a quotation mark or a backslash'],
    ['Digest realm="r", nonce="n", qop=""', undefined],
    ['Digest realm="r", nonce="n", qop="AUTH", algorithm=md5-SESS', undefined],
  ])('%s', (value, why) => {
    const challenge = one(value);
    expect(whyUnanswerable(challenge)).toBe(why);
    expect(digestAuthorization(challenge, RFC) === undefined).toBe(why !== undefined);
  });

  it('chooses the strongest that it can answer', () => {
    const of = (...values: string[]) => strongestDigest(read(...values))?.parameters.algorithm;
    const digest = (algorithm: string, more = '') => `Digest realm="r", nonce="n", algorithm=${algorithm}${more}`;
    expect(of(digest('MD5'), 'Basic realm="r"', digest('SHA-256'), digest('SHA-1'))).toBe('SHA-256');
    expect(of(`${digest('MD5')}, Basic realm="r", ${digest('SHA-512-256', ', qop="auth-int"')}`)).toBe('MD5');
    expect(of('Basic realm="r"', 'Negotiate abc==')).toBeUndefined();
  });
});

describe('challenges of a hostile server', () => {
  const part = fc.constantFrom(
    'Digest',
    'Basic',
    ' ',
    ', ',
    'realm=',
    'nonce="x"',
    'qop=',
    '"auth',
    '"',
    '\\',
    'algorithm=MD5',
    '=',
    'stale=true',
    'userhash=true',
    '\t',
    'é',
  );

  it('are read and answered, or not, and nothing is thrown; a header of ours is one line', () =>
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), fc.string({ unit: 'binary' }), (parts, user) => {
        return read(parts.join(''), user).every((challenge) => {
          const made = digestAuthorization(challenge, { ...RFC, user });
          const { nonce = '', opaque = '', realm = '', algorithm = '' } = challenge.parameters;
          const isLine = !/[\r\n]/.test(made?.header ?? '') || /[\r\n]/.test(nonce + opaque + realm + algorithm);
          return isLine && (made === undefined) !== isAnswerable(challenge);
        });
      }),
      { numRuns: 60 },
    ));

  it('cost no time, however long', () => {
    const started = performance.now();
    for (const unit of ['Digest ', 'a=', 'a="', '\\"', ', ', 'Digest realm="x",'])
      read(...Array.from({ length: 50 }, () => unit.repeat(2_000)));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
