import type { FactOf } from '../../src/model/fact.ts';
import type { TlsVersion } from '../../src/observe/protocols/tls.ts';
import { extensions } from '../../src/observe/protocols/tls-hello.ts';
import { exchangeOf, type KeyExchange, readKeyExchange } from '../../src/observe/protocols/tls-key-exchange.ts';
import { GROUPS, groupOf } from '../../src/observe/protocols/tls-key-exchange-names.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { keyShare } from '../../src/observe/protocols/tls13-keys.ts';
import { readAnswer } from './answers.ts';
import { finiteFields } from './groups-dh.ts';
import { type Chosen, type Found, OLD_VERSIONS, removing, withExtensions } from './groups-removing.ts';
import type { Known, Stage, TlsServer, Unsettled } from './server.ts';
import { addScheme, chainSignatures, OF_12 as SCHEMES_12 } from './signatures.ts';

type Offer = FactOf<'offer'>;

const offer = (version: TlsVersion, code: number): Offer => {
  const { name, bits } = groupOf(code);
  return { kind: 'offer', protocol: 'tls', role: 'group', version, name, code, ...(bits && { bits }) };
};

/** What TLS 1.3 can have, the hybrids first; the curves that it forbids are not among them (RFC 8446, 4.2.7). */
const OF_13 = GROUPS.map(({ code }) => code)
  .filter((code) => code >= 29 || [23, 24, 25].includes(code))
  .sort((a, b) => Number(b > 260) - Number(a > 260));
/** What ECDHE of the versions before can have: all curves. Weak ones first: who goes by our order shows its worst. */
const OF_12 = GROUPS.map(({ code }) => code)
  .filter((code) => code <= 30)
  .sort((a, b) => (groupOf(a).bits ?? 0) - (groupOf(b).bits ?? 0));
/** Shares that are sent to a server that takes no hello without one: those that can be made at once. */
const SHARED = [29, 23, 24, 25, 30];

/**
 * The groups that keys are agreed in. TLS 1.3 names the one it prefers in a HelloRetryRequest to a hello without any key
 * share; the versions before in ServerKeyExchange: curves are asked for in the newest of them that has ECDHE, for
 * servers have one list for all, and primes of Diffie-Hellman by each kind of suite that may have its own. Also whether
 * those primes are small, shared by many, or of export.
 */
export const groups: Stage = async function* (server, known) {
  const unsettled: Unsettled[] = [];
  const modern = known.versions.has('TLS 1.3') ? groups13(server) : undefined;
  const old = curves(server, known);
  // They are under way beside the primes; what is thrown before their turn must not end the process.
  for (const one of [modern, old]) one?.catch(() => undefined);
  unsettled.push(...(yield* finiteFields(server, known)));
  const { found, unclear } = (await modern) ?? { found: [] };
  for (const code of found) yield offer('TLS 1.3', code);
  if (unclear) unsettled.push(open('TLS 1.3', unclear));
  const { facts, unsettled: more } = await old;
  yield* facts;
  return [...unsettled, ...more];
};

const open = (version: TlsVersion, { reason, why }: { reason: Unsettled['reason']; why: string }): Unsettled => ({
  reason,
  what: `groups of ${version}: ${why}`,
  open: ['offer'],
  offers: [{ role: 'group', version }],
});

async function groups13(server: TlsServer): Promise<Found> {
  const ask = async (left: readonly number[], shares: readonly number[]): Promise<Chosen> => {
    const made = shares.map((group) => keyShare(group, server.context.random)!);
    const hello = withExtensions(server.hello('TLS 1.3'), extensions.groups(left), extensions.keyShare(made));
    const answer = readAnswer('TLS 1.3', await server.ask(hello));
    if (answer.result !== 'accepted') return answer;
    // The group alone in a HelloRetryRequest; group and key in a ServerHello (RFC 8446, 4.2.8).
    const share = answer.hello.extensions.get(51);
    return { result: 'accepted', chosen: share && share.length >= 2 ? share.readUInt16BE(0) : undefined };
  };
  const first = await removing(server, 'TLS 1.3', OF_13, (left) => ask(left, []));
  if (first.found.length > 0) return first;
  const shared = await removing(server, 'TLS 1.3', SHARED, (left) => ask(left, left));
  if (shared.found.length > 0) return shared;
  const why = 'no group was named';
  return { ...first, unclear: shared.unclear ?? first.unclear ?? { result: 'unclear', reason: 'protocol', why } };
}

/** Codes of a version's suites that keys are agreed by on a curve. */
const onCurves = (known: Known, version: TlsVersion): number[] =>
  (known.suites.get(version) ?? []).filter((code) => exchangeOf(code)?.kind === 'ecdh');

interface Curves {
  readonly facts: readonly Offer[];
  readonly unsettled: readonly Unsettled[];
}
type Explicit = Extract<KeyExchange, { kind: 'ecdh-explicit' }>;

async function curves(server: TlsServer, known: Known): Promise<Curves> {
  // SSLv3 has no extensions to ask by.
  const version = OLD_VERSIONS.find((one) => one !== 'SSLv3' && onCurves(known, one).length > 0);
  if (version === undefined) return { facts: [], unsettled: [] };
  const suites = onCurves(known, version);
  const explicit: Explicit[] = [];
  let schemesToo = version === 'TLS 1.2';
  const ask = async (left: readonly number[]): Promise<Chosen> => {
    const hello = withExtensions(server.hello(version, suites), extensions.groups(left));
    // One hello shows a curve and a scheme: each without those that were chosen, until one of both is refused.
    const schemes = schemesToo ? SCHEMES_12.filter((code) => !server.signedBy.includes(code)) : [];
    const both = withExtensions(hello, extensions.signatures(schemes), chainSignatures());
    const first = schemesToo ? readAnswer(version, await server.ask(both)) : undefined;
    schemesToo &&= first?.result === 'accepted';
    const answer = first?.result === 'accepted' ? first : readAnswer(version, await server.ask(hello));
    if (answer.result !== 'accepted') return answer;
    const exchange = readKeyExchange(answer.answer.keyExchange ?? Buffer.alloc(0), answer.hello.suite, version);
    if (exchange.kind === 'unreadable') return { result: 'unclear', reason: 'protocol', why: exchange.why };
    if (exchange.kind === 'ecdh-explicit') explicit.push(exchange);
    if (schemesToo && !addScheme(server, exchange)) schemesToo = false;
    return { result: 'accepted', chosen: exchange.kind === 'ecdh' ? exchange.curve : undefined };
  };
  const asked = await removing(server, version, OF_12, ask, { twice: true });
  const ecdsa = suites.some((code) => suiteName(code).includes('_ECDSA_'));
  const whole = asked.unclear || asked.ignored || !ecdsa;
  const { found, unclear } = whole ? asked : await withOwnCurve(server, version, asked, ask);
  const [first] = explicit;
  const name = first && `explicit-${first.field}`;
  return {
    facts: [
      ...found.map((code) => offer(version, code)),
      ...(name ? [{ kind: 'offer', protocol: 'tls', role: 'group', version, name, bits: first.bits } as const] : []),
    ],
    unsettled: unclear ? [open(version, unclear)] : [],
  };
}

/**
 * A server with an ECDSA certificate needs its curve in the hello, whatever keys are agreed on (RFC 8422, 5.1): once it
 * was chosen and left out, the server refuses what it would take. So those that were chosen come back, at the end.
 */
async function withOwnCurve(
  server: TlsServer,
  version: TlsVersion,
  { found, left }: Found,
  ask: (left: readonly number[]) => Promise<Chosen>,
): Promise<Pick<Found, 'found' | 'unclear'>> {
  if (found.length === 0 || left.length === 0) return { found };
  const more = await removing(server, version, left, (rest) => ask([...rest, ...found]), { twice: true });
  const others = more.found.filter((code) => !found.includes(code));
  return { found: [...found, ...others], ...(more.unclear && { unclear: more.unclear }) };
}
