import type { ServiceParts } from '../stock/service-parts.ts';
import { cartState, type CartState, STALE_CART } from './cart-document.ts';
import { emptyCart, endCart, endLine, extendCart, removeLine } from './cart-lines.ts';
import { mergeCarts } from './cart-merge.ts';
import { type CartParts, readCart, LineAddition, LineQuantity, SeenCarts } from './line-change.ts';
import { type Call, systemCaller, invalid, ok, type Result } from '../../contract/call.ts';
import type { Decision } from '../../transact/mutation.ts';
import { cartKey } from '../../transact/names.ts';
import type { CartService } from './cart-api.ts';
import type { Cart } from '../../contract/cart-outputs.ts';

interface CartCall {
  procedure: string;
  input: object;
  call: Call;
  cartId: string;
}

const NO_CART = invalid('', 'only a session has a cart');

/** Each change of a cart is one transaction over the holds of its lines and the cart's document. */
export function createCartService(shared: ServiceParts): CartService {
  const parts: CartParts = { ...shared, seen: new SeenCarts() };
  const own = <T>(call: Call, work: (cartId: string) => Promise<Result<T>>): Promise<Result<T>> =>
    call.caller.cartId === null ? Promise.resolve(NO_CART) : work(call.caller.cartId);
  return {
    get: (_, call) => own(call, async (cartId) => ok(await readCart(parts, cartId))),
    add: (input, call) => {
      const { cartId } = call.caller;
      if (cartId === null) return Promise.resolve(NO_CART);
      return parts.transactor.run(new LineAddition(parts, input, call, cartId));
    },
    setQuantity: (input, call) =>
      own(call, (cartId) => {
        const cart = { procedure: 'cart.setQuantity', input, call, cartId };
        const { sku, quantity } = input;
        if (quantity === 0) return changeCart(parts, cart, (state) => removeLine(state, sku, parts.settings));
        return parts.transactor.run(new LineQuantity(parts, input, call, cartId));
      }),
    remove: (input, call) =>
      own(call, (cartId) => {
        const cart = { procedure: 'cart.remove', input, call, cartId };
        return changeCart(parts, cart, (state) => removeLine(state, input.sku, parts.settings));
      }),
    empty: (input, call) =>
      own(call, (cartId) => {
        const cart = { procedure: 'cart.clear', input, call, cartId };
        return changeCart(parts, cart, (state) => emptyCart(state, parts.settings));
      }),
    extend: (input, call) =>
      own(call, (cartId) => {
        const cart = { procedure: 'cart.extend', input, call, cartId };
        return changeCart(parts, cart, (state) => extendCart(state, parts.settings));
      }),
    merge: (input, call) => own(call, (cartId) => mergeCarts(parts, { input, call, cartId })),
    ...createCartLifecycle(parts),
  };
}

type Lifecycle = Pick<CartService, 'releaseAndDeleteLine' | 'deleteLine' | 'clear'>;

function createCartLifecycle(parts: CartParts): Lifecycle {
  const { settings } = parts;
  const ending = (procedure: string, cartId: string, compose: (state: CartState) => Decision<Cart>) => {
    const call: Call = { caller: { ...systemCaller('operator'), cartId } };
    return changeCart(parts, { procedure, input: {}, call, cartId }, compose);
  };
  const line = (procedure: string, cartId: string, sku: string, releaseReservations: boolean) =>
    ending(procedure, cartId, (state) => endLine(state, sku, { releaseReservations }, settings));
  return {
    releaseAndDeleteLine: (cartId, sku) => line('carts.releaseAndDeleteLine', cartId, sku, true),
    deleteLine: (cartId, sku) => line('carts.deleteLine', cartId, sku, false),
    clear: (cartId, { releaseReservations = true } = {}) =>
      ending('carts.clear', cartId, (state) => endCart(state, { releaseReservations }, settings)),
  };
}

function changeCart(
  parts: CartParts,
  { procedure, input, call, cartId }: CartCall,
  compose: (state: CartState) => Decision<Cart>,
): Promise<Result<Cart>> {
  const key = cartKey(cartId);
  return parts.transactor.run({
    procedure,
    input,
    call,
    lockKeys: key,
    reads: () => ({ documents: [key] }),
    compose: (view) => compose(cartState(cartId, view)),
    retryOn: STALE_CART,
    answer: async () => ok(await readCart(parts, cartId)),
  });
}
