import { z } from 'zod';
import type { Outputs } from '../../src/api/router.ts';
import { WIRE } from '../../src/contract/wire-refusals.ts';
import { ENDED_STATES, LIVE_STATES, MOVEMENT_KINDS, ORDER_LISTS } from '../../src/domain/records.ts';
import type { Reason as ServiceReason } from '../../src/contract/refusals.ts';
import { WEBHOOK_EVENTS } from '../../src/contract/webhook-records.ts';

/**
 * What procedures answer, as schemas for the document. They are not the procedures' `.output(...)`: that would check each
 * answer of each call, which costs calls what docs/rest.md says. The compiler compares them with the router's own types
 * instead, and a test with real answers.
 */

const whole = z.int().min(0);
const time = z.int().min(0).meta({ description: 'Epoch milliseconds of the store.' });
const sku = z.string().meta({ examples: ['tshirt-blue-m'] });
const text = z.string();
const holdId = z.string().meta({ examples: ['hld_-P74tBMRKLCUAhJu0hM'] });
const orderId = z.string().meta({ examples: ['ord_-P74tBMRKLCUAhJu0hM'] });

export const money = z
  .strictObject({ amount: whole.meta({ description: 'Minor units.' }), currency: z.string().regex(/^[A-Z]{3}$/) })
  .meta({ id: 'Money', examples: [{ amount: 1999, currency: 'EUR' }] });
const unitPrice = money.exactOptional();
const nextCursor = z.string().exactOptional();
const total = money.nullable().meta({ description: 'Null where a price is missing or currencies differ.' });

const level = z
  .strictObject({
    sku,
    title: text.exactOptional(),
    unitPrice,
    onHand: whole,
    reserved: whole.meta({ description: 'Units in live holds.' }),
    available: whole.meta({ description: 'max(0, onHand - reserved - safetyStock)' }),
    safetyStock: whole,
    limitPerCustomer: z.int().min(1).exactOptional(),
    version: whole,
    updatedAt: time,
  })
  .meta({ id: 'StockLevel' });

export const lostLine = z.strictObject({ sku, quantity: whole, at: time }).meta({ id: 'LostLine' });
const repriced = z.literal(true).exactOptional().meta({ description: 'The price changed after its first units.' });
const cartLine = z
  .strictObject({ sku, quantity: z.int().min(1), unitPrice, repriced, holdId, expiresAt: time })
  .meta({ id: 'CartLine' });
const cartFields = {
  cartId: z.string(),
  version: whole,
  serverTime: time,
  expiresAt: time,
  total,
  expired: z.array(lostLine).meta({ description: 'Lines lost lately.' }),
  lines: z.array(cartLine),
};
const cart = z.strictObject(cartFields).meta({ id: 'Cart' });
const addition = z
  .strictObject({ ...cartFields, granted: z.int().min(1).meta({ description: 'Units added.' }) })
  .meta({ id: 'CartAddition' });
const mergeChange = z.strictObject({
  sku,
  from: whole,
  to: whole,
  reason: z.enum(['expired', 'cart_full', 'line_maximum', 'limit', 'stock']),
});

export const orderStatus = z.enum(ORDER_LISTS);
const contact = z.strictObject({
  name: text.optional(),
  email: text.optional(),
  phone: text.optional(),
});
const order = z
  .strictObject({
    orderId,
    status: orderStatus,
    createdAt: time,
    payBefore: time.exactOptional(),
    paymentReference: text.exactOptional(),
    contact: contact.exactOptional(),
    notRestored: z.array(z.strictObject({ sku, quantity: z.int().min(1) })).exactOptional(),
    total,
    lines: z.array(z.strictObject({ sku, quantity: z.int().min(1), returned: whole, unitPrice, repriced })),
  })
  .meta({ id: 'Order' });

const hold = z
  .strictObject({
    holdId,
    sku,
    quantity: z.int().min(1),
    state: z.enum([...LIVE_STATES, ...ENDED_STATES]),
    expiresAt: time,
    createdAt: time,
    owner: text.meta({ description: 'cart:<id>, order:<id> or detached:<reference>.' }),
    version: whole,
  })
  .meta({ id: 'Hold' });

const span = z.strictObject({ before: whole, after: whole });
const movement = z
  .strictObject({
    movementId: text,
    at: time,
    sku,
    kind: z.enum(MOVEMENT_KINDS),
    quantity: z.int(),
    onHand: span,
    reserved: span,
    holdId: holdId.exactOptional(),
    orderId: orderId.exactOptional(),
    cause: z.strictObject({ by: text, reason: text.exactOptional(), reference: text.exactOptional() }),
  })
  .meta({ id: 'Movement' });

const violation = z.strictObject({
  rule: text,
  sku: sku.exactOptional(),
  holdId: holdId.exactOptional(),
  found: text,
  expected: text,
});
const unitTotal = z.union([whole, z.string().regex(/^-?\d{16,}$/)]).meta({
  description: 'Units of the whole shop: a number up to 2^53 - 1, beyond that its decimal digits.',
});
const totals = z.strictObject({
  onHand: unitTotal,
  reserved: unitTotal,
  available: unitTotal,
  received: unitTotal,
  sold: unitTotal,
  returned: unitTotal,
});
const lostWrites = z
  .strictObject({
    kept: whole.meta({ description: 'The last sequence that the store still has.' }),
    first: whole,
    last: whole,
    count: whole,
    since: time.nullable(),
    until: time,
  })
  .meta({ id: 'LostWrites' });

const audit = z
  .strictObject({
    ok: z.boolean(),
    checkedAt: time,
    skus: whole,
    liveHolds: whole,
    totals,
    violations: z.array(violation),
  })
  .meta({ id: 'Audit' });
const indexRepair = z
  .strictObject({
    mended: whole,
    rules: z.array(z.strictObject({ rule: text, count: whole })),
    entries: z.array(violation),
  })
  .meta({ id: 'IndexRepair' });

const clock = z.strictObject({ at: time, wallAt: time, offsetMs: z.int(), slewing: z.boolean() }).meta({ id: 'Clock' });

const reason = z.enum(Object.keys(WIRE) as ServiceReason[]);
const importReport = z
  .strictObject({
    rows: whole,
    applied: whole,
    unchanged: whole,
    problems: z.array(
      z.strictObject({ row: whole, sku: text.exactOptional(), column: text.exactOptional(), reason, message: text }),
    ),
    problemCount: whole,
    resumedFrom: whole,
    done: z.boolean(),
    unreadable: z.strictObject({ path: text, message: text }).exactOptional(),
    takenOver: z.literal(true).exactOptional(),
    alreadyImportedAt: whole.exactOptional(),
  })
  .meta({ id: 'ImportReport' });

const availability = z.strictObject({
  sku,
  available: whole,
  status: z.enum(['in_stock', 'low', 'out_of_stock', 'unknown']),
});
const endpointFields = {
  endpointId: text,
  url: text,
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  description: text.exactOptional(),
  enabled: z.boolean(),
  disabledReason: z.enum(['operator', 'gone', 'dead_letters_full']).exactOptional(),
  createdAt: time,
};
const endpoint = z.strictObject(endpointFields).meta({ id: 'WebhookEndpoint' });
const endpointSecret = z
  .strictObject({ ...endpointFields, secret: text.meta({ description: 'Shown here only.' }) })
  .meta({ id: 'WebhookSecret' });
const endpointStatus = z
  .strictObject({ ...endpointFields, waiting: whole, deadLetters: whole })
  .meta({ id: 'WebhookStatus' });
const deadLetter = z
  .strictObject({
    eventId: text,
    type: z.enum(WEBHOOK_EVENTS),
    at: time,
    subject: text,
    attempts: whole,
    lastStatus: text,
    diedAt: time,
  })
  .meta({ id: 'WebhookDeadLetter' });

export const ANSWERS = {
  'session.create': z.strictObject({ sessionId: text, expiresAt: time }),
  'stock.define': level,
  'stock.receive': level,
  'stock.adjust': level,
  'stock.count': level,
  'stock.archive': level,
  'stock.level': level,
  'stock.list': z.strictObject({ items: z.array(level), nextCursor }),
  'stock.history': z.strictObject({ movements: z.array(movement), nextCursor }),
  'stock.availability': z.array(availability),
  'stock.importStatus': importReport.nullable(),
  'holds.list': z.strictObject({ items: z.array(hold), nextCursor }),
  'holds.release': level,
  'cart.get': cart,
  'cart.add': addition,
  'cart.setQuantity': cart,
  'cart.remove': cart,
  'cart.clear': cart,
  'cart.extend': cart,
  'cart.merge': z.strictObject({ cart, changes: z.array(mergeChange) }),
  'checkout.place': order,
  'checkout.begin': order,
  'checkout.confirm': order,
  'checkout.attachPayment': order,
  'checkout.cancel': order,
  'orders.get': order,
  'orders.list': z.strictObject({ items: z.array(order), nextCursor }),
  'orders.mine': z.strictObject({ items: z.array(order), nextCursor }),
  'orders.return': order,
  'admin.audit': audit,
  'admin.clock': clock,
  'admin.acceptClock': clock,
  'admin.repairIndexes': indexRepair,
  'admin.recover': lostWrites,
  'webhooks.create': endpointSecret,
  'webhooks.list': z.strictObject({ items: z.array(endpointStatus) }),
  'webhooks.update': endpoint,
  'webhooks.rotateSecret': endpointSecret,
  'webhooks.delete': z.strictObject({ endpointId: text }),
  'webhooks.deadLetters': z.strictObject({ items: z.array(deadLetter), nextCursor }),
  'webhooks.replay': z.strictObject({ replayed: whole, deadLetters: whole }),
} satisfies Partial<{ [P in ProcedureName]: z.ZodType<AnswerOf<P>> }>;

export type ProcedureName = {
  [R in keyof Outputs & string]: { [P in keyof Outputs[R] & string]: `${R}.${P}` }[keyof Outputs[R] & string];
}[keyof Outputs & string];

export type AnswerOf<P extends ProcedureName> = P extends `${infer R extends keyof Outputs & string}.${infer Q}`
  ? Q extends keyof Outputs[R]
    ? Outputs[R][Q]
    : never
  : never;
