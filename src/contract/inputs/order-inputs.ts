import { z } from 'zod';
import { id, keyed, reasoned, sku, text, units } from './fields.ts';
import { locatedLines, sourcingFields } from './location-fields.ts';

/** The inputs of changes of a placed order. `inputs.ts` adds them to the others. */
export const ORDER_INPUTS = {
  'orders.fulfil': z.strictObject({
    orderId: id,
    /**
     * The units that leave the stock; absent: all that are left. Quantities of one SKU are added up. Without a
     * `location` they leave the locations of the line in their order.
     */
    lines: locatedLines.optional(),
    /** The carrier's name for the parcel: 1 to 255 characters. */
    trackingReference: text.optional(),
    ...reasoned,
  }),
  'orders.cancelLine': z.strictObject({
    orderId: id,
    sku,
    /** Units that have not left the stock. */
    quantity: units,
    reason: text,
    ...keyed,
  }),
  'orders.setLineQuantity': z.strictObject({
    orderId: id,
    sku,
    /** The units of the line, with those that have left the stock: at least those, and at least 1. */
    quantity: units,
    reason: text,
    ...sourcingFields,
    ...keyed,
  }),
};
