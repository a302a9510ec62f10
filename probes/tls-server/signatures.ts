import type { FactOf } from '../../src/model/fact.ts';
import type { TlsVersion } from '../../src/observe/protocols/tls.ts';
import { type Extension, extensions } from '../../src/observe/protocols/tls-hello.ts';
import { exchangeOf, type KeyExchange, readKeyExchange } from '../../src/observe/protocols/tls-key-exchange.ts';
import { ALL_SCHEMES, schemeName } from '../../src/observe/protocols/tls-key-exchange-names.ts';
import { readAnswer } from './answers.ts';
import { ask13 } from './ask13.ts';
import { type Chosen, removing, withExtensions } from './groups-removing.ts';
import type { Known, Stage, TlsServer, Unsettled } from './server.ts';

/** Weak hashes first: a server that goes by the client's order then shows its worst. */
export const OF_12 = [...ALL_SCHEMES].filter((code) => code < 2300).sort((a, b) => a - b);
/** What TLS 1.3 may sign with; PKCS#1 and SHA-1, which it may not, at the end (RFC 8446, 4.2.3). */
const OF_13 = [
  ...ALL_SCHEMES.filter((code) => code >= 1800 || [1027, 1283, 1539].includes(code)),
  1025,
  1281,
  1537,
  515,
  513,
];

/**
 * Which signature schemes a server proves itself with, beside those that it was seen to choose. TLS 1.2 names one in ServerKeyExchange, TLS 1.3 in the
 * CertificateVerify that its keys hide. Each hello leaves out what was chosen; for the certificates themselves it goes
 * on to allow all (`signature_algorithms_cert`), so that their issuers' signatures do not count. What a client
 * certificate may be signed with is another list. Before TLS 1.2 there is no choice: MD5 and SHA-1, or SHA-1.
 */
export const signatures: Stage = async function* (server, known) {
  const unsettled: Unsettled[] = [];
  const asking = (
    [
      ['TLS 1.3', signatures13],
      ['TLS 1.2', signatures12],
    ] as const
  ).flatMap(([version, find]) => (known.versions.has(version) ? [[version, find(server, known)] as const] : []));
  // Both are under way; what is thrown before its turn must not end the process.
  for (const [, found] of asking) found.catch(() => undefined);
  for (const [version, found] of asking) {
    const { schemes, unclear } = await found;
    for (const code of schemes) yield offer(version, code);
    if (unclear)
      unsettled.push({
        reason: unclear.reason,
        what: `signatures of ${version}: ${unclear.why}`,
        open: ['offer'],
        offers: [{ role: 'signature', version }],
      });
  }
  return unsettled;
};

const offer = (version: TlsVersion, code: number): FactOf<'offer'> => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'signature',
  version,
  name: schemeName(code),
  code,
});

/** RFC 8446, 4.2.3: what the chain may be signed with, where that is not what the server itself may sign with. */
export const chainSignatures = (): Extension => ({ ...extensions.signatures(ALL_SCHEMES), type: 50 });

/** Keeps the scheme of a ServerKeyExchange of TLS 1.2; false where it has none, or one that was there before. */
export function addScheme(server: TlsServer, exchange: KeyExchange): boolean {
  const scheme = 'signature' in exchange ? exchange.signature?.scheme : undefined;
  if (scheme === undefined || server.signedBy.includes(scheme)) return false;
  server.signedBy.push(scheme);
  return true;
}

async function signatures13(server: TlsServer) {
  const ask = async (left: readonly number[]): Promise<Chosen> => {
    const shown = await ask13(server, { schemes: left, more: [chainSignatures()] });
    if (shown.kind === 'flight') return { result: 'accepted', chosen: shown.flight.scheme };
    // A ServerHello that cannot be read on: a group or a suite that is not ours.
    if (shown.kind === 'hello') return { result: 'unclear', reason: 'protocol', why: 'the handshake cannot be read' };
    return readAnswer('TLS 1.3', shown) as Chosen;
  };
  const seen = server.shown.get(server.servername ?? '')?.scheme;
  const { found, unclear } = await removing(server, 'TLS 1.3', OF_13, ask, { seen: seen === undefined ? [] : [seen] });
  return { schemes: found, unclear };
}

async function signatures12(server: TlsServer, known: Known) {
  const suites = (known.suites.get('TLS 1.2') ?? []).filter((code) => exchangeOf(code)?.signed);
  if (suites.length === 0) return { schemes: [], unclear: undefined };
  const ask = async (left: readonly number[]): Promise<Chosen> => {
    const hello = withExtensions(server.hello('TLS 1.2', suites), extensions.signatures(left), chainSignatures());
    const answer = readAnswer('TLS 1.2', await server.ask(hello));
    if (answer.result !== 'accepted') return answer;
    const exchange = readKeyExchange(answer.answer.keyExchange ?? Buffer.alloc(0), answer.hello.suite, 'TLS 1.2');
    if (exchange.kind === 'unreadable') return { result: 'unclear', reason: 'protocol', why: exchange.why };
    return { result: 'accepted', chosen: exchange.signature?.scheme };
  };
  const { found, unclear } = await removing(server, 'TLS 1.2', OF_12, ask, { seen: server.signedBy });
  return { schemes: found, unclear };
}
