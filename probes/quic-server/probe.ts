import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { quicVersion, versionRequest } from '../../src/observe/protocols/quic.ts';
import { isSpoken } from '../../src/observe/protocols/quic-packets.ts';
import { handshakes } from './handshake.ts';

/** A lost datagram is sent again, a part of the `wait` limit later. */
const SENDS = 3;
/** In which of the versions that it has a handshake is tried: version 1, 2, the last draft. */
const PREFERRED = [1, 0x6b3343cf, 0xff00001d];
/** Requests, each with ids and a version of its own: an answer that changes is not believed. */
const ASKED = 2;

/**
 * The versions of QUIC that a server has, by its Version Negotiation packet (RFC 9000, 6), and what it goes on with in one of
 * them: TLS 1.3 (RFC 9001, 4.2), its suites and its certificate.
 */
export default defineProbe({
  id: 'quic-server',
  version: '2',
  title: 'Which versions and suites a QUIC server has, and its certificate',
  emits: ['offer', 'certificate', 'key', 'channel'],
  impact: 'connect',
  appliesTo: ({ protocol, security, transport }) => protocol === 'quic' && security === 'none' && transport === 'udp',
  async *observe(context) {
    const lists: number[][] = [];
    for (let i = 0; i < ASKED; i++) lists.push(await ask(context));
    const [first = [], ...others] = lists.map((list) => list.toSorted((a, b) => a - b));
    if (others.some((list) => list.join() !== first.join()))
      throw new CannotTell('protocol', 'the versions that are listed change from one answer to the next');
    for (const version of lists[0] ?? [])
      yield { kind: 'offer', protocol: 'quic', role: 'version', name: quicVersion(version), code: version };
    const spoken = first.filter(isSpoken).sort((a, b) => PREFERRED.indexOf(a) - PREFERRED.indexOf(b))[0];
    if (spoken === undefined) {
      const isGoogle = first.length > 0 && first.every((version) => quicVersion(version).startsWith('Google'));
      // Google's own cryptography of old: there is no mode in the clear.
      if (isGoogle) yield { kind: 'channel', protocol: 'quic', encryption: 'other' };
      throw new CannotTell(
        'unsupported',
        first.length === 0 ? 'no version of QUIC is listed' : 'no handshake is tried in these versions of QUIC',
        ['offer', 'certificate', 'key', ...(isGoogle ? [] : ['channel' as const])],
      );
    }
    const unsettled = yield* handshakes(context, spoken);
    const [one] = unsettled;
    if (one)
      throw new CannotTell(
        one.reason,
        unsettled
          .map(({ what }) => what)
          .join('; ')
          .slice(0, 1900),
        [...new Set(unsettled.flatMap(({ open }) => open))],
      );
  },
});

async function ask(context: ProbeContext): Promise<number[]> {
  const request = versionRequest(context.random(20));
  const datagram = await context.datagram();
  let came = false;
  try {
    for (let sent = 0; sent < SENDS; sent++) {
      await datagram.send(request.bytes);
      const wait = context.limits.wait / SENDS;
      const until = context.now() + wait;
      for (let left = wait; left > 0; left = until - context.now()) {
        const message = await datagram.receive({ wait: left });
        if (!message) break;
        const versions = request.read(message.bytes);
        if (versions) return versions;
        came = true;
      }
    }
  } finally {
    datagram.close();
  }
  if (came) throw new CannotTell('protocol', 'what came is no Version Negotiation packet of QUIC');
  throw new CannotTell('timeout', 'no Version Negotiation packet came');
}
