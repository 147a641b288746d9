import type { ServiceParts } from '../stock/service-parts.ts';
import { cartState } from './cart-document.ts';
import { cartView } from './cart-view.ts';
import type { SeenCarts } from './seen-carts.ts';
import { cartKey } from '../../transact/names.ts';
import type { Cart } from '../../contract/cart-outputs.ts';

export interface CartParts extends ServiceParts {
  seen: SeenCarts;
}

export async function readCart({ read, settings, seen }: CartParts, cartId: string): Promise<Cart> {
  const state = cartState(cartId, await read({ documents: [cartKey(cartId)] }));
  if (state.version !== null) seen.markSeen(cartId);
  return cartView(state, settings.cartTtlMs);
}
