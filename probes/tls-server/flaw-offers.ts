import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { askFor, isSrp, settled } from './answers.ts';
import { type Ask, inAny, older, open, taken, toldOf, type Verdict } from './flaw-handshake.ts';
import type { Known, TlsServer } from './server.ts';
import { isWeak } from './suites.ts';

/** Block ciphers of 64 bits: IDEA, DES, 3DES, RC2. */
const SHORT_BLOCKS = /_(IDEA|DES|DES40|3DES_EDE|RC2)_CBC/;
/** Keys of 512 bits, signed by the server (CVE-2015-0204). Those of RSA_EXPORT1024 are longer. */
const EXPORT_RSA = /^TLS_RSA_EXPORT_/;
export const CBC = /_CBC_/;
/** Suites of a hello that a server takes which cannot take a long one. */
const SHORT = 64;

/**
 * Whether a version is had with one of these suites: as it was seen already, or by asking for them alone. The control is
 * a suite that it takes.
 */
export async function offers(
  server: TlsServer,
  known: Known,
  what: string,
  version: TlsVersion,
  which: RegExp,
): Promise<Verdict> {
  const isMeant = (code: number) => which.test(suiteName(code));
  if (taken(known, version).some(isMeant)) return true;
  const all = suitesOf(version).filter((code) => isMeant(code) && !(known.noWeak.has(version) && isWeak(code)));
  const step = server.short ? SHORT : all.length;
  for (let i = 0; i < all.length; i += step) {
    const ask = () => askFor(server, version, all.slice(i, i + step));
    const answer = await settled(server, await ask(), ask, () => askFor(server, version, taken(known, version)));
    if (answer.result === 'accepted') return true;
    if (answer.result === 'refused' && answer.after)
      return open('protocol', `${what}: ${version} chose such a suite, and gave up (${answer.why})`);
    if (answer.result === 'unclear') return open(answer.reason, `${what}: ${version} with such suites (${answer.why})`);
  }
  // Which suites of SRP it has it tells no one whose name it does not know.
  if (server.wantsUser && all.some(isSrp)) return open('protocol', `${what}: ${version} has suites of SRP`);
  return false;
}

/** POODLE (CVE-2014-3566): SSLv3 with a suite in CBC mode. */
export const poodle: Ask = async (server, known) => {
  if (known.unclear.has('SSLv3')) return open('protocol', 'POODLE: SSLv3 may be accepted');
  return known.versions.has('SSLv3') ? offers(server, known, 'POODLE', 'SSLv3', CBC) : false;
};

/** DROWN (CVE-2016-0800): SSLv2 at all. What else has the same key is in danger by it. */
export const drown: Ask = async (_, known) => {
  if (known.ssl2) return true;
  return known.unclear.has('SSLv2') ? open('protocol', 'DROWN: SSLv2 may be accepted') : false;
};

/** Sweet32 (CVE-2016-2183): a block cipher of 64 bits in any version. */
export const sweet32: Ask = (server, known) =>
  inAny(known, 'Sweet32', (version) => offers(server, known, 'Sweet32', version, SHORT_BLOCKS));

/** FREAK (CVE-2015-0204): RSA keys of 512 bits in any version. */
export const freak: Ask = (server, known) =>
  inAny(known, 'FREAK', (version) => offers(server, known, 'FREAK', version, EXPORT_RSA));

/** TLS_FALLBACK_SCSV and the alert that answers it (RFC 7507, 2). */
const FALLBACK_SCSV = 0x5600;
const INAPPROPRIATE = 86;

/**
 * Whether a client that is made to try again with an older version is left without warning (RFC 7507). Where nothing
 * before TLS 1.2 is accepted there is nothing old to fall back to, and TLS 1.3 tells by itself (RFC 8446, 4.1.3).
 */
export const fallback: Ask = async (server, known) => {
  const may = [...known.versions.keys(), ...[...known.unclear].filter((version) => version !== 'SSLv2')];
  const isOld = (version: string) => version < 'TLS 1.2';
  if (may.length < 2 || !may.some(isOld)) return false;
  const oldest = older(known).at(-1);
  if (oldest === undefined || !isOld(oldest) || known.versions.size < 2)
    return open('protocol', `fallback: ${[...known.unclear].join(', ')} may be accepted`);
  const told = await server.ask(server.hello(oldest, [...taken(known, oldest), FALLBACK_SCSV]));
  if (told.kind === 'hello') return true;
  if (told.kind === 'alert' && told.code === INAPPROPRIATE) return false;
  const { reason, why } = toldOf(told);
  return open(reason, `fallback: ${oldest} with TLS_FALLBACK_SCSV (${why})`);
};
