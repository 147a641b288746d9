import type { Credentials } from './shop-server.ts';

/** A shop of three SKUs, and calls that produce every kind of answer. */

/** Calls a procedure. Resolves to its answer, or to nothing where it was refused. */
export type Ask = (procedure: string, input?: Record<string, unknown>, who?: Credentials) => Promise<Given | undefined>;
type Given = Record<string, string> & { lines: { holdId: string }[]; items: { orderId: string }[] };

export const LINE_QUANTITY_MAX = 20;
const OPERATOR: Credentials = { operator: true };
const ANN: Credentials = { session: 'shopper-ann' };
const BOB: Credentials = { session: 'shopper-bob' };
const EUR = (amount: number) => ({ amount, currency: 'EUR' });
const UNITS_MAX = 1_000_000_000_000;

async function stock(ask: Ask): Promise<void> {
  const sku = 'cup';
  await ask('session.create', {}, {});
  await ask('stock.define', { sku, title: 'Cup', unitPrice: EUR(500), safetyStock: 1, limitPerCustomer: 15 }, OPERATOR);
  await ask('stock.define', { sku: 'mug' }, OPERATOR);
  await ask('stock.define', { sku: 'typo' }, OPERATOR);
  await ask('stock.receive', { sku, quantity: 40, reason: 'delivery', reference: 'd-1' }, OPERATOR);
  await ask('stock.receive', { sku: 'mug', quantity: 3 }, OPERATOR);
  await ask('stock.receive', { sku: 'mug', quantity: UNITS_MAX }, OPERATOR);
  await ask('stock.receive', { sku: 'nope', quantity: 1 }, OPERATOR);
  await ask('stock.receive', { sku, quantity: -1, more: 1 }, OPERATOR);
  await ask('stock.receive', { sku, quantity: 1 }, {});
  await ask('stock.receive', { sku, quantity: 1 }, { operator: 'not-the-key-at-all' });
  await ask('stock.adjust', { sku, delta: -1, reason: 'broken', reference: 'r' }, OPERATOR);
  await ask('stock.count', { sku, onHand: 41, expectedOnHand: 39, reason: 'counted' }, OPERATOR);
  await ask('stock.count', { sku, onHand: 41, expectedOnHand: 39 }, OPERATOR);
  await ask('stock.archive', { sku: 'typo', reason: 'mistyped' }, OPERATOR);
  await ask('stock.writeOff', { sku, quantity: 1, reason: 'torn', takeFrom: 'available' }, OPERATOR);
  await ask('stock.receive', { sku, quantity: 1 }, OPERATOR);
  await ask('stock.archive', { sku, reason: 'has stock' }, OPERATOR);
  await ask('locations.define', { id: 'main', priority: 5 }, OPERATOR);
  await ask('locations.define', { id: 'Main' }, OPERATOR);
  await ask('locations.list', {}, OPERATOR);
  await ask('locations.define', { id: 'depot', active: false }, OPERATOR);
  const lines = [{ sku, quantity: 2 }];
  const made = await ask('transfers.create', { from: 'main', to: 'depot', lines }, OPERATOR);
  const one = { transferId: made?.['transferId'] ?? '' };
  await ask('transfers.receive', { ...one, lines }, OPERATOR);
  await ask('transfers.dispatch', one, OPERATOR);
  await ask('transfers.receive', { ...one, lines: [{ sku, quantity: 3 }] }, OPERATOR);
  await ask('transfers.receive', { ...one, lines: [{ sku, quantity: 0, lost: 1 }], reason: 'torn' }, OPERATOR);
  await ask('stock.receive', { sku, quantity: 1 }, OPERATOR);
  await ask('transfers.cancel', { ...one, reason: 'late' }, OPERATOR);
  await ask('transfers.get', one, OPERATOR);
  await ask('transfers.create', { from: 'main', to: 'nowhere', lines }, OPERATOR);
  await ask('transfers.create', { from: 'main', to: 'main', lines: [{ sku, quantity: 1 }] }, OPERATOR);
  await ask('transfers.dispatch', { transferId: 'trf_nope' }, OPERATOR);
  await ask('transfers.list', {}, OPERATOR);
}

async function kits(ask: Ask): Promise<void> {
  const [sku, components] = ['cup-pair', [{ sku: 'cup', quantity: 2 }]];
  await ask('stock.define', { sku, components }, OPERATOR);
  await ask('stock.define', { sku: 'two-pairs', components: [{ sku, quantity: 2 }] }, OPERATOR);
  await ask('stock.define', { sku: 'mug', components }, OPERATOR);
  await ask('stock.receive', { sku, quantity: 1 }, OPERATOR);
  await ask('stock.level', { sku }, OPERATOR);
}

async function carts(ask: Ask): Promise<void> {
  const sku = 'cup';
  await ask('cart.get', {}, ANN);
  await ask('cart.get', {}, {});
  await ask('cart.add', { sku, quantity: 2, idempotencyKey: 'add-1' }, ANN);
  await ask('cart.add', { sku, quantity: 3, idempotencyKey: 'add-1' }, ANN);
  await ask('cart.add', { sku: 'mug', quantity: 9, mode: 'best_effort' }, ANN);
  await ask('cart.add', { sku: 'mug', quantity: 1 }, BOB);
  await ask('cart.add', { sku, quantity: 16 }, BOB);
  await ask('cart.add', { sku: 'nope', quantity: 1 }, BOB);
  await ask('cart.add', { sku, quantity: LINE_QUANTITY_MAX + 1 }, BOB);
  await ask('cart.setQuantity', { sku, quantity: 4 }, ANN);
  await ask('cart.extend', {}, ANN);
  await ask('stock.adjust', { sku, delta: -40, reason: 'flood' }, OPERATOR);
  await ask('cart.add', { sku, quantity: 1 }, BOB);
  await ask('cart.merge', { fromSessionId: 'shopper-ann' }, BOB);
  await ask('cart.remove', { sku: 'mug' }, BOB);
  const cart = await ask('cart.get', {}, BOB);
  const holdId = cart?.lines[0]?.holdId ?? '';
  await ask('stock.level', { sku }, OPERATOR);
  await ask('stock.list', { limit: 1 }, OPERATOR);
  await ask('stock.availability', { skus: [sku, 'mug', 'nope'].join() }, {});
  await ask('holds.list', {}, OPERATOR);
  await ask('holds.release', { holdId, reason: 'asked for' }, OPERATOR);
  await ask('holds.release', { holdId, reason: 'asked for' }, OPERATOR);
  await ask('holds.release', { holdId: 'hld_nope', reason: 'asked for' }, OPERATOR);
  await ask('cart.clear', {}, BOB);
}

async function orders(ask: Ask, pass: (ms: number) => void): Promise<void> {
  const buy = { sku: 'cup', quantity: 2 };
  const contact = { name: 'Ann', email: 'ann@shop.example', phone: '+49 170 1234567' };
  await ask('checkout.place', { idempotencyKey: 'p-0' }, ANN);
  await ask('cart.add', buy, ANN);
  await ask('checkout.place', { idempotencyKey: 'p-1', expectedTotal: EUR(1) }, ANN);
  const placed = await ask('checkout.place', { idempotencyKey: 'p-2', contact, expectedTotal: EUR(1_000) }, ANN);
  const sold = { orderId: placed?.['orderId'] ?? '', idempotencyKey: 'r-1', restock: true, reason: 'wrong size' };
  const { orderId: soldId } = sold;
  await ask('orders.fulfil', { orderId: soldId, lines: [{ sku: 'cup', quantity: 3 }] }, OPERATOR);
  await ask('orders.setLineQuantity', { orderId: soldId, sku: 'cup', quantity: 3, reason: 'asked for' }, OPERATOR);
  await ask('orders.cancelLine', { orderId: soldId, sku: 'cup', quantity: 1, reason: 'asked for' }, OPERATOR);
  await ask('orders.fulfil', { orderId: soldId, trackingReference: 'parcel 1' }, OPERATOR);
  await ask('orders.return', { ...sold, lines: [{ sku: 'cup', quantity: 1 }] }, OPERATOR);
  await ask('orders.return', { ...sold, idempotencyKey: 'r-2', lines: [{ sku: 'cup', quantity: 9 }] }, OPERATOR);
  await ask('checkout.cancel', { orderId: sold.orderId }, ANN);
  await ask('orders.get', { orderId: sold.orderId }, ANN);
  await ask('orders.get', { orderId: 'ord_nope' }, ANN);
  await ask('cart.add', { sku: 'mug', quantity: 3 }, ANN);
  const begun = await ask('checkout.begin', { idempotencyKey: 'b-1', paymentWindowMs: 5_000, contact }, ANN);
  const orderId = begun?.['orderId'] ?? '';
  await ask('checkout.attachPayment', { orderId, paymentReference: 'cs_1' }, ANN);
  await ask('stock.count', { sku: 'mug', onHand: 1 }, OPERATOR);
  pass(6_000);
  await ask('cart.add', { sku: 'mug', quantity: 3 }, BOB);
  await ask('checkout.confirm', { orderId, paymentReference: 'cs_1' }, OPERATOR);
  await ask('checkout.confirm', { orderId, paymentReference: 'cs_1' }, OPERATOR);
  await ask('cart.clear', {}, BOB);
  await ask('cart.add', { sku: 'mug', quantity: 1 }, ANN);
  const again = await ask('checkout.begin', { idempotencyKey: 'b-2' }, ANN);
  await ask('checkout.confirm', { orderId: again?.['orderId'] ?? '', paymentReference: 'cs_2' }, OPERATOR);
  await ask('cart.add', { sku: 'mug', quantity: 1 }, ANN);
  const given = await ask('checkout.begin', { idempotencyKey: 'b-3' }, ANN);
  await ask('checkout.cancel', { orderId: given?.['orderId'] ?? '', reason: 'no', restoreCart: true }, ANN);
  await ask('stock.history', { sku: 'mug' }, OPERATOR);
  pass(900_000);
  // Ends the overdue holds of the SKU, whether or not a sweep has already done so.
  await ask('cart.add', { sku: 'mug', quantity: 1 }, BOB);
  await ask('cart.get', {}, ANN);
  await ask('checkout.place', { idempotencyKey: 'p-3' }, ANN);
  await ask('orders.list', { limit: 2 }, OPERATOR);
  await ask('orders.mine', {}, ANN);
}

/** A reservation from its creation to its end, and its refusals. */
async function reservations(ask: Ask): Promise<void> {
  await ask('stock.define', { sku: 'pot' }, OPERATOR);
  await ask('stock.receive', { sku: 'pot', quantity: 5 }, OPERATOR);
  const wanted = { reference: 'po-1', ttlMs: 60_000, lines: [{ sku: 'pot', quantity: 2 }] };
  await ask('reservations.create', { ...wanted, lines: [{ sku: 'pot', quantity: 9 }] }, OPERATOR);
  const made = await ask('reservations.create', wanted, OPERATOR);
  const one = { reservationId: made?.['reservationId'] ?? '' };
  await ask('reservations.create', wanted, OPERATOR);
  await ask('reservations.get', one, OPERATOR);
  await ask('reservations.get', { reservationId: 'res_nope' }, OPERATOR);
  await ask('reservations.extend', { ...one, ttlMs: null }, OPERATOR);
  await ask('reservations.resize', { ...one, lines: [{ sku: 'pot', quantity: 4 }] }, OPERATOR);
  await ask('reservations.transfer', { ...one, reference: 'po-2' }, OPERATOR);
  await ask('reservations.commit', one, OPERATOR);
  await ask('reservations.fulfil', { ...one, lines: [{ sku: 'pot', quantity: 1 }] }, OPERATOR);
  await ask('reservations.release', one, OPERATOR);
  await ask('reservations.list', { status: 'fulfilled' }, OPERATOR);
}

/** Protection of a SKU, a hoard, and what operators do about sessions, orders and customers. */
async function protection(ask: Ask): Promise<void> {
  const EVE: Credentials = { session: 'shopper-eve' };
  await ask('stock.define', { sku: 'drop', protected: true }, OPERATOR);
  await ask('stock.receive', { sku: 'drop', quantity: 9 }, OPERATOR);
  await ask('cart.add', { sku: 'drop', quantity: 1 }, EVE);
  await ask('stock.define', { sku: 'drop', protected: false, requiresCustomer: true }, OPERATOR);
  await ask('cart.add', { sku: 'drop', quantity: 1 }, EVE);
  await ask('stock.define', { sku: 'drop', requiresCustomer: false, holdUnitsMax: 2 }, OPERATOR);
  await ask('cart.add', { sku: 'drop', quantity: 3 }, EVE);
  await ask('cart.add', { sku: 'drop', quantity: 2 }, EVE);
  await ask('holds.top', { sku: 'drop', by: 'session' }, OPERATOR);
  await ask('holds.releaseWhere', { sku: 'drop', reason: 'a hoard' }, OPERATOR);
  const session = 'A'.repeat(22);
  await ask('session.revoke', { sessionId: 'shopper-eve' }, OPERATOR);
  await ask('sessions.block', { session, reason: 'a hoard' }, OPERATOR);
  await ask('sessions.blocks', { limit: 1 }, OPERATOR);
  await ask('sessions.unblock', { session }, OPERATOR);
  await ask('orders.redact', { orderId: 'ord_nope' }, OPERATOR);
  await ask('orders.redact', { customerId: 'nobody' }, OPERATOR);
  await ask('orders.purge', { status: 'refund_due', olderThanMs: 1 }, OPERATOR);
  await ask('customers.export', { customerId: 'nobody' }, OPERATOR);
}

async function keys(ask: Ask): Promise<void> {
  const made = await ask('keys.create', { name: 'printer', scopes: ['orders:read'] }, OPERATOR);
  const keyId = made?.['keyId'] ?? '';
  await ask('keys.list', {}, OPERATOR);
  await ask('keys.whoami', {}, OPERATOR);
  await ask('keys.revoke', { keyId }, OPERATOR);
  await ask('keys.revoke', { keyId: 'key_nope' }, OPERATOR);
  await ask('admin.events', { limit: 2 }, OPERATOR);
  await ask('shops.create', { shop: 'other' }, OPERATOR);
  await ask('shops.suspend', { shop: 'other' }, OPERATOR);
  await ask('shops.resume', { shop: 'other' }, OPERATOR);
}

async function administration(ask: Ask): Promise<void> {
  const made = await ask('webhooks.create', { url: 'https://1.1.1.1/', description: 'a hook' }, OPERATOR);
  const endpointId = made?.['endpointId'] ?? '';
  await ask('webhooks.list', {}, OPERATOR);
  await ask('webhooks.rotateSecret', { endpointId }, OPERATOR);
  await ask('webhooks.waiting', { endpointId }, OPERATOR);
  await ask('webhooks.deliveries', { endpointId }, OPERATOR);
  await ask('webhooks.deadLetters', { endpointId }, OPERATOR);
  await ask('webhooks.replay', { endpointId }, OPERATOR);
  await ask('webhooks.update', { endpointId, events: ['order.placed'], enabled: false }, OPERATOR);
  await ask('webhooks.delete', { endpointId }, OPERATOR);
  await ask('webhooks.delete', { endpointId }, OPERATOR);
  await ask('stock.importStatus', { key: 'none' }, OPERATOR);
  await ask('admin.audit', {}, OPERATOR);
  await ask('admin.clock', {}, OPERATOR);
  await ask('admin.acceptClock', {}, OPERATOR);
  await ask('admin.repairIndexes', {}, OPERATOR);
  await ask('ledger.removeFollower', { follower: 'archive' }, OPERATOR);
  await ask('admin.loss', {}, OPERATOR);
  await ask('admin.recover', { acceptSequence: 1 }, OPERATOR);
}

/** Makes all calls once. `pass` moves the store's clock. */
export async function askForEverything(ask: Ask, pass: (ms: number) => void): Promise<void> {
  await stock(ask);
  await kits(ask);
  await carts(ask);
  await orders(ask, pass);
  await reservations(ask);
  await protection(ask);
  await keys(ask);
  await administration(ask);
}
