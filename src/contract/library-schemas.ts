import { z } from 'zod';
import { DURATION_MS_MAX } from '../domain/limits.ts';
import { flag, id, keyed, sku, text, units, whole } from './fields.ts';

/** Inputs that only callers in this process can give. Unknown fields are refused. */

/** A prefix is put before it, and 128 characters are what an owner may have. */
const REFERENCE_CHARS_MAX = 119;
const takesReference = { error: `takes 1 to ${REFERENCE_CHARS_MAX} printable ASCII characters without spaces` };
const reference = z
  .string(takesReference)
  .max(REFERENCE_CHARS_MAX, takesReference)
  .regex(/^[\x21-\x7e]+$/, takesReference);

/** Names in the store: of customers, carts and callers. */
const takesName = { error: 'takes 1 to 128 printable ASCII characters without spaces' };
const name = z.string(takesName).regex(/^[\x21-\x7e]{1,128}$/, takesName);
/** `cart:` is put before it. */
const takesCartId = { error: 'takes a cart id: 1 to 100 printable ASCII characters without spaces' };
export const cartId = z.string(takesCartId).regex(/^[\x21-\x7e]{1,100}$/, takesCartId);

export const inventoryReserve = z.strictObject({
  sku,
  quantity: units,
  mode: z.enum(['exact', 'best_effort'], { error: 'takes exact or best_effort' }).optional(),
  reference,
  ttlMs: whole(1, DURATION_MS_MAX).optional(),
  customer: name.optional(),
  ...keyed,
});
export const inventoryEnd = z.strictObject({
  holdId: id,
  reason: text.optional(),
  reference: text.optional(),
  ...keyed,
});

export const cartsMerge = z.strictObject({
  from: z.strictObject({ cartId, customer: name.nullable() }),
  ...keyed,
});
export const cartsLine = z.strictObject({ cartId, sku });
export const cartsClear = z.strictObject({
  cartId,
  options: z.strictObject({ releaseReservations: flag.optional() }).optional(),
});

const PAYMENT_NAMES_MAX = 10;
const takesNames = { error: `takes 1 to ${PAYMENT_NAMES_MAX} names of a payment` };
export const checkoutLapse = z.strictObject({
  orderId: id,
  paymentReferences: z.array(text, takesNames).min(1, takesNames).max(PAYMENT_NAMES_MAX, takesNames).optional(),
  reason: text.optional(),
  ...keyed,
});

const takesKind = { error: 'takes session or operator' };
/** The caller. Its other fields are not checked. */
export const caller = z.looseObject(
  {
    kind: z.enum(['session', 'operator'], takesKind),
    principal: name,
    cartId: cartId.nullable(),
    customer: name.nullable(),
  },
  { error: 'takes a caller, such as OPERATOR' },
);
