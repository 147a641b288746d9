import { cartState } from './cart-document.ts';
import { cartView } from './cart-view.ts';
import type { Definitions } from '../stock/definitions.ts';
import type { HeardCarts } from './heard-carts.ts';
import { cartKey } from '../../transact/names.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Cart } from '../../contract/views.ts';

export interface CartParts {
  transactor: Transactor;
  read: Read;
  definitions: Definitions;
  heard: HeardCarts;
  settings: Settings;
  now: () => number;
}

/** Returns the cart as it is now. */
export async function readCart(
  { read, settings, heard }: Pick<CartParts, 'read' | 'settings' | 'heard'>,
  cartId: string,
): Promise<Cart> {
  const state = cartState(cartId, await read({ documents: [cartKey(cartId)] }));
  if (state.version !== null) heard.remember(cartId);
  return cartView(state, settings.cartTtlMs);
}
