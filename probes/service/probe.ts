import type { FactOf } from '../../src/model/fact.ts';
import type { Security } from '../../src/model/target.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { tlsChannel } from '../../src/observe/protocols/tls-channel.ts';
import { type Recognised, recogniseTcp } from './tcp.ts';
import { recogniseUdp } from './udp.ts';

/** Whose channel another probe tells: it needs to see more than the first bytes. */
const ELSEWHERE = new Set(['http', 'ftp', 'snmp', 'tls', 'vnc', 'postgresql', 'mysql', 'smtp', 'imap', 'pop3', 'quic']);

/**
 * Says what speaks at an open port, by its bytes and never by its number; inside TLS the same again. A port that
 * answers what nobody knows is `unknown`; one that says nothing at all cannot be told.
 */
export default defineProbe({
  id: 'service',
  version: '2',
  title: 'Recognises what speaks at an open port',
  emits: ['service', 'channel'],
  impact: 'connect',
  appliesTo: ({ port, protocol }) => port !== undefined && protocol === undefined,
  async *observe(context) {
    if (context.endpoint.transport === 'udp') {
      yield* told(context, await recogniseUdp(context), 'none');
      return;
    }
    const outer = await recogniseTcp(context, 'none');
    yield* told(context, outer, 'none');
    if (outer.recognition?.protocol === 'tls') yield* inside(context);
  },
});

async function* inside(context: ProbeContext): AsyncGenerator<FactOf<'service' | 'channel'>> {
  let inner: Recognised;
  try {
    inner = await recogniseTcp(context, 'tls');
  } catch (error) {
    // Whatever is inside, it travels in TLS: that is seen, although nothing could be read of it.
    if (error instanceof CannotTell && error.reason !== 'aborted') {
      yield { kind: 'channel', protocol: 'tls', encryption: 'tls' };
      throw new CannotTell(error.reason, `inside TLS: ${error.message}`, ['service']);
    }
    throw error;
  }
  yield* told(context, inner, 'tls');
}

function* told(
  context: ProbeContext,
  { recognition, bytes, tls }: Recognised,
  security: Extract<Security, 'none' | 'tls'>,
): Generator<FactOf<'service' | 'channel'>> {
  const protocol = recognition?.protocol ?? 'unknown';
  yield {
    kind: 'service',
    protocol,
    security,
    ...(recognition?.product && { product: recognition.product }),
    ...(recognition?.version && { version: recognition.version }),
    banner: context.evidence(bytes, 'application/octet-stream'),
  };
  if (ELSEWHERE.has(protocol)) return;
  if (security === 'tls') {
    const of = protocol === 'unknown' ? 'tls' : protocol;
    yield { kind: 'channel', protocol: of, ...tlsChannel(tls) };
  } else if (protocol === 'ssh' || protocol === 'dtls') {
    yield { kind: 'channel', protocol, encryption: protocol };
  } else if (protocol !== 'unknown') {
    yield { kind: 'channel', protocol, encryption: 'none' };
  }
}
