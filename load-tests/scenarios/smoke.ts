// One shopper and one operator call every procedure once and check its answer.
import { fail } from 'k6';
import { claim } from '../lib/claims.ts';
import { oneVisit } from '../lib/executors.ts';
import { operator } from '../lib/operator.ts';
import { plan, sku } from '../lib/plan.ts';
import { enter, type Shopper } from '../lib/shopper.ts';
import { watch } from '../lib/watch.ts';
import { type Answer, expectRefusals, newKey } from '../lib/wire.ts';
import type { Cart } from '../../src/contract/outputs/cart-outputs.ts';

export { handleSummary } from '../lib/summary.ts';

export const options = oneVisit();

// The store has lost nothing, so it has no loss to accept.
expectRefusals('recovery_mismatch', 'unknown_shop', 'shops_fixed');

const SHELF = sku('shelf');
const NEW = sku('new');
const GONE = sku('gone');
/** Long enough for the report of k6, which samples once per second. */
const WATCH_SECONDS = 3;

export default function visit(): void {
  stocking();
  looking();
  const [shopper, guest] = [newcomer(), newcomer()];
  filling(shopper);
  const orderId = buying(shopper, guest);
  paying(shopper);
  givingBack(shopper);
  lookingAfter(orderId);
  reserving();
  webhooks();
  admitting();
  naming();
  tending();
  const lost = given('admin.loss answers', operator.ask('admin.loss', undefined));
  claim('nothing is lost', lost.loss === null, () => lost);
  const recovered = operator.ask('admin.recover', { acceptSequence: 0 });
  const isRefused = !recovered.ok && recovered.reason === 'recovery_mismatch';
  claim('admin.recover has nothing to accept', isRefused, () => recovered);
  const audit = given('admin.audit answers', operator.ask('admin.audit', undefined));
  claim('the audit finds nothing', audit.ok, () => audit.violations);
}

function stocking(): void {
  const unitPrice = { amount: 1_900, currency: 'EUR' };
  given('stock.define answers', operator.ask('stock.define', { sku: NEW, title: 'Socks', unitPrice }));
  given('stock.receive answers', operator.ask('stock.receive', { sku: NEW, quantity: 10, idempotencyKey: newKey() }));
  given('stock.adjust answers', operator.ask('stock.adjust', { sku: NEW, delta: -2, reason: 'torn' }));
  given('stock.count answers', operator.ask('stock.count', { sku: NEW, onHand: 9, expectedOnHand: 8 }));
  const level = given('stock.level answers', operator.ask('stock.level', { sku: NEW }));
  claim('10 received, 2 torn and 1 found are 9', level.onHand === 9 && level.available === 9, () => level);
  const { items } = given('stock.list answers', operator.ask('stock.list', { limit: 500 }));
  claim('the list has SKUs', items.length > 0, () => items);
  const { movements } = given('stock.history answers', operator.ask('stock.history', { sku: NEW }));
  const kinds = movements.map(({ kind }) => kind).join();
  claim('the history has every movement, newest first', kinds === 'counted,adjusted,received', () => kinds);
  const status = given('stock.importStatus answers', operator.ask('stock.importStatus', { key: newKey() }));
  claim('no import has this key', status === null, () => status);
  const place = given('locations.define answers', operator.ask('locations.define', { id: 'main', title: 'Main' }));
  claim('the only location sells', place.active, () => place);
  const places = given('locations.list answers', operator.ask('locations.list', undefined));
  claim('the shop has a location', places.items.length > 0, () => places);
  transferring();
  given('a SKU is defined by mistake', operator.ask('stock.define', { sku: GONE }));
  const broken = { sku: NEW, quantity: 1, reason: 'broken', takeFrom: 'available' } as const;
  const written = given('stock.writeOff answers', operator.ask('stock.writeOff', broken));
  claim('one unit is gone, and no hold', written.onHand === 8 && written.endedHolds.length === 0, () => written);
  const archived = given('stock.archive answers', operator.ask('stock.archive', { sku: GONE, reason: 'a typo' }));
  claim('nothing of it is left', archived.onHand === 0, () => archived);
}

/** The unit comes back, so that the counts of the other steps stay true. */
function transferring(): void {
  given('a second location is defined', operator.ask('locations.define', { id: 'depot', active: false }));
  const lines = [{ sku: NEW, quantity: 1 }];
  for (const [from, to] of [['main', 'depot'] as const, ['depot', 'main'] as const]) {
    const { transferId } = given('transfers.create answers', operator.ask('transfers.create', { from, to, lines }));
    const sent = given('transfers.dispatch answers', operator.ask('transfers.dispatch', { transferId }));
    claim('the unit is in transit', sent.status === 'in_transit', () => sent);
    const received = given('transfers.receive answers', operator.ask('transfers.receive', { transferId, lines }));
    claim('the unit has arrived', received.status === 'received', () => received);
  }
  const draft = given('a draft is created', operator.ask('transfers.create', { from: 'main', to: 'depot', lines }));
  const { transferId } = draft;
  given('transfers.cancel answers', operator.ask('transfers.cancel', { transferId, reason: 'a mistake' }));
  const dropped = given('transfers.get answers', operator.ask('transfers.get', { transferId }));
  claim('the draft is cancelled', dropped.status === 'cancelled', () => dropped);
  const { items } = given('transfers.list answers', operator.ask('transfers.list', { limit: 500 }));
  claim('the list has transfers', items.length > 2, () => items);
}

function looking(): void {
  const [update] = watch([SHELF], WATCH_SECONDS);
  claim('stock.watch first sends the present state', update?.sku === SHELF && update.available > 0, () => update);
  const bound = operator.ask('session.create', { customerId: newKey() });
  given('session.create binds a customer', bound);
}

function newcomer(): Shopper {
  const shopper = enter();
  claim('session.create issues a session', shopper !== null, () => shopper);
  return shopper ?? fail('there is no session');
}

function filling(shopper: Shopper): void {
  const [shelf] = given('stock.availability answers', shopper.look(SHELF));
  claim('the shelf is in stock', shelf?.status === 'in_stock', () => shelf);
  holds('cart.add holds what it says', shopper.add(SHELF, 2), 2);
  holds('cart.get shows it', shopper.cart(), 2);
  holds('cart.setQuantity changes it', shopper.setQuantity(SHELF, 3), 3);
  holds('cart.extend keeps it', shopper.extend(), 3);
  holds('cart.remove lets go of it', shopper.remove(SHELF), 0);
  holds('it can be added again', shopper.add(SHELF), 1);
  holds('cart.clear lets go of all', shopper.clear(), 0);
}

/** The shopper merges the guest's cart and buys it. */
function buying(shopper: Shopper, guest: Shopper): string {
  holds('a guest has a cart', guest.add(SHELF, 2), 2);
  const { cart } = given('cart.merge answers', shopper.merge(guest));
  claim('the cart has moved', unitsIn(cart) === 2, () => cart);
  const order = given('checkout.place answers', shopper.checkOut());
  claim('the order is placed', order.status === 'placed', () => order);
  const found = given('orders.get answers', shopper.order(order.orderId));
  claim('the order is kept', found.orderId === order.orderId, () => found);
  holds('the cart is empty after the sale', shopper.cart(), 0);
  return order.orderId;
}

function paying(shopper: Shopper): void {
  holds('something is to be paid', shopper.add(SHELF), 1);
  const begun = given('checkout.begin answers', shopper.beginCheckout());
  claim('the order awaits its payment', begun.status === 'awaiting_payment', () => begun);
  const { orderId } = begun;
  const attached = shopper.ask('checkout.attachPayment', {
    orderId,
    paymentReference: newKey(),
    idempotencyKey: newKey(),
  });
  given('checkout.attachPayment answers', attached);
  const mine = given('orders.mine answers', shopper.ask('orders.mine', undefined));
  claim('the newest order of the shopper is this one', mine.items[0]?.orderId === orderId, () => mine);
  const paid = given('checkout.confirm answers', operator.confirm(begun.orderId, newKey()));
  claim('the order is paid', paid.status === 'placed', () => paid);
}

function givingBack(shopper: Shopper): void {
  holds('something is to be given back', shopper.add(SHELF), 1);
  const begun = given('a checkout begins', shopper.beginCheckout());
  const cancelled = given('checkout.cancel answers', shopper.cancel(begun.orderId, { restoreCart: true }));
  claim('the order is cancelled', cancelled.status === 'cancelled', () => cancelled);
  holds('the cart is as it was', shopper.cart(), 1);
  const { items } = given('holds.list answers', operator.ask('holds.list', { sku: SHELF }));
  claim('one hold is left', items.length === 1, () => items);
  const holdId = items[0]?.holdId ?? fail('there is no hold');
  const level = given('holds.release answers', operator.ask('holds.release', { holdId, reason: 'smoke' }));
  claim('nothing is held any more', level.reserved === 0, () => level);
  holds('something is held again', shopper.add(SHELF), 1);
  const top = given('holds.top answers', operator.ask('holds.top', { sku: SHELF, by: 'session' }));
  claim('one session holds it', top.items.length === 1 && top.units === 1, () => top);
  const session = top.items[0]?.holder ?? fail('there is no holder');
  const mass = operator.ask('holds.releaseWhere', { session, sku: SHELF, reason: 'smoke' });
  claim('it is released', given('holds.releaseWhere answers', mass).released === 1, () => top);
}

function lookingAfter(orderId: string): void {
  const { items } = given('orders.list answers', operator.ask('orders.list', { status: 'placed', limit: 500 }));
  claim('the list has orders', items.length > 0, () => items);
  const lines = [{ sku: SHELF, quantity: 1 }];
  const reason = 'the buyer asked';
  const unitsIn = (order: { lines: { quantity: number }[] }) => order.lines[0]?.quantity ?? 0;
  const ordered = unitsIn(given('orders.get answers', operator.ask('orders.get', { orderId })));
  const more = { orderId, sku: SHELF, quantity: ordered + 1, reason };
  const grown = given('orders.setLineQuantity answers', operator.ask('orders.setLineQuantity', more));
  claim('one more unit is ordered', unitsIn(grown) === ordered + 1, () => grown);
  const less = { orderId, sku: SHELF, quantity: 1, reason };
  const cut = given('orders.cancelLine answers', operator.ask('orders.cancelLine', less));
  claim('the order is as before', unitsIn(cut) === ordered, () => cut);
  const sent = given('orders.fulfil answers', operator.ask('orders.fulfil', { orderId }));
  claim('the order is fulfilled', sent.status === 'fulfilled', () => sent);
  const order = given(
    'orders.return answers',
    operator.ask('orders.return', { orderId, lines, restock: true, reason: 'too small', idempotencyKey: newKey() }),
  );
  claim('one unit came back', order.lines[0]?.returned === 1, () => order);
  const redacted = given('orders.redact answers', operator.ask('orders.redact', { orderId }));
  claim('there was no contact to delete', redacted.count === 0, () => redacted);
  const purge = { status: 'refund_due', olderThanMs: 0 } as const;
  const purged = given('orders.purge answers', operator.ask('orders.purge', purge));
  claim('there was no such order to delete', purged.count === 0, () => purged);
  const known = given('customers.export answers', operator.ask('customers.export', { customerId: 'nobody' }));
  claim('nothing is known of nobody', known.orders.length === 0, () => known);
}

/** Reserves, sells, dispatches and gives back units without a cart. */
function reserving(): void {
  const [reference, next] = [newKey(), newKey()];
  const lines = [{ sku: NEW, quantity: 2 }];
  const made = given(
    'reservations.create answers',
    operator.ask('reservations.create', { reference, lines, ttlMs: 60_000 }),
  );
  const one = { reservationId: made.reservationId };
  const later = given('reservations.extend answers', operator.ask('reservations.extend', { ...one, ttlMs: null }));
  claim('it has no deadline', later.expiresAt === null, () => later);
  const grown = [{ sku: NEW, quantity: 3 }];
  given('reservations.resize answers', operator.ask('reservations.resize', { ...one, lines: grown }));
  given('reservations.transfer answers', operator.ask('reservations.transfer', { ...one, reference: next }));
  given('reservations.commit answers', operator.ask('reservations.commit', one));
  given('reservations.fulfil answers', operator.ask('reservations.fulfil', { ...one, lines }));
  const ended = given('reservations.release answers', operator.ask('reservations.release', one));
  claim('two units left, and one came back', ended.status === 'fulfilled', () => ended);
  const found = given('reservations.get answers', operator.ask('reservations.get', { reference: next }));
  claim('the reference leads to it', found.reservationId === made.reservationId, () => found);
  const { items } = given('reservations.list answers', operator.ask('reservations.list', { status: 'fulfilled' }));
  claim('the list has it', items.length > 0, () => items);
}

/** Creates an endpoint that never receives an event, because no order is refunded. Its address is the shop's own. */
function webhooks(): void {
  const url = `${plan.url}/hook`;
  const created = operator.ask('webhooks.create', { url, events: ['order.refund_due'] });
  const { endpointId } = given('webhooks.create answers', created);
  const { items } = given('webhooks.list answers', operator.ask('webhooks.list', undefined));
  claim(
    'the endpoint is listed',
    items.some((item) => item.endpointId === endpointId),
    () => items,
  );
  const changed = given('webhooks.update answers', operator.ask('webhooks.update', { endpointId, enabled: false }));
  claim('the endpoint is disabled', !changed.enabled, () => changed);
  given('webhooks.rotateSecret answers', operator.ask('webhooks.rotateSecret', { endpointId }));
  const late = given('webhooks.waiting answers', operator.ask('webhooks.waiting', { endpointId }));
  claim('no event waits', late.items.length === 0, () => late);
  const sent = given('webhooks.deliveries answers', operator.ask('webhooks.deliveries', { endpointId }));
  claim('nothing was sent', sent.items.length === 0, () => sent);
  const dead = given('webhooks.deadLetters answers', operator.ask('webhooks.deadLetters', { endpointId }));
  claim('there are no dead letters', dead.items.length === 0, () => dead);
  given('webhooks.replay answers', operator.ask('webhooks.replay', { endpointId }));
  given('webhooks.delete answers', operator.ask('webhooks.delete', { endpointId }));
}

/** Creates a key and revokes it, and refuses a session for a moment. */
function admitting(): void {
  const created = operator.ask('keys.create', { name: 'smoke', scopes: ['stock:read'] });
  const { keyId } = given('keys.create answers', created);
  const { items } = given('keys.list answers', operator.ask('keys.list', undefined));
  claim(
    'the key is listed',
    items.some((item) => item.keyId === keyId),
    () => items,
  );
  given('keys.revoke answers', operator.ask('keys.revoke', { keyId }));
  const me = given('keys.whoami answers', operator.ask('keys.whoami', undefined));
  claim('the root key has its name', me.name === 'operator', () => me);
  const { items: events } = given('admin.events answers', operator.ask('admin.events', { limit: 10 }));
  claim('the newest event is the end of the key', events[0]?.what === 'keys.revoke', () => events);
  const { sessionId } = newcomer();
  given('session.revoke answers', operator.ask('session.revoke', { sessionId }));
  const session = 'A'.repeat(22);
  const blocked = operator.ask('sessions.block', { session, reason: 'smoke' });
  claim('sessions.block answers', given('a block', blocked).blocked, () => blocked);
  const { items: blocks } = given('sessions.blocks answers', operator.ask('sessions.blocks', { limit: 500 }));
  claim(
    'the block is in the list',
    blocks.some((block) => block.session === session),
    () => blocks,
  );
  const unblocked = operator.ask('sessions.unblock', { session });
  claim('sessions.unblock answers', !given('its end', unblocked).blocked, () => unblocked);
}

/** A server with one shop names it, and has no other one to change. */
function naming(): void {
  const { items } = given('shops.list answers', operator.ask('shops.list', undefined));
  claim(
    'the shop is open',
    items.some(({ isOpen }) => isOpen),
    () => items,
  );
  const shop = 'smoke-has-no-such-shop';
  for (const path of ['shops.suspend', 'shops.resume', 'shops.create'] as const) {
    const answer = operator.ask(path, { shop });
    const isRefused = !answer.ok && (answer.reason === 'unknown_shop' || answer.reason === 'shops_fixed');
    claim(`${path} knows no such shop`, isRefused, () => answer);
  }
}

/** A consistent shop needs no repair, and its time is that of the wall clock. */
function tending(): void {
  const status = given('admin.status answers', operator.ask('admin.status', undefined));
  claim('the server is ready', status.ready, () => status);
  const clock = given('admin.clock answers', operator.ask('admin.clock', undefined));
  claim('shop time is the wall clock', clock.offsetMs === 0, () => clock);
  given('admin.acceptClock answers', operator.ask('admin.acceptClock', undefined));
  const repaired = given('admin.repairIndexes answers', operator.ask('admin.repairIndexes', undefined));
  given('ledger.removeFollower answers', operator.ask('ledger.removeFollower', { follower: 'none' }));
  claim('nothing was to be mended', repaired.mended === 0, () => repaired);
}

function given<T>(what: string, answer: Answer<T>): T {
  claim(what, answer.ok, () => answer);
  return answer.ok ? answer.value : fail(what);
}

function holds(what: string, answer: Answer<Cart>, units: number): void {
  const cart = given(`${what}: an answer`, answer);
  claim(what, unitsIn(cart) === units, () => cart);
}

const unitsIn = ({ lines }: Cart): number => lines.reduce((units, { quantity }) => units + quantity, 0);
