import { CannotTell, defineProbe } from '../../src/observe/probe.ts';
import { UPGRADING } from '../../src/observe/protocols/starttls.ts';
import { certificates } from './certificates.ts';
import { features } from './features.ts';
import { flaws } from './flaws.ts';
import { groups } from './groups.ts';
import { type Learned, type Stage, TlsServer, type Unsettled } from './server.ts';
import { signatures } from './signatures.ts';
import { versions } from './versions.ts';

/** What a verdict needs comes first. */
const STAGES: readonly Stage[] = [certificates, flaws, groups, signatures, features];

/**
 * What a TLS server accepts, asked for in hellos of our own, and the certificates it presents. What was answered by
 * neither yes nor no is named at the end, and leaves its kind of fact open.
 */
export default defineProbe({
  id: 'tls-server',
  version: '2',
  title: 'What a TLS server accepts and presents',
  emits: ['offer', 'certificate', 'key', 'weakness'],
  impact: 'connect',
  appliesTo: ({ protocol, security, transport }) =>
    (protocol === 'tls' || UPGRADING.includes(protocol ?? '')) && security === 'none' && transport === 'tcp',
  async *observe(context) {
    const server = new TlsServer(context);
    const known: Learned = { versions: new Map(), ssl2: false, unclear: new Set(), suites: new Map() };
    const unsettled: Unsettled[] = [...(yield* versions(server, known))];
    for (const stage of STAGES) unsettled.push(...(yield* stage(server, known)));
    const [first] = unsettled;
    context.log.debug({ handshakes: server.handshakes, unsettled: unsettled.length }, 'TLS server');
    if (first) {
      const open = [...new Set(unsettled.flatMap((one) => one.open))];
      throw new CannotTell(first.reason, unsettled.map(({ what }) => what).join('; '), open);
    }
  },
});
