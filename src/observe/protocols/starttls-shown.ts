import type { Fact, FactKind, FactOf } from '../../model/fact.ts';
import { CannotTell } from '../probe.ts';

/**
 * The facts of logins, and behind them what their outcome shows of the channel. Where `channel` throws, the kind `channel`
 * alone stays open; where the logins break off, their own kinds (`logins`) do, and `channel` only if it cannot be told
 * by then.
 */
export async function* withChannelShown<F extends Fact>(
  facts: AsyncGenerator<F>,
  logins: readonly FactKind[],
  channel: () => AsyncGenerator<FactOf<'channel'>>,
): AsyncGenerator<F | FactOf<'channel'>> {
  const left = yield* caught(facts);
  const unsaid = yield* caught(channel());
  if (left)
    throw new CannotTell(left.reason, left.message, [
      ...(left.open ?? logins),
      ...(unsaid ? ['channel' as const] : []),
    ]);
  if (unsaid) throw new CannotTell(unsaid.reason, unsaid.message, ['channel']);
}

/** Gives what broke them off; an abort is thrown on. */
async function* caught<F>(facts: AsyncGenerator<F>): AsyncGenerator<F, CannotTell | undefined> {
  try {
    yield* facts;
    return undefined;
  } catch (error) {
    if (error instanceof CannotTell && error.reason !== 'aborted') return error;
    throw error;
  }
}
