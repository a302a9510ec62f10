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

const ALGORITHMS: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256', 'sha-512-256': 'sha512-256' };

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** Whether a Digest challenge can be answered: its algorithm and its quality of protection are known. */
export const isAnswerable = ({ scheme, parameters }: Challenge): boolean =>
  scheme === 'digest' &&
  parameters.nonce !== undefined &&
  Object.hasOwn(ALGORITHMS, (parameters.algorithm ?? 'MD5').toLowerCase().replace(/-sess$/, '')) &&
  (parameters.qop === undefined || parameters.qop.split(',').some((one) => one.trim().toLowerCase() === 'auth'));

/**
 * The Authorization header of a Digest login (RFC 7616; RFC 2069's form where no `qop` is offered), for HTTP, RTSP and
 * SIP. Undefined where the challenge cannot be answered. `encodings` are what a transcript must not show of the secret.
 */
export const digestAuthorization = (
  challenge: Challenge,
  login: DigestLogin,
): { readonly header: string; readonly encodings: readonly string[] } | undefined => {
  if (!isAnswerable(challenge)) return undefined;
  const { realm = '', nonce = '', opaque, algorithm, qop } = challenge.parameters;
  const name = (algorithm ?? 'MD5').toLowerCase();
  const hash = (text: string): string =>
    createHash(ALGORITHMS[name.replace(/-sess$/, '')]!)
      .update(text)
      .digest('hex');
  const { user, secret, method, uri, cnonce } = login;
  const count = (login.count ?? 1).toString(16).padStart(8, '0');
  const own = hash(`${user}:${realm}:${secret}`);
  const first = name.endsWith('-sess') ? hash(`${own}:${nonce}:${cnonce}`) : own;
  const second = hash(`${method}:${uri}`);
  const response = hash(
    qop === undefined ? `${first}:${nonce}:${second}` : `${first}:${nonce}:${count}:${cnonce}:auth:${second}`,
  );
  const parts = [
    `username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(qop === undefined ? [] : ['qop=auth', `nc=${count}`, `cnonce="${cnonce}"`]),
  ];
  return { header: `Digest ${parts.join(', ')}`, encodings: [own, first] };
};
