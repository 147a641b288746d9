import { endedState } from '../../domain/machine/live-hold.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable } from '../../contract/failures.ts';
import { isOrder, orderIdOf } from '../../transact/names.ts';
import { type Refusal, type Result, refuse } from '../../contract/refusals.ts';
import type { StockReader } from '../stock/stock-reader.ts';
import type { Effect } from '../../transact/mutation.ts';
import type { StockLevel } from '../../contract/stock-outputs.ts';

/**
 * Returns the view's first hold, if its id alone is enough to end it. Otherwise returns the refusal: the hold is
 * unknown, it has ended (a second release, a release after a consume), or it belongs to an order, which ends by payment
 * or by cancelling.
 */
export function endableHold(holdId: string, view: Snapshot): HoldRecord | { refusal: Refusal } {
  assertReadable(view, `hold:${holdId}`);
  const [hold] = view.holds;
  if (!hold) return { refusal: { reason: 'unknown_hold', meta: { holdId, state: 'unknown' } } };
  const { owner, expiresAt } = hold;
  const ended = endedState(hold);
  if (ended) return { refusal: { reason: 'hold_not_active', meta: { holdId, state: ended } } };
  // The store expires an overdue hold before it refuses, even one that is missing in the index of deadlines.
  if (!isOrder(owner)) return hold;
  if (expiresAt <= view.at) return { refusal: { reason: 'hold_not_active', meta: { holdId, state: 'expired' } } };
  return { refusal: { reason: 'order_state', meta: { orderId: orderIdOf(owner), status: 'awaiting_payment' } } };
}

/** Answers the end of a hold: the level of the SKU to which the effect points. */
export const skuLevel =
  (reader: StockReader) =>
  ({ reference }: Effect): Promise<Result<StockLevel>> =>
    reference === null
      ? Promise.resolve(refuse({ reason: 'unknown_sku', meta: { sku: '' } }))
      : reader.level(reference);
