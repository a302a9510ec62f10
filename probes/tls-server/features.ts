import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { extensions } from '../../src/observe/protocols/tls-hello.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { protocols } from './features-alpn.ts';
import { nameDependence } from './features-names.ts';
import { type Feature, feature, type Part, unclear } from './features-parts.ts';
import { resumption12, resumption13 } from './features-resumption.ts';
import { taken, toldOf } from './flaw-handshake.ts';
import { LATE, OLD_VERSIONS, withExtensions } from './groups-removing.ts';
import type { Known, Stage, TlsFact, TlsServer, Unsettled } from './server.ts';

/**
 * What a server does beside its algorithms, each in the version that it is told with: the newest before TLS 1.3 for
 * extensions of those, the newest of all for protocols (ALPN) and names (SNI).
 */
export const features: Stage = async function* (server, known) {
  const unsettled: Unsettled[] = [];
  for (const part of [extensionsOf, resumption13, resumption12, fallbackScsv, protocols, nameDependence] as Part[]) {
    if (!server.spent(LATE)) unsettled.push(...(yield* part(server, known)));
    else return [...unsettled, unclear('features', { reason: 'timeout', why: 'there was no time left' })];
  }
  return unsettled;
};

/** What a ServerHello grants: by its extension's type (RFC 7627, 7366, 5746). */
const GRANTED: readonly (readonly [number, Feature])[] = [
  [23, 'extended-master-secret'],
  [22, 'encrypt-then-mac'],
  [0xff01, 'secure-renegotiation'],
];
/** RFC 3749, RFC 3943; null last. */
const COMPRESSIONS: Readonly<Record<number, string>> = { 1: 'DEFLATE', 64: 'LZS' };

/** One hello that asks for everything; of suites in CBC mode, for there is no encrypt-then-MAC without. */
async function* extensionsOf(server: TlsServer, known: Known): AsyncGenerator<TlsFact, readonly Unsettled[]> {
  const version = OLD_VERSIONS.find((one) => known.versions.has(one));
  if (version === undefined) return [];
  const all = taken(known, version);
  const cbc = (known.suites.get(version) ?? []).filter((code) => suiteName(code).includes('_CBC_'));
  const plain = server.hello(version, cbc.length > 0 ? cbc.slice(0, 32) : all);
  const whole = plain.extensions
    ? withExtensions(plain, extensions.extendedMasterSecret(), extensions.encryptThenMac())
    : plain;
  const compressions = [...Object.keys(COMPRESSIONS).map(Number), 0];
  let told = await server.ask({ ...whole, compression: compressions });
  // One that minds being asked for compression has none.
  if (told.kind !== 'hello') told = await server.ask(whole);
  if (told.kind !== 'hello') return [unclear(`extensions of ${version}`, toldOf(told))];
  for (const [type, name] of GRANTED) if (told.hello.extensions.has(type)) yield feature(version, name);
  const name = COMPRESSIONS[told.hello.compression];
  if (name) yield { kind: 'offer', protocol: 'tls', role: 'compression', version, name, code: told.hello.compression };
  return [];
}

/** TLS_FALLBACK_SCSV and the alert that answers it (RFC 7507). */
const [SCSV, INAPPROPRIATE_FALLBACK] = [0x5600, 86];

/**
 * Whether a client that says it has fallen back is warned: in the version before the newest that the server has. With
 * one version alone nobody can fall back, and the server cannot be seen to know it.
 */
async function* fallbackScsv(server: TlsServer, known: Known): AsyncGenerator<TlsFact, readonly Unsettled[]> {
  const [, version] = (Object.keys(TLS_VERSIONS) as TlsVersion[]).filter((one) => known.versions.has(one)).reverse();
  if (version === undefined) return [];
  const told = await server.ask(server.hello(version, [...taken(known, version), SCSV]));
  if (told.kind === 'alert' && told.code === INAPPROPRIATE_FALLBACK) yield feature(version, 'fallback-scsv');
  return told.kind === 'hello' || told.kind === 'alert' ? [] : [unclear('fallback', toldOf(told))];
}
