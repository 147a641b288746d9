import type { AddMode } from '../../../src/contract/inputs/inputs.ts';
import type { Money } from '../../../src/contract/output-fields.ts';
import { type LifeWorld, OPERATING, PEOPLE, type Person, type DrawnCall, type Who } from './life-world.ts';
import { add, clear, extend, merge, remove, setQuantity } from './reference-carts.ts';
import { begin, cancel, changeLine, confirm, fulfil, giveUnitsBack, lapse, place } from './reference-orders.ts';
import {
  type RefAnswer,
  type RefCaller,
  refused,
  type RefOrder,
  type RefReservation,
  type RefShop,
  SETTINGS,
} from './reference-shop.ts';
import {
  commit,
  create,
  type Creation,
  extend as extendReservation,
  leave,
  resize,
  transfer,
} from './reference-reservations.ts';
import { adjust, count, type Definition, define, releaseHold } from './reference-stock.ts';

/** Each call, for the product and for the reference. */

const shopperOf = ({ cartId, customer }: RefCaller) => ({
  cartId: cartId ?? '',
  customer: customer ?? `cart:${cartId}`,
});

const orderCall =
  (orderId: string, work: (shop: RefShop, order: RefOrder, who: RefCaller) => RefAnswer) =>
  (shop: RefShop, who: RefCaller): RefAnswer => {
    const order = shop.orders.find(({ id, isForgotten }) => id === orderId && !isForgotten);
    const isTheirs = who.principal === order?.principal || (who.customer !== null && who.customer === order?.customer);
    const isShown = who.cartId === null || isTheirs;
    return order && isShown ? work(shop, order, who) : refused({ reason: 'unknown_order', meta: { orderId } });
  };

const INVALID = refused({ reason: 'invalid_input', meta: { issues: [] } });

type Named<I> = (who: Who, key: string | null, input: I) => DrawnCall;

const named =
  <I extends object>(
    procedure: string,
    real: (
      holdfast: LifeWorld['holdfast'],
    ) => (input: I, call: Parameters<DrawnCall['real']>[1]) => ReturnType<DrawnCall['real']>,
    reference: (shop: RefShop, who: RefCaller, input: I) => RefAnswer,
    misuse: (who: RefCaller, input: I) => RefAnswer | null = () => null,
  ): Named<I> =>
  (who, key, input) => ({
    who,
    key,
    procedure,
    input,
    real: (holdfast, call) => real(holdfast)(input, call),
    reference: (shop, caller) => reference(shop, caller, input),
    misuse: misuse(who, input),
  });

/** Refuses to merge a cart into itself or into that of another customer, before the key is checked. */
function mergeMisuse({ cartId, customer }: RefCaller, { from }: { from: MergedCart }): RefAnswer | null {
  const isAnothers = from.customer !== null && from.customer !== customer;
  if (from.cartId !== cartId && !isAnothers) return null;
  return INVALID;
}

interface MergedCart {
  cartId: string;
  customer: string | null;
}

interface Units {
  sku: string;
  quantity: number;
}

/** A change of a reservation, by its procedure. */
const reservationCall = <I extends object>(
  change: 'commit' | 'extend' | 'transfer' | 'resize' | 'fulfil' | 'release',
  work: (shop: RefShop, reservation: RefReservation, input: I) => RefAnswer,
) =>
  named<I & { reservationId: string }>(
    `reservations.${change}`,
    ({ reservations }) => reservations[change] as never,
    (shop, _, { reservationId, ...input }) => {
      const found = shop.reservations.find(({ id, isForgotten }) => id === reservationId && !isForgotten);
      if (!found) return refused({ reason: 'unknown_reservation', meta: { reservationId } });
      return work(shop, found, input as unknown as I);
    },
  );

export const calls = {
  add: named<{ sku: string; quantity: number; mode: AddMode }>(
    'cart.add',
    ({ carts }) => carts.add,
    (shop, who, input) => add(shop, shopperOf(who), input),
  ),
  set: named<{ sku: string; quantity: number }>(
    'cart.setQuantity',
    ({ carts }) => carts.setQuantity,
    (shop, who, input) => setQuantity(shop, shopperOf(who), input),
  ),
  remove: named<{ sku: string }>(
    'cart.remove',
    ({ carts }) => carts.remove,
    (shop, who, input) => remove(shop, shopperOf(who), input),
  ),
  clear: named<Record<string, never>>(
    'cart.clear',
    ({ carts }) => carts.empty,
    (shop, who) => clear(shop, shopperOf(who)),
  ),
  extend: named<Record<string, never>>(
    'cart.extend',
    ({ carts }) => carts.extend,
    (shop, who) => extend(shop, shopperOf(who)),
  ),
  merge: named<{ from: MergedCart }>(
    'cart.merge',
    ({ carts }) => carts.merge,
    (shop, who, { from }) => merge(shop, shopperOf(who), from),
    mergeMisuse,
  ),
  place: named<{ expectedTotal?: Money }>(
    'checkout.place',
    ({ checkout }) => checkout.place,
    (shop, who, input) => place(shop, { ...input, caller: { ...who, cartId: who.cartId ?? '' } }),
  ),
  begin: named<{ paymentWindowMs?: number; expectedTotal?: Money }>(
    'checkout.begin',
    ({ checkout }) => checkout.begin,
    (shop, who, { paymentWindowMs, ...input }) =>
      begin(shop, { ...input, windowMs: paymentWindowMs, caller: { ...who, cartId: who.cartId ?? '' } }),
    (_, { paymentWindowMs = 0 }) => (paymentWindowMs > SETTINGS.paymentWindowMaxMs ? INVALID : null),
  ),
  confirm: named<{ orderId: string; paymentReference: string }>(
    'checkout.confirm',
    ({ checkout }) => checkout.confirm,
    (shop, who, { orderId, paymentReference }) =>
      orderCall(orderId, (at, order) => confirm(at, order, paymentReference))(shop, who),
  ),
  lapse: named<{ orderId: string }>(
    'checkout.lapse',
    ({ checkout }) => checkout.lapse,
    (shop, who, { orderId }) => orderCall(orderId, lapse)(shop, who),
  ),
  cancel: named<{ orderId: string; restoreCart: boolean }>(
    'checkout.cancel',
    ({ checkout }) => checkout.cancel,
    (shop, who, { orderId, restoreCart }) =>
      orderCall(orderId, (at, order) => cancel(at, order, restoreCart))(shop, who),
  ),
  giveBack: named<{
    orderId: string;
    lines: { sku: string; quantity: number }[];
    restock: boolean;
    reason: string;
  }>(
    'orders.return',
    ({ orders }) => orders.return,
    (shop, who, { orderId, ...input }) => orderCall(orderId, (at, order) => giveUnitsBack(at, order, input))(shop, who),
  ),
  fulfil: named<{ orderId: string; lines?: { sku: string; quantity: number }[] }>(
    'orders.fulfil',
    ({ orders }) => orders.fulfil,
    (shop, who, { orderId, ...input }) => orderCall(orderId, (at, order) => fulfil(at, order, input))(shop, who),
  ),
  cancelLine: named<{ orderId: string; sku: string; quantity: number; reason: string }>(
    'orders.cancelLine',
    ({ orders }) => orders.cancelLine,
    (shop, who, { orderId, sku, quantity }) =>
      orderCall(orderId, (at, order) => changeLine(at, order, { sku, to: (units) => units - quantity }))(shop, who),
  ),
  setLine: named<{ orderId: string; sku: string; quantity: number; reason: string }>(
    'orders.setLineQuantity',
    ({ orders }) => orders.setLineQuantity,
    (shop, who, { orderId, sku, quantity }) =>
      orderCall(orderId, (at, order) => changeLine(at, order, { sku, to: () => quantity }))(shop, who),
  ),
  reserve: named<Creation>(
    'reservations.create',
    ({ reservations }) => reservations.create,
    (shop, _, input) => create(shop, input),
  ),
  commit: reservationCall('commit', (shop, reservation) => commit(shop, reservation)),
  keep: reservationCall<{ ttlMs: number | null }>('extend', (shop, reservation, { ttlMs }) =>
    extendReservation(shop, reservation, ttlMs),
  ),
  rename: reservationCall<{ reference: string }>('transfer', (shop, reservation, { reference }) =>
    transfer(shop, reservation, reference),
  ),
  resize: reservationCall<{ lines: Units[] }>('resize', (shop, reservation, { lines: [line] }) =>
    line ? resize(shop, reservation, line) : INVALID,
  ),
  dispatch: reservationCall<{ lines?: Units[] }>('fulfil', (shop, reservation, input) =>
    leave(shop, reservation, { as: 'fulfilled', ...input }),
  ),
  unreserve: reservationCall<{ lines?: Units[] }>('release', (shop, reservation, input) =>
    leave(shop, reservation, { as: 'released', ...input }),
  ),
  release: named<{ holdId: string; reason: string }>(
    'holds.release',
    ({ holds }) => holds.release,
    (shop, _, { holdId }) => releaseHold(shop, shop.holds.find(({ id }) => id === holdId) ?? null, holdId),
  ),
  receive: named<{ sku: string; quantity: number }>(
    'stock.receive',
    ({ stock }) => stock.receive,
    (shop, _, { sku, quantity }) => adjust(shop, { sku, delta: quantity }),
  ),
  adjust: named<{ sku: string; delta: number; reason: string }>(
    'stock.adjust',
    ({ stock }) => stock.adjust,
    (shop, _, input) => adjust(shop, input),
  ),
  count: named<{ sku: string; onHand: number; expectedOnHand?: number }>(
    'stock.count',
    ({ stock }) => stock.count,
    (shop, _, input) => count(shop, input),
  ),
  define: named<Definition>(
    'stock.define',
    ({ stock }) => stock.define,
    (shop, _, input) => define(shop, input),
  ),
};

/** Returns the `nth` entry, counted round the list, or null for an empty list. */
export const pick = <T>(all: readonly T[], nth: number): T | null => all[nth % Math.max(1, all.length)] ?? null;

/** Returns the caller for an order: its own session, an operator, or another session. */
export function callerFor(order: RefOrder | null, by: 'own' | 'operator' | 'other'): Who {
  if (by === 'operator') return OPERATING;
  const isOwn = ({ principal }: Person): boolean => principal === order?.principal;
  return PEOPLE.find((person) => isOwn(person) === (by === 'own')) ?? OPERATING;
}
