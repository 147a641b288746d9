import type { CoreReason, CoreRefusal } from '../../domain/refusal.ts';
import { stockKey } from '../../domain/stock-keys.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { EmptyStock } from '../stock/units/empty-stock.ts';
import { sourceStockIn, type Supply } from '../stock/supply/supply.ts';
import { STALE_CART } from './cart-document.ts';
import type { Guess } from './line-hold.ts';
import type { Sources } from './sourced-lines.ts';

/** Another shopper has taken units of a location since the snapshot. `quantity_limit`: the line has grown. */
const STALE_STOCK: readonly CoreReason[] = [...STALE_CART, 'quantity_limit', 'insufficient_stock'];
/** A limit or a cap may allow fewer units, and the call accepts fewer. */
const STALE_UNITS: readonly CoreReason[] = [...STALE_STOCK, 'limit_exceeded', 'hold_cap'];
/**
 * The location was chosen without a read. It may lack the units or even the SKU, and another location may have them.
 */
const STALE_GUESS: readonly CoreReason[] = [...STALE_UNITS, 'unknown_sku'];

interface LineSourcesParts {
  locations: ShopLocations;
  empty: EmptyStock;
}

/**
 * The locations that may supply the units of one call, in a shop with several locations, and the results of its
 * attempts.
 */
export class LineSources {
  readonly #parts: LineSourcesParts;
  readonly #sku: string;
  readonly #supply: Supply;
  #guess: Guess | null = null;
  #steps: readonly Step[] = [];
  /** The most units that limits and caps allow, according to the refusals of the store. */
  allowed = Infinity;

  constructor(parts: LineSourcesParts, sku: string, supply: Supply) {
    this.#parts = parts;
    this.#sku = sku;
    this.#supply = supply;
  }

  /**
   * Returns the stock for a call without a read: the first that is not known to be empty. Null: the call has to read.
   */
  guessFirst(): Guess | null {
    for (const location of this.#supply.locations) {
      const key = stockKey(this.#sku, location);
      if (this.#parts.empty.has(key)) continue;
      this.#guess = { key, location };
      return this.#guess;
    }
    return null;
  }

  /** The stock that a call without a read has chosen; null once the call reads. */
  get guess(): Guess | null {
    return this.#guess;
  }

  /** Returns the keys that the call reads. */
  read(): string[] {
    return this.#parts.locations.keysOf(this.#sku);
  }

  retryOn(takesFewer: boolean): readonly CoreReason[] {
    if (this.#guess !== null) return STALE_GUESS;
    return takesFewer ? STALE_UNITS : STALE_STOCK;
  }

  /** Returns the sources in a snapshot that has the stock. */
  in(view: Snapshot): Sources {
    const { locations, empty } = this.#parts;
    const all = locations.all.map(({ id }) => id);
    const keys = locations.keysOf(this.#sku);
    const stock = sourceStockIn(view, keys);
    for (const key of keys) if (stock.availableAt(key) > 0) empty.noteUnits(key);
    return { supply: this.#supply, all, stock };
  }

  /** Applies the refusal of the previous composition. */
  learn(refused: CoreRefusal | null, step: Step | null): void {
    if (this.#guess !== null) {
      if (refused?.reason === 'insufficient_stock') this.#parts.empty.noteRefusal(this.#guess.key);
      this.#guess = null;
    } else if (refused?.reason === 'limit_exceeded') {
      this.allowed = this.#unitsBefore(step) + refused.meta.limit - refused.meta.already;
    } else if (refused?.reason === 'hold_cap') {
      this.allowed = this.#unitsBefore(step) + refused.meta.limit - refused.meta.held;
    }
  }

  /** Records that the call got its units. */
  succeeded(): void {
    if (this.#guess !== null) this.#parts.empty.noteUnits(this.#guess.key);
  }

  composed(steps: readonly Step[]): void {
    this.#steps = steps;
  }

  /** Returns the units that the steps before one of them take. */
  #unitsBefore(step: Step | null): number {
    const before = this.#steps.slice(0, step ? this.#steps.indexOf(step) : 0);
    return before.reduce((sum, each) => sum + wantedUnits(each), 0);
  }
}

function wantedUnits(step: Step): number {
  if (step.kind === 'reserve') return step.want;
  return step.kind === 'resize' && 'by' in step.change ? step.change.by.want : 0;
}
