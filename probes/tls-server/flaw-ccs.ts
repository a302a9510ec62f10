import { TLS_VERSIONS } from '../../src/observe/protocols/tls.ts';
import { record, u8 } from '../../src/observe/protocols/tls-hello.ts';
import { type Ask, exchange, older, open, replied, taken, toldOf, within } from './flaw-handshake.ts';

/** Alerts that only a server which decrypts has reason to send (RFC 5246, 7.2.2). */
const DECRYPTS = [20, 21];
/** unexpected_message: it read what it was sent in the clear, or is late with its answer to the first. */
const UNEXPECTED = 10;
const FATAL = 2;
/** Milliseconds in which a server that minds has said so. One that is later is still heard in the second step. */
const MINDS = 1_000;
const CHANGE = 20;
const HANDSHAKE = 22;

/**
 * CCS injection (CVE-2014-0224): whether ChangeCipherSpec is taken before any keys were exchanged. A sound server ends
 * the connection with an alert. One that says nothing is sent a record that is no message in the clear: who answers that
 * its MAC is bad has decrypted it, with a key that nobody agreed on.
 */
export const ccsInjection: Ask = async (server, known) => {
  const version = older(known)[0];
  if (version === undefined) return false;
  const { wait } = server.context.limits;
  const code = TLS_VERSIONS[version];
  const hello = () => server.hello(version, taken(known, version));
  const asked = await within(server, hello(), async ({ connection }) => {
    const first = await exchange(connection, record(CHANGE, code, u8(1)), Math.min(wait, MINDS));
    if (first.kind !== 'timeout') return { first };
    // 255 is no type of handshake message; 64 bytes are whole blocks of every suite, with room for a MAC.
    const nothing = Buffer.concat([u8(255, 0, 0, 60), server.context.random(60)]);
    return { first, second: await exchange(connection, record(HANDSHAKE, code, nothing), wait) };
  });
  if ('told' in asked) {
    const { reason, why } = toldOf(asked.told);
    return open(reason, `CCS injection: no handshake to ask in (${why})`);
  }
  const { first, second } = asked.went;
  if (first.kind === 'alert' && first.level === FATAL) return false;
  if (second === undefined && (first.kind === 'closed' || first.kind === 'reset')) {
    // It may close on anybody who is not quick: one that says nothing at all tells.
    const idle = await within(server, hello(), ({ connection }) =>
      exchange(connection, Buffer.alloc(0), Math.min(wait, MINDS)),
    );
    if ('went' in idle && idle.went.kind === 'timeout') return false;
  }
  if (second?.kind === 'alert' && DECRYPTS.includes(second.code)) return true;
  if (second?.kind === 'alert' && second.code === UNEXPECTED) return false;
  const last = second ?? first;
  return open(
    last.kind === 'timeout' || last.kind === 'reset' ? last.kind : 'protocol',
    `CCS injection: an early ChangeCipherSpec brought ${replied(first)}${second ? `, then ${replied(second)}` : ''}`,
  );
};
