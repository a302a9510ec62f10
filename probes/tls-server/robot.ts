import { suitesOf, TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { type Answer, askFor, readAnswer, settled } from './answers.ts';
import {
  type Ask,
  exchange,
  older,
  open,
  type Reply,
  replied,
  taken,
  toldOf,
  unclear,
  type Verdict,
  within,
} from './flaw-handshake.ts';
import { flight, rsaKey, VARIANTS, type Variant } from './robot-messages.ts';
import type { Known, TlsServer, Unsettled } from './server.ts';
import type { Told } from './told.ts';

/** Suites whose premaster secret is encrypted with the certificate's own key. */
const STATIC_RSA = /^TLS_RSA_WITH_/;
/** How often a difference has to be seen before it is believed, each time in another order. */
const ROUNDS = 3;
/** Milliseconds of silence behind a key exchange, at least, and how often what the server took for one answer. */
const SILENCE = 100;
const TIMES = 6;
/** How much longer it is where answers differed, so that none is early by chance. */
const LONGER = 4;
/** Milliseconds for what has arrived already while this process was busy. */
const ARRIVED = 10;
/**
 * Alerts of a server that did not get as far as to the secret: unexpected_message, illegal_parameter, decode_error,
 * protocol_version.
 */
const BEFORE: readonly number[] = [10, 47, 50, 70];
/** Alerts of a server that has come to our Finished: bad_record_mac, decryption_failed, decrypt_error. */
const PAST: readonly number[] = [20, 21, 51];

/** A server with static RSA, and how it is asked. */
interface Oracle {
  readonly server: TlsServer;
  readonly version: TlsVersion;
  readonly suites: readonly number[];
}

/** What came of one ciphertext; `early`: already of the key exchange, before the rest of the flight. */
interface Ending {
  readonly early: boolean;
  readonly reply: Reply;
  /** Milliseconds until it came. */
  readonly took: number;
  /** A client certificate was asked for. */
  readonly certificate: boolean;
}
type Round = ReadonlyMap<Variant, Ending>;

/**
 * ROBOT (CVE-2017-13099 and others): whether a server tells well from malformed RSA ciphertexts by how it answers. These
 * are a few handshakes that fail anyway. A well-formed ciphertext of nothing comes first, with the whole of a client's
 * flight; the malformed ones are sent without the rest of it and, if that brings nothing, with it. Where any is answered
 * otherwise than the first, all are asked for so, three times; that is believed where all rounds agree in every answer, and
 * answers that vary by themselves tell nothing. Time is not compared. Asked in the newest version with such suites.
 */
export const robot: Ask = async (server, known) => {
  for (const version of older(known)) {
    const all = suitesOf(version).filter((code) => STATIC_RSA.test(suiteName(code)));
    const had = all.filter((code) => known.suites.get(version)?.includes(code));
    const oracle = { server, version, suites: had.length > 0 ? had : all };
    const first = await ask(oracle, 'correct', 0);
    if ('went' in first) return ofVersion(oracle, first);
    const offered = await chooses(oracle, first.told, known);
    if (offered.result === 'refused' && offered.after === undefined) continue;
    return ofVersion(oracle, offered.result === 'accepted' ? await ask(oracle, 'correct', 0) : first);
  }
  return unclear(known, 'ROBOT') ?? false;
};

/** Whether the server has one of the suites, where it was told that it gave no flight. */
const chooses = ({ server, version, suites }: Oracle, told: Told, known: Known): Promise<Answer> =>
  settled(
    server,
    readAnswer(version, told),
    () => askFor(server, version, suites),
    () => askFor(server, version, taken(known, version)),
  );

async function ofVersion(oracle: Oracle, warm: Asked): Promise<Verdict> {
  const unsettled = why(warm);
  if (unsettled) return unsettled;
  const went = (warm as Went).went!;
  // Who is silent to a whole flight is not waited for five times.
  if (went.reply.kind === 'timeout') return open('timeout', 'ROBOT: a key exchange brought silence');
  const silence = Math.min(oracle.server.context.limits.wait, SILENCE + TIMES * went.took);
  const malformed = await round(oracle, silence, MALFORMED);
  if ('what' in malformed) return malformed;
  if ([...malformed.values()].every((answer) => words(answer) === words(went))) return same(went);
  const longer = Math.min(oracle.server.context.limits.wait, LONGER * silence);
  let first: Round | undefined;
  for (let n = 0; n < ROUNDS; n++) {
    const now = await round(oracle, longer, n % 2 === 0 ? turned(n) : turned(n).reverse());
    if ('what' in now) return now;
    first ??= now;
    const other = VARIANTS.find((one) => words(now.get(one)!) !== words(first!.get(one)!));
    if (other !== undefined)
      return open(
        'protocol',
        `ROBOT: its answers vary by themselves (${words(first.get(other)!)}, ${words(now.get(other)!)})`,
      );
  }
  // The first, which was sent as a whole, may have been the one that differed.
  const answers = [...(first?.values() ?? [])];
  return answers.every((answer) => words(answer) === words(answers[0]!)) ? same(answers[0]!) : true;
}

const turned = (n: number): Variant[] => [...VARIANTS.slice(n), ...VARIANTS.slice(0, n)];
const MALFORMED = VARIANTS.filter((variant) => variant !== 'correct');

const words = ({ early, reply }: Ending): string => `${replied(reply)}${early ? ' at once' : ''}`;

/** What one and the same answer to all variants says: that it looked into the ciphertext, and keeps to itself what it saw. */
function same(answer: Ending): Verdict {
  const { early, reply, certificate } = answer;
  // It may have gone no further than to the certificate that it wants and did not get, or to what it does not understand;
  // and a well-formed ciphertext is no reason to end before the client's Finished.
  const isPast =
    reply.kind === 'alert' ? (certificate ? PAST.includes(reply.code) : !BEFORE.includes(reply.code)) : !certificate;
  if ((reply.kind === 'alert' || reply.kind === 'closed') && isPast && !early) return false;
  return open(
    reply.kind === 'timeout' || reply.kind === 'reset' ? reply.kind : 'protocol',
    `ROBOT: every key exchange brought ${words(answer)}${certificate ? ', and a client certificate is asked for' : ''}`,
  );
}

/** What came of these, begun in this order and as many at once as the server takes; those that found no place, again alone. */
async function round(oracle: Oracle, silence: number, order: readonly Variant[]): Promise<Round | Unsettled> {
  const all = await Promise.all(order.map((variant) => ask(oracle, variant, silence)));
  const answers = new Map<Variant, Ending>();
  for (const [i, variant] of order.entries()) {
    const asked = 'went' in all[i]! ? all[i] : await ask(oracle, variant, silence);
    const unsettled = why(asked);
    if (unsettled) return unsettled;
    answers.set(variant, (asked as Went).went!);
  }
  return answers;
}

type Asked = Awaited<ReturnType<typeof ask>>;
type Went = Extract<Asked, { went: unknown }>;

/** Why nothing was had to ask in. */
function why(asked: Asked): Unsettled | undefined {
  if ('told' in asked) {
    const told = toldOf(asked.told);
    return open(told.reason, `ROBOT: no handshake with static RSA (${told.why})`);
  }
  return asked.went ? undefined : open('unsupported', 'ROBOT: static RSA without an RSA key to encrypt with');
}

/** One ciphertext. Without `silence` the whole flight is sent at once. */
const ask = ({ server, version, suites }: Oracle, variant: Variant, silence: number) =>
  within(server, server.hello(version, suites), async ({ connection, answer }): Promise<Ending | undefined> => {
    const { context } = server;
    const key = rsaKey(answer.certificates[0]);
    const sent =
      key &&
      flight({
        key,
        variant,
        version: TLS_VERSIONS[version],
        certificate: answer.wantsCertificate,
        random: (count) => context.random(count),
      });
    if (sent === undefined) return undefined;
    const said = (reply: Reply, early: boolean, since: number): Ending => ({
      early,
      reply,
      took: context.now() - since,
      certificate: answer.wantsCertificate,
    });
    const began = context.now();
    if (silence === 0)
      return said(
        await exchange(connection, Buffer.concat([sent.exchange, sent.finish]), context.limits.wait),
        false,
        began,
      );
    let early = await exchange(connection, sent.exchange, silence);
    if (early.kind === 'timeout') early = await exchange(connection, Buffer.alloc(0), ARRIVED);
    if (early.kind !== 'timeout') return said(early, true, began);
    return said(await exchange(connection, sent.finish, context.limits.wait), false, began);
  });
