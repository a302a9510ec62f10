import type { FactOf } from '../../src/model/fact.ts';
import { bitsOf, groupName, knownPrime } from '../../src/observe/protocols/dh-groups.ts';
import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { extensions, type HelloParts } from '../../src/observe/protocols/tls-hello.ts';
import { exchangeOf, readKeyExchange } from '../../src/observe/protocols/tls-key-exchange.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { type Accepted, type Answer, readAnswer, settled, suiteOffer, type Unclear } from './answers.ts';
import { control, LATE, OLD_VERSIONS, withExtensions, without } from './groups-removing.ts';
import type { Known, TlsFact, TlsServer, Unsettled } from './server.ts';

/**
 * Kinds of suites that servers have primes of their own for: export suites by law had 512 bits; OpenSSL picks by the
 * cipher's strength where no certificate says how strong it is to be (`ssl_get_auto_dh`), and by the key of the
 * certificate elsewhere.
 */
const KINDS: readonly (readonly [name: string, is: (suite: number) => boolean])[] = [
  ['export', (suite) => exchangeOf(suite)?.export === true],
  ['anonymous or pre-shared', (suite) => exchangeOf(suite)?.signed === false],
  ['DSS', (suite) => suiteName(suite).includes('_DSS_')],
  ['other', () => true],
];
const FFDHE = [256, 257, 258, 259, 260];

/** Bits of the prime that an export suite has, and that can be broken within hours (Adrian et al., 2015; CVE-2015-4000). */
const EXPORT = 512;
/** The least bits that are no flaw (RFC 9325, 4.4). */
const LEAST = 2048;

interface Prime {
  readonly name: string;
  readonly bits: number;
  readonly known: boolean;
}

/** Which primes a server has for DHE, and what is wrong with them; absent where it takes no such suite at all. */
export async function* finiteFields(server: TlsServer, known: Known): AsyncGenerator<TlsFact, readonly Unsettled[]> {
  const seen = new Primes();
  for (const [version, answer] of known.versions) {
    const { hello, keyExchange } = answer;
    if (hello && keyExchange) yield* seen.add(version, hello.suite, keyExchange);
  }
  const unclear: Unclear[] = [];
  for (const [version, suites] of due(known, server.short)) {
    if (server.spent(LATE)) {
      unclear.push({ result: 'unclear', reason: 'timeout', why: 'there was no time left' });
      break;
    }
    const asked = await ask(server, version, (hello) => without(hello, 10, 11), suites);
    if (asked.result === 'unclear') unclear.push(asked);
    else if (asked.result === 'refused' && suites.some((suite) => known.suites.get(version)?.includes(suite)))
      unclear.push({
        result: 'unclear',
        reason: 'protocol',
        why: `suites that ${version} took are refused (${asked.why})`,
      });
    if (asked.result !== 'accepted') continue;
    if (!known.suites.get(version)?.includes(asked.hello.suite)) yield suiteOffer(version, asked.hello.suite);
    const wrong = yield* seen.add(version, asked.hello.suite, asked.answer.keyExchange ?? Buffer.alloc(0));
    if (wrong) unclear.push(wrong);
  }
  const negotiated = yield* named(server, known, seen);
  if (negotiated) unclear.push(negotiated);
  const settled = yield* seen.weaknesses(known, unclear.length === 0 ? undefined : unclear[0]!.why);
  const primes = unclear.map(({ reason, why }) => ({
    reason,
    what: `primes of Diffie-Hellman: ${why}`,
    open: ['offer'] as const,
    offers: [...known.versions.keys()].map((version) => ({ role: 'group' as const, version })),
  }));
  return [...primes, ...settled];
}

const isDh = (suite: number): boolean => exchangeOf(suite)?.kind === 'dh';

/** Hellos to send: each kind in the newest version that has it, and in the oldest all but export. */
function due(known: Known, short: boolean): (readonly [TlsVersion, readonly number[]])[] {
  const versions = OLD_VERSIONS.map((version) => [version, (known.suites.get(version) ?? []).filter(isDh)] as const);
  const kindOf = (suite: number) => KINDS.find(([, is]) => is(suite))![0];
  const found: (readonly [TlsVersion, readonly number[]])[] = [];
  for (const [kind] of KINDS) {
    const newest = versions.find(([, suites]) => suites.some((suite) => kindOf(suite) === kind));
    if (!newest) continue;
    const [version, all] = newest;
    const suites = all.filter((suite) => kindOf(suite) === kind);
    if (kind !== 'anonymous or pre-shared') found.push([version, suites]);
    else {
      const strong = suites.filter((suite) => /_256_|CHACHA20/.test(suiteName(suite)));
      const others = suites.filter((suite) => !strong.includes(suite));
      found.push(...[others, strong].filter((part) => part.length > 0).map((part) => [version, part] as const));
    }
  }
  const oldest = versions.findLast(([, suites]) => suites.some((suite) => kindOf(suite) !== 'export'));
  if (oldest && !found.some(([version]) => version === oldest[0]))
    found.push([oldest[0], oldest[1].filter((suite) => kindOf(suite) !== 'export')]);
  // The list of suites may have been cut short: that there is none is asked for by itself.
  for (const [version, suites] of versions)
    if (known.versions.has(version) && suites.length === 0)
      for (const part of parts(suitesOf(version).filter(isDh), short)) found.push([version, part]);
  return found;
}

/** Suites of a hello that every server takes. */
const SHORT = 64;
const parts = (suites: readonly number[], short: boolean): (readonly number[])[] =>
  short
    ? Array.from({ length: Math.ceil(suites.length / SHORT) }, (_, i) => suites.slice(i * SHORT, (i + 1) * SHORT))
    : [suites];

async function ask(
  server: TlsServer,
  version: TlsVersion,
  change: (hello: HelloParts) => HelloParts,
  suites: readonly number[],
): Promise<Answer> {
  const again = async () => readAnswer(version, await server.ask(change(server.hello(version, suites))));
  return settled<Accepted>(server, await again(), again, () => control(server, version));
}

/**
 * What a server has for clients that name groups of RFC 7919: those that it takes, one after the other. One that gives
 * its usual prime whatever was named does not know that RFC.
 */
async function* named(server: TlsServer, known: Known, seen: Primes): AsyncGenerator<TlsFact, Unclear | undefined> {
  const version = OLD_VERSIONS.find((one) => one !== 'SSLv3' && suitesWithoutExport(known, one).length > 0);
  if (version === undefined) return undefined;
  const suites = suitesWithoutExport(known, version);
  for (let left = [...FFDHE]; left.length > 0 && !server.spent(LATE); ) {
    const asked = await ask(server, version, (hello) => withExtensions(hello, extensions.groups(left)), suites);
    if (asked.result !== 'accepted') return asked.result === 'unclear' ? asked : undefined;
    const exchange = readKeyExchange(asked.answer.keyExchange ?? Buffer.alloc(0), asked.hello.suite, version);
    const wrong = yield* seen.add(version, asked.hello.suite, asked.answer.keyExchange ?? Buffer.alloc(0));
    if (wrong) return wrong;
    const code = exchange.kind === 'dh' ? knownPrime(exchange.prime)?.code : undefined;
    if (code === undefined || !left.includes(code)) return undefined;
    left = left.filter((one) => one !== code);
  }
  return undefined;
}

const suitesWithoutExport = (known: Known, version: TlsVersion): number[] =>
  (known.suites.get(version) ?? []).filter((suite) => isDh(suite) && !exchangeOf(suite)!.export);

class Primes {
  readonly #seen = new Map<string, Prime>();
  readonly #told = new Set<string>();

  /** Tells the group that stands in this ServerKeyExchange, once a version; gives why it cannot be read. */
  *add(version: TlsVersion, suite: number, body: Buffer): Generator<TlsFact, Unclear | undefined> {
    if (!isDh(suite)) return undefined;
    const exchange = readKeyExchange(body, suite, version);
    if (exchange.kind !== 'dh') {
      const why = exchange.kind === 'unreadable' ? exchange.why : 'no parameters';
      return { result: 'unclear', reason: 'protocol', why: `ServerKeyExchange of ${suiteName(suite)}: ${why}` };
    }
    const [name, bits, known] = [groupName(exchange.prime), bitsOf(exchange.prime), knownPrime(exchange.prime)];
    this.#seen.set(name, { name, bits, known: known !== undefined });
    if (this.#told.has(`${version} ${name}`)) return undefined;
    this.#told.add(`${version} ${name}`);
    const code = known?.code;
    yield { kind: 'offer', protocol: 'tls', role: 'group', version, name, ...(code && { code }), bits };
    return undefined;
  }

  /** Decision 0086. What is there is there; what was not seen is absent only where all was asked and answered. */
  *weaknesses(known: Known, unclear: string | undefined): Generator<FactOf<'weakness'>, readonly Unsettled[]> {
    const primes = [...this.#seen.values()];
    const export512 = [...known.suites.values()].flat().some((suite) => /_DHE_.*_EXPORT_WITH_/.test(suiteName(suite)));
    const flaws: Record<string, readonly Prime[] | true> = {
      'small-dh': primes.filter(({ bits }) => bits < LEAST),
      'common-dh': primes.filter((prime) => prime.known && prime.bits < LEAST),
      logjam: primes.some(({ bits }) => bits <= EXPORT) ? primes.filter(({ bits }) => bits <= EXPORT) : export512 || [],
    };
    const doubt = unclear ?? unknownSuites(known);
    const unsettled: Unsettled[] = [];
    for (const [name, there] of Object.entries(flaws)) {
      const present = there === true || there.length > 0;
      if (!present && doubt !== undefined)
        unsettled.push({ reason: 'protocol', what: `${name}: ${doubt}`, open: ['weakness'] });
      else yield { kind: 'weakness', protocol: 'tls', name, present };
    }
    return unsettled;
  }
}

/** Why it is not known which suites there are. */
function unknownSuites(known: Known): string | undefined {
  const unclear = OLD_VERSIONS.filter((version) => known.unclear.has(version));
  if (unclear.length > 0) return `not clear whether ${unclear.join(', ')} is accepted`;
  return undefined;
}
