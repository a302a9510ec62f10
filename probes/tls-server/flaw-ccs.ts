import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { record, u8 } from '../../src/observe/protocols/tls-hello.ts';
import { canFinish, type Version12 } from '../../src/observe/protocols/tls12.ts';
import { handshake } from './flaw-finish.ts';
import {
  type Ask,
  exchange,
  older,
  open,
  replied,
  taken,
  toldOf,
  unclear,
  type Verdict,
  type Waiting,
  within,
} from './flaw-handshake.ts';
import type { Known, TlsServer } from './server.ts';
import type { Told } from './told.ts';

/** Alerts that only a server which decrypts has reason to send (RFC 5246, 7.2.2). */
const DECRYPTS = [20, 21];
/** unexpected_message: it read what it was sent in the clear, or is late with its answer to the first. */
const UNEXPECTED = 10;
const FATAL = 2;
/** Milliseconds in which a server that minds has said so. One that is later is still heard in the second step. */
const MINDS = 1_000;
const CHANGE = 20;
const HANDSHAKE = 22;

/** How often the connection has to end without a word before that counts as minding: some servers end one in so many. */
const TIMES = 3;

/**
 * CCS injection (CVE-2014-0224): whether ChangeCipherSpec is taken before any keys were exchanged. A sound server ends
 * the connection with an alert. One that says nothing is sent a record that is no message in the clear: who answers that
 * its MAC is bad has decrypted it, with a key that nobody agreed on, unless it says so of that record in the clear too.
 */
export const ccsInjection: Ask = async (server, known) => {
  const version = older(known)[0];
  if (version === undefined) return unclear(known, 'CCS injection') ?? false;
  const { wait } = server.context.limits;
  const code = TLS_VERSIONS[version];
  const soon = Math.min(wait, MINDS);
  // 255 is no type of handshake message; 64 bytes are whole blocks of every suite, with room for a MAC.
  const nothing = () => record(HANDSHAKE, code, Buffer.concat([u8(255, 0, 0, 60), server.context.random(60)]));
  const asking = <T>(go: (waiting: Waiting) => Promise<T>) =>
    within(server, server.hello(version, taken(known, version)), go);
  const noFlight = (told: Told): Verdict => {
    const { reason, why } = toldOf(told);
    return open(reason, `CCS injection: no handshake to ask in (${why})`);
  };

  for (let time = 1; ; time++) {
    const asked = await asking(async ({ connection }) => {
      const first = await exchange(connection, record(CHANGE, code, u8(1)), soon);
      return first.kind === 'timeout' ? { first, second: await exchange(connection, nothing(), wait) } : { first };
    });
    if ('told' in asked) return noFlight(asked.told);
    const { first, second } = asked.went;
    if (first.kind === 'alert' && first.level === FATAL) return false;
    if (second === undefined && (first.kind === 'closed' || first.kind === 'reset')) {
      if (await goesThrough(server, known, version)) {
        if (time < TIMES) continue;
        // It may close on anybody who is not quick: one that says nothing at all tells.
        const idle = await asking(({ connection }) => exchange(connection, Buffer.alloc(0), soon));
        if ('went' in idle && idle.went.kind === 'timeout') return false;
      }
    }
    if (second?.kind === 'alert' && DECRYPTS.includes(second.code)) {
      const clear = await asking(({ connection }) => exchange(connection, nothing(), wait));
      if ('told' in clear) return noFlight(clear.told);
      if (clear.went.kind !== 'alert' || !DECRYPTS.includes(clear.went.code)) return true;
      return open('protocol', `CCS injection: it says ${replied(clear.went)} of what is sent in the clear`);
    }
    if (second?.kind === 'alert' && second.code === UNEXPECTED) return false;
    const last = second ?? first;
    return open(
      last.kind === 'timeout' || last.kind === 'reset' ? last.kind : 'protocol',
      `CCS injection: an early ChangeCipherSpec brought ${replied(first)}${second ? `, then ${replied(second)}` : ''}`,
    );
  }
};

/** Whether a sound handshake fares better: true too where we cannot go through one, and where the server says why it does not. */
async function goesThrough(server: TlsServer, known: Known, version: TlsVersion): Promise<boolean> {
  const suites = taken(known, version).filter(canFinish);
  if (version === 'SSLv3' || suites.length === 0) return true;
  const went = await handshake({ server, version: version as Version12, suites });
  if ('told' in went) return false;
  return 'why' in went || went.end.goesOn || went.end.reply.kind === 'alert';
}
