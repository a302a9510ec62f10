import type { TlsVersion } from '../../src/observe/protocols/tls.ts';
import { extensions } from '../../src/observe/protocols/tls-hello.ts';
import { readAnswer } from './answers.ts';
import { ask13 } from './ask13.ts';
import { newest, type Part, unclear } from './features-parts.ts';
import { taken } from './flaw-handshake.ts';
import { type Chosen, removing, withExtensions } from './groups-removing.ts';
import type { Known, TlsServer, Told } from './server.ts';

/** IANA "TLS ALPN Protocol IDs" of what runs over TCP; acme-tls/1 is left out, for it has the server show another certificate. */
export const PROTOCOLS = [
  'h2',
  'http/1.1',
  'http/1.0',
  'http/0.9',
  'spdy/3',
  'spdy/2',
  'spdy/1',
  'mqtt',
  'coap',
  'ftp',
  'imap',
  'pop3',
  'managesieve',
  'xmpp-client',
  'xmpp-server',
  'irc',
  'nntp',
  'dot',
  'ntske/1',
  'sunrpc',
  'smb',
  'sip/2',
  'dicom',
  'postgresql',
  'tds/8.0',
  'stun.turn',
];
/** no_application_protocol (RFC 7301, 3.2): it has others, or none that is in the list. */
export const NONE_OF_THEM = 120;

/** Which protocols a server says that it speaks, in the order in which it chooses them. One that chooses none has no ALPN. */
export const protocols: Part = async function* (server, known) {
  const version = newest(known);
  if (version === undefined || version === 'SSLv3') return [];
  const ask = async (left: readonly number[]): Promise<Chosen> => {
    const names = left.map((i) => PROTOCOLS[i]!);
    const told = await (version === 'TLS 1.3' ? in13(server, names) : in12(server, known, version, names));
    if ('alpn' in told)
      return { result: 'accepted', chosen: told.alpn === undefined ? undefined : PROTOCOLS.indexOf(told.alpn) };
    if (told.kind === 'alert' && told.code === NONE_OF_THEM) return { result: 'refused', why: told.name, firm: true };
    return readAnswer(version, told) as Chosen;
  };
  const all = PROTOCOLS.map((_, i) => i);
  if (version === 'TLS 1.3' && server.alpn === 'none') return [];
  const seen = version === 'TLS 1.3' && server.alpn ? [PROTOCOLS.indexOf(server.alpn)] : [];
  const { found, unclear: why } = await removing(server, version, all, ask, { seen });
  for (const i of found)
    if (i >= 0) yield { kind: 'offer', protocol: 'tls', role: 'alpn', version, name: PROTOCOLS[i]! };
  return why ? [unclear('ALPN', why)] : [];
};

type Alpn = { readonly alpn: string | undefined };

async function in13(server: TlsServer, names: readonly string[]): Promise<Alpn | Told> {
  const shown = await ask13(server, { alpn: names });
  return shown.kind === 'flight' ? { alpn: shown.flight.alpn } : shown;
}

async function in12(
  server: TlsServer,
  known: Known,
  version: TlsVersion,
  names: readonly string[],
): Promise<Alpn | Told> {
  const told = await server.ask(withExtensions(server.hello(version, taken(known, version)), extensions.alpn(names)));
  if (told.kind !== 'hello') return told;
  const body = told.hello.extensions.get(16);
  return { alpn: body && body.length > 3 ? body.subarray(3, 3 + body[2]!).toString('latin1') : undefined };
}
