import { CannotTell, defineProbe } from '../../src/observe/probe.ts';
import { chainFacts } from '../../src/observe/protocols/certificate.ts';
import type { DtlsServerHello, DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { amplification } from './amplification.ts';
import { features } from './features.ts';
import { groups } from './groups.ts';
import { DtlsServer, type Stage, type Unsettled } from './server.ts';
import { type Seen, suites } from './suites.ts';
import { stable, type VersionAnswer, versions } from './versions.ts';

/**
 * What a DTLS server accepts, asked for in hellos of our own, the certificates it presents, and how much it sends before
 * it knows to whom. What was answered by neither yes nor no is named at the end, and leaves its kind of fact open.
 */
export default defineProbe({
  id: 'dtls-server',
  version: '1',
  title: 'What a DTLS server accepts and presents',
  emits: ['offer', 'certificate', 'key', 'weakness'],
  impact: 'connect',
  appliesTo: ({ protocol, security, transport }) => protocol === 'dtls' && security === 'none' && transport === 'udp',
  async *observe(context) {
    const server = new DtlsServer(context);
    const known = new Map<DtlsVersion, DtlsServerHello>();
    const answers = new Map<DtlsVersion, VersionAnswer>();
    const unsettled: Unsettled[] = [...(yield* versions(server, known, answers))];
    unsettled.push(...(yield* amplification(server, answers)));
    const told = new Map<DtlsVersion, Seen>();
    for (const [version, hello] of known) {
      const seen: Seen = {
        suites: [],
        extensions: new Set(),
        wantsCertificate: false,
        inOneList: true,
        primes: new Map(),
      };
      told.set(version, seen);
      unsettled.push(...(yield* suites(server, version, hello, seen)));
    }
    unsettled.push(...(yield* certificates(server, known)));
    unsettled.push(...(yield* groups(server, told)));
    unsettled.push(...(yield* features(server, told)));
    unsettled.push(...(await stable(server, answers)));
    const [first] = unsettled;
    context.log.debug({ hellos: server.hellos, unsettled: unsettled.length }, 'DTLS server');
    if (first) {
      const open = [...new Set(unsettled.flatMap((one) => one.open))];
      throw new CannotTell(
        first.reason,
        unsettled
          .map(({ what }) => what)
          .join('; ')
          .slice(0, 1900),
        open,
      );
    }
  },
});

/** Every chain that was presented, each once. PSK and anonymous suites have none. */
async function* certificates(server: DtlsServer, known: ReadonlyMap<DtlsVersion, DtlsServerHello>): Stage {
  const { context, chains, cutOff } = server;
  const open = ['certificate', 'key'] as const;
  const unsettled: Unsettled[] = [];
  for (const chain of chains.values()) {
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
    for (const { position, why } of facts.unreadable)
      unsettled.push({ reason: 'protocol', what: `certificate ${position} cannot be read: ${why}`, open });
  }
  if (chains.size > 0) return unsettled;
  if (cutOff) return [{ reason: 'timeout', what: 'the flight with the certificate did not come whole', open }];
  if ([...known.keys()].every((version) => version === 'DTLS 1.3'))
    return [{ reason: 'unsupported', what: 'DTLS 1.3 shows its certificate in encrypted messages alone', open }];
  context.log.debug({}, 'DTLS without a certificate');
  return [];
}
