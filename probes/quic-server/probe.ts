import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { quicVersion, versionRequest } from '../../src/observe/protocols/quic.ts';

/** A lost datagram is sent again, a part of the `wait` limit later. */
const SENDS = 3;
/** Requests, each with ids and a version of its own: an answer that changes is not believed. */
const ASKED = 2;

/**
 * The versions of QUIC that a server has, by its Version Negotiation packet (RFC 9000, 6). Its TLS is 1.3 (RFC 9001, 4.2);
 * what it offers there, and its certificate, are encrypted and were not looked at.
 */
export default defineProbe({
  id: 'quic-server',
  version: '1',
  title: 'Which versions of QUIC a server has',
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
    if (first.length > 0) yield channel(first);
    throw new CannotTell(
      'unsupported',
      first.length === 0
        ? 'no version of QUIC is listed'
        : 'suites and certificate of QUIC are in encrypted packets: not looked at',
      ['offer', 'certificate', 'key'],
    );
  },
});

/** What of it is encrypted, and by what: TLS 1.3 inside (RFC 9001), but for Google's own cryptography of old. */
const channel = (versions: readonly number[]): FactOf<'channel'> => {
  const [name] = versions.map(quicVersion).filter((name) => name.startsWith('QUIC'));
  return name === undefined
    ? { kind: 'channel', protocol: 'quic', encryption: 'other' }
    : { kind: 'channel', protocol: 'quic', encryption: 'tls', version: name };
};

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
