import { z } from 'zod';
import { DURATION_MS_MAX } from '../../domain/limits.ts';
import { ORDER_STATUSES } from '../../domain/order-states.ts';
import * as field from './fields.ts';
import { optionalInput } from './optional-input.ts';
import { WEBHOOK_INPUTS } from './webhook-inputs.ts';
import { locatedLines, sourcingFields } from './location-fields.ts';
import { LEDGER_INPUTS } from './ledger-inputs.ts';
import { RECOVERY_INPUTS } from './recovery-inputs.ts';
import { LOCATION_INPUTS } from './location-inputs.ts';
import { ORDER_INPUTS } from './order-inputs.ts';
import { RESERVATION_INPUTS } from './reservation-inputs.ts';
import { SHOP_INPUTS } from './shop-inputs.ts';
import { STOCK_INPUTS } from './stock-inputs.ts';
import { TRANSFER_INPUTS } from './transfer-inputs.ts';
import { PRIVACY_INPUTS } from './privacy-inputs.ts';
import { flag, id, keyed, money, page, reasoned, sku, text, units, whole } from './fields.ts';

/**
 * The input of every procedure. Unknown fields are refused. The fields' types and doc comments come from here: the
 * services' inputs below, the router, the OpenAPI document, the client and the load tests derive theirs.
 */

const checkoutFields = {
  /** Required: it makes the checkout safe to retry. */
  idempotencyKey: field.idempotencyKey,
  contact: field.contact.optional(),
  /** The total that the buyer has seen. Another one is refused as `cart_changed`. */
  expectedTotal: money.optional(),
};

/** The fields of `sessions.block` and `sessions.unblock`: a session, a client, or both. */
const blockTarget = { session: field.sessionHash.optional(), client: field.client.optional() };
const hasTarget = ({ session, client }: { session?: string | undefined; client?: string | undefined }): boolean =>
  (session ?? client) !== undefined;
const blockTargetMessage = { error: 'must name a session, a client, or both' };

/** Conditions of holds. A hold has to meet all given conditions. */
const holdConditions = {
  sku: sku.optional(),
  /** A session or customer, as `holds.top` names it. */
  session: field.sessionHolder.optional(),
  client: field.client.optional(),
  /** Milliseconds since the hold was created. */
  olderThanMs: whole(1, DURATION_MS_MAX).optional(),
};

const HOLD_IDS = { error: 'must be 1 to 500 ids of holds' };

export const INPUTS = {
  'session.create': optionalInput({ customerId: field.customerId.optional(), ...keyed }),
  'session.revoke': z
    .strictObject({
      /** Ends this session. */
      sessionId: field.sessionId.optional(),
      /** Ends all sessions that were issued to this customer until now. */
      customerId: field.customerId.optional(),
      /** Ends all sessions that were issued to this client, or are used by it, until now. */
      client: field.client.optional(),
      ...reasoned,
    })
    .refine(({ sessionId, customerId, client }) => (sessionId ?? customerId ?? client) !== undefined, {
      error: 'must name a sessionId, a customerId, a client, or several of them',
    }),
  'sessions.block': z
    .strictObject({
      ...blockTarget,
      reason: text,
      /** Epoch milliseconds, at most 400 days away; absent: 400 days. */
      untilMs: field.inputMoment.optional(),
      ...keyed,
    })
    .refine(hasTarget, blockTargetMessage),
  'sessions.unblock': z.strictObject({ ...blockTarget, ...reasoned }).refine(hasTarget, blockTargetMessage),
  'sessions.blocks': optionalInput(page),

  ...STOCK_INPUTS,
  'stock.list': optionalInput({
    /** Only SKUs that begin with this. */
    prefix: field.searchText.optional(),
    /** Only SKUs that have this in their name or title, in capital or small letters. */
    contains: field.searchText.optional(),
    /** Only SKUs with at most this many available units; 0: those that are sold out. */
    availableMax: field.onHand.optional(),
    ...page,
  }),

  'holds.list': optionalInput({
    ...holdConditions,
    /** A cart, an order or a reservation: `cart:<id>`, as a hold's `owner`. Its holds are on one page. */
    owner: field.holdOwner.optional(),
    /** Only the holds of this customer. */
    customerId: field.customerId.optional(),
    ...page,
  }),
  'holds.release': z.strictObject({ holdId: id, reason: text, ...keyed }),

  /** At least one condition is required, and all given ones have to be met. */
  'holds.releaseWhere': z.strictObject({
    ...holdConditions,
    /** Only these holds: 1 to 500. */
    holdIds: z.array(id, HOLD_IDS).min(1, HOLD_IDS).max(500, HOLD_IDS).optional(),
    reason: text,
    ...keyed,
  }),
  'holds.top': z.strictObject({
    sku,
    by: field.holderKind,
    /** 1 to 500; absent: 20. */
    limit: page.limit,
  }),

  'cart.get': optionalInput({}),
  'cart.add': z.strictObject({
    sku,
    quantity: units,
    /** `best_effort` adds as many units as are available, at least one; absent: `exact`. */
    mode: field.addMode.optional(),
    /** A token of the shop's queue, captcha or login, for the first units of a protected SKU: docs/admission.md. */
    admission: field.admission.optional(),
    ...sourcingFields,
    ...keyed,
  }),
  'cart.setQuantity': z.strictObject({
    sku,
    /** 0 releases and deletes the line. */
    quantity: field.unitsOrNone,
    /** A token of the shop's queue, captcha or login, for the first units of a protected SKU: docs/admission.md. */
    admission: field.admission.optional(),
    ...sourcingFields,
    ...keyed,
  }),
  'cart.remove': z.strictObject({ sku, ...keyed }),
  'cart.clear': optionalInput(keyed),
  'cart.extend': optionalInput(keyed),
  'cart.merge': z.strictObject({
    /** The session whose cart is merged into the caller's. Its id proves the right to do so. */
    fromSessionId: field.sessionId,
    ...keyed,
  }),

  'checkout.place': z.strictObject({
    ...checkoutFields,
    /** Sold together with the cart's lines, as if added to the cart first. Quantities of one SKU are added up. */
    items: field.lines.optional(),
    /** These three fields apply to `items`. The units of the cart stay at their locations. */
    ...sourcingFields,
  }),
  'checkout.begin': z.strictObject({
    ...checkoutFields,
    /**
     * Milliseconds, from 1,000 to `Settings.paymentWindowMaxMs` for a shopper and to 3,600,000 for an operator; absent:
     * `Settings.paymentWindowMs`. Capped by `Settings.holdLifetimeMaxMs`.
     */
    paymentWindowMs: field.paymentWindow.optional(),
    /** The payment session in which the buyer pays, as in `checkout.attachPayment`. */
    paymentReference: text.optional(),
  }),
  'checkout.attachPayment': z.strictObject({
    orderId: id,
    /**
     * The payment provider's name for the session or payment in which the buyer pays from now on: 1 to 255
     * characters.
     */
    paymentReference: text,
    ...keyed,
  }),
  'checkout.confirm': z.strictObject({
    orderId: id,
    /** The payment provider's name for the payment: 1 to 255 characters. */
    paymentReference: text,
    ...reasoned,
  }),
  'checkout.cancel': z.strictObject({
    orderId: id,
    reason: text.optional(),
    /** Returns the holds to the cart instead of releasing them. */
    restoreCart: flag.optional(),
    ...keyed,
  }),

  'orders.get': z.strictObject({ orderId: id }),
  'orders.list': optionalInput({
    ...page,
    status: z.enum(ORDER_STATUSES, { error: `must be one of ${ORDER_STATUSES.join(', ')}` }).optional(),
    /** Only the orders of this session without a customer, or of this customer, as `holds.top` names them. */
    session: field.sessionHolder.optional(),
    /** Only the orders of this customer. */
    customerId: field.customerId.optional(),
    /** Only the orders that are or will be paid with this payment. */
    paymentReference: text.optional(),
    /** Leaves the contacts out, so that no event records that they were read. */
    omitContact: flag.optional(),
  }),
  'orders.mine': optionalInput(page),
  'orders.return': z.strictObject({
    orderId: id,
    /**
     * Quantities of one SKU are added up. The units return to the locations that they left, or to the `location` of
     * their line.
     */
    lines: locatedLines,
    /** Whether the units are on hand again. */
    restock: flag,
    reason: text,
    /** Required: it makes the return safe to retry. */
    idempotencyKey: field.idempotencyKey,
  }),
  ...ORDER_INPUTS,
  ...RESERVATION_INPUTS,
  ...LOCATION_INPUTS,
  'locations.list': optionalInput({}),
  ...TRANSFER_INPUTS,
  ...PRIVACY_INPUTS,
  'admin.audit': optionalInput({}),
  'admin.events': optionalInput(page),
  'admin.status': optionalInput({}),
  'admin.clock': optionalInput({}),
  // The next two are idempotent by themselves. They accept a key because every mutation does.
  'admin.acceptClock': optionalInput(reasoned),
  'admin.repairIndexes': optionalInput(reasoned),
  ...RECOVERY_INPUTS,
  ...LEDGER_INPUTS,
  'webhooks.list': optionalInput({}),
  ...WEBHOOK_INPUTS,

  'keys.create': z.strictObject({
    /** Several keys may have the same name, so that the old one stays valid while the new one is put into use. */
    name: field.keyName,
    /** What the key may do; none: only `keys.whoami`, and what needs no key. */
    scopes: field.scopes,
    /** Epoch milliseconds of the store's clock, in the future; absent: the key is valid until it is revoked. */
    expiresAt: field.inputMoment.optional(),
    /** The most calls a minute; absent: the limit of every key. */
    ratePerMinute: field.ratePerMinute.optional(),
    ...reasoned,
  }),
  'keys.list': optionalInput({}),
  'keys.revoke': z.strictObject({ keyId: id, ...reasoned }),
  'keys.whoami': optionalInput({}),
  ...SHOP_INPUTS,
};

export type ProcedureName = keyof typeof INPUTS;

/** The input of a procedure as a client sends it. */
export type InputOf<P extends ProcedureName> = z.input<(typeof INPUTS)[P]>;

/** The validated input of a procedure as its service receives it: without the idempotency key, which is in `Call`. */
type Received<P extends ProcedureName> = Omit<z.output<(typeof INPUTS)[P]>, 'idempotencyKey'>;

// Interfaces rather than aliases, so that editors show their names instead of all fields.
export type Nothing = Record<string, never>;
export type AddMode = z.output<typeof field.addMode>;
export interface SessionBlockInput extends Received<'sessions.block'> {}
export interface SessionUnblockInput extends Received<'sessions.unblock'> {}
export interface DefineInput extends Received<'stock.define'> {}
export interface ReceiveInput extends Received<'stock.receive'> {}
export interface AdjustInput extends Received<'stock.adjust'> {}
export interface CountInput extends Received<'stock.count'> {}
export interface ArchiveInput extends Received<'stock.archive'> {}
export interface WriteOffInput extends Received<'stock.writeOff'> {}
export interface LocationDefineInput extends Received<'locations.define'> {}
export interface LevelInput extends Received<'stock.level'> {}
export interface AvailabilityInput extends Received<'stock.availability'> {}
export interface PageInput extends Received<'admin.events'> {}
export interface StockListInput extends Received<'stock.list'> {}
export interface HistoryInput extends Received<'stock.history'> {}
export interface HoldsListInput extends Received<'holds.list'> {}
export interface HoldReleaseInput extends Received<'holds.release'> {}
export interface HoldsReleaseWhereInput extends Received<'holds.releaseWhere'> {}
export interface HoldsTopInput extends Received<'holds.top'> {}
export interface CartAddInput extends Received<'cart.add'> {}
export interface CartSetInput extends Received<'cart.setQuantity'> {}
export interface CartRemoveInput extends Received<'cart.remove'> {}
/** The fields that both checkouts of a cart have. */
export interface CheckoutInput extends Pick<PlaceInput, 'contact' | 'expectedTotal'> {}
export interface PlaceInput extends Received<'checkout.place'> {}
export interface BeginInput extends Received<'checkout.begin'> {}
export interface AttachInput extends Received<'checkout.attachPayment'> {}
export interface ConfirmInput extends Received<'checkout.confirm'> {}
export interface CancelInput extends Received<'checkout.cancel'> {}
export interface OrderGetInput extends Received<'orders.get'> {}
export interface OrdersListInput extends Received<'orders.list'> {}
export interface ReturnInput extends Received<'orders.return'> {}
export interface FulfilInput extends Received<'orders.fulfil'> {}
export interface CancelLineInput extends Received<'orders.cancelLine'> {}
export interface SetLineQuantityInput extends Received<'orders.setLineQuantity'> {}
export interface WebhookCreateInput extends Received<'webhooks.create'> {}
export interface WebhookUpdateInput extends Received<'webhooks.update'> {}
export interface WebhookWaitingInput extends Received<'webhooks.waiting'> {}
export interface WebhookDeadLettersInput extends Received<'webhooks.deadLetters'> {}
export interface WebhookReplayInput extends Received<'webhooks.replay'> {}
export interface KeyCreateInput extends Received<'keys.create'> {}
export interface ShopInput extends Received<'shops.create'> {}
export interface KeyRevokeInput extends Received<'keys.revoke'> {}
