import type { HoldRecord } from '../../domain/records.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable } from '../../contract/failures.ts';
import { isOrder, orderIdOf } from '../../transact/names.ts';
import { type Refusal, type Result, refuse } from '../../contract/refusals.ts';
import type { StockReader } from '../stock/stock-reader.ts';
import type { Effect } from '../../transact/mutation.ts';
import type { StockLevel } from '../../contract/stock-outputs.ts';

/**
 * The view's first hold, if it may be ended by its name alone; else why not: it is unknown, it has ended (the double
 * release, the release after a consume), or it is an order's, which ends by paying or by cancelling.
 */
export function endableHold(holdId: string, view: Snapshot): HoldRecord | { refusal: Refusal } {
  assertReadable(view, `hold:${holdId}`);
  const [hold] = view.holds;
  if (!hold) return { refusal: { reason: 'unknown_hold', meta: { holdId, state: 'unknown' } } };
  const { state, owner, expiresAt } = hold;
  if (state !== 'held' && state !== 'pinned')
    return { refusal: { reason: 'hold_not_active', meta: { holdId, state } } };
  // An overdue one goes to the store, which ends it before it refuses: it may be one that has lost its place in the
  // index.
  if (!isOrder(owner)) return hold;
  if (expiresAt <= view.at) return { refusal: { reason: 'hold_not_active', meta: { holdId, state: 'expired' } } };
  return { refusal: { reason: 'order_state', meta: { orderId: orderIdOf(owner), status: 'awaiting_payment' } } };
}

/** The level of the SKU that the effect points to: what ending a hold answers. */
export const skuLevel =
  (reader: StockReader) =>
  ({ reference }: Effect): Promise<Result<StockLevel>> =>
    reference === null
      ? Promise.resolve(refuse({ reason: 'unknown_sku', meta: { sku: '' } }))
      : reader.level(reference);
