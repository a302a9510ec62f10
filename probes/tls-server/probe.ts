import type { FactKind } from '../../src/model/fact.ts';
import type { OpenOffer } from '../../src/model/run.ts';
import { CannotTell, defineProbe, type Probe } from '../../src/observe/probe.ts';
import { UPGRADING } from '../../src/observe/protocols/starttls.ts';
import { certificates } from './certificates.ts';
import { features } from './features.ts';
import { flaws } from './flaws.ts';
import { groups } from './groups.ts';
import { type Learned, NoMore, type Stage, TlsServer, type Unsettled } from './server.ts';
import { signatures } from './signatures.ts';
import { allSuites, weakSuites } from './suites.ts';
import { versions } from './versions.ts';

/** What a verdict needs comes first: the whole list of suites takes the most handshakes. */
const STAGES: readonly Stage[] = [certificates, flaws, allSuites, groups, signatures, features];

/** What is open where there was no connection left for a stage; of the others a verdict needs nothing. */
const OPEN = new Map<Stage, readonly FactKind[]>([
  [versions, ['offer', 'certificate', 'key', 'weakness']],
  [weakSuites, ['offer', 'certificate', 'key', 'weakness']],
  [certificates, ['certificate', 'key', 'weakness']],
  [flaws, ['weakness']],
]);

/** The probe with other stages behind versions and weak suites. */
export const tlsServer = (stages: readonly Stage[]): Probe =>
  defineProbe({
    id: 'tls-server',
    version: '2',
    title: 'What a TLS server accepts and presents',
    emits: ['offer', 'certificate', 'key', 'weakness'],
    impact: 'connect',
    appliesTo: ({ protocol, security, transport }) =>
      (protocol === 'tls' || UPGRADING.includes(protocol ?? '')) && security === 'none' && transport === 'tcp',
    async *observe(context) {
      const server = new TlsServer(context);
      const known: Learned = {
        versions: new Map(),
        ssl2: false,
        unclear: new Set(),
        noWeak: new Set(),
        suites: new Map(),
        asked: new Map(),
      };
      const unsettled: Unsettled[] = [];
      for (const stage of [versions, weakSuites, ...stages]) {
        try {
          unsettled.push(...(yield* stage(server, known)));
        } catch (error) {
          // A server whose protocol could go on in TLS, and which does not: there is nothing to look at.
          if (server.notOffered && known.versions.size === 0 && !known.ssl2) return;
          if (!(error instanceof NoMore)) throw error;
          unsettled.push({ reason: 'budget', what: error.message, open: OPEN.get(stage) ?? [] });
          break;
        }
      }
      const [first] = unsettled;
      context.log.debug({ handshakes: server.handshakes, unsettled: unsettled.length }, 'TLS server');
      if (first) {
        const open = [...new Set(unsettled.flatMap((one) => one.open))];
        throw new CannotTell(first.reason, unsettled.map(({ what }) => what).join('; '), open, offersOf(unsettled));
      }
    },
  });

/** Which offers stayed open, if each part that left some open says which. */
const offersOf = (unsettled: readonly Unsettled[]): OpenOffer[] | undefined => {
  const all = unsettled.filter(({ open }) => open.includes('offer'));
  const named = all.flatMap(({ offers }) => offers ?? []);
  if (all.length === 0 || all.some(({ offers }) => offers === undefined)) return undefined;
  return [...new Map(named.map((one) => [`${one.role} ${one.version}`, one])).values()];
};

/**
 * What a TLS server accepts, asked for in hellos of our own, and the certificates it presents. What was answered by
 * neither yes nor no is named at the end, and leaves its kind of fact open.
 */
export default tlsServer(STAGES);
