import type { FactKind } from './fact.ts';
import type { OpenOffer, Outcome } from './run.ts';

/** Whether an attempt left a kind unsettled: of offers, any of those that are asked about (default: all). */
export const isOpenFor = (outcome: Outcome, kind: FactKind, about?: (open: OpenOffer) => boolean): boolean =>
  outcome.status === 'inconclusive' &&
  outcome.open.includes(kind) &&
  (kind !== 'offer' || about === undefined || outcome.offers === undefined || outcome.offers.some(about));
