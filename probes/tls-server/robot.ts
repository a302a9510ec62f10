import { suitesOf, TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import {
  type Ask,
  exchange,
  older,
  open,
  type Reply,
  replied,
  toldOf,
  unclear,
  type Verdict,
  within,
} from './flaw-handshake.ts';
import { flight, rsaKey, VARIANTS, type Variant } from './robot-messages.ts';
import type { TlsServer, Unsettled } from './server.ts';

/** Suites whose premaster secret is encrypted with the certificate's own key. */
const STATIC_RSA = /^TLS_RSA_WITH_/;
/** How often a difference has to be seen before it is believed, each time in another order. */
const ROUNDS = 3;
/** Milliseconds of silence, at least, of who waits for the rest of the flight. */
const SILENCE = 250;
/** Alerts of a server that has come to our Finished: bad_record_mac, decryption_failed, decrypt_error. */
const PAST = [20, 21, 51];

/** Alerts of a server that has none of the suites. */
const NONE: readonly number[] = [40, 47, 70, 71];

/** What came of each variant. */
type Round = ReadonlyMap<Variant, Reply>;
/** `cut`: the flight ends with the key exchange. */
type Flow = 'whole' | 'cut';

/** A server with static RSA, and how it is asked. */
interface Oracle {
  readonly server: TlsServer;
  readonly version: TlsVersion;
  readonly suites: readonly number[];
}

/**
 * ROBOT (CVE-2017-13099 and others): whether a server tells well from malformed RSA ciphertexts by how it answers. These
 * are a few handshakes that fail anyway: five ciphertexts of nothing, once with a client's whole flight and once cut off
 * after the key exchange; only a difference is asked for again. It is believed where all rounds agree in every answer;
 * answers that vary by themselves tell nothing. Time is not compared. Asked in the newest version with such suites.
 */
export const robot: Ask = async (server, known) => {
  for (const version of older(known)) {
    const all = suitesOf(version).filter((code) => STATIC_RSA.test(suiteName(code)));
    const had = all.filter((code) => known.suites.get(version)?.includes(code));
    const verdict = await ofVersion({ server, version, suites: had.length > 0 ? had : all });
    if (verdict !== undefined) return verdict;
  }
  return unclear(known, 'ROBOT') ?? false;
};

/** Undefined where the version is not had with static RSA. */
async function ofVersion(oracle: Oracle): Promise<Verdict | undefined> {
  const { context } = oracle.server;
  const began = context.now();
  const whole = await flow(oracle, 'whole', context.limits.wait);
  if (whole !== false) return whole;
  const one = (context.now() - began) / VARIANTS.length;
  return flow(oracle, 'cut', Math.min(context.limits.wait, Math.max(SILENCE, 5 * one)));
}

async function flow(oracle: Oracle, which: Flow, wait: number): Promise<Verdict | undefined> {
  const first = await round(oracle, which, wait, VARIANTS);
  if (first === undefined || 'what' in first) return first;
  if (words(first).size === 1) return same(first.replies.get('correct')!, which, first.certificate);
  for (let n = 1; n < ROUNDS; n++) {
    const order = [...VARIANTS.slice(n), ...VARIANTS.slice(0, n)].reverse();
    const again = await round(oracle, which, wait, order);
    if (again === undefined || 'what' in again) return again ?? open('protocol', 'ROBOT: static RSA was gone again');
    const other = VARIANTS.find((one) => replied(again.replies.get(one)!) !== replied(first.replies.get(one)!));
    if (other)
      return open(
        'protocol',
        `ROBOT: its answers vary by themselves (${replied(first.replies.get(other)!)}, ${replied(again.replies.get(other)!)})`,
      );
  }
  return true;
}

const words = ({ replies }: { replies: Round }): Set<string> => new Set([...replies.values()].map(replied));

/** What one and the same answer to all variants says. */
function same(reply: Reply, which: Flow, certificate: boolean): Verdict {
  const isAnswer = reply.kind === 'alert' || reply.kind === 'closed' || (which === 'cut' && reply.kind === 'timeout');
  // It may have gone no further than to the certificate that it wants and did not get.
  const isPast = !certificate || which === 'cut' || (reply.kind === 'alert' && PAST.includes(reply.code));
  if (isAnswer && isPast) return false;
  return open(
    reply.kind === 'timeout' || reply.kind === 'reset' ? reply.kind : 'protocol',
    `ROBOT: every key exchange brought ${replied(reply)}${certificate ? ', and a client certificate is asked for' : ''}`,
  );
}

/** All variants, in this order; undefined where there is no static RSA. */
async function round(
  oracle: Oracle,
  which: Flow,
  wait: number,
  order: readonly Variant[],
): Promise<{ readonly replies: Round; readonly certificate: boolean } | Unsettled | undefined> {
  const replies = new Map<Variant, Reply>();
  let certificate = false;
  for await (const [variant, asked] of inOrder(oracle, which, wait, order)) {
    if ('told' in asked) {
      const { told } = asked;
      const isNone =
        replies.size === 0 && (told.kind === 'hello' || (told.kind === 'alert' && NONE.includes(told.code)));
      if (isNone) return undefined;
      const { reason, why } = toldOf(told);
      return open(reason, `ROBOT: no handshake with static RSA (${why})`);
    }
    if (asked.went === undefined) return open('unsupported', 'ROBOT: static RSA without an RSA key that can be read');
    replies.set(variant, asked.went.reply);
    certificate = asked.went.certificate;
  }
  return { replies, certificate };
}

type Asked = Awaited<ReturnType<typeof ask>>;

/**
 * One after the other; where silence is due it is waited for at once, and where that could not be had, after all in turn.
 */
async function* inOrder(
  oracle: Oracle,
  which: Flow,
  wait: number,
  order: readonly Variant[],
): AsyncGenerator<readonly [Variant, Asked]> {
  if (which === 'cut' && !oracle.server.alone) {
    const all = await Promise.all(
      order.map(async (variant) => [variant, await ask(oracle, which, wait, variant)] as const),
    );
    if (all.every(([, asked]) => 'went' in asked)) return yield* all;
  }
  for (const variant of order) yield [variant, await ask(oracle, which, wait, variant)];
}

const ask = ({ server, version, suites }: Oracle, which: Flow, wait: number, variant: Variant) =>
  within(server, server.hello(version, suites), async ({ connection, answer }) => {
    const key = rsaKey(answer.certificates[0]);
    if (key === undefined) return undefined;
    const bytes = flight({
      key,
      variant,
      version: TLS_VERSIONS[version],
      whole: which === 'whole',
      certificate: answer.wantsCertificate,
      random: (count) => server.context.random(count),
    });
    return { reply: await exchange(connection, bytes, wait), certificate: answer.wantsCertificate };
  });
