import type { CoreReason, CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { ReadRequest, Snapshot } from '../../store/store.ts';
import { cartState, liveParts, STALE_CART, cartView } from './cart-document.ts';
import { type Admission, admissionReads, admissionSteps, admissionStepsMax, type Admit } from './sku-admission.ts';
import { addUnits, type LineView, setUnits } from './cart-lines.ts';
import type { SkuPrice } from '../stock/supply/price-cache.ts';
import { assertReadable, ok, type Refusal, type Result } from '../../contract/calls/call.ts';
import type { CartAddInput, CartSetInput } from '../../contract/inputs/inputs.ts';
import type { BegunCall } from '../../transact/begun-call.ts';
import type { Decision, Effect, MutationSpec, Unread } from '../../transact/mutation.ts';
import { cartKey } from '../../transact/documents/names.ts';
import type { Cart, CartAddition } from '../../contract/outputs/cart-outputs.ts';
import { LineSources } from './line-sources.ts';
import { addSourced, setSourced, type SourcedView } from './sourced-lines.ts';
import type { EmptyStock } from '../stock/units/empty-stock.ts';
import type { SourceStock, Supply } from '../stock/supply/supply.ts';
import type { HoldStreaks } from './hold-streaks.ts';
import { observeLines } from './observed-lines.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';

/** `quantity_limit`: the line has grown since the wanted units were capped at its maximum. */
const STALE_LINE: readonly CoreReason[] = [...STALE_CART, 'quantity_limit'];
/** In a shop with several locations, each attempt may find that the units of one of them are gone. */
const SOURCED_ATTEMPTS_MAX = 64;

/** A put of the cart and a reserve. */
const NEW_LINE_STEPS = 2;
const NO_STEPS: readonly Step[] = [];
const ADD_DEFAULTS = { mode: 'exact' } as const;

/** The data that a change of a line needs besides its input. */
export interface LineContext {
  cartId: string;
  admission: Admission | null;
  /** Null in a shop with the location `main` alone. */
  supply: Supply | null;
}

/**
 * A change that may need a new line and therefore the SKU's price, which comes from the cache or from the same read as
 * the cart. A cart that this process has not seen is assumed to be new. With several locations, its units are then
 * taken from the first one; a call that reads also reads the stock of the SKU at all locations.
 */
abstract class LineChange<I extends { sku: string; quantity: number }, T extends Cart> implements MutationSpec<T> {
  abstract readonly procedure: string;
  readonly lockKeys: string;
  readonly input: I;
  readonly call: BegunCall;
  protected readonly parts: CartParts;
  protected readonly cartId: string;
  protected readonly sources: LineSources | null;
  readonly #admission: Admission | null;
  #cached: SkuPrice | null = null;
  #isRead = false;

  constructor(parts: CartParts, input: I, call: BegunCall, { cartId, admission, supply }: LineContext) {
    this.lockKeys = cartKey(cartId);
    this.input = input;
    this.call = call;
    this.parts = parts;
    this.cartId = cartId;
    this.sources = supply && new LineSources(parts, input.sku, supply);
    this.#admission = admission;
  }

  get attemptsMax(): number | undefined {
    return this.sources ? SOURCED_ATTEMPTS_MAX : undefined;
  }

  /** A quantity above the line's maximum is refused without waiting in the mailbox. */
  unread(): Unread | null {
    const { prices, seen, settings } = this.parts;
    if (this.input.quantity > settings.lineQuantityMax) return null;
    this.#cached = seen.markSeen(this.cartId) ? prices.get(this.input.sku) : null;
    if (!this.#cached) return null;
    const { sku } = this.input;
    const stock = this.sources ? this.sources.guessFirst()?.key : sku;
    if (stock === undefined) return null;
    return { address: sku, stock, steps: NEW_LINE_STEPS + admissionStepsMax(this.#admission) };
  }

  reads(): ReadRequest {
    const { sku } = this.input;
    const { prices } = this.parts;
    this.#isRead = true;
    const documents = [this.lockKeys, ...admissionReads(this.#admission, this.cartId)];
    if (this.sources) return { documents, skus: this.sources.read() };
    // The composition from the cached price was refused, so the price may have changed.
    if (this.#cached) prices.delete(sku);
    this.#cached = prices.get(sku);
    return { documents, ...(this.#cached ? {} : { skus: [sku] }) };
  }

  compose(view: Snapshot, refused: CoreRefusal | null, step: Step | null): Decision<T> {
    const { settings, capsOf, streaks, ids } = this.parts;
    const { sku } = this.input;
    if (this.#isRead) this.sources?.learn(refused, step);
    const sources = this.#isRead && this.sources ? this.sources.in(view) : null;
    const price = this.#priceIn(view, sources?.stock ?? null);
    const { caller } = this.call;
    const customer = caller.customer ?? this.lockKeys;
    const state = cartState(this.cartId, view);
    const holdId = ids.newId('hld_');
    const callerCaps = capsOf(caller);
    const admission = NO_STEPS;
    const guess = this.sources?.guess ?? null;
    const plain = { state, sku, price, customer, callerCaps, streaks, admission, holdId, guess, settings };
    const admitted = this.#admission ? this.#admitted(plain, this.#admission, view) : plain;
    if ('refusal' in admitted) return admitted;
    if (!sources) return this.change(admitted);
    const decision = this.changeSourced({ ...admitted, sources, ids: this.parts.ids }, refused);
    if ('steps' in decision) this.sources?.composed(decision.steps);
    return decision;
  }

  #priceIn(view: Snapshot, stock: SourceStock | null): SkuPrice | null {
    const { sku } = this.input;
    if (this.#cached && !stock) return this.#cached;
    if (!stock) assertReadable(view, `stock:${sku}`);
    const record = stock ? stock.records[0] : view.stock[0];
    return record ? this.parts.prices.put({ ...record, sku }) : null;
  }

  /** More units of a line need no admission, so a permission is not used for them. */
  #admitted(plain: LineView, admission: Admission, view: Snapshot): LineView | { refusal: Refusal } {
    const { sku, callerCaps, state } = plain;
    if (liveParts(state, sku).length > 0) return plain;
    const by = this.call.caller.principal;
    const steps = admissionSteps(admission, { by, cartId: this.cartId, view, now: this.parts.now() });
    if (!steps) return { refusal: { reason: 'admission_required', meta: { sku } } };
    const caps = callerCaps.caps && { ...callerCaps.caps, admitted: true };
    return { ...plain, admission: steps, callerCaps: caps ? { ...callerCaps, caps } : callerCaps };
  }

  succeeded(cart: T): void {
    this.sources?.succeeded();
    observeLines(this.parts.streaks, { caller: this.call.caller, cartName: this.lockKeys }, [this.input.sku], cart);
  }

  abstract get retryOn(): readonly CoreReason[];

  abstract answer(effect: Effect): Promise<Result<T>>;

  protected abstract change(view: LineView): Decision<T>;

  /** `refused`: the refusal of the composition before. */
  protected abstract changeSourced(view: SourcedView, refused: CoreRefusal | null): Decision<T>;
}

export class LineAddition extends LineChange<CartAddInput, CartAddition> {
  readonly procedure = 'cart.add';
  readonly defaults = ADD_DEFAULTS;

  get retryOn(): readonly CoreReason[] {
    return this.sources ? this.sources.retryOn(this.#takesFewer) : STALE_LINE;
  }

  async answer({ granted }: Effect): Promise<Result<CartAddition>> {
    const units = granted.reduce((sum, each) => sum + each, 0);
    return ok({ ...(await readCart(this.parts, this.cartId)), granted: units });
  }

  protected change(view: LineView): Decision<CartAddition> {
    const { quantity } = this.input;
    // Other locations may have the units that a guessed one lacks.
    const min = this.#takesFewer && !view.guess ? 1 : quantity;
    return addUnits(view, { min, want: quantity });
  }

  protected changeSourced(view: SourcedView, refused: CoreRefusal | null): Decision<CartAddition> {
    const { quantity } = this.input;
    const allowed = this.sources?.allowed ?? Infinity;
    const isLimited = refused?.reason === 'limit_exceeded' || refused?.reason === 'hold_cap';
    if (isLimited && allowed < 1) return { refusal: refused };
    const min = this.#takesFewer ? 1 : quantity;
    return addSourced(view, { min, want: Math.max(min, Math.min(quantity, allowed)) });
  }

  get #takesFewer(): boolean {
    return this.input.mode === 'best_effort';
  }
}

export class LineQuantity extends LineChange<CartSetInput, Cart> {
  readonly procedure = 'cart.setQuantity';

  get retryOn(): readonly CoreReason[] {
    return this.sources ? this.sources.retryOn(false) : STALE_CART;
  }

  async answer(): Promise<Result<Cart>> {
    return ok(await readCart(this.parts, this.cartId));
  }

  protected change(view: LineView): Decision<Cart> {
    return setUnits(view, this.input.quantity);
  }

  protected changeSourced(view: SourcedView): Decision<Cart> {
    return setSourced(view, this.input.quantity);
  }
}

export interface CartParts extends ServiceParts {
  admit?: Admit | undefined;
  seen: SeenCarts;
  empty: EmptyStock;
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
