import type { CoreReason } from '../domain/refusal.ts';
import { cartState, type CartState } from './cart-document.ts';
import { endCart, endLine } from './cart-endings.ts';
import { addUnits, emptyCart, extendCart, type LineView, removeLine, setUnits } from './cart-lines.ts';
import { mergeCarts } from './cart-merging.ts';
import { cartView } from './cart-view.ts';
import type { Definition, Definitions } from './definitions.ts';
import { demandDecoded } from './failures.ts';
import type { CartService } from './services.ts';
import { HeardCarts } from './heard-carts.ts';
import { newId } from './ids.ts';
import type { Call } from './inputs.ts';
import { cartKey } from './names.ts';
import { invalid, ok, type Result } from './refusals.ts';
import type { Settings } from './settings.ts';
import type { Read } from './stock-reader.ts';
import { type Decision, type Effect, NOTHING_READ } from './mutation.ts';
import type { Transactor } from './transactor.ts';
import type { Cart, CartAddition } from './views.ts';

/** Refusals that mean that a cart's view was stale: its holds ended or moved on in the meantime. */
export const STALE_CART: readonly CoreReason[] = ['hold_not_active', 'unknown_hold'];

/** Where what is wanted was cut to the line's maximum: the line has got more units in the meantime. */
const STALE_LINE: readonly CoreReason[] = [...STALE_CART, 'quantity_limit'];

export interface CartParts {
  transactor: Transactor;
  read: Read;
  definitions: Definitions;
  settings: Settings;
  now: () => number;
}

interface Parts extends CartParts {
  heard: HeardCarts;
}

interface CartCall {
  procedure: string;
  input: object;
  defaults?: Readonly<Record<string, unknown>>;
  call: Call;
  cartId: string;
}

const ADD_DEFAULTS = { mode: 'exact' } as const;

/** Carts: each change is one transaction over the lines' holds and the cart's document. */
export function createCartService(given: CartParts): CartService {
  const parts: Parts = { ...given, heard: new HeardCarts() };
  const own = <T>(call: Call, work: (cartId: string) => Promise<Result<T>>): Promise<Result<T>> =>
    call.caller.cartId === null ? Promise.resolve(invalid('', 'only a session has a cart')) : work(call.caller.cartId);
  return {
    get: (_, call) => own(call, async (cartId) => ok(await readCart(parts, cartId))),
    add: (input, call) =>
      own(call, (cartId) => {
        const range = { min: input.mode === 'best_effort' ? 1 : input.quantity, want: input.quantity };
        const cart = { procedure: 'cart.add', input, defaults: ADD_DEFAULTS, call, cartId };
        const answer = addition(parts, cartId);
        return changeLine(parts, cart, input.sku, (view) => addUnits(view, range), answer, STALE_LINE);
      }),
    setQuantity: (input, call) =>
      own(call, (cartId) => {
        const cart = { procedure: 'cart.setQuantity', input, call, cartId };
        const { sku, quantity } = input;
        if (quantity === 0) return changeCart(parts, cart, (state) => removeLine(state, sku, parts.settings));
        return changeLine(parts, cart, sku, (view) => setUnits(view, quantity), current(parts, cartId));
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

function createCartLifecycle(parts: Parts): Lifecycle {
  const { settings } = parts;
  const ending = (procedure: string, cartId: string, compose: (state: CartState) => Decision<Cart>) => {
    const call: Call = { caller: { kind: 'operator', principal: 'operator', cartId, customer: null } };
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

async function readCart({ read, settings, heard }: Parts, cartId: string): Promise<Cart> {
  const state = cartState(cartId, await read({ documents: [cartKey(cartId)] }));
  if (state.version !== null) heard.remember(cartId);
  return cartView(state, settings.cartTtlMs);
}

const current = (parts: Parts, cartId: string) => async (): Promise<Result<Cart>> => ok(await readCart(parts, cartId));

const addition =
  (parts: Parts, cartId: string) =>
  async ({ granted: [granted = 0] }: Effect): Promise<Result<CartAddition>> =>
    ok({ ...(await readCart(parts, cartId)), granted });

function changeCart(
  parts: Parts,
  { procedure, input, call, cartId }: CartCall,
  compose: (state: CartState) => Decision<Cart>,
): Promise<Result<Cart>> {
  const key = cartKey(cartId);
  return parts.transactor.run({
    procedure,
    input,
    call,
    turn: key,
    reads: () => ({ documents: [key] }),
    compose: (view) => compose(cartState(cartId, view)),
    stale: STALE_CART,
    answer: current(parts, cartId),
  });
}

/** A change that may need a new line, and so what the SKU is: from the cache, else from the same read as the cart. */
function changeLine<T extends Cart>(
  parts: Parts,
  { procedure, input, defaults, call, cartId }: CartCall,
  sku: string,
  compose: (view: LineView) => Decision<T>,
  answer: (effect: Effect) => Promise<Result<T>>,
  stale = STALE_CART,
): Promise<Result<T>> {
  const { transactor, definitions, settings, heard, now } = parts;
  const key = cartKey(cartId);
  const customer = call.caller.customer ?? key;
  let cached: Definition | null = null;
  return transactor.run({
    procedure,
    input,
    defaults,
    call,
    turn: key,
    guess: () => {
      cached = heard.isFirst(cartId) ? definitions.get(sku) : null;
      return cached && NOTHING_READ;
    },
    reads: () => {
      cached = definitions.get(sku);
      return { documents: [key], ...(cached ? {} : { skus: [sku] }) };
    },
    compose: (view) => {
      if (!cached) demandDecoded(view, `stock:${sku}`);
      const [record] = view.stock;
      const definition = cached ?? (record ? definitions.learn(record) : null);
      const holdId = newId('hld_', now());
      return compose({ state: cartState(cartId, view), sku, definition, customer, holdId, settings });
    },
    stale,
    answer,
  });
}
