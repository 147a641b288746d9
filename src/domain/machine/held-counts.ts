import type { HoldRecord } from '../records.ts';
import type { WriteBuffer } from './write-buffer.ts';

/**
 * The units that a holder has in holds that are held or pinned. A holder is a customer or a client. These counts are in
 * the same table as those of the customers' limits. A hold is in them from the first step on to which a cap applied
 * (`HoldRecord.capped`), so a shop without caps has none.
 */

/** The prefix of the names in these counts. The name of a customer must not begin with it. */
export const HELD_PREFIX = 'held:';

/** Returns whether the units of the hold are reserved. The units of a committed hold are sold. */
export const isReserving = ({ state }: HoldRecord): boolean => state === 'held' || state === 'pinned';

/** Returns the name of a holder in the table of counts. */
export const heldBy = (holder: string): string => HELD_PREFIX + holder;

/** Returns the name of the hold's customer in the table of counts; null if the hold is not in the customer's count. */
export const countedCustomer = ({ capped, customer, owner }: HoldRecord): string | null =>
  // An anonymous customer has the name of its cart, which has one hold of a SKU. The step that changes that hold knows
  // its units, so no count is needed.
  capped && customer !== owner ? heldBy(customer) : null;

/** Returns the name of the hold's client in the table of counts; null if the hold is in the count of no client. */
export const countedClient = ({ capped, client }: HoldRecord): string | null =>
  capped && client !== null ? heldBy(client) : null;

/** Returns the names of the counts that include the units of a hold. No count includes a committed hold. */
export const heldNames = (hold: HoldRecord): string[] =>
  isReserving(hold) ? [countedCustomer(hold), countedClient(hold)].filter((name) => name !== null) : [];

/** Changes the counts after a hold was created, changed or ended. `before` is undefined for a new hold. */
export function countHeld(buffer: WriteBuffer, before: HoldRecord | undefined, after: HoldRecord): void {
  for (const nameOf of [countedCustomer, countedClient]) {
    const [from, to] = [
      before && isReserving(before) ? nameOf(before) : null,
      isReserving(after) ? nameOf(after) : null,
    ];
    const units = before?.quantity ?? 0;
    if (from !== null && from === to) {
      if (after.quantity !== units) buffer.addToCount(to, after.sku, after.quantity - units);
      continue;
    }
    if (from !== null) buffer.addToCount(from, after.sku, -units);
    if (to !== null) buffer.addToCount(to, after.sku, after.quantity);
  }
}
