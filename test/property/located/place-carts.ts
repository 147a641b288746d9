import {
  DONE,
  giveUnits,
  newHold,
  type PlaceAnswer,
  type PlaceCart,
  type PlaceHold,
  type PlaceShop,
  short,
  type Sourced,
  sumOf,
  takeUnits,
} from './place-shop.ts';
import { availableTo, leastPreferred, spread } from './place-sourcing.ts';

export const LIFE = { holdTtlMs: 100, holdLifetimeMaxMs: 300 };

export function cartOf(shop: PlaceShop, who: string): PlaceCart {
  const cart = shop.carts.get(who) ?? { holds: [], lost: [] };
  shop.carts.set(who, cart);
  return cart;
}

const lineOf = (cart: PlaceCart, sku: string): PlaceHold[] => cart.holds.filter((hold) => hold.sku === sku);

const forget = (cart: PlaceCart, sku: string): void => {
  cart.lost = cart.lost.filter((each) => each !== sku);
};

/** Extends all units of a line, but not beyond their lifetime. */
function renew(shop: PlaceShop, holds: readonly PlaceHold[]): void {
  for (const hold of holds) {
    const most = Math.min(shop.now + LIFE.holdTtlMs, hold.createdAt + LIFE.holdLifetimeMaxMs);
    hold.expiresAt = Math.max(hold.expiresAt, most);
  }
}

interface Addition extends Sourced {
  sku: string;
  quantity: number;
  mode: 'exact' | 'best_effort';
}

export function addToCart(shop: PlaceShop, who: string, { sku, quantity, mode, ...how }: Addition): PlaceAnswer {
  const cart = cartOf(shop, who);
  const available = availableTo(shop, sku, how);
  if (available < (mode === 'exact' ? quantity : 1)) return short({ sku, requested: quantity, available });
  const granted = Math.min(quantity, available);
  grow(shop, cart, { sku, units: granted, how });
  return { done: true, granted };
}

/** New holds of a line are as old as its oldest one. */
function grow(shop: PlaceShop, cart: PlaceCart, { sku, units, how }: { sku: string; units: number; how: Sourced }) {
  const line = lineOf(cart, sku);
  const createdAt = Math.min(shop.now, ...line.map((hold) => hold.createdAt));
  for (const part of spread(shop, { sku, units, how, used: line.map(({ place }) => place) })) {
    const known = line.find(({ place }) => place === part.place);
    const hold = known ?? newHold(shop, { sku, place: part.place }, { createdAt, expiresAt: shop.now });
    if (!known) cart.holds.push(hold);
    giveUnits(shop, hold, part.units);
  }
  forget(cart, sku);
  renew(shop, lineOf(cart, sku));
}

type Setting = Omit<Addition, 'mode'>;

export function setInCart(shop: PlaceShop, who: string, { sku, quantity, ...how }: Setting): PlaceAnswer {
  const cart = cartOf(shop, who);
  const line = lineOf(cart, sku);
  const more = quantity - sumOf(line, ({ units }) => units);
  if (quantity === 0) return removeFromCart(shop, who, sku);
  if (more > 0) {
    const available = availableTo(shop, sku, how);
    if (available < more) return short({ sku, requested: more, available });
    grow(shop, cart, { sku, units: more, how });
    return DONE;
  }
  cutHolds(leastPreferred(shop, line, how), -more);
  cart.holds = cart.holds.filter(({ state }) => state === 'held');
  forget(cart, sku);
  renew(shop, lineOf(cart, sku));
  return DONE;
}

/** Takes units from holds, the first ones first. */
export function cutHolds(holds: readonly PlaceHold[], units: number): void {
  let left = units;
  for (const hold of holds) {
    const some = Math.min(left, hold.units);
    takeUnits(hold, some);
    left -= some;
  }
}

export function removeFromCart(shop: PlaceShop, who: string, sku: string): PlaceAnswer {
  const cart = cartOf(shop, who);
  for (const hold of lineOf(cart, sku)) hold.state = 'over';
  cart.holds = cart.holds.filter(({ state }) => state === 'held');
  forget(cart, sku);
  return DONE;
}
