import { z } from 'zod';
import {
  allocations,
  backordered,
  holdId,
  lostLine,
  quantity,
  repriced,
  shownSku,
  string,
  moment,
  total,
  shownPrice,
  natural,
} from '../output-fields.ts';

const cartLine = z
  .strictObject({
    sku: shownSku,
    quantity,
    /** Units that are not on hand yet, if there are any. */
    backordered,
    /** The SKU's price when units were last added to the line. It applies to all units of the line. */
    unitPrice: shownPrice,
    /** The price changed between the line's first units and its last ones. */
    repriced,
    holdId,
    /** When the first of its units expire. */
    expiresAt: moment,
    allocations,
  })
  .meta({ id: 'CartLine' });
export interface CartLine extends z.output<typeof cartLine> {}
const cartFields = {
  cartId: string,
  /** The sequence of the cart's last change; 0 while there is no cart. */
  version: natural,
  serverTime: moment,
  expiresAt: moment,
  /** Null when there are no lines, a line has no price, or prices are in several currencies. */
  total,
  /** Lines that ended recently without an action of the shopper. */
  expired: z.array(lostLine).meta({ description: 'Lines lost lately.' }),
  lines: z.array(cartLine),
};
export const cartOutput = z.strictObject(cartFields).meta({ id: 'Cart' });
export interface Cart extends z.output<typeof cartOutput> {}
export const cartAddition = z
  .strictObject({
    ...cartFields,
    /** Units added. */
    granted: quantity.meta({ description: 'Units added.' }),
  })
  .meta({ id: 'CartAddition' });
export interface CartAddition extends z.output<typeof cartAddition> {}

const mergeChange = z.strictObject({
  sku: shownSku,
  /** The units of the SKU in both carts. */
  from: natural,
  /** The units of the SKU in the merged cart. */
  to: natural,
  reason: z.enum(['expired', 'cart_full', 'line_maximum', 'limit', 'hold_cap', 'stock']),
});
export interface MergeChange extends z.output<typeof mergeChange> {}
/**
 * Why a line of a merged cart has fewer units than both carts had together. Its hold had ended before the merge, the
 * cart would have too many lines, the line would have too many units, the customer would exceed their limit, or the
 * shop has too few units because the safety stock was raised in the meantime.
 */
export type MergeReason = MergeChange['reason'];
export const cartMerge = z.strictObject({
  cart: cartOutput,
  /** The units that were lost. All others were added up. Several changes of one SKU are in sequence. */
  changes: z.array(mergeChange),
});
export interface CartMerge extends z.output<typeof cartMerge> {}
