import { assertReadable, type Refusal } from '../../contract/calls/call.ts';
import type { TransferLine } from '../../contract/outputs/transfer-outputs.ts';
import { freeOf } from '../../domain/machine/step-context.ts';
import type { StockRecord } from '../../domain/records.ts';
import { stockKey } from '../../domain/stock-keys.ts';
import type { AdjustStep } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';

/** The records of stock keys in a snapshot. */
export interface FoundStock {
  record: (key: string) => StockRecord | null;
  /** The units that could leave. Units of overdue holds are free, even if the holds have not ended yet. */
  free: (key: string) => number;
}

/** Throws `ServiceFailure` if one of the records cannot be read. */
export function foundStock(keys: readonly string[], view: Snapshot): FoundStock {
  assertReadable(view, ...keys.map((key) => `stock:${key}`));
  const { stock, overdue } = view;
  const record = (key: string): StockRecord | null => stock[keys.indexOf(key)] ?? null;
  return {
    record,
    free(key) {
      const found = record(key);
      // If the overdue holds were too many to be summed, the store decides.
      return found ? freeOf(found) + (overdue[keys.indexOf(key)] ?? found.reserved) : 0;
    },
  };
}

/**
 * Returns the step that changes the units on hand of a location. Its kind is `adjusted` at both ends, so that the
 * received units of an audit are those that came from outside.
 */
export const moveStep = (sku: string, location: string, delta: number): AdjustStep => ({
  kind: 'adjust',
  sku: stockKey(sku, location),
  delta,
  as: 'adjusted',
});

/** Returns the refusal that names each line whose units are not free at a location; null if there is none. */
export function shortage(lines: readonly TransferLine[], from: string, { free }: FoundStock): Refusal | null {
  const short = lines
    .map(({ sku, quantity: requested }) => ({ sku, requested, available: Math.max(0, free(stockKey(sku, from))) }))
    .filter(({ requested, available }) => available < requested);
  return short.length === 0 ? null : { reason: 'insufficient_stock', meta: { lines: short } };
}
