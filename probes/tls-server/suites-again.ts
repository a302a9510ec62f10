import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { askFor, familiarSuites, partsOf, settled, suiteOffer, VERSIONS, versionOffer } from './answers.ts';
import { LATE } from './groups-removing.ts';
import type { Learned, TlsFact, TlsServer, Unsettled } from './server.ts';
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

/** What is chosen of these suites, one after the other, as each hello is answered at first. */
async function choose(server: TlsServer, version: TlsVersion, suites: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  for (const part of partsOf(suites, server.short))
    for (let left = part; left.length > 0 && !server.spent(LATE); ) {
      const answer = await askFor(server, version, left);
      if (answer.result !== 'accepted') break;
      const { suite } = answer.hello;
      found.push(suite);
      left = left.filter((code) => code !== suite);
    }
  return found;
}

/** Asks once more, one by one and with nothing beside it, for each version that was refused. */
export async function* refusedAgain(
  server: TlsServer,
  learned: Learned,
): AsyncGenerator<TlsFact, readonly Unsettled[]> {
  const open: Unsettled[] = [];
  const accepted = (version: TlsVersion | 'SSLv2'): TlsFact => {
    open.push(unstable(`${version} was refused, and then accepted`));
    return versionOffer(version);
  };
  const refused = VERSIONS.filter((version) => !learned.versions.has(version) && !learned.unclear.has(version));
  for (const version of refused) {
    if (server.spent(LATE)) return open;
    const suites = server.short ? familiarSuites(version) : suitesOf(version);
    const answer = await server.quietly(() => askFor(server, version, suites));
    if (answer.result !== 'accepted') continue;
    yield accepted(version);
    yield suiteOffer(version, answer.hello.suite);
  }
  if (learned.ssl2 || learned.unclear.has('SSLv2') || server.spent(LATE)) return open;
  const ssl2 = await server.quietly(() => askSsl2(server));
  if (ssl2.result !== 'accepted') return open;
  yield accepted('SSLv2');
  for (const code of ssl2.hello.suites) yield suiteOffer('SSLv2', code);
  return open;
}
