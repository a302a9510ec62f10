import { createHash } from 'node:crypto';
import type { Challenge } from './http.ts';

/** What one Digest login answers a challenge with. `count` is the nonce's use, from 1. `cnonce` is fresh for each. */
export interface DigestLogin {
  readonly user: string;
  readonly secret: string;
  readonly method: string;
  /** As in the request line. */
  readonly uri: string;
  readonly cnonce: string;
  readonly count?: number;
}

/** Algorithms that are answered, the strongest first (RFC 7616, 6.1); of equals the one that more implementations agree on. */
const ALGORITHMS: Readonly<Record<string, string>> = { 'sha-256': 'sha256', 'sha-512-256': 'sha512-256', md5: 'md5' };
const STRENGTH = Object.keys(ALGORITHMS);

const nameOf = ({ parameters }: Challenge): string => (parameters.algorithm ?? 'MD5').toLowerCase();
const baseOf = (challenge: Challenge): string => nameOf(challenge).replace(/-sess$/, '');

/** The qualities of protection that are offered; a parameter without any word counts as absent, as servers mean it. */
const qualities = ({ parameters: { qop = '' } }: Challenge): string[] =>
  qop
    .split(/[,\s]+/)
    .map((one) => one.toLowerCase())
    .filter((one) => one !== '');

/** Why a Digest challenge cannot be answered, in a few words without the device's; undefined where it can. */
export const whyUnanswerable = (challenge: Challenge): string | undefined => {
  const { scheme, parameters } = challenge;
  if (scheme !== 'digest') return 'it is no Digest';
  if (parameters.nonce === undefined || parameters.nonce === '') return 'it has no nonce';
  if (!Object.hasOwn(ALGORITHMS, baseOf(challenge))) return 'its algorithm is not known';
  const offered = qualities(challenge);
  if (offered.length > 0 && !offered.includes('auth'))
    return offered.includes('auth-int') ? 'it takes nothing but auth-int' : 'its quality of protection is not known';
  // Clients and servers do not agree on whether the escape of a quoted-pair is hashed: a refusal would prove nothing.
  if (/["\\]/.test(parameters.realm ?? '')) return 'its realm holds a quotation mark or a backslash';
  return undefined;
};

/** Whether a Digest challenge can be answered: its algorithm and its quality of protection are known. */
export const isAnswerable = (challenge: Challenge): boolean => whyUnanswerable(challenge) === undefined;

/** The strongest Digest challenge that can be answered; the first of equals (RFC 7616, 3.7). */
export const strongestDigest = (all: readonly Challenge[]): Challenge | undefined =>
  all
    .filter(isAnswerable)
    .map((challenge, index) => ({ challenge, index, rank: STRENGTH.indexOf(baseOf(challenge)) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)[0]?.challenge;

/** Whether a challenge says that only the nonce was too old (RFC 7616, 3.3). */
export const isStale = ({ parameters }: Challenge): boolean => /^true$/i.test(parameters.stale ?? '');

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** What stands in a quoted-string of a header as it is (RFC 9110, 5.6.4), without what is beyond ASCII. */
const PLAIN = /^[\t\x20-\x7e]*$/;

/** RFC 8187, 3.2.1: a parameter's value in UTF-8, percent-encoded but for attr-char. */
const extended = (text: string): string =>
  `UTF-8''${[...Buffer.from(text)]
    .map((byte) => {
      const c = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&+.^_`|~-]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('')}`;

/**
 * The Authorization header of a Digest login (RFC 7616; RFC 2069's form where no `qop` is offered), for HTTP, RTSP and
 * SIP. Undefined where the challenge cannot be answered. `encodings` are what a transcript must not show of the secret:
 * the hashes that stand for it, and the response, from which it can be guessed.
 */
export const digestAuthorization = (
  challenge: Challenge,
  login: DigestLogin,
): { readonly header: string; readonly encodings: readonly string[] } | undefined => {
  if (!isAnswerable(challenge)) return undefined;
  const { realm = '', nonce = '', opaque, algorithm, userhash } = challenge.parameters;
  const isSession = nameOf(challenge).endsWith('-sess');
  const hasQuality = qualities(challenge).length > 0;
  const hash = (text: string | Buffer): string => createHash(ALGORITHMS[baseOf(challenge)]!).update(text).digest('hex');
  const { user, secret, method, uri, cnonce } = login;
  // Header values are read as Latin-1: the realm is hashed in the bytes in which it was sent.
  const bytesOf = (before: string, after = ''): Buffer =>
    Buffer.concat([Buffer.from(before), Buffer.from(`:${realm}`, 'latin1'), Buffer.from(after)]);
  const count = (login.count ?? 1).toString(16).padStart(8, '0');
  const own = hash(bytesOf(user, `:${secret}`));
  const first = isSession ? hash(`${own}:${nonce}:${cnonce}`) : own;
  const second = hash(`${method}:${uri}`);
  const response = hash(
    hasQuality ? `${first}:${nonce}:${count}:${cnonce}:auth:${second}` : `${first}:${nonce}:${second}`,
  );
  const hashed = /^true$/i.test(userhash ?? '');
  const name = hashed
    ? `username="${hash(bytesOf(user))}"`
    : PLAIN.test(user)
      ? `username=${quoted(user)}`
      : `username*=${extended(user)}`;
  const parts = [
    name,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(hasQuality ? ['qop=auth', `nc=${count}`] : []),
    ...(hasQuality || isSession ? [`cnonce=${quoted(cnonce)}`] : []),
    ...(hashed ? ['userhash=true'] : []),
  ];
  return { header: `Digest ${parts.join(', ')}`, encodings: [...new Set([own, first, response])] };
};
