import type { FactOf } from '../../src/model/fact.ts';
import { ccsInjection } from './flaw-ccs.ts';
import type { Verdict } from './flaw-handshake.ts';
import { heartbleed } from './flaw-heartbleed.ts';
import { helloFlaws } from './flaw-hello.ts';
import { drown, fallback, freak, poodle, sweet32 } from './flaw-offers.ts';
import { robot } from './robot.ts';
import type { Stage, Unsettled } from './server.ts';

/**
 * Named flaws of TLS, each stated as present or absent only where it was asked for, or follows from what was. Those of
 * versions before TLS 1.3 are absent where none of them is accepted.
 */
export const flaws: Stage = async function* (server, known) {
  const unsettled: Unsettled[] = [];
  const stated = function* (name: string, verdict: Verdict): Generator<FactOf<'weakness'>> {
    if (typeof verdict === 'boolean') yield { kind: 'weakness', protocol: 'tls', name, present: verdict };
    else unsettled.push(verdict);
  };
  yield* stated('drown', await drown(server, known));
  yield* stated('poodle', await poodle(server, known));
  yield* stated('sweet32', await sweet32(server, known));
  yield* stated('freak', await freak(server, known));
  const { renegotiation, crime, heartbeat } = await helloFlaws(server, known);
  yield* stated('insecure-renegotiation', renegotiation);
  yield* stated('crime', crime);
  yield* stated(
    'heartbleed',
    typeof heartbeat === 'string' ? await heartbleed(heartbeat)(server, known) : (heartbeat ?? false),
  );
  yield* stated('ccs-injection', await ccsInjection(server, known));
  yield* stated('fallback-unprotected', await fallback(server, known));
  yield* stated('robot', await robot(server, known));
  return unsettled;
};
