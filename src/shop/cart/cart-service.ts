import { type Admission, type Admit, withAdmission } from './sku-admission.ts';
import type { ServiceParts } from '../stock/service-parts.ts';
import { cartState, type CartState, STALE_CART } from './cart-document.ts';
import { emptyCart, endCart, endLine, extendCart, removeLine } from './cart-lines.ts';
import { mergeCarts } from './cart-merge.ts';
import { type CartParts, readCart, LineAddition, LineQuantity, SeenCarts } from './line-change.ts';
import { type Call, type Caller, systemCaller, invalid, ok, type Result } from '../../contract/call.ts';
import type { Decision } from '../../transact/mutation.ts';
import { cartKey } from '../../transact/names.ts';
import type { CartService } from './cart-api.ts';
import type { HoldStreaks } from './hold-streaks.ts';
import type { StreakHolder } from './streak.ts';
import type { Cart, CartMerge } from '../../contract/cart-outputs.ts';
import type { CartMergeInput } from '../../contract/library-inputs.ts';
import type { CartSetInput } from '../../contract/inputs.ts';
import type { Settings } from '../../contract/settings.ts';

interface CartCall {
  procedure: string;
  input: object;
  call: Call;
  cartId: string;
}

const NO_CART = invalid('', 'only a session has a cart');

export interface CartServiceParts extends ServiceParts {
  admit?: Admit | undefined;
  streaks: HoldStreaks;
}

/** Each change of a cart is one transaction over the holds of its lines and the cart's document. */
export function createCartService(shared: CartServiceParts): CartService {
  const { streaks } = shared;
  const parts: CartParts = { ...shared, seen: new SeenCarts() };
  const own = <T>(call: Call, work: (cartId: string) => Promise<Result<T>>): Promise<Result<T>> =>
    call.caller.cartId === null ? Promise.resolve(NO_CART) : work(call.caller.cartId);
  const change = (
    procedure: string,
    { input, call }: Pick<CartCall, 'input' | 'call'>,
    skus: readonly string[] | null,
    compose: (state: CartState) => Decision<Cart>,
  ) =>
    own(call, (cartId) => observed(parts, call, skus, changeCart(parts, { procedure, input, call, cartId }, compose)));
  const { settings } = parts;
  return {
    get: (_, call) => own(call, async (cartId) => ok(await readCart(parts, cartId))),
    add: (input, call) =>
      own(call, (cartId) => {
        const addition = admitted(parts, input, call, (plain, admission) =>
          parts.transactor.run(new LineAddition(parts, plain, call, cartId, admission)),
        );
        return streaks.isOn ? observed(parts, call, [input.sku], addition) : addition;
      }),
    setQuantity: (input, call) => {
      const { sku, quantity } = input;
      if (quantity === 0) {
        return change('cart.setQuantity', { input, call }, [sku], (state) => removeLine(state, sku, settings));
      }
      return own(call, (cartId) => observed(parts, call, [sku], setLineUnits(parts, { input, call, cartId })));
    },
    remove: (input, call) =>
      change('cart.remove', { input, call }, [input.sku], (state) => removeLine(state, input.sku, settings)),
    empty: (input, call) => {
      const skus: string[] = [];
      return change('cart.clear', { input, call }, skus, (state) => emptyNoting(state, settings, skus));
    },
    extend: (input, call) => change('cart.extend', { input, call }, null, (state) => extendCart(state, settings)),
    merge: (input, call) => own(call, (cartId) => merge(parts, { input, call, cartId })),
    ...createCartLifecycle(parts),
  };
}

/** Adds the SKUs of the lines that it removes to `skus`. */
function emptyNoting(state: CartState, settings: Settings, skus: string[]): Decision<Cart> {
  for (const { sku } of state.lines) skus.push(sku);
  return emptyCart(state, settings);
}

/** Remembers until when the caller has units of SKUs, from the answer of its call. Null: all SKUs of the answer. */
async function observed<T extends Cart>(
  { streaks }: CartParts,
  { caller }: Call,
  skus: readonly string[] | null,
  answer: Promise<Result<T>>,
): Promise<Result<T>> {
  const result = await answer;
  const holder = holderOf(caller);
  if (!result.ok || !holder || !streaks.isOn) return result;
  for (const sku of skus ?? result.value.lines.map((line) => line.sku)) streaks.observe(holder, sku, result.value);
  return result;
}

/** Merges, and remembers that the caller has units of another session, and their age. */
async function merge(
  parts: CartParts,
  merging: { input: CartMergeInput; call: Call; cartId: string },
): Promise<Result<CartMerge>> {
  const { streaks } = parts;
  const { input, call } = merging;
  const result = await mergeCarts(parts, merging);
  const holder = holderOf(call.caller);
  if (!result.ok || !holder || !streaks.isOn) return result;
  const { from } = input;
  const { cart, changes } = result.value;
  const fromName = from.customer ?? cartKey(from.cartId);
  for (const sku of new Set([...cart.lines, ...changes].map((each) => each.sku))) {
    streaks.observeMerge(fromName, holder, sku, cart);
  }
  return result;
}

/** A named customer has a streak of its own, whatever its client. */
function holderOf({ customer, client, cartId }: Caller): StreakHolder | null {
  if (cartId === null) return null;
  return customer === null ? { name: cartKey(cartId), client: client ?? null } : { name: customer, client: null };
}

const setLineUnits = (parts: CartParts, { input, call, cartId }: { input: CartSetInput; call: Call; cartId: string }) =>
  admitted(parts, input, call, (plain, admission) =>
    parts.transactor.run(new LineQuantity(parts, plain, call, cartId, admission)),
  );

/** Runs a change without its token: a retry with a fresh token is the same call. */
function admitted<I extends { sku: string; admission?: string | undefined }, T>(
  { admit }: CartParts,
  input: I,
  { caller }: Call,
  run: (plain: I, admission: Admission | null) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { admission: token, sku } = input;
  if (token === undefined && !admit) return run(input, null);
  const plain = token === undefined ? input : { ...input, admission: undefined };
  return withAdmission(admit, { sku, caller, token }, (admission) => run(plain, admission));
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
