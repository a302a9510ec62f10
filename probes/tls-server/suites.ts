import { suitesOf, TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName, weakClasses } from '../../src/observe/protocols/tls-suites.ts';
import { type Answer, askFor, settled, suiteOffer } from './answers.ts';
import type { Learned, Stage, TlsServer, Unsettled } from './server.ts';

/** Suites of a hello that every server can take. */
const SHORT = 64;
/** The part of the attempt's time after which no list is gone on with: the other stages have the rest. */
const LISTS = 0.6;

const isWeak = (code: number): boolean => weakClasses(suiteName(code)).length > 0;
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
    const cut = unsettled.some(({ reason }) => reason === 'budget');
    if (strange.length > 0 && !cut) open.push(unstable(`${version}: ${names(strange)} was chosen at first only`));
    learned.suites.set(version, [...found, ...strange]);
    for (const code of found) if (!seen.includes(code)) yield suiteOffer(version, code);
    if (preference) yield { kind: 'offer', protocol: 'tls', role: 'feature', version, name: 'server-preference' };
    if (learned.versions.get(version)?.wantsCertificate)
      yield { kind: 'offer', protocol: 'tls', role: 'feature', version, name: 'client-certificate-requested' };
  }
  for (const version of Object.keys(TLS_VERSIONS) as TlsVersion[]) {
    if (learned.versions.has(version) || learned.unclear.has(version) || server.spent(LISTS)) continue;
    const now = await askFor(server, version);
    if (now.result === 'accepted') open.push(unstable(`${version} was refused, and then accepted`));
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
  const found = [first];
  const whole = without(suitesOf(version), first);
  let remaining: number[] = [];
  let unclear: Unsettled | undefined;
  for (const part of parts(whole, server.short)) {
    remaining = part;
    while (remaining.length > 0) {
      if (server.spent(LISTS)) return cutShort(server, version, found, without(whole, ...found));
      const answer = await askList(server, version, remaining, [first]);
      const chosen = answer.result === 'accepted' ? answer.hello.suite : undefined;
      if (answer.result === 'unclear') {
        unclear = {
          reason: answer.reason,
          what: `suites of ${version} beside ${found.length}: ${answer.why}`,
          open: ['offer'],
        };
        break;
      }
      // Chosen, and given up: it cannot be had, and others may be behind it.
      const gone = chosen ?? (answer.result === 'refused' ? answer.after?.suite : undefined);
      if (chosen !== undefined) found.push(chosen);
      if (gone === undefined || !remaining.includes(gone)) break;
      remaining = without(remaining, gone);
    }
  }
  if (unclear) return { found, preference: false, unsettled: [unclear] };
  const order = await orderOf(server, version, found);
  const unsettled = [...(await changed(server, learned, version, first, remaining)), ...order.unsettled];
  const preference = order.result === 'own';
  return { found: preference && server.short ? await inOrder(server, version, found) : found, preference, unsettled };
}

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
  version: TlsVersion,
  seen: readonly number[],
  remaining: readonly number[],
): Promise<List> {
  const found = [...seen];
  let open: Unsettled['open'] = [];
  for (const asked of [isWeak, ...ASKED_FOR.map((pattern) => (code: number) => pattern.test(suiteName(code)))]) {
    if (found.some(asked)) continue;
    const answer = await askList(server, version, remaining.filter(asked), [found[0]!]);
    if (answer.result === 'accepted') found.push(answer.hello.suite);
    else if (answer.result === 'unclear' || answer.after) open = ['offer'];
  }
  const what = `not all suites of ${version} were asked for in time (${found.length} were found)`;
  return { found, preference: false, unsettled: [{ reason: 'budget', what, open }] };
}

/** ChaCha20 first in a hello is taken by servers that otherwise go by their own order: it says that AES is slow there. */
const isChacha = (code: number): boolean => suiteName(code).includes('CHACHA20');

/** Whose order decides: the same suite is chosen of the opposite order, or another. */
async function orderOf(
  server: TlsServer,
  version: TlsVersion,
  found: readonly number[],
): Promise<{ readonly result: 'own' | "the client's" | 'unknown'; readonly unsettled: readonly Unsettled[] }> {
  const reversed = found.slice(0, SHORT).reverse();
  if (reversed.length < 2) return { result: 'unknown', unsettled: [] };
  const other = reversed.findIndex((code) => !isChacha(code));
  if (other > 0 && other < reversed.length - 1) reversed.unshift(...reversed.splice(other, 1));
  const ask = () => askFor(server, version, reversed);
  const answer = await settled(server, await ask(), ask, () => askFor(server, version, [found[0]!]));
  if (answer.result === 'refused')
    return {
      result: 'unknown',
      unsettled: [unstable(`${version}: ${names(reversed)} were accepted, and then refused`)],
    };
  if (answer.result === 'unclear') return { result: 'unknown', unsettled: [] };
  return { result: answer.hello.suite === found[0] ? 'own' : "the client's", unsettled: [] };
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
  first: number,
  refused: readonly number[],
): Promise<Unsettled[]> {
  const again = await askFor(server, version, learned.asked.get(version));
  const more = refused.length === 0 ? undefined : await askFor(server, version, refused);
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
