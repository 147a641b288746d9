import type { Result } from '../../../src/contract/calls/call.ts';
import type { Holdfast } from '../../../src/shop/holdfast.ts';
import { OPERATOR, shopper } from '../../support/shop.ts';
import { aptPlan } from './apt-plans.ts';
import type { CallName, CallPlan, PlanOf } from './call-plans.ts';
import { addToCart, removeFromCart, setInCart } from './place-carts.ts';
import { beginOrder, cancelOrder, payOrder } from './place-payments.ts';
import {
  changeOrderLine,
  commitOf,
  dispatchOf,
  placeOrder,
  releaseOf,
  reserveFor,
  resizeOf,
  returnTo,
} from './place-sales.ts';
import { DONE, type PlaceAnswer, type PlaceShop, refuse } from './place-shop.ts';
import {
  addUnits,
  cancelTransfer,
  countUnits,
  defineAt,
  draftTransfer,
  receiveTransfer,
  sendTransfer,
} from './place-stock.ts';

/** One call, for the product and for the reference. */
export interface LocatedCall {
  product: (holdfast: Holdfast) => Promise<Result<unknown>>;
  reference: (shop: PlaceShop) => PlaceAnswer;
}

const linesOf = <L>(line: L | null): { lines?: readonly L[] } => (line === null ? {} : { lines: [line] });

/** Returns the `nth` newest entry, counted round the list. */
const newest = <T>(all: readonly T[], nth: number): T | null =>
  all.length === 0 ? null : (all[all.length - 1 - (nth % all.length)] ?? null);

type Found = 'orders' | 'reservations' | 'transfers';
const UNKNOWN = {
  orders: 'unknown_order',
  reservations: 'unknown_reservation',
  transfers: 'unknown_transfer',
} as const;

/** A call about an order, reservation or transfer. It is looked up again in each copy of the reference. */
function about<K extends Found>(
  shop: PlaceShop,
  kind: K,
  nth: number,
  work: (shop: PlaceShop, found: PlaceShop[K][number]) => PlaceAnswer,
): { id: string; reference: LocatedCall['reference'] } {
  const id = newest<{ id: string }>(shop[kind], nth)?.id ?? 'none';
  const reference = (at: PlaceShop): PlaceAnswer => {
    const found = at[kind].find((each) => each.id === id);
    return found ? work(at, found) : refuse(UNKNOWN[kind]);
  };
  return { id, reference };
}

type Keyed = { key: () => string };
type Maker<D extends CallName> = (plan: PlanOf<D>, shop: PlaceShop, keys: Keyed) => LocatedCall;

const carts: { [D in 'add' | 'set' | 'remove' | 'place']: Maker<D> } = {
  add: ({ who, sku, quantity, mode, how }) => ({
    product: (holdfast) => holdfast.carts.add({ sku, quantity, mode, ...how }, shopper(who)()),
    reference: (shop) => addToCart(shop, who, { sku, quantity, mode, ...how }),
  }),
  set: ({ who, sku, quantity, how }) => ({
    product: (holdfast) => holdfast.carts.setQuantity({ sku, quantity, ...how }, shopper(who)()),
    reference: (shop) => setInCart(shop, who, { sku, quantity, ...how }),
  }),
  remove: ({ who, sku }) => ({
    product: (holdfast) => holdfast.carts.remove({ sku }, shopper(who)()),
    reference: (shop) => removeFromCart(shop, who, sku),
  }),
  place: ({ who, items, how }, _, { key }) => {
    const call = shopper(who)(key());
    const input = items.length === 0 ? {} : { items, ...how };
    return {
      product: (holdfast) => holdfast.checkout.place(input, call),
      reference: (shop) => placeOrder(shop, who, { items, ...how }),
    };
  },
};

const payments: { [D in 'begin' | 'pay' | 'cancel']: Maker<D> } = {
  begin: ({ who, windowMs }, _, { key }) => {
    const call = shopper(who)(key());
    return {
      product: (holdfast) => holdfast.checkout.begin({ paymentWindowMs: windowMs }, call),
      reference: (shop) => beginOrder(shop, who, windowMs),
    };
  },
  pay: ({ nth }, shop) => {
    const { id, reference } = about(shop, 'orders', nth, payOrder);
    const input = { orderId: id, paymentReference: `pay-${id}` };
    return { product: (holdfast) => holdfast.checkout.confirm(input, OPERATOR), reference };
  },
  cancel: ({ nth }, shop) => {
    const { id, reference } = about(shop, 'orders', nth, (_, order) => cancelOrder(order));
    return { product: (holdfast) => holdfast.checkout.cancel({ orderId: id }, OPERATOR), reference };
  },
};

const orders: { [D in 'fulfil' | 'cancelLine' | 'setLine' | 'giveBack']: Maker<D> } = {
  fulfil: ({ nth, line }, shop) => {
    const input = linesOf(line);
    const { id, reference } = about(shop, 'orders', nth, (at, order) => dispatchOf(at, order, input.lines));
    return { product: (holdfast) => holdfast.orders.fulfil({ orderId: id, ...input }, OPERATOR), reference };
  },
  cancelLine: ({ nth, sku, quantity }, shop) => {
    const { id, reference } = about(shop, 'orders', nth, (at, order) =>
      changeOrderLine(at, order, { sku, to: (units) => units - quantity, how: { locations: [] } }),
    );
    const input = { orderId: id, sku, quantity, reason: 'r' };
    return { product: (holdfast) => holdfast.orders.cancelLine(input, OPERATOR), reference };
  },
  setLine: ({ nth, sku, quantity, how }, shop) => {
    const { id, reference } = about(shop, 'orders', nth, (at, order) =>
      changeOrderLine(at, order, { sku, to: () => quantity, how }),
    );
    const input = { orderId: id, sku, quantity, reason: 'r', ...how };
    return { product: (holdfast) => holdfast.orders.setLineQuantity(input, OPERATOR), reference };
  },
  giveBack: ({ nth, line, restock }, shop, { key }) => {
    const input = { lines: [line], restock };
    const { id, reference } = about(shop, 'orders', nth, (at, order) => returnTo(at, order, input));
    const call = { ...OPERATOR, idempotencyKey: key() };
    return { product: (holdfast) => holdfast.orders.return({ orderId: id, ...input, reason: 'r' }, call), reference };
  },
};

const reservations: { [D in 'reserve' | 'commit' | 'dispatch' | 'release' | 'resize']: Maker<D> } = {
  reserve: ({ lines, isBest, ttlMs, how }, _, { key }) => {
    const wanted = isBest ? lines.slice(0, 1).map((line) => ({ ...line, mode: 'best_effort' as const })) : lines;
    const input = { reference: key(), lines: wanted, ttlMs, ...how };
    return {
      product: (holdfast) => holdfast.reservations.create(input, OPERATOR),
      reference: (shop) => reserveFor(shop, { lines: wanted, ttlMs, ...how }),
    };
  },
  commit: ({ nth }, shop) => {
    const { id, reference } = about(shop, 'reservations', nth, (_, found) => commitOf(found));
    return { product: (holdfast) => holdfast.reservations.commit({ reservationId: id }, OPERATOR), reference };
  },
  dispatch: ({ nth, line }, shop) => {
    const { id, reference } = about(shop, 'reservations', nth, (at, found) =>
      dispatchOf(at, found, linesOf(line).lines),
    );
    const input = { reservationId: id, ...linesOf(line) };
    return { product: (holdfast) => holdfast.reservations.fulfil(input, OPERATOR), reference };
  },
  release: ({ nth, line }, shop) => {
    const { id, reference } = about(shop, 'reservations', nth, (_, found) => releaseOf(found, linesOf(line).lines));
    const input = { reservationId: id, ...linesOf(line) };
    return { product: (holdfast) => holdfast.reservations.release(input, OPERATOR), reference };
  },
  resize: ({ nth, sku, quantity }, shop) => {
    const { id, reference } = about(shop, 'reservations', nth, (at, found) => resizeOf(at, found, { sku, quantity }));
    const input = { reservationId: id, lines: [{ sku, quantity }] };
    return { product: (holdfast) => holdfast.reservations.resize(input, OPERATOR), reference };
  },
};

const stock: { [D in 'receive' | 'adjust' | 'count' | 'define' | 'move']: Maker<D> } = {
  receive: ({ does: _, ...input }) => ({
    product: (holdfast) => holdfast.stock.receive(input, OPERATOR),
    reference: (shop) => addUnits(shop, { sku: input.sku, place: input.location }, input.quantity),
  }),
  adjust: ({ does: _, ...input }) => ({
    product: (holdfast) => holdfast.stock.adjust({ ...input, reason: 'r' }, OPERATOR),
    reference: (shop) => addUnits(shop, { sku: input.sku, place: input.location }, input.delta),
  }),
  count: ({ does: _, ...input }) => ({
    product: (holdfast) => holdfast.stock.count(input, OPERATOR),
    reference: (shop) => countUnits(shop, { sku: input.sku, place: input.location }, input.onHand),
  }),
  define: ({ does: _, ...input }) => ({
    product: (holdfast) => holdfast.stock.define(input, OPERATOR),
    reference: (shop) => defineAt(shop, { sku: input.sku, place: input.location }, input),
  }),
  move: ({ id, active, priority }) => ({
    product: (holdfast) => holdfast.locations.define({ id, active, priority }, OPERATOR),
    reference: (shop) => {
      for (const place of shop.places) if (place.id === id) Object.assign(place, { active, priority });
      return DONE;
    },
  }),
};

const transfers: { [D in 'draft' | 'send' | 'arrive' | 'callOff']: Maker<D> } = {
  draft: ({ from, to, lines }) => ({
    product: (holdfast) => holdfast.transfers.create({ from, to, lines }, OPERATOR),
    reference: (shop) => draftTransfer(shop, { from, to, lines: [...lines] }),
  }),
  send: ({ nth }, shop) => {
    const { id, reference } = about(shop, 'transfers', nth, sendTransfer);
    return { product: (holdfast) => holdfast.transfers.dispatch({ transferId: id }, OPERATOR), reference };
  },
  arrive: ({ nth, sku, quantity, lost }, shop) => {
    const arrivals = [{ sku, quantity, lost }];
    const { id, reference } = about(shop, 'transfers', nth, (at, found) => receiveTransfer(at, found, arrivals));
    const input = { transferId: id, lines: arrivals, reason: 'broken' };
    return { product: (holdfast) => holdfast.transfers.receive(input, OPERATOR), reference };
  },
  callOff: ({ nth }, shop) => {
    const { id, reference } = about(shop, 'transfers', nth, cancelTransfer);
    const input = { transferId: id, reason: 'late' };
    return { product: (holdfast) => holdfast.transfers.cancel(input, OPERATOR), reference };
  },
};

const MAKERS: { [D in CallName]: Maker<D> } = {
  ...carts,
  ...payments,
  ...orders,
  ...reservations,
  ...stock,
  ...transfers,
};

export function makeCall({ isApt, ...drawn }: CallPlan, shop: PlaceShop, keys: Keyed): LocatedCall {
  const plan = isApt ? aptPlan(drawn as CallPlan, shop) : (drawn as CallPlan);
  const make = MAKERS[plan.does] as (plan: CallPlan, shop: PlaceShop, keys: Keyed) => LocatedCall;
  return make(plan, shop, keys);
}
