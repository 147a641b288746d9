import type { Reason } from '../../src/contract/calls/wire-refusals.ts';
import type { ProcedureName } from '../../src/contract/inputs/inputs.ts';

/** `operator`: a key. `owner`: a key, or a session for its own orders. `buyer`: a session; see `CHECKOUT_PLACE`. */
export type Who = 'anyone' | 'session' | 'operator' | 'owner' | 'buyer';

export interface Operation {
  summary: string;
  who: Who;
  /** Reasons of refusals, in addition to those of every call. */
  reasons: readonly Reason[];
  /** An input without the fields of the path. */
  example: Record<string, unknown>;
}

const op = (who: Who, summary: string, example: Record<string, unknown> = {}, reasons: Reason[] = []): Operation => ({
  summary,
  who,
  reasons,
  example,
});

const SKU = 'tshirt-blue-m';
const RESERVES: Reason[] = [
  'unknown_sku',
  'insufficient_stock',
  'limit_exceeded',
  'hold_cap',
  'customer_required',
  'admission_required',
  'cart_full',
  'quantity_limit',
];
const SELLS: Reason[] = ['hold_expired', 'cart_empty', 'cart_changed', 'conflict'];
const PRICE = { amount: 1999, currency: 'EUR' };

/** The document's data on each procedure except its input and output, which come from the contract. */
export const OPERATIONS: Readonly<Record<Exclude<ProcedureName, 'stock.watch'>, Operation>> = {
  'session.create': op('anyone', "Issues a session; with the operator's key, one of a customer.", {}, [
    'not_authorized',
  ]),
  'session.revoke': op('operator', 'Ends sessions: one, or all of a customer or a client.', { customerId: 'ada' }),
  'sessions.block': op('operator', 'Refuses all calls of a session or a client.', {
    session: 'Zk1vQ2c3SXNsZV9oYXNoXw',
    reason: 'holds stock and never buys',
  }),
  'sessions.unblock': op('operator', 'Ends a block.', { session: 'Zk1vQ2c3SXNsZV9oYXNoXw' }),
  'sessions.blocks': op('operator', 'The blocks in force, newest first, page by page.', { limit: 100 }),
  'stock.define': op('operator', 'Creates a SKU or changes what is given of it.', { unitPrice: PRICE }, [
    'unknown_sku',
    'kit_in_use',
  ]),
  'stock.receive': op('operator', 'Units arrive.', { quantity: 100 }, ['unknown_sku', 'kit_stock', 'stock_overflow']),
  'stock.adjust': op('operator', 'Units on hand change by a number.', { delta: -1, reason: 'damaged' }, [
    'unknown_sku',
    'kit_stock',
    'below_reserved',
    'stock_overflow',
  ]),
  'stock.count': op('operator', 'Units on hand are counted.', { onHand: 99 }, [
    'unknown_sku',
    'kit_stock',
    'below_reserved',
    'count_mismatch',
  ]),
  'stock.writeOff': op(
    'operator',
    'Units are damaged, lost or stolen; if too few are free, the newest holds end.',
    { quantity: 2, reason: 'water damage', takeFrom: 'newest_holds' },
    ['unknown_sku', 'kit_stock', 'below_reserved', 'conflict'],
  ),
  'stock.archive': op('operator', 'A SKU without units leaves lists until it changes again.', { reason: 'typo' }, [
    'unknown_sku',
    'count_mismatch',
    'below_reserved',
  ]),
  'stock.level': op('operator', 'How a SKU stands.', {}, ['unknown_sku']),
  'stock.list': op('operator', 'The SKUs that meet the conditions, page by page.', { limit: 100 }),
  'stock.history': op('operator', 'The movements of a SKU, newest first.', { limit: 100 }, ['unknown_sku']),
  'stock.availability': op('anyone', 'Whether there is something of SKUs, at most 250 ms old.', { skus: [SKU] }),
  'stock.importStatus': op('operator', 'How far an import is; null for a key that is none.', { key: 'delivery-17' }),
  'locations.define': op('operator', 'Creates a location or changes what is given of it.', {
    title: 'Warehouse Berlin',
    priority: 10,
  }),
  'locations.list': op('operator', 'All locations, in their order.'),
  'transfers.create': op(
    'operator',
    'Creates a draft of a transfer. It takes no units.',
    { from: 'main', to: 'berlin', lines: [{ sku: SKU, quantity: 10 }], reference: 'truck-7' },
    ['unknown_location', 'unknown_sku'],
  ),
  'transfers.list': op('operator', 'Transfers, newest first, page by page.', { status: 'in_transit' }),
  'transfers.get': op('operator', 'A transfer.', {}, ['unknown_transfer']),
  'transfers.dispatch': op('operator', 'The units of a draft leave their location.', {}, [
    'unknown_transfer',
    'transfer_state',
    'insufficient_stock',
    'conflict',
  ]),
  'transfers.receive': op(
    'operator',
    'Units of a transfer arrive, or are lost. The others stay in transit.',
    { lines: [{ sku: SKU, quantity: 8, lost: 2 }], reason: 'two boxes missing' },
    ['unknown_transfer', 'transfer_state', 'unknown_sku', 'exceeds_in_transit', 'stock_overflow', 'conflict'],
  ),
  'transfers.cancel': op(
    'operator',
    'Ends a transfer. Units in transit are at the location that sent them again.',
    { reason: 'wrong address' },
    ['unknown_transfer', 'transfer_state', 'stock_overflow', 'conflict'],
  ),
  'holds.list': op('operator', 'Live holds, page by page.', { sku: SKU }),
  'holds.release': op('operator', 'Ends a hold; its units are available again.', { reason: 'called off by phone' }, [
    'unknown_hold',
    'hold_not_active',
  ]),
  'holds.releaseWhere': op('operator', 'Ends all holds that meet the conditions.', { sku: SKU, reason: 'hoarding' }),
  'holds.top': op('operator', 'Who holds the most units of a SKU.', { sku: SKU, by: 'client' }),
  'cart.get': op('session', "The session's cart."),
  'cart.add': op('session', 'Adds units to a line, or as many as there are.', { sku: SKU, quantity: 2 }, [
    ...RESERVES,
    'conflict',
  ]),
  'cart.setQuantity': op('session', 'A line has so many units; 0 releases and deletes it.', { quantity: 3 }, [
    ...RESERVES,
    'conflict',
  ]),
  'cart.remove': op('session', 'Releases a line and deletes it.', {}, ['conflict']),
  'cart.clear': op('session', 'Releases all lines.', {}, ['conflict']),
  'cart.extend': op('session', 'Later deadlines for all lines.', {}, ['conflict']),
  'cart.merge': op('session', "Moves another session's lines into this cart.", { fromSessionId: 'ses_guest-17' }, [
    'conflict',
  ]),
  'checkout.place': op(
    'buyer',
    'A whole checkout: sells the cart, and the items given with it, all in one transaction or none.',
    {
      idempotencyKey: 'checkout-17',
      items: [{ sku: SKU, quantity: 2 }],
      contact: { email: 'ada@shop.example' },
      expectedTotal: { amount: 3998, currency: 'EUR' },
    },
    [...RESERVES, ...SELLS],
  ),
  'checkout.begin': op('session', 'Pins the cart until its payment is due.', { idempotencyKey: 'checkout-17' }, SELLS),
  'checkout.attachPayment': op(
    'owner',
    'Names the payment session in which the buyer pays from now on; a failure of any other one changes nothing.',
    { paymentReference: 'cs_live_b1' },
    ['unknown_order', 'order_state', 'conflict'],
  ),
  'checkout.confirm': op('operator', 'The payment has arrived.', { paymentReference: 'pi_3Q' }, [
    'unknown_order',
    'order_state',
    'payment_too_late',
    'conflict',
  ]),
  'checkout.cancel': op('owner', 'Calls an order off, or gives it back to the cart.', { restoreCart: true }, [
    'unknown_order',
    'order_state',
    'conflict',
  ]),
  'orders.get': op('owner', 'An order.', {}, ['unknown_order']),
  'orders.list': op('operator', 'Orders, page by page.', { status: 'placed' }),
  'orders.mine': op('session', "The session's and its customer's orders, newest first, page by page.", { limit: 20 }),
  'orders.return': op(
    'operator',
    'Units come back.',
    { lines: [{ sku: SKU, quantity: 1 }], restock: true, reason: 'too small', idempotencyKey: 'return-17' },
    ['unknown_order', 'order_state', 'return_exceeds_sold', 'stock_overflow', 'conflict'],
  ),
  'orders.fulfil': op(
    'operator',
    'Units of a placed order leave the stock: all that are left, or those of the given lines.',
    { lines: [{ sku: SKU, quantity: 1 }], trackingReference: 'DHL-00340434', idempotencyKey: 'parcel-17' },
    ['unknown_order', 'order_state', 'unknown_sku', 'exceeds_unfulfilled', 'insufficient_stock', 'conflict'],
  ),
  'orders.cancelLine': op(
    'operator',
    'Cancels units of a placed order that have not left the stock; they are available again.',
    { sku: SKU, quantity: 1, reason: 'the buyer asked' },
    ['unknown_order', 'order_state', 'unknown_sku', 'exceeds_unfulfilled', 'conflict'],
  ),
  'orders.setLineQuantity': op(
    'operator',
    'Sets the units of a line of a placed order that has units on hand.',
    { sku: SKU, quantity: 3, reason: 'the buyer asked' },
    [
      'unknown_order',
      'order_state',
      'unknown_sku',
      'exceeds_unfulfilled',
      'quantity_limit',
      'customer_required',
      'insufficient_stock',
      'limit_exceeded',
      'conflict',
    ],
  ),
  'orders.purge': op(
    'operator',
    'Deletes orders before the end of their retention; the ledger keeps their movements.',
    {
      status: 'cancelled',
      olderThanMs: 3_600_000,
    },
  ),
  'orders.redact': op(
    'operator',
    'Deletes the personal data of an order, or of all orders of a customer.',
    { customerId: 'ada' },
    ['unknown_order'],
  ),
  'reservations.create': op(
    'operator',
    'Reserves units of several SKUs, all or none.',
    { reference: 'po-17', lines: [{ sku: SKU, quantity: 2 }], ttlMs: 900_000 },
    ['reservation_state', 'unknown_sku', 'unknown_location', 'insufficient_stock', 'limit_exceeded', 'conflict'],
  ),
  'reservations.list': op('operator', 'Reservations, newest first, page by page.', { status: 'committed' }),
  'reservations.get': op('operator', 'A reservation.', {}, ['unknown_reservation']),
  'reservations.extend': op('operator', 'A later deadline; null: none.', { ttlMs: 3_600_000 }, [
    'unknown_reservation',
    'reservation_state',
    'conflict',
  ]),
  'reservations.resize': op(
    'operator',
    'Sets the units of lines, up and down, all or none.',
    { lines: [{ sku: SKU, quantity: 3 }] },
    [
      'unknown_reservation',
      'reservation_state',
      'exceeds_unfulfilled',
      'unknown_sku',
      'insufficient_stock',
      'limit_exceeded',
      'conflict',
    ],
  ),
  'reservations.commit': op('operator', 'Sells the units, which stay on hand until they are dispatched.', {}, [
    'unknown_reservation',
    'reservation_state',
    'conflict',
  ]),
  'reservations.fulfil': op(
    'operator',
    'Units leave the stock: all that are left, or those of the given lines.',
    { lines: [{ sku: SKU, quantity: 1 }] },
    [
      'unknown_reservation',
      'reservation_state',
      'unknown_sku',
      'exceeds_unfulfilled',
      'insufficient_stock',
      'conflict',
    ],
  ),
  'reservations.release': op(
    'operator',
    'Units are available again: all that are left, or those of the given lines.',
    { lines: [{ sku: SKU, quantity: 1 }] },
    ['unknown_reservation', 'reservation_state', 'unknown_sku', 'exceeds_unfulfilled', 'conflict'],
  ),
  'reservations.transfer': op('operator', 'Gives the reservation another reference.', { reference: 'order-17' }, [
    'unknown_reservation',
    'reservation_state',
    'conflict',
  ]),
  'customers.export': op('operator', 'All that the shop knows of a customer.'),
  'admin.audit': op('operator', 'Compares the ledger with the state.'),
  'admin.events': op('operator', 'What operators did, newest first, page by page.', { limit: 100 }),
  'admin.status': op('operator', 'How the shop does, as the process sees it that answers.'),
  'admin.clock': op('operator', 'Shop time, the wall clock of the store, and their difference.'),
  'admin.acceptClock': op('operator', 'Accepts the wall clock of the store as shop time.'),
  'admin.repairIndexes': op('operator', 'Rebuilds the indexes from the records.', {}),
  'admin.loss': op('operator', 'What the processes know of writes that the store has lost.'),
  'admin.recover': op(
    'operator',
    'Accepts that the store has lost writes, or restores the known ones.',
    { acceptSequence: 8012 },
    ['recovery_mismatch'],
  ),
  'ledger.removeFollower': op('operator', 'Keeps the ledger no more for a follower that is gone.', {}),
  'webhooks.list': op('operator', 'All endpoints.'),
  'webhooks.create': op('operator', 'A new endpoint, and its secret.', { url: 'https://shop.example/hooks' }),
  'webhooks.update': op('operator', 'Changes what is given of an endpoint.', { enabled: true }, ['unknown_endpoint']),
  'webhooks.delete': op('operator', 'Deletes an endpoint.', {}, ['unknown_endpoint']),
  'webhooks.rotateSecret': op('operator', 'Another secret.', {}, ['unknown_endpoint']),
  'webhooks.deliveries': op('operator', 'The last attempts to deliver, the newest first.', {}, ['unknown_endpoint']),
  'webhooks.waiting': op('operator', 'Events that wait for another attempt.', { limit: 100 }, ['unknown_endpoint']),
  'webhooks.deadLetters': op('operator', 'Events that could not be delivered.', { limit: 100 }, ['unknown_endpoint']),
  'webhooks.replay': op('operator', 'Delivers dead letters again.', {}, ['unknown_endpoint']),
  'keys.list': op('operator', 'All keys, without their texts.'),
  'keys.create': op('operator', 'Creates a key and returns its text, which is not shown again.', {
    name: 'label-printer',
    scopes: ['orders:read'],
  }),
  'keys.revoke': op('operator', 'Revokes a key; in force within a second.', {}, ['unknown_key']),
  'keys.whoami': op('operator', 'The name and the scopes of the key of this request.'),
  'shops.list': op('operator', 'The shops of the process.'),
  'shops.create': op('operator', 'Adds a shop, which any process with SHOPS=* then serves.', { shop: 'berlin-store' }, [
    'shops_fixed',
  ]),
  'shops.suspend': op('operator', 'Answers no more calls of a shop.', {}, ['unknown_shop']),
  'shops.resume': op('operator', 'Ends a suspension.', {}, ['unknown_shop']),
};
