import type { CoreReason } from '../../domain/refusal.ts';
import type { ReadRequest, Snapshot } from '../../store/store.ts';
import { cartState, STALE_CART } from './cart-document.ts';
import { addUnits, type LineView, setUnits } from './cart-lines.ts';
import { type CartParts, readCart } from './cart-reads.ts';
import type { Definition } from '../stock/definitions.ts';
import { assertReadable } from '../../contract/failures.ts';
import { newId } from '../../transact/ids.ts';
import type { Call, CartAddInput, CartSetInput } from '../../contract/inputs.ts';
import type { Decision, Effect, Mutation, Unread } from '../../transact/mutation.ts';
import { cartKey } from '../../transact/names.ts';
import { ok, type Result } from '../../contract/refusals.ts';
import type { Cart, CartAddition } from '../../contract/views.ts';

/** Where what is wanted was cut to the line's maximum: the line has got more units in the meantime. */
const STALE_LINE: readonly CoreReason[] = [...STALE_CART, 'quantity_limit'];

/** The cart and the hold. */
const NEW_LINE_STEPS = 2;
const ADD_DEFAULTS = { mode: 'exact' } as const;

/**
 * A change that may need a new line, and so what the SKU is: from the cache, else from the same read as the cart. The cart of
 * which this process hears for the first time is taken for a new one.
 */
abstract class LineChange<I extends { sku: string; quantity: number }, T extends Cart> implements Mutation<T> {
  abstract readonly procedure: string;
  readonly lockKeys: string;
  readonly input: I;
  readonly call: Call;
  protected readonly parts: CartParts;
  protected readonly cartId: string;
  #cached: Definition | null = null;

  constructor(parts: CartParts, input: I, call: Call, cartId: string) {
    this.lockKeys = cartKey(cartId);
    this.input = input;
    this.call = call;
    this.parts = parts;
    this.cartId = cartId;
  }

  /** What the line's maximum refuses is refused at once. */
  unread(): Unread | null {
    const { definitions, heard, settings } = this.parts;
    if (this.input.quantity > settings.lineQuantityMax) return null;
    this.#cached = heard.isFirst(this.cartId) ? definitions.get(this.input.sku) : null;
    return this.#cached && { address: this.input.sku, steps: NEW_LINE_STEPS };
  }

  reads(): ReadRequest {
    const { sku } = this.input;
    const { definitions } = this.parts;
    // What was composed from it has been refused: the price may have changed.
    if (this.#cached) definitions.forget(sku);
    this.#cached = definitions.get(sku);
    return { documents: [this.lockKeys], ...(this.#cached ? {} : { skus: [sku] }) };
  }

  compose(view: Snapshot): Decision<T> {
    const { definitions, settings, now } = this.parts;
    const { sku } = this.input;
    const cached = this.#cached;
    if (!cached) assertReadable(view, `stock:${sku}`);
    const [record] = view.stock;
    const definition = cached ?? (record ? definitions.learn(record) : null);
    const customer = this.call.caller.customer ?? this.lockKeys;
    const state = cartState(this.cartId, view);
    return this.change({ state, sku, definition, customer, holdId: newId('hld_', now()), settings });
  }

  abstract answer(effect: Effect): Promise<Result<T>>;

  protected abstract change(view: LineView): Decision<T>;
}

export class LineAddition extends LineChange<CartAddInput, CartAddition> {
  readonly procedure = 'cart.add';
  readonly defaults = ADD_DEFAULTS;
  readonly retryOn = STALE_LINE;

  async answer({ granted: [granted = 0] }: Effect): Promise<Result<CartAddition>> {
    return ok({ ...(await readCart(this.parts, this.cartId)), granted });
  }

  protected change(view: LineView): Decision<CartAddition> {
    const { mode, quantity } = this.input;
    return addUnits(view, { min: mode === 'best_effort' ? 1 : quantity, want: quantity });
  }
}

export class LineQuantity extends LineChange<CartSetInput, Cart> {
  readonly procedure = 'cart.setQuantity';
  readonly retryOn = STALE_CART;

  async answer(): Promise<Result<Cart>> {
    return ok(await readCart(this.parts, this.cartId));
  }

  protected change(view: LineView): Decision<Cart> {
    return setUnits(view, this.input.quantity);
  }
}
