import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName, weakClasses } from '../../src/observe/protocols/tls-suites.ts';
import { type Answer, askFor, isDhe, SHORT, settled, suiteOffer, VERSIONS, versionOffer } from './answers.ts';
import type { Learned, Stage, TlsServer, Unsettled } from './server.ts';

/** The part of the attempt's time after which no list is gone on with: the other stages have the rest. */
const LISTS = 0.6;

/** Parts of a list that are asked for at once where the server has no order of its own. */
const LANES = 4;

/** Of a weak class, or with a block cipher that Sweet32 is about and that is of none. */
export const isWeak = (code: number): boolean =>
  weakClasses(suiteName(code)).length > 0 || suiteName(code).includes('_IDEA_');
/** Classes that criteria ask for beside the weak ones: where a list had to be cut short, each is asked for alone. */
const ASKED_FOR: readonly RegExp[] = [/^(OLD_)?TLS_RSA_(PSK_)?WITH_/, /_CBC_/];

/**
 * One hello a version with the weak suites alone, where its first choice was not a weak one already: what a verdict needs
 * of the suites is then known, also where it takes long to list them all.
 */
export const weakSuites: Stage = async function* (server, known) {
  const learned = known as Learned;
  const open: Unsettled[] = [];
  for (const [version, [first]] of learned.suites) yield suiteOffer(version, first!);
  const asked = [...learned.suites].flatMap(([version, [first]]) => {
    const weak = suitesOf(version).filter(isWeak);
    return weak.length === 0 || isWeak(first!) ? [] : [[version, askList(server, version, weak, [first!])] as const];
  });
  // All are under way; what is thrown before its turn must not end the process.
  for (const [, answer] of asked) answer.catch(() => undefined);
  for (const [version, answering] of asked) {
    const answer = await answering;
    if (answer.result === 'accepted') {
      learned.suites.set(version, [...learned.suites.get(version)!, answer.hello.suite]);
      yield suiteOffer(version, answer.hello.suite);
    } else if (answer.result === 'unclear')
      open.push({ reason: answer.reason, what: `weak suites of ${version}: ${answer.why}`, open: ['offer'] });
    else if (!answer.after && !server.wantsUser) learned.noWeak.add(version);
  }
  return open;
};

/**
 * All suites of each version, by asking again without what was chosen; whether the server goes by an order of its own, by
 * asking for them in the opposite order; and whether it still says what it said first. Those that were told already are
 * not told again.
 */
export const allSuites: Stage = async function* (server, known) {
  const learned = known as Learned;
  const lists = [...learned.suites].map(
    ([version, seen]) => [version, seen, listOf(server, learned, version)] as const,
  );
  for (const [, , list] of lists) list.catch(() => undefined);
  const open: Unsettled[] = [];
  for (const [version, seen, listing] of lists) {
    const { found, preference, unsettled } = await listing;
    open.push(...unsettled);
    const strange = seen.filter((code) => !found.includes(code));
    if (strange.length > 0 && unsettled.length === 0)
      open.push(unstable(`${version}: ${names(strange)} was chosen at first only`));
    learned.suites.set(version, [...found, ...strange]);
    for (const code of found) if (!seen.includes(code)) yield suiteOffer(version, code);
    if (preference) yield { kind: 'offer', protocol: 'tls', role: 'feature', version, name: 'server-preference' };
    if (learned.versions.get(version)?.wantsCertificate)
      yield { kind: 'offer', protocol: 'tls', role: 'feature', version, name: 'client-certificate-requested' };
  }
  if (server.wantsUser)
    open.push({ reason: 'protocol', what: 'suites of SRP are there, and want a user that is known', open: ['offer'] });
  const refused = VERSIONS.filter((version) => !learned.versions.has(version) && !learned.unclear.has(version));
  const again = await Promise.all(server.spent(LISTS) ? [] : refused.map((version) => askFor(server, version)));
  for (const [i, answer] of again.entries()) {
    if (answer.result !== 'accepted') continue;
    yield versionOffer(refused[i]!);
    yield suiteOffer(refused[i]!, answer.hello.suite);
    open.push(unstable(`${refused[i]} was refused, and then accepted`));
  }
  return open;
};

interface List {
  readonly found: readonly number[];
  readonly preference: boolean;
  readonly unsettled: readonly Unsettled[];
}

const unstable = (what: string): Unsettled => ({ reason: 'protocol', what: `unstable: ${what}`, open: ['offer'] });
const names = (suites: readonly number[]): string => suites.map(suiteName).join(', ');
const without = (suites: readonly number[], ...codes: readonly number[]): number[] =>
  suites.filter((code) => !codes.includes(code));

async function listOf(server: TlsServer, learned: Learned, version: TlsVersion): Promise<List> {
  const [first] = learned.suites.get(version) as [number];
  const whole = without(suitesOf(version), first);
  // In a hello of all the last is none of ChaCha20, which some take if it comes first, whatever their own order is.
  const early = server.short ? undefined : await orderOf(server, version, first, [...suitesOf(version)].reverse());
  const lanes: Lane[] = [];
  if (early?.result === "the client's") {
    // In which order they are found says nothing: so it need not be waited for.
    const split = Array.from({ length: LANES }, (_, lane) => whole.filter((_, i) => i % LANES === lane));
    lanes.push(...(await Promise.all(split.map((part) => laneOf(server, version, part, first)))));
  } else for (const part of parts(whole, server.short)) lanes.push(await laneOf(server, version, part, first));

  const found = [first, ...lanes.flatMap((lane) => lane.found)];
  if (lanes.some(({ cut }) => cut)) return cutShort(server, learned, version, found);
  const unclear = lanes.flatMap((lane) => lane.unclear ?? []);
  if (unclear.length > 0) return { found, preference: false, unsettled: unclear.slice(0, 1) };
  const order = early ?? (await orderOf(server, version, first, shortReversed(found)));
  const preference = order.result === 'own' && found.length > 1;
  const unsettled = [...(await changed(server, learned, version, lanes.at(-1)?.refused ?? [])), ...order.unsettled];
  return { found: preference && server.short ? await inOrder(server, version, found) : found, preference, unsettled };
}

/** What was found among some suites, and those that were refused at last. */
interface Lane {
  readonly found: readonly number[];
  readonly refused: readonly number[];
  readonly cut?: true;
  readonly unclear?: Unsettled;
}

/** Asks for these suites, without what was chosen, until none is. */
async function laneOf(server: TlsServer, version: TlsVersion, suites: readonly number[], first: number): Promise<Lane> {
  const found: number[] = [];
  let refused = [...suites];
  let unclear: Unsettled | undefined;
  while (refused.length > 0) {
    if (server.spent(LISTS)) return { found, refused, cut: true };
    let answer = await askList(server, version, refused, [first]);
    // It may be one suite that the server chooses and fails at without a word, as DHE where there are no parameters: the
    // others, which are behind it, are asked for apart.
    const others = isVague(answer) ? refused.filter((code) => !isDhe(code)) : [];
    if (others.length > 0 && others.length < refused.length) {
      const alone = await askList(server, version, others, [first]);
      if (alone.result === 'accepted') answer = alone;
    }
    if (answer.result === 'unclear') {
      const what = `suites of ${version} beside those found: ${answer.why}`;
      return { found, refused, unclear: { reason: answer.reason, what, open: ['offer'] } };
    }
    if (answer.result === 'accepted') found.push(answer.hello.suite);
    // Chosen, and given up: whether somebody else could have it is not known, and others may be behind it.
    const gone = answer.result === 'accepted' ? answer.hello.suite : answer.after?.suite;
    if (gone === undefined || !refused.includes(gone)) break;
    if (answer.result === 'refused') {
      const what = `${suiteName(gone)} of ${version} was chosen, and given up: ${answer.why}`;
      unclear ??= { reason: 'protocol', what, open: ['offer'] };
    }
    refused = without(refused, gone);
  }
  return { found, refused, ...(unclear && { unclear }) };
}

/** A refusal that no alert about the hello says. */
const isVague = (answer: Answer): boolean => answer.result === 'refused' && !answer.firm && !answer.after;

const parts = (suites: readonly number[], short: boolean): number[][] =>
  short
    ? Array.from({ length: Math.ceil(suites.length / SHORT) }, (_, i) => suites.slice(i * SHORT, (i + 1) * SHORT))
    : [[...suites]];

/** One hello with all of these, or, where the server takes none so long, as many as it needs. The control is one that it took. */
async function askList(
  server: TlsServer,
  version: TlsVersion,
  suites: readonly number[],
  control: readonly number[],
): Promise<Answer> {
  let answer: Answer = { result: 'refused', why: 'nothing was asked', firm: true };
  for (const part of parts(suites, server.short)) {
    const ask = () => askFor(server, version, part);
    answer = await settled(server, await ask(), ask, () => askFor(server, version, control));
    if (answer.result !== 'refused' || answer.after) return answer;
  }
  return answer;
}

/** What the list lacks is asked for by class, so that no class that a criterion names is there and unseen. */
async function cutShort(
  server: TlsServer,
  learned: Learned,
  version: TlsVersion,
  seen: readonly number[],
): Promise<List> {
  const found = [...new Set([...seen, ...learned.suites.get(version)!])];
  let open: Unsettled['open'] = [];
  const classes = ASKED_FOR.map((pattern) => (code: number) => pattern.test(suiteName(code)));
  for (const asked of learned.noWeak.has(version) ? classes : [isWeak, ...classes]) {
    if (found.some(asked)) continue;
    const unseen = suitesOf(version).filter((code) => asked(code) && !found.includes(code));
    const answer = await askList(server, version, unseen, [found[0]!]);
    if (answer.result === 'accepted') found.push(answer.hello.suite);
    else if (answer.result === 'unclear' || answer.after) open = ['offer'];
  }
  const what = `not all suites of ${version} were asked for in time (${found.length} were found)`;
  return { found, preference: false, unsettled: [{ reason: 'budget', what, open }] };
}

const isChacha = (code: number): boolean => suiteName(code).includes('CHACHA20');

/** What was found in the opposite order, and no ChaCha20 first: some take it there, whatever their own order is. */
function shortReversed(found: readonly number[]): number[] {
  const reversed = found.slice(0, SHORT).reverse();
  const other = reversed.findIndex((code) => !isChacha(code));
  if (other > 0 && other < reversed.length - 1) reversed.unshift(...reversed.splice(other, 1));
  return reversed;
}

interface Order {
  readonly result: 'own' | "the client's" | 'unknown';
  readonly unsettled: readonly Unsettled[];
}

/** Whose order decides: of the opposite order the same suite is chosen, or another. */
async function orderOf(
  server: TlsServer,
  version: TlsVersion,
  first: number,
  reversed: readonly number[],
): Promise<Order> {
  if (reversed.length < 2) return { result: 'unknown', unsettled: [] };
  const ask = () => askFor(server, version, reversed);
  const answer = await settled(server, await ask(), ask, () => askFor(server, version, [first]));
  if (answer.result === 'refused') {
    const what = `${version} was accepted, and then refused with the same suites in the opposite order`;
    return { result: 'unknown', unsettled: [unstable(what)] };
  }
  if (answer.result === 'unclear') return { result: 'unknown', unsettled: [] };
  return { result: answer.hello.suite === first ? 'own' : "the client's", unsettled: [] };
}

/** The order of what was found in several hellos. */
async function inOrder(server: TlsServer, version: TlsVersion, found: readonly number[]): Promise<readonly number[]> {
  const ordered: number[] = [];
  for (let rest = [...found]; rest.length > 0 && rest.length <= SHORT && !server.spent(LISTS); ) {
    const answer = rest.length === 1 ? undefined : await askFor(server, version, rest);
    const suite = answer?.result === 'accepted' ? answer.hello.suite : rest[0]!;
    ordered.push(suite);
    rest = without(rest, suite);
  }
  return [...ordered, ...without(found, ...ordered)];
}

/** Whether the first hello and the last, which was refused, are answered as they were. */
async function changed(
  server: TlsServer,
  learned: Learned,
  version: TlsVersion,
  refused: readonly number[],
): Promise<Unsettled[]> {
  const [first] = learned.suites.get(version) as [number];
  // Where the weak ones were refused, they were so twice by now: alone, and at the end of the list.
  const twice = refused.length === 0 || learned.noWeak.has(version);
  const [again, more] = await Promise.all([
    askFor(server, version, learned.asked.get(version)),
    twice ? undefined : askFor(server, version, refused),
  ]);
  return [
    ...(again.result === 'refused' && again.firm ? [unstable(`${version} was accepted, and then refused`)] : []),
    ...(again.result === 'accepted' && again.hello.suite !== first
      ? [
          unstable(
            `${version}: the same hello had ${suiteName(first)} chosen, and then ${suiteName(again.hello.suite)}`,
          ),
        ]
      : []),
    ...(more?.result === 'accepted'
      ? [unstable(`${version}: ${suiteName(more.hello.suite)} was refused, and then accepted`)]
      : []),
  ];
}
