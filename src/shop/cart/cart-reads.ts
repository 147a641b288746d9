import { cartState } from './cart-document.ts';
import { cartView } from './cart-view.ts';
import type { PriceCache } from '../stock/price-cache.ts';
import type { SeenCarts } from './seen-carts.ts';
import { cartKey } from '../../transact/names.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Cart } from '../../contract/cart-outputs.ts';

export interface CartParts {
  transactor: Transactor;
  read: Read;
  prices: PriceCache;
  seen: SeenCarts;
  settings: Settings;
  now: () => number;
}

export async function readCart(
  { read, settings, seen }: Pick<CartParts, 'read' | 'settings' | 'seen'>,
  cartId: string,
): Promise<Cart> {
  const state = cartState(cartId, await read({ documents: [cartKey(cartId)] }));
  if (state.version !== null) seen.markSeen(cartId);
  return cartView(state, settings.cartTtlMs);
}
