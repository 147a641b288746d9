import { isSamePrice, type Money } from '../../domain/money.ts';
import type { Snapshot } from '../../store/store.ts';

/** The price of a line, and whether it has changed since the line's first units were added. */
export interface LinePrice {
  unitPrice: Money | null;
  repriced: boolean;
}

/**
 * Returns the price of a line that grows: the SKU's current price for the whole line. Otherwise a line could sell any
 * number of units at a price that the shop has corrected since.
 */
export const grownPrice = (line: LinePrice, current: Money | null): LinePrice =>
  isSamePrice(line.unitPrice, current) ? line : { unitPrice: current, repriced: true };

/**
 * Returns the price of two lines of one SKU that are joined: their own if it is the same, else the SKU's current price.
 * `current` is undefined if the SKU was not read, because a line was added concurrently. Then the higher price counts.
 */
export function joinedPrice(present: LinePrice, coming: LinePrice, current: Money | null | undefined): LinePrice {
  if (isSamePrice(present.unitPrice, coming.unitPrice)) return present;
  if (current !== undefined) return { unitPrice: current, repriced: true };
  const isHigher = (coming.unitPrice?.amount ?? 0) > (present.unitPrice?.amount ?? 0);
  return { unitPrice: (isHigher ? coming : present).unitPrice, repriced: true };
}

/** Returns the price of a SKU in a snapshot; undefined if the snapshot does not have the SKU. */
export const currentPrice = ({ stock }: Snapshot, sku: string): Money | null | undefined =>
  stock.find((record) => record?.sku === sku)?.unitPrice;
