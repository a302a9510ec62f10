import { type Known, type Stage, TlsServer, type Unsettled } from '../../probes/tls-server/server.ts';
import type { Fact } from '../../src/model/fact.ts';
import { defineProbe } from '../../src/observe/probe.ts';
import { readTlsAnswer, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { type ObserveOptions, observeWith } from './probe.ts';

/** What the stages before are to have learned: versions with their suites. */
export interface KnownDraft {
  readonly suites?: Partial<Record<TlsVersion, readonly number[]>>;
  readonly unclear?: readonly TlsVersion[];
}

/** Runs one stage of the TLS server probe against a port, as if those before had learned this much. */
export async function runStage(
  stage: Stage,
  known: KnownDraft,
  options: ObserveOptions & { port: number },
): Promise<{ facts: Fact[]; unsettled: readonly Unsettled[]; handshakes: number }> {
  const suites = new Map(Object.entries(known.suites ?? {}) as [TlsVersion, readonly number[]][]);
  let unsettled: readonly Unsettled[] = [];
  let handshakes = 0;
  const probe = defineProbe({
    id: 'tls-stage',
    version: '1',
    title: 'One stage',
    emits: ['offer', 'certificate', 'key', 'weakness'],
    impact: 'connect',
    appliesTo: () => true,
    async *observe(context) {
      const server = new TlsServer(context);
      const nothing = readTlsAnswer(Buffer.alloc(0));
      const learned: Known = {
        versions: new Map([...suites.keys()].map((version) => [version, nothing])),
        ssl2: false,
        unclear: new Set(known.unclear),
        suites,
        noWeak: new Set(),
      };
      unsettled = yield* stage(server, learned);
      handshakes = server.handshakes;
    },
  });
  const { facts, attempt } = await observeWith(probe, { protocol: 'tls', security: 'none', ...options });
  if (attempt.outcome.status !== 'completed') throw new Error(attempt.outcome.detail);
  return { facts, unsettled, handshakes };
}
