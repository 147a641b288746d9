import { z } from 'zod';
import { ORDER_LISTS } from '../domain/records.ts';
import {
  contact,
  customerId,
  delta,
  flag,
  id,
  idempotencyKey,
  keyed,
  lines,
  money,
  onHand,
  page,
  sequence,
  sessionId,
  paymentWindowMs,
  sku,
  skus,
  text,
  units,
  unitsOrNone,
} from './fields.ts';
import { settingFields } from './setting-fields.ts';

/** The input of every procedure, in the order of API.md. Unknown fields are refused. */

/** An input whose fields are all optional may be left out as a whole. */
const optionalInput = <S extends z.ZodRawShape>(shape: S) => {
  const schema = z.strictObject(shape);
  return z.preprocess((value: z.input<typeof schema> | null | undefined | void) => value ?? {}, schema);
};

export const sessionCreate = optionalInput({ customerId: customerId.optional(), ...keyed });

export const stockDefine = z.strictObject({ sku, ...settingFields, ...keyed });
export const stockReceive = z.strictObject({
  sku,
  quantity: units,
  reason: text.optional(),
  reference: text.optional(),
  ...keyed,
});
export const stockAdjust = z.strictObject({ sku, delta, reason: text, reference: text.optional(), ...keyed });
export const stockCount = z.strictObject({
  sku,
  onHand,
  expectedOnHand: onHand.optional(),
  reason: text.optional(),
  ...keyed,
});
export const stockArchive = z.strictObject({ sku, reason: text, ...keyed });
export const stockLevel = z.strictObject({ sku });
export const stockList = optionalInput(page);
export const stockHistory = z.strictObject({ sku, ...page });
export const stockAvailability = z.strictObject({ skus });
/** tRPC adds the id of the last event that a client has had; the present state is told whatever it is. */
export const stockWatch = z.strictObject({ skus, lastEventId: z.string().optional() });

export const holdsList = optionalInput({ sku: sku.optional(), ...page });
export const holdsRelease = z.strictObject({ holdId: id, reason: text, ...keyed });

/** The sequence that the store's loss has left. */
export const adminRecover = z.strictObject({ acceptSequence: sequence, ...keyed });

export const nothing = optionalInput({});
export const cartAdd = z.strictObject({
  sku,
  quantity: units,
  mode: z.enum(['exact', 'best_effort'], { error: 'takes exact or best_effort' }).optional(),
  ...keyed,
});
export const cartSetQuantity = z.strictObject({ sku, quantity: unitsOrNone, ...keyed });
export const cartRemove = z.strictObject({ sku, ...keyed });
/** Accepting twice is the same as once, so its key changes nothing. */
export const acceptClock = optionalInput(keyed);
export const cartClear = optionalInput(keyed);
export const cartExtend = optionalInput(keyed);
export const cartMerge = z.strictObject({ fromSessionId: sessionId, ...keyed });

const checkout = { idempotencyKey, contact: contact.optional(), expectedTotal: money.optional() };
export const checkoutPlace = z.strictObject({ ...checkout, items: lines.optional() });
export const checkoutBegin = z.strictObject({
  ...checkout,
  paymentWindowMs: paymentWindowMs.optional(),
  paymentReference: text.optional(),
});
export const checkoutAttachPayment = z.strictObject({ orderId: id, paymentReference: text, ...keyed });
export const checkoutConfirm = z.strictObject({ orderId: id, paymentReference: text, ...keyed });
export const checkoutCancel = z.strictObject({
  orderId: id,
  reason: text.optional(),
  restoreCart: flag.optional(),
  ...keyed,
});

export const ordersGet = z.strictObject({ orderId: id });
export const ordersList = optionalInput({
  ...page,
  status: z.enum(ORDER_LISTS, { error: `takes one of ${ORDER_LISTS.join(', ')}` }).optional(),
});
export const ordersMine = optionalInput(page);
export const ordersReturn = z.strictObject({
  orderId: id,
  lines,
  restock: flag,
  reason: text,
  idempotencyKey,
});

/** The key is accepted as with every mutation and changes nothing: a second repair finds nothing to do. */
export const adminRepairIndexes = optionalInput(keyed);
