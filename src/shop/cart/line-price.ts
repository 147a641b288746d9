import { isSamePrice, type Money } from '../../domain/money.ts';
import type { Snapshot } from '../../store/store.ts';

/** The price of a line's units, and whether it is a newer one than that of the line's first units. */
export interface LinePrice {
  unitPrice: Money | null;
  repriced: boolean;
}

/**
 * The price of a line that gets more units: the SKU's present one for the whole line. A line that kept its old price would
 * sell any number of units at a price that the shop has corrected since.
 */
export const grownPrice = (line: LinePrice, current: Money | null): LinePrice =>
  isSamePrice(line.unitPrice, current) ? line : { unitPrice: current, repriced: true };

/**
 * The price of two lines of one SKU that become one: their own where it is the same, else the SKU's present one. `current`
 * is undefined where the SKU was not read, because a line came at this very moment: then the higher price counts.
 */
export function joinedPrice(present: LinePrice, coming: LinePrice, current: Money | null | undefined): LinePrice {
  if (isSamePrice(present.unitPrice, coming.unitPrice)) return present;
  if (current !== undefined) return { unitPrice: current, repriced: true };
  const isHigher = (coming.unitPrice?.amount ?? 0) > (present.unitPrice?.amount ?? 0);
  return { unitPrice: (isHigher ? coming : present).unitPrice, repriced: true };
}

/** The present price of a SKU as a snapshot shows it; undefined where the snapshot does not show the SKU. */
export const currentPrice = ({ stock }: Snapshot, sku: string): Money | null | undefined =>
  stock.find((record) => record?.sku === sku)?.unitPrice;
