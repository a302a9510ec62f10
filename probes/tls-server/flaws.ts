import { ccsInjection } from './flaw-ccs.ts';
import type { Ask, Verdict } from './flaw-handshake.ts';
import { heartbleed } from './flaw-heartbleed.ts';
import { helloFlaws } from './flaw-hello.ts';
import { drown, fallback, freak, poodle, sweet32 } from './flaw-offers.ts';
import { paddingUnchecked } from './flaw-padding.ts';
import { robot } from './robot.ts';
import type { Stage, Unsettled } from './server.ts';

/** Flaws that are asked for on their own. */
const ASKED: Readonly<Record<string, Ask>> = {
  drown,
  poodle,
  sweet32,
  freak,
  'ccs-injection': ccsInjection,
  'fallback-unprotected': fallback,
  robot,
  'poodle-tls': paddingUnchecked,
};

/**
 * Named flaws of TLS, each stated as present or absent only where it was asked for, or follows from what was. Those of
 * versions before TLS 1.3 are absent where none of them is accepted. All are asked for at once, as far as the server takes
 * several connections.
 */
export const flaws: Stage = async function* (server, known) {
  const told = helloFlaws(server, known);
  const verdicts: [string, Promise<Verdict>][] = [
    ...Object.entries(ASKED).map(([name, ask]): [string, Promise<Verdict>] => [name, ask(server, known)]),
    ['insecure-renegotiation', told.then(({ renegotiation }) => renegotiation)],
    ['crime', told.then(({ crime }) => crime)],
    [
      'heartbleed',
      told.then(({ heartbeat }) =>
        typeof heartbeat === 'string' ? heartbleed(heartbeat)(server, known) : (heartbeat ?? false),
      ),
    ],
  ];
  // What is thrown before its turn must not end the process.
  for (const [, verdict] of verdicts) verdict.catch(() => undefined);
  const unsettled: Unsettled[] = [];
  for (const [name, answering] of verdicts) {
    const verdict = await answering;
    if (typeof verdict === 'boolean') yield { kind: 'weakness', protocol: 'tls', name, present: verdict };
    else unsettled.push(verdict);
  }
  return unsettled;
};
