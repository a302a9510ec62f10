import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName, weakClasses } from '../../src/observe/protocols/tls-suites.ts';
import { type Answer, askFor, isDhe, partsOf, settled, suiteOffer } from './answers.ts';
import type { Learned, Stage, TlsServer, Unsettled } from './server.ts';
import { again, refusedAgain } from './suites-again.ts';
import { inOrder, isAsAsked, type Order, OWN, orderOf, shortReversed, unstable } from './suites-order.ts';

/** The part of the attempt's time after which no list is gone on with: the other stages have the rest. */
const LISTS = 0.6;

/** Parts of a list that are asked for at once where the server has no order of its own; each ends with a refusal. */
const LANES = 2;
/** Suites that are found one after the other before it is asked whose order they stand in. */
const BEGUN = 3;

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
      open.push(openSuites(version, answer.reason, `weak suites of ${version}: ${answer.why}`));
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
    const late = learned.noWeak.has(version) ? found.filter(isWeak) : [];
    if (late.length > 0) open.push(unstable(`${version}: ${names(late)} was refused, and then accepted`));
    learned.suites.set(version, [...found, ...strange]);
    for (const code of found) if (!seen.includes(code)) yield suiteOffer(version, code);
    if (preference) yield { kind: 'offer', protocol: 'tls', role: 'feature', version, name: 'server-preference' };
    if (learned.versions.get(version)?.wantsCertificate)
      yield { kind: 'offer', protocol: 'tls', role: 'feature', version, name: 'client-certificate-requested' };
  }
  if (server.wantsUser)
    open.push({
      reason: 'protocol',
      what: 'suites of SRP are there, and want a user that is known',
      open: ['offer'],
      offers: [...learned.versions.keys()].map((version) => ({ role: 'suite', version })),
    });
  return [...open, ...(yield* refusedAgain(server, learned))];
};

interface List {
  readonly found: readonly number[];
  readonly preference: boolean;
  readonly unsettled: readonly Unsettled[];
}

const openSuites = (version: TlsVersion, reason: Unsettled['reason'], what: string): Unsettled => ({
  reason,
  what,
  open: ['offer'],
  offers: [{ role: 'suite', version }],
});
const names = (suites: readonly number[]): string => suites.map(suiteName).join(', ');
const without = (suites: readonly number[], ...codes: readonly number[]): number[] =>
  suites.filter((code) => !codes.includes(code));

async function listOf(server: TlsServer, learned: Learned, version: TlsVersion): Promise<List> {
  const [first] = learned.suites.get(version) as [number];
  const { lanes, order } = server.short
    ? await shortLanes(server, version, first)
    : await longLanes(server, version, first);
  const found = [first, ...lanes.flatMap((lane) => lane.found)];
  if (lanes.some(({ cut }) => cut)) return cutShort(server, learned, version, found);
  const unclear = lanes.flatMap((lane) => lane.unclear ?? []);
  if (unclear.length > 0) return { found, preference: false, unsettled: unclear.slice(0, 1) };
  const { result, unsettled } = order ?? (await orderOf(server, version, first, shortReversed(found)));
  const preference = result === 'own' && found.length > 1;
  const left = lanes.flatMap(({ refused, doubted }) => (doubted ? [] : refused));
  const more = await again(server, learned, version, left);
  const whole = [...found, ...more.found];
  const ordered = preference && server.short ? inOrder(server, version, whole, () => !server.spent(LISTS)) : whole;
  return { found: await ordered, preference, unsettled: [...more.unsettled, ...unsettled] };
}

interface Lanes {
  readonly lanes: readonly Lane[];
  /** Absent: not known yet. */
  readonly order?: Order | undefined;
}

/**
 * The first few one after the other, which mostly shows that the server has an order of its own; else it is asked in the
 * opposite order. Where the client's decides, the rest is asked for in parts at once: in which order they are found says
 * nothing.
 */
async function longLanes(server: TlsServer, version: TlsVersion, first: number): Promise<Lanes> {
  const whole = suitesOf(version);
  const begun = await laneOf(server, version, without(whole, first), first, BEGUN);
  const isOwn = !isAsAsked([first, ...begun.found], version);
  if (!begun.more && (isOwn || begun.found.length === 0 || begun.unclear || begun.cut))
    return { lanes: [begun], order: isOwn ? OWN : { result: 'unknown', unsettled: [] } };
  // In a hello of all the last is none of ChaCha20, which some take if it comes first, whatever their own order is.
  const order = isOwn ? OWN : await orderOf(server, version, first, [...whole].reverse());
  if (!begun.more) return { lanes: [begun], order };
  const split =
    order.result === "the client's"
      ? Array.from({ length: LANES }, (_, lane) => begun.refused.filter((_, i) => i % LANES === lane))
      : [begun.refused];
  const rest = await Promise.all(split.map((part) => laneOf(server, version, part, first)));
  return { lanes: [{ ...begun, refused: [] }, ...rest], order };
}

async function shortLanes(server: TlsServer, version: TlsVersion, first: number): Promise<Lanes> {
  const lanes: Lane[] = [];
  for (const part of partsOf(without(suitesOf(version), first), true))
    lanes.push(await laneOf(server, version, part, first));
  return { lanes };
}

/** What was found among some suites, and those that were refused at last. */
interface Lane {
  readonly found: readonly number[];
  readonly refused: readonly number[];
  /** Nothing was refused yet. */
  readonly more?: true;
  /** They were asked for again, beside a hello that it takes. */
  readonly doubted?: true;
  readonly cut?: true;
  readonly unclear?: Unsettled;
}

/** Asks for these suites, without what was chosen, until none is, or `most` were. */
async function laneOf(
  server: TlsServer,
  version: TlsVersion,
  suites: readonly number[],
  first: number,
  most = suites.length,
): Promise<Lane> {
  const found: number[] = [];
  let refused = [...suites];
  let unclear: Unsettled | undefined;
  let doubted = false;
  while (refused.length > 0) {
    if (found.length >= most) return { found, refused, more: true, ...(unclear && { unclear }) };
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
      return { found, refused, unclear: openSuites(version, answer.reason, what) };
    }
    if (answer.result === 'accepted') found.push(answer.hello.suite);
    // Chosen, and given up: whether somebody else could have it is not known, and others may be behind it.
    const gone = answer.result === 'accepted' ? answer.hello.suite : answer.after?.suite;
    doubted = isVague(answer);
    if (gone === undefined || !refused.includes(gone)) break;
    if (answer.result === 'refused') {
      const what = `${suiteName(gone)} of ${version} was chosen, and given up: ${answer.why}`;
      unclear ??= openSuites(version, 'protocol', what);
    }
    refused = without(refused, gone);
  }
  return { found, refused, ...(doubted && { doubted }), ...(unclear && { unclear }) };
}

/** A refusal that no alert about the hello says. */
const isVague = (answer: Answer): boolean => answer.result === 'refused' && !answer.firm && !answer.after;

/** One hello with all of these, or, where the server takes none so long, as many as it needs. The control is one that it took. */
async function askList(
  server: TlsServer,
  version: TlsVersion,
  suites: readonly number[],
  control: readonly number[],
): Promise<Answer> {
  let answer: Answer = { result: 'refused', why: 'nothing was asked', firm: true };
  for (const part of partsOf(suites, server.short)) {
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
  const refused: number[] = [];
  let open: Unsettled['open'] = [];
  const classes = ASKED_FOR.map((pattern) => (code: number) => pattern.test(suiteName(code)));
  for (const asked of learned.noWeak.has(version) ? classes : [isWeak, ...classes]) {
    if (found.some(asked)) continue;
    const unseen = suitesOf(version).filter((code) => asked(code) && !found.includes(code));
    const answer = await askList(server, version, unseen, [found[0]!]);
    if (answer.result === 'accepted') found.push(answer.hello.suite);
    else if (answer.result === 'unclear' || answer.after) open = ['offer'];
    else refused.push(...unseen);
  }
  const more = await again(server, learned, version, [...new Set(refused)]);
  const what = `not all suites of ${version} were asked for in time (${found.length} were found)`;
  const unsettled: Unsettled[] = [{ ...openSuites(version, 'budget', what), open }, ...more.unsettled];
  return { found: [...found, ...more.found], preference: false, unsettled };
}
