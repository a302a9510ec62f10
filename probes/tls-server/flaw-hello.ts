import type { TlsVersion } from '../../src/observe/protocols/tls.ts';
import { inAny, older, open, taken, toldOf, unclear, type Verdict } from './flaw-handshake.ts';
import { withHeartbeat } from './flaw-heartbleed.ts';
import type { Known, TlsServer, Unsettled } from './server.ts';
import type { Told } from './told.ts';

/** DEFLATE (RFC 3749) and LZS (RFC 3943), before null, which every server has. */
const COMPRESSION = [1, 64, 0];
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV, for a version whose hello has no extensions (RFC 5746, 3.3). */
const RENEGOTIATION_SCSV = 0x00ff;
const RENEGOTIATION = 0xff01;
const HEARTBEAT = 15;

/** What hellos alone tell: one a version, with everything in it that a flaw may be seen by. */
export interface HelloFlaws {
  /** A ServerHello without renegotiation_info, though asked for: RFC 5746 is not heard of. */
  readonly renegotiation: Verdict;
  /** CRIME (CVE-2012-4929): data are compressed before they are encrypted. */
  readonly crime: Verdict;
  /** Not a flaw: the newest version in which heartbeats are offered; undefined where they are in none. */
  readonly heartbeat: TlsVersion | undefined | Unsettled;
}

/** What came of a hello with compression, and of one with heartbeats. */
interface Said {
  readonly compressed: Told;
  readonly beating: Told;
}

async function saidOf(server: TlsServer, known: Known, version: TlsVersion): Promise<Said> {
  const scsv = version === 'SSLv3' ? [RENEGOTIATION_SCSV] : [];
  const plain = server.hello(version, [...taken(known, version), ...scsv]);
  const compressed = { ...plain, compression: COMPRESSION };
  const whole = await server.ask(withHeartbeat(compressed));
  if (whole.kind === 'hello') return { compressed: whole, beating: whole };
  return { compressed: await server.ask(compressed), beating: await server.ask(withHeartbeat(plain)) };
}

/** Asks every version before TLS 1.3 that was accepted. A server that minds one part of the hello is asked for each alone. */
export async function helloFlaws(server: TlsServer, known: Known): Promise<HelloFlaws> {
  const said = new Map<TlsVersion, Said>(
    await Promise.all(older(known).map(async (version) => [version, await saidOf(server, known, version)] as const)),
  );
  const unanswered = (what: string, version: TlsVersion, told: Told): Unsettled => {
    const { reason, why } = toldOf(told);
    return open(reason, `${what}: a hello of ${version} that asks for it (${why})`);
  };
  const crime = await inAny(known, 'compression', (version) => {
    const { compressed } = said.get(version)!;
    return compressed.kind === 'hello'
      ? compressed.hello.compression !== 0
      : unanswered('compression', version, compressed);
  });
  const renegotiation = await inAny(known, 'secure renegotiation', (version) => {
    const { compressed, beating } = said.get(version)!;
    const told = compressed.kind === 'hello' ? compressed : beating;
    return told.kind === 'hello'
      ? !told.hello.extensions.has(RENEGOTIATION)
      : unanswered('secure renegotiation', version, told);
  });
  return { crime, renegotiation, heartbeat: heartbeatIn(known, said, unanswered) };
}

/** SSLv3 has no extensions to offer them by: it tells nothing of a server that has other versions, and nothing at all alone. */
function heartbeatIn(
  known: Known,
  said: ReadonlyMap<TlsVersion, Said>,
  unanswered: (what: string, version: TlsVersion, told: Told) => Unsettled,
): HelloFlaws['heartbeat'] {
  let unsettled: Unsettled | undefined;
  const versions = older(known).filter((version) => version !== 'SSLv3');
  for (const version of versions) {
    const told = said.get(version)!.beating;
    if (told.kind !== 'hello') unsettled ??= unanswered('heartbeats', version, told);
    else if (told.hello.extensions.has(HEARTBEAT)) return version;
  }
  if (versions.length === 0 && said.size > 0)
    return open('unsupported', 'heartbeats: SSLv3 has no extension to offer them by');
  return unsettled ?? (versions.length === 0 ? unclear(known, 'heartbeats') : undefined);
}
