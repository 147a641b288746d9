import { z } from 'zod';
import * as field from './fields.ts';
import { keyed, located, page, reasoned, sku, text, units } from './fields.ts';
import { components, settingFields } from './setting-fields.ts';

const TAKE_FROM = ['available', 'newest_holds'] as const;

/** The inputs of stock. `inputs.ts` adds them to the others. */
export const STOCK_INPUTS = {
  'stock.define': z.strictObject({
    sku,
    ...settingFields,
    /** Makes the SKU a kit of these SKUs, which has no stock of its own. Null: it is not a kit any more. */
    components: components.nullable().optional(),
    /** The location of `safetyStock`. All other settings are those of all locations. Absent: `main`. */
    location: field.locationId.optional(),
    ...reasoned,
  }),
  'stock.receive': z.strictObject({
    sku,
    ...located,
    quantity: units,
    reference: text.optional(),
    ...reasoned,
  }),
  'stock.adjust': z.strictObject({
    sku,
    ...located,
    /** Added to the units on hand; negative for units that are gone. */
    delta: field.delta,
    reason: text,
    reference: text.optional(),
    ...keyed,
  }),
  'stock.count': z.strictObject({
    sku,
    ...located,
    /** The units counted. */
    onHand: field.onHand,
    /** The units on hand that the count expects. Another number is refused as `count_mismatch`. */
    expectedOnHand: field.onHand.optional(),
    ...reasoned,
  }),
  'stock.archive': z.strictObject({ sku, reason: text, ...keyed }),
  'stock.level': z.strictObject({
    sku,
    /** The location whose units are returned. Absent: the sums over all. */
    location: field.locationId.optional(),
  }),
  'stock.history': z.strictObject({ sku, ...located, ...page }),
  'stock.importStatus': z.strictObject({
    /** The key of the import. */
    key: field.idempotencyKey,
  }),
  'stock.availability': z.strictObject({
    skus: field.skus,
    /** Only units at locations that serve this channel. Absent: at all locations that sell. */
    channel: field.channel.optional(),
    /** Only units at this location. */
    location: field.locationId.optional(),
  }),
  'stock.watch': z.strictObject({
    skus: field.skus,
    /** Added by tRPC when a client reconnects. It is ignored: the stream begins with the current state. */
    lastEventId: z.string().optional(),
  }),
  'stock.writeOff': z.strictObject({
    sku,
    ...located,
    /** Units that are damaged, lost or stolen. */
    quantity: units,
    reason: text,
    /** `available`: only available units. `newest_holds`: if these are too few, the call also ends the newest holds. */
    takeFrom: z.enum(TAKE_FROM, { error: `must be ${TAKE_FROM.join(' or ')}` }),
    ...keyed,
  }),
};
