import { z } from 'zod';
import { DURATION_MS_MAX, REQUEST_ID_PATTERN } from '../../domain/limits.ts';
import {
  addMode,
  client,
  flag,
  id,
  keyed,
  inputMoment,
  paymentReferences,
  reasoned,
  sessionHash,
  sku,
  text,
  units,
  whole,
} from './fields.ts';

/** Inputs that only callers in this process can send. Unknown fields are refused. */

/** An owner has at most 128 characters, of which a prefix takes 9. */
const REFERENCE_CHARS_MAX = 119;
const referenceMessage = { error: `must be 1 to ${REFERENCE_CHARS_MAX} printable ASCII characters without spaces` };
const reference = z
  .string(referenceMessage)
  .max(REFERENCE_CHARS_MAX, referenceMessage)
  .regex(/^[\x21-\x7e]+$/, referenceMessage);

/** Names in the store: of customers, carts and callers. */
const nameMessage = { error: 'must be 1 to 128 printable ASCII characters without spaces' };
const printableName = z.string(nameMessage).regex(/^[\x21-\x7e]{1,128}$/, nameMessage);
/** A cart's owner is `cart:` and this id. */
const cartIdMessage = { error: 'must be a cart id: 1 to 100 printable ASCII characters without spaces' };
const cartId = z.string(cartIdMessage).regex(/^[\x21-\x7e]{1,100}$/, cartIdMessage);

export const LIBRARY_INPUTS = {
  /** At least one of the three names. */
  'sessions.revoke': z
    .strictObject({
      session: sessionHash.optional(),
      /** When that session expires, in epoch milliseconds; absent: `Settings.sessionTtlMs` from now. */
      expiresAt: inputMoment.optional(),
      /** `customer:<hash>` */
      customer: printableName.optional(),
      client: client.optional(),
      ...reasoned,
    })
    .refine((input) => (input.session ?? input.customer ?? input.client) !== undefined, {
      error: 'must name a session, a customer, a client, or several of them',
    }),
  'inventory.reserve': z.strictObject({
    sku,
    quantity: units,
    mode: addMode.optional(),
    /** The library user's own name for the hold: 1 to 119 printable ASCII characters without spaces. */
    reference,
    /** Milliseconds, 1 to `Settings.holdLifetimeMaxMs`; absent: `Settings.holdTtlMs`. */
    ttlMs: whole(1, DURATION_MS_MAX).optional(),
    /** The customer whose limit the units count toward; absent: the owner itself. */
    customer: printableName.optional(),
    ...keyed,
  }),
  'inventory.end': z.strictObject({
    holdId: id,
    reason: text.optional(),
    reference: text.optional(),
    ...keyed,
  }),
  'carts.merge': z.strictObject({
    /**
     * The cart that is merged into the caller's, and its session's customer. The application must have verified that
     * the caller knows that session's id.
     */
    from: z.strictObject({ cartId, customer: printableName.nullable() }),
    ...keyed,
  }),
  'carts.line': z.strictObject({ cartId, sku }),
  'carts.clear': z.strictObject({
    cartId,
    options: z.strictObject({ releaseReservations: flag.optional() }).optional(),
  }),
  'checkout.lapse': z.strictObject({
    orderId: id,
    /** All names of the payment that failed. Absent: the payment that the order waits for has failed. */
    paymentReferences: paymentReferences.optional(),
    reason: text.optional(),
    ...keyed,
  }),
};

const kindMessage = { error: 'must be session or operator' };
/** The caller. Its other fields are not checked. */
const requestIdMessage = { error: 'must be 1 to 128 of A-Za-z0-9_.:/+=-' };
export const caller = z.looseObject(
  {
    kind: z.enum(['session', 'operator'], kindMessage),
    principal: printableName,
    cartId: cartId.nullable(),
    customer: printableName.nullable(),
    requestId: z.string(requestIdMessage).regex(REQUEST_ID_PATTERN, requestIdMessage).optional(),
  },
  { error: 'must be a caller, such as OPERATOR' },
);

type ReceivedInProcess<P extends keyof typeof LIBRARY_INPUTS> = Omit<
  z.output<(typeof LIBRARY_INPUTS)[P]>,
  'idempotencyKey'
>;

export interface SessionRevocation extends ReceivedInProcess<'sessions.revoke'> {}
export interface ReserveInput extends ReceivedInProcess<'inventory.reserve'> {}
export interface EndHoldInput extends ReceivedInProcess<'inventory.end'> {}
export interface CartMergeInput extends ReceivedInProcess<'carts.merge'> {}
export interface LapseInput extends ReceivedInProcess<'checkout.lapse'> {}
