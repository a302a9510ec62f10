import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { askFor, familiarSuites, partsOf, settled, suiteOffer, VERSIONS, versionOffer } from './answers.ts';
import { LATE } from './groups-removing.ts';
import type { Known, Learned, TlsFact, TlsServer, Unsettled } from './server.ts';
import { askSsl2 } from './ssl2.ts';
import { unstable } from './suites-order.ts';

/** Suites that were refused at first, and what of the answers was not as before. */
export interface Again {
  readonly found: readonly number[];
  readonly unsettled: readonly Unsettled[];
}

/**
 * Whether a server still answers as it did: the hello that a version was accepted by, and right after it, with nothing
 * beside it, the suites that it refused at last. A server that is busy, or has had enough for now, may say so with the
 * alert that others have for suites that they do not know.
 */
export async function again(
  server: TlsServer,
  learned: Learned,
  version: TlsVersion,
  refused: readonly number[],
): Promise<Again> {
  const [first] = learned.suites.get(version) as [number];
  const ask = () => askFor(server, version, learned.asked.get(version));
  const same = await settled(server, await ask(), ask, ask);
  if (same.result === 'refused')
    return { found: [], unsettled: [unstable(`${version} was accepted, and then refused`)] };
  if (same.result === 'unclear') {
    const what = `${version} was accepted, and is not any more (${same.why})`;
    const offers = [{ role: 'suite' as const, version }];
    return { found: [], unsettled: [{ reason: same.reason, what, open: ['offer'], offers }] };
  }
  const unsettled: Unsettled[] = [];
  if (same.hello.suite !== first) {
    const what = `the same hello had ${suiteName(first)} chosen, and then ${suiteName(same.hello.suite)}`;
    unsettled.push(unstable(`${version}: ${what}`));
  }
  const found = await server.quietly(() => choose(server, version, refused));
  if (found.length > 0) unsettled.push(unstable(`${version}: ${suiteName(found[0]!)} was refused, and then accepted`));
  return { found, unsettled };
}

/** Hellos in a row that must be refused: of two servers behind one address that take turns, each gets one. */
const IN_A_ROW = 2;

/** What is chosen of these suites, one after the other, until none is. */
async function choose(server: TlsServer, version: TlsVersion, suites: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  // TLS 1.3 has nothing that is worth the second.
  const most = version === 'TLS 1.3' ? 1 : IN_A_ROW;
  for (const part of partsOf(suites, server.short)) {
    let left = part;
    for (let refused = 0; refused < most && left.length > 0 && !server.spent(LATE); ) {
      const answer = await askFor(server, version, left);
      if (answer.result !== 'accepted') refused += 1;
      else found.push(answer.hello.suite);
      left = left.filter((code) => code !== found.at(-1));
    }
  }
  return found;
}

/**
 * Asks once more for each version that was refused, one by one and with nothing beside it; the newest first, for who has
 * something older answers with that.
 */
export async function* refusedAgain(
  server: TlsServer,
  { versions, unclear, ssl2 }: Known,
): AsyncGenerator<TlsFact, readonly Unsettled[]> {
  const open: Unsettled[] = [];
  const refused = [...VERSIONS].reverse().filter((version) => !versions.has(version) && !unclear.has(version));
  for (const version of [...refused, ...(ssl2 || unclear.has('SSLv2') ? [] : (['SSLv2'] as const))]) {
    if (server.spent(LATE)) return open;
    const suites = await server.quietly(() => (version === 'SSLv2' ? ssl2Suites(server) : suitesNow(server, version)));
    if (suites.length === 0) continue;
    yield versionOffer(version);
    for (const code of suites) yield suiteOffer(version, code);
    open.push(unstable(`${version} was refused, and then accepted`));
  }
  return open;
}

/** The suite that a version is accepted with now; none where it is not. */
async function suitesNow(server: TlsServer, version: TlsVersion): Promise<readonly number[]> {
  const answer = await askFor(server, version, server.short ? familiarSuites(version) : suitesOf(version));
  return answer.result === 'accepted' ? [answer.hello.suite] : [];
}

async function ssl2Suites(server: TlsServer): Promise<readonly number[]> {
  const answer = await askSsl2(server);
  return answer.result === 'accepted' ? answer.hello.suites : [];
}
