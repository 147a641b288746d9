import { type Admission, type Admit, withAdmission } from './sku-admission.ts';
import { EmptyStock } from '../stock/units/empty-stock.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { prepareSupply, type SourcingInput, type Supply, supplyOf } from '../stock/supply/supply.ts';
import { cartState, type CartState, liveLines, STALE_CART } from './cart-document.ts';
import { emptyCart, endCart, endLine, extendCart, removeLine } from './cart-lines.ts';
import { mergeCarts } from './cart-merge.ts';
import { type CartParts, readCart, LineAddition, LineQuantity, SeenCarts } from './line-change.ts';
import { type Call, systemCaller, invalid, ok, refuse, type Result } from '../../contract/calls/call.ts';
import type { BegunCall } from '../../transact/begun-call.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { HoldRecord } from '../../domain/records.ts';
import { lineOf } from '../line/line-parts.ts';
import { cartKey } from '../../transact/documents/names.ts';
import type { CartService } from './cart-api.ts';
import type { HoldStreaks } from './hold-streaks.ts';
import { streakHolderOf, observeLines, observeReleases } from './observed-lines.ts';
import type { Cart, CartMerge } from '../../contract/outputs/cart-outputs.ts';
import type { CartMergeInput } from '../../contract/inputs/library-inputs.ts';
import type { CartSetInput } from '../../contract/inputs/inputs.ts';
import type { Settings } from '../../contract/settings.ts';

interface CartCall {
  procedure: string;
  input: object;
  call: Call;
  cartId: string;
  /** Called with the changed cart. */
  succeeded: (cart: Cart) => void;
}

const NO_CART = invalid('', 'only a session has a cart');

export interface CartServiceParts extends ServiceParts {
  admit?: Admit | undefined;
  streaks: HoldStreaks;
}

/** Each change of a cart is one transaction over the holds of its lines and the cart's document. */
export function createCartService(shared: CartServiceParts): CartService {
  const parts: CartParts = { ...shared, seen: new SeenCarts(), empty: new EmptyStock(shared.settings) };
  const own = <T>(call: Call, work: (cartId: string) => Promise<Result<T>>): Promise<Result<T>> =>
    call.caller.cartId === null ? Promise.resolve(NO_CART) : work(call.caller.cartId);
  const change = (
    procedure: string,
    { input, call }: Pick<CartCall, 'input' | 'call'>,
    skus: readonly string[] | null,
    compose: (state: CartState) => Decision<Cart>,
  ) =>
    own(call, (cartId) =>
      changeCart(parts, { procedure, input, call, cartId, succeeded: observerOf(parts, call, cartId, skus) }, compose),
    );
  const { settings } = parts;
  return {
    get: (_, call) => own(call, async (cartId) => ok(await readCart(parts, cartId))),
    add: (input, call) =>
      own(call, (cartId) =>
        admitted(parts, input, call, (plain, begun, admission, supply) =>
          parts.transactor.run(new LineAddition(parts, plain, begun, { cartId, admission, supply })),
        ),
      ),
    setQuantity: (input, call) => {
      const { sku, quantity } = input;
      if (quantity === 0) {
        return change('cart.setQuantity', { input, call }, [sku], (state) => removeLine(state, sku, settings));
      }
      return own(call, (cartId) => setLineUnits(parts, { input, call, cartId }));
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
  for (const line of state.lines) skus.push(lineOf(line));
  return emptyCart(state, settings);
}

/** Returns the function that observes the lines of SKUs in a changed cart; null: all lines. */
const observerOf =
  ({ streaks }: CartParts, { caller }: Call, cartId: string, skus: readonly string[] | null) =>
  (cart: Cart): void =>
    observeLines(streaks, { caller, cartName: cartKey(cartId) }, skus ?? cart.lines.map(({ sku }) => sku), cart);

/** Merges a cart into the caller's, and records in the streaks that its units, with their age, are now the caller's. */
async function merge(
  parts: CartParts,
  merging: { input: CartMergeInput; call: Call; cartId: string },
): Promise<Result<CartMerge>> {
  const { streaks } = parts;
  const { input, call, cartId } = merging;
  const result = await mergeCarts(parts, merging);
  if (!result.ok || !streaks.isOn) return result;
  const holder = streakHolderOf(call.caller, cartKey(cartId));
  const { from } = input;
  const { cart, changes } = result.value;
  const fromName = from.customer ?? cartKey(from.cartId);
  for (const sku of new Set([...cart.lines, ...changes].map((each) => each.sku))) {
    streaks.observeMerge(fromName, holder, sku, cart);
  }
  return result;
}

const setLineUnits = (parts: CartParts, { input, call, cartId }: { input: CartSetInput; call: Call; cartId: string }) =>
  admitted(parts, input, call, (plain, begun, admission, supply) =>
    parts.transactor.run(new LineQuantity(parts, plain, begun, { cartId, admission, supply })),
  );

type RunLine<I, T> = (
  plain: I,
  call: BegunCall,
  admission: Admission | null,
  supply: Supply | null,
) => Promise<Result<T>>;

type LineInput = SourcingInput & { sku: string; admission?: string | undefined };

/** Runs a change without its token: a retry with a fresh token is the same call. Refused: `unknown_location`. */
function admitted<I extends LineInput, T>(
  parts: CartParts,
  input: I,
  call: Call,
  run: RunLine<I, T>,
): Promise<Result<T>> {
  const waiting = prepareSupply(parts.locations, input);
  if (!waiting) return runAdmitted(parts, input, call, run);
  const { waits } = parts.transactor;
  const begun = waits.begun(call);
  return waits.before(begun, waiting).then(() => runAdmitted(parts, input, begun, run));
}

function runAdmitted<I extends LineInput, T>(
  { admit, locations, settings, transactor }: CartParts,
  input: I,
  call: BegunCall,
  run: RunLine<I, T>,
): Promise<Result<T>> {
  const supply = supplyOf(locations, input, settings);
  if (supply && 'refusal' in supply) return Promise.resolve(refuse(supply.refusal));
  const { admission: token, sku } = input;
  if (token === undefined && !admit) return run(input, call, null, supply);
  const plain = token === undefined ? input : { ...input, admission: undefined };
  // The change may run twice, and the hook of the shop is called in between.
  const begun = transactor.waits.begun(call);
  const admitInTime: Admit | undefined = admit && ((request) => transactor.waits.before(begun, admit(request)));
  return withAdmission(admitInTime, { sku, caller: call.caller, token }, (admission) =>
    run(plain, begun, admission, supply),
  );
}

type Lifecycle = Pick<CartService, 'releaseAndDeleteLine' | 'deleteLine' | 'clear'>;

function createCartLifecycle(parts: CartParts): Lifecycle {
  const { settings, streaks } = parts;
  const ending = (
    procedure: string,
    { cartId, sku, releaseReservations }: { cartId: string; sku?: string; releaseReservations: boolean },
    compose: (state: CartState) => Decision<Cart>,
  ) => {
    const call: Call = { caller: { ...systemCaller('operator'), cartId } };
    let released: HoldRecord[] = [];
    const succeeded = (): void => observeReleases(streaks, released);
    return changeCart(parts, { procedure, input: {}, call, cartId, succeeded }, (state) => {
      const ended = liveLines(state).filter((line) => releaseReservations && (sku ?? lineOf(line)) === lineOf(line));
      released = ended.map(({ hold }) => hold);
      return compose(state);
    });
  };
  const line = (procedure: string, cartId: string, sku: string, releaseReservations: boolean) =>
    ending(procedure, { cartId, sku, releaseReservations }, (state) =>
      endLine(state, sku, { releaseReservations }, settings),
    );
  return {
    releaseAndDeleteLine: (cartId, sku) => line('carts.releaseAndDeleteLine', cartId, sku, true),
    deleteLine: (cartId, sku) => line('carts.deleteLine', cartId, sku, false),
    clear: (cartId, { releaseReservations = true } = {}) =>
      ending('carts.clear', { cartId, releaseReservations }, (state) =>
        endCart(state, { releaseReservations }, settings),
      ),
  };
}

function changeCart(
  parts: CartParts,
  { procedure, input, call, cartId, succeeded }: CartCall,
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
    succeeded,
  });
}
