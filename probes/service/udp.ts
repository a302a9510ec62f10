import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { type UdpStimulus, udpStimuli } from '../../src/observe/protocols/recognise-udp.ts';
import type { Recognised } from './tcp.ts';

/** Milliseconds until a question counts as unanswered, at most the `wait` limit; half-way it is sent again. */
const WAIT = 1000;
/** Questions in flight at one port. */
const AT_ONCE = 3;

/**
 * Asks a UDP port what it speaks: first what is at home there, then all the others. An answer counts for the question
 * whose protocol it is, wherever it came. Throws CannotTell `timeout` where nothing answered, `refused` where the port
 * is closed.
 */
export async function recogniseUdp(context: ProbeContext): Promise<Recognised> {
  const all = udpStimuli(context.random(8));
  const home = all.filter((stimulus) => stimulus.port === context.endpoint.port);
  const others = all.filter((stimulus) => stimulus.port !== context.endpoint.port);
  const size = context.component.fragile ? 1 : AT_ONCE;
  const groups = home.length > 0 ? [home] : [];
  for (let i = 0; i < others.length; i += size) groups.push(others.slice(i, i + size));
  // Once more in the end: datagrams get lost, and a busy device may have been late with the answer that counts.
  if (home.length > 0) groups.push(home);
  let said: Buffer | undefined;
  for (const group of groups) {
    const answers = await Promise.all(group.map((stimulus) => ask(context, stimulus)));
    for (const [i, answer] of answers.entries()) {
      const isEcho = answer?.equals(group[i]!.bytes) === true;
      const recognition = isEcho ? { protocol: 'echo' } : answer && group[i]!.recognise(answer);
      if (answer && recognition) return { recognition, bytes: answer, tls: undefined };
      said ??= answer;
    }
  }
  if (said) return { recognition: undefined, bytes: said, tls: undefined };
  throw new CannotTell('timeout', `nothing was said to ${all.length} payloads`);
}

/** The first answer that is the protocol's own, else the first of any kind. */
async function ask(context: ProbeContext, stimulus: UdpStimulus): Promise<Buffer | undefined> {
  const wait = Math.min(WAIT, context.limits.wait) / 2;
  const datagram = await context.datagram();
  let any: Buffer | undefined;
  try {
    for (let sent = 0; sent < 2 && !any; sent += 1) {
      await datagram.send(stimulus.bytes);
      const until = context.now() + wait;
      for (let left = wait; left > 0; left = until - context.now()) {
        const message = await datagram.receive({ wait: left });
        if (!message) break;
        if (stimulus.recognise(message.bytes) && !message.bytes.equals(stimulus.bytes)) {
          const farewell = stimulus.farewell?.(message.bytes);
          if (farewell) await datagram.send(farewell);
          return message.bytes;
        }
        any ??= message.bytes;
      }
    }
    return any;
  } finally {
    datagram.close();
  }
}
