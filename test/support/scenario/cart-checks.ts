import type { OutputOf } from '../http-caller.ts';
import type { Faults } from './faults.ts';
import { HOLD_TTL_MS, limitOf, LINE_QUANTITY_MAX, PAYMENT_WINDOW_MS, totalOf } from './goods.ts';

export type Cart = OutputOf<'cart.get'>;

/** What the answers to one session have shown of its cart. */
export interface Basket {
  cart: Cart | null;
  versionMax: number;
}

export const newBasket = (): Basket => ({ cart: null, versionMax: 0 });

export const quantityOf = ({ lines }: Cart, sku: string): number | null =>
  lines.find((line) => line.sku === sku)?.quantity ?? null;

/** Checks that a cart is consistent, and not older than what its session knew before the request. */
export function checkCart(cart: Cart, versionBefore: number, basket: Basket, faults: Faults): void {
  const about = (what: string) => () => `${what}: ${JSON.stringify(cart)} after version ${versionBefore}`;
  const { lines, serverTime, version } = cart;
  const isUnique = (values: readonly string[]) => new Set(values).size === values.length;
  faults.unless(isUnique(lines.map(({ sku }) => sku)), about('two lines of one SKU'));
  faults.unless(isUnique(lines.map(({ holdId }) => holdId)), about('two lines of one hold'));
  faults.unless(JSON.stringify(cart.total) === JSON.stringify(totalOf(lines)), about('the total is not the sum'));
  faults.unless(version === 0 || version >= versionBefore, about('the version has gone back'));
  faults.unless(version > 0 || lines.length === 0, about('lines without a cart'));
  faults.unless(basket.cart === null || basket.cart.cartId === cart.cartId, about('another cart'));
  const latest = serverTime + Math.max(HOLD_TTL_MS, PAYMENT_WINDOW_MS);
  for (const { sku, quantity, expiresAt } of lines) {
    const quantityMax = Math.min(LINE_QUANTITY_MAX, limitOf(sku) ?? LINE_QUANTITY_MAX);
    faults.unless(quantity >= 1 && quantity <= quantityMax, about('a quantity that no line has'));
    faults.unless(expiresAt > serverTime, about('a line that has expired'));
    faults.unless(expiresAt <= latest, about('a line that is held for too long'));
  }
  for (const { at } of cart.expired) faults.unless(at <= serverTime, about('a line lost in the future'));
  basket.cart = cart;
  basket.versionMax = Math.max(basket.versionMax, version);
}
