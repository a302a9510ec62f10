import type { FactKind, FactOf } from '../../src/model/fact.ts';
import type { Reason } from '../../src/model/run.ts';
import type { ProbeContext } from '../../src/observe/probe.ts';
import { chainFacts } from '../../src/observe/protocols/certificate.ts';
import { pastRefusal } from '../../src/observe/protocols/dtls-exchange.ts';
import { quicVersion } from '../../src/observe/protocols/quic.ts';
import { askQuic, type QuicTold } from '../../src/observe/protocols/quic-client.ts';
import { SUITES_13, suiteName } from '../../src/observe/protocols/tls-suites.ts';

/** Suites that clients of QUIC may offer, and the one that they may not (RFC 9001, 5.3), asked for all the same. */
const SUITES = SUITES_13.filter((code) => code >= 0x1301 && code <= 0x1305);
/** Alerts of a server that has none of the suites. */
const NOT_THESE: readonly string[] = ['handshake_failure', 'insufficient_security', 'illegal_parameter'];
const VERSION = 'TLS 1.3';

/** What could not be settled: said of the whole attempt at its end. */
export interface Unsettled {
  readonly reason: Reason;
  readonly what: string;
  readonly open: readonly FactKind[];
}

type Fact = FactOf<'offer' | 'certificate' | 'key' | 'channel'>;
type Hello = Extract<QuicTold, { kind: 'hello' }>;

/**
 * What a server of QUIC goes on with, asked for in handshakes of that version that end before they are whole: that it is
 * encrypted by TLS 1.3, the suites, each in a hello of its own, and the certificate that a hello with all of them brings.
 */
export async function* handshakes(context: ProbeContext, version: number): AsyncGenerator<Fact, readonly Unsettled[]> {
  const ask = async (suites: readonly number[], shallow: boolean): Promise<QuicTold> => {
    const once = () => pastRefusal(context, () => askQuic(context, { version, suites, shallow }));
    const told = await once();
    return told.kind === 'timeout' || told.kind === 'garbage' ? once() : told;
  };
  const all = await ask(SUITES, false);
  // An alert comes in a packet of that version, for our ids: it speaks QUIC, and there is none without TLS (RFC 9001).
  if (all.kind === 'hello' || all.kind === 'alert')
    yield { kind: 'channel', protocol: 'quic', encryption: 'tls', version: quicVersion(version) };
  if (all.kind !== 'hello') {
    const open: FactKind[] = ['offer', 'certificate', 'key', ...(all.kind === 'alert' ? [] : ['channel' as const])];
    return [{ reason: reasonOf(all), what: `no handshake of ${quicVersion(version)}: ${whyOf(all)}`, open }];
  }
  yield { kind: 'offer', protocol: 'quic', role: 'version', name: VERSION, code: 0x0304 };
  const unsettled: Unsettled[] = [];
  const open = (reason: Reason, what: string) => unsettled.push({ reason, what, open: ['offer'] });
  let refused = false;
  for (const code of SUITES) {
    const told = code === all.hello.suite ? all : await ask([code], true);
    if (told.kind === 'hello')
      yield { kind: 'offer', protocol: 'quic', role: 'suite', version: VERSION, name: suiteName(code), code };
    else if (told.kind === 'alert' && NOT_THESE.includes(told.name)) refused = true;
    else open(reasonOf(told), `not clear whether ${suiteName(code)} is accepted: ${whyOf(told)}`);
  }
  const again = refused ? await ask([all.hello.suite], true) : all;
  if (again.kind !== 'hello')
    open('protocol', `unstable: ${suiteName(all.hello.suite)} was accepted, and then: ${whyOf(again)}`);
  unsettled.push(...(yield* certificates(context, all)));
  return unsettled;
}

const reasonOf = (told: Exclude<QuicTold, Hello>): Reason => {
  if (told.kind === 'timeout' || told.kind === 'refused') return told.kind;
  // It wants a protocol that is not among those that are offered.
  return told.kind === 'alert' && told.name === 'no_application_protocol' ? 'unsupported' : 'protocol';
};

const whyOf = (told: Exclude<QuicTold, Hello>): string => (told.kind === 'alert' ? told.name : told.why);

function* certificates(
  context: ProbeContext,
  { hello, certificates, finished }: Hello,
): Generator<Fact, readonly Unsettled[]> {
  const open = ['certificate', 'key'] as const;
  const chain = certificates?.certificates ?? [];
  if (chain.length === 0) {
    if (finished) return [];
    if (hello.retry) return [{ reason: 'unsupported', what: 'it wants a group that no share is made of', open }];
    return [{ reason: 'timeout', what: 'the certificate did not come whole', open }];
  }
  const facts = chainFacts({
    chain,
    names: context.component.names,
    host: context.endpoint.host,
    trust: context.trust,
    now: context.now(),
  });
  for (const fact of facts.certificates) {
    context.evidence(chain[fact.position]!, 'application/pkix-cert');
    yield fact;
  }
  if (facts.key) yield facts.key;
  return facts.unreadable.map(({ position, why }) => ({
    reason: 'protocol' as const,
    what: `certificate ${position} cannot be read: ${why}`,
    open,
  }));
}
