import type { Fact, FactKind, FactOf } from '../../model/fact.ts';
import { CannotTell, type ProbeContext } from '../probe.ts';

/**
 * The facts of a login probe, and the clear channel's as soon as it is known whether passwords are taken in it
 * (`credentials` gives undefined until then, and where nobody can tell). That the channel is clear has been said by who
 * recognised the service: where the probe cannot tell, its own kinds stay open, and not the channel.
 */
export async function* withCredentials<F extends Fact>(
  { endpoint }: ProbeContext,
  facts: AsyncGenerator<F>,
  credentials: () => boolean | undefined,
  open: readonly FactKind[],
): AsyncGenerator<F | FactOf<'channel'>> {
  let known = endpoint.security === 'tls';
  function* channel(): Generator<FactOf<'channel'>> {
    const takes = known ? undefined : credentials();
    if (takes === undefined) return;
    known = true;
    yield { kind: 'channel', protocol: endpoint.protocol!, encryption: 'none', credentials: takes };
  }
  try {
    for await (const fact of facts) {
      yield* channel();
      yield fact;
    }
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    yield* channel();
    throw error.open === undefined ? new CannotTell(error.reason, error.message, open) : error;
  }
  yield* channel();
}
