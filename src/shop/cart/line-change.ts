import type { CoreReason } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { ReadRequest, Snapshot } from '../../store/store.ts';
import { cartState, liveParts, STALE_CART, cartView } from './cart-document.ts';
import { type Admission, admissionReads, admissionSteps, admissionStepsMax, type Admit } from './sku-admission.ts';
import { addUnits, type LineView, setUnits } from './cart-lines.ts';
import type { SkuPrice } from '../stock/price-cache.ts';
import { assertReadable, type Call, ok, type Result } from '../../contract/call.ts';
import { newId } from '../../transact/ids.ts';
import type { CartAddInput, CartSetInput } from '../../contract/inputs.ts';
import type { Decision, Effect, MutationSpec, Unread } from '../../transact/mutation.ts';
import { cartKey } from '../../transact/names.ts';
import type { Cart, CartAddition } from '../../contract/cart-outputs.ts';
import type { HoldStreaks } from './hold-streaks.ts';
import { observeLines } from './observed-lines.ts';
import type { ServiceParts } from '../stock/service-parts.ts';

/** `quantity_limit`: the line has grown since the wanted units were capped at its maximum. */
const STALE_LINE: readonly CoreReason[] = [...STALE_CART, 'quantity_limit'];

/** A put of the cart and a reserve. */
const NEW_LINE_STEPS = 2;
const NO_STEPS: readonly Step[] = [];
const ADD_DEFAULTS = { mode: 'exact' } as const;

/**
 * A change that may need a new line and therefore the SKU's price, which comes from the cache or from the same read as
 * the cart. A cart that this process has not seen is assumed to be new.
 */
abstract class LineChange<I extends { sku: string; quantity: number }, T extends Cart> implements MutationSpec<T> {
  abstract readonly procedure: string;
  readonly lockKeys: string;
  readonly input: I;
  readonly call: Call;
  protected readonly parts: CartParts;
  protected readonly cartId: string;
  readonly #admission: Admission | null;
  #cached: SkuPrice | null = null;

  constructor(parts: CartParts, input: I, call: Call, cartId: string, admission: Admission | null = null) {
    this.lockKeys = cartKey(cartId);
    this.input = input;
    this.call = call;
    this.parts = parts;
    this.cartId = cartId;
    this.#admission = admission;
  }

  /** A quantity above the line's maximum is refused without waiting in the mailbox. */
  unread(): Unread | null {
    const { prices, seen, settings } = this.parts;
    if (this.input.quantity > settings.lineQuantityMax) return null;
    this.#cached = seen.markSeen(this.cartId) ? prices.get(this.input.sku) : null;
    return this.#cached && { address: this.input.sku, steps: NEW_LINE_STEPS + admissionStepsMax(this.#admission) };
  }

  reads(): ReadRequest {
    const { sku } = this.input;
    const { prices } = this.parts;
    // The composition from the cached price was refused, so the price may have changed.
    if (this.#cached) prices.delete(sku);
    this.#cached = prices.get(sku);
    const admissions = admissionReads(this.#admission, this.cartId);
    return { documents: [this.lockKeys, ...admissions], ...(this.#cached ? {} : { skus: [sku] }) };
  }

  compose(view: Snapshot): Decision<T> {
    const { prices, settings, capsOf, streaks, now } = this.parts;
    const { sku } = this.input;
    const cached = this.#cached;
    if (!cached) assertReadable(view, `stock:${sku}`);
    const [record] = view.stock;
    const price = cached ?? (record ? prices.put(record) : null);
    const { caller } = this.call;
    const customer = caller.customer ?? this.lockKeys;
    const state = cartState(this.cartId, view);
    const holdId = newId('hld_', now());
    const callerCaps = capsOf(caller);
    const plain = { state, sku, price, customer, callerCaps, streaks, admission: NO_STEPS, holdId, settings };
    return this.#admission ? this.#changeAdmitted(plain, this.#admission, view) : this.change(plain);
  }

  /** More units of a line need no admission, so a permission is not used for them. */
  #changeAdmitted(plain: LineView, admission: Admission, view: Snapshot): Decision<T> {
    const { sku, callerCaps, state } = plain;
    if (liveParts(state, sku).length > 0) return this.change(plain);
    const by = this.call.caller.principal;
    const steps = admissionSteps(admission, { by, cartId: this.cartId, view, now: this.parts.now() });
    if (!steps) return { refusal: { reason: 'admission_required', meta: { sku } } };
    const caps = callerCaps.caps && { ...callerCaps.caps, admitted: true };
    return this.change({ ...plain, admission: steps, callerCaps: caps ? { ...callerCaps, caps } : callerCaps });
  }

  succeeded(cart: T): void {
    observeLines(this.parts.streaks, { caller: this.call.caller, cartName: this.lockKeys }, [this.input.sku], cart);
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

export interface CartParts extends ServiceParts {
  admit?: Admit | undefined;
  seen: SeenCarts;
  streaks: HoldStreaks;
}

export async function readCart({ read, settings, seen }: CartParts, cartId: string): Promise<Cart> {
  const state = cartState(cartId, await read({ documents: [cartKey(cartId)] }));
  if (state.version !== null) seen.markSeen(cartId);
  return cartView(state, settings.cartTtlMs);
}

const GENERATION_MAX = 25_000;

/**
 * The carts that this process has seen. A cart seen for the first time is usually new, so its first change skips the
 * read. The store detects a wrong guess, because a new cart is only written where none exists.
 *
 * Two generations: the older one is dropped as a whole. An LRU order would cost as much as the saved reads.
 */
export class SeenCarts {
  #recent = new Set<string>();
  #earlier = new Set<string>();

  /** Remembers the cart. Returns whether it is new to this process. */
  markSeen(cartId: string): boolean {
    const isNew = !this.#recent.has(cartId) && !this.#earlier.has(cartId);
    this.#recent.add(cartId);
    if (this.#recent.size >= GENERATION_MAX) {
      this.#earlier = this.#recent;
      this.#recent = new Set();
    }
    return isNew;
  }
}
