import { createHash } from 'node:crypto';
import type { TlsVersion } from '../../src/observe/protocols/tls.ts';
import { extensions } from '../../src/observe/protocols/tls-hello.ts';
import { ask13 } from './ask13.ts';
import { feature, newest, type Part, unclear } from './features-parts.ts';
import { taken, toldOf } from './flaw-handshake.ts';
import { withExtensions, without } from './groups-removing.ts';
import type { Known, TlsServer, Unsettled } from './server.ts';

/** A name that nobody has (RFC 6761, 6.4). */
const UNKNOWN = 'unknown.invalid';

/** What is shown to who asks for a name: a leaf, or the alert that it is refused with. */
type Shown = { readonly what: string } | { readonly reason: Unsettled['reason']; readonly why: string };

/**
 * Whether a server shows another certificate, or none, to who gives no name or an unknown one: compared with what it
 * shows to its declared name, where there is one; what was shown before is not asked for a second time. What differs is,
 * for a server may have several.
 */
export const nameDependence: Part = async function* (server, known) {
  const version = newest(known);
  // SSLv3 has no extensions to name it by.
  if (version === undefined || version === 'SSLv3') return [];
  const names = [...(server.servername === undefined ? [] : [server.servername]), undefined, UNKNOWN];
  const shown: Shown[] = [];
  for (const name of names) {
    const before = version === 'TLS 1.3' ? server.shown.get(name ?? '') : undefined;
    shown.push(before ? { what: digest(before.certificates[0]) } : await shownTo(server, known, version, name));
  }
  const open = shown.find((one) => 'why' in one);
  if (open && 'why' in open) return [unclear('SNI', open)];
  const [first, ...others] = shown.map((one) => ('what' in one ? one.what : ''));
  const other = others.findIndex((one) => one !== first);
  if (other === -1) return [];
  const again = await shownTo(server, known, version, names[0]);
  const otherAgain = await shownTo(server, known, version, names[other + 1]);
  if (!('what' in again) || !('what' in otherAgain))
    return [unclear('SNI', 'why' in again ? again : (otherAgain as never))];
  if (again.what === first && otherAgain.what === others[other]) yield feature(version, 'sni-dependent');
  return [];
};

async function shownTo(server: TlsServer, known: Known, version: TlsVersion, name: string | undefined): Promise<Shown> {
  if (version === 'TLS 1.3') {
    const shown = await ask13(server, { servername: name ?? false });
    if (shown.kind === 'flight') return { what: digest(shown.flight.certificates[0]) };
    return shown.kind === 'alert' ? { what: `alert ${shown.code}` } : toldOf(shown);
  }
  const plain = without(server.hello(version, taken(known, version)), 0);
  const told = await server.ask(name === undefined ? plain : withExtensions(plain, extensions.serverName(name)));
  if (told.kind === 'hello') return { what: digest(told.answer.certificates[0]) };
  return told.kind === 'alert' ? { what: `alert ${told.code}` } : toldOf(told);
}

const digest = (der: Buffer | undefined): string =>
  der ? createHash('sha256').update(der).digest('hex') : 'no certificate';
