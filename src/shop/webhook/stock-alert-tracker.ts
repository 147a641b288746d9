import { DAY_MS } from '../../domain/limits.ts';
import { availableOf, freeOf } from '../../domain/machine/step-context.ts';
import type { Movement } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { stockMemoryKey } from '../../transact/names.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { LedgerFact, StockFact } from './ledger-facts.ts';
import { plainState, stepStock } from './stock-hysteresis.ts';
import { type StockMemory, stockMemoryIn } from './webhook-documents.ts';
import { originOf, type WebhookEvent } from '../../contract/webhook-records.ts';

/** A SKU's state is forgotten this long after its last change. This also cleans up after deleted endpoints. */
const STOCK_MEMORY_MS = 30 * DAY_MS;

/**
 * Tracks the last stock state sent to an endpoint for each SKU of a ledger page, and derives the next stock events. A
 * state is stored only if it cannot be derived from the level without safety stock.
 */
export class StockAlertTracker {
  readonly #keyOf: (sku: string) => string;
  readonly #lowUnits: number;
  readonly #safety = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  #epochBegan = 0;
  readonly #stored = new Map<string, StockMemory>();
  readonly #present = new Map<string, StockMemory & { level: number }>();

  private constructor(endpointId: string, lowUnits: number) {
    this.#keyOf = (sku) => stockMemoryKey(endpointId, sku);
    this.#lowUnits = lowUnits;
  }

  /** Reads the stored states of the SKUs in `facts`. Rejects as the store does. */
  static async open(
    read: Read,
    endpointId: string,
    lowUnits: number,
    facts: readonly LedgerFact[],
  ): Promise<StockAlertTracker> {
    const tracker = new StockAlertTracker(endpointId, lowUnits);
    const skus = [...new Set(facts.flatMap((fact) => (fact.kind === 'stock' ? [fact.first.sku] : [])))];
    if (skus.length === 0) return tracker;
    const view = await read({ skus, documents: skus.map(tracker.#keyOf) });
    tracker.#epochBegan = view.epochBegan;
    for (const [index, sku] of skus.entries()) {
      tracker.#safety.set(sku, view.stock[index]?.safetyStock ?? 0);
      tracker.#versions.set(sku, view.stock[index]?.version ?? 0);
      const { value } = stockMemoryIn(view, tracker.#keyOf(sku));
      if (value) tracker.#stored.set(sku, value);
    }
    return tracker;
  }

  /** Applies a change and returns its event; null if the change causes none. */
  fold({ first, last, isSupply }: StockFact): WebhookEvent | null {
    const { sku, onHand, reserved, committed } = last;
    const safetyStock = this.#safety.get(sku) ?? 0;
    const counters = { onHand: onHand.after, reserved: reserved.after, committed: committed.after };
    const level = freeOf(counters);
    const available = availableOf({ ...counters, safetyStock });
    const known = this.#present.get(sku) ?? this.#stored.get(sku);
    const before =
      known?.state ?? plainState(first.onHand.before - first.reserved.before - first.committed.before, this.#lowUnits);
    const { state, event } = stepStock(before, { available, isSupply }, this.#lowUnits);
    this.#present.set(sku, { state, safetyStock, level });
    if (!event) return null;
    const { id, at, cause } = last;
    const version = this.#versionOf(last);
    return { id: `${id}s`, at, type: event, subject: sku, available, version, origin: originOf(cause) };
  }

  /**
   * Returns the sequence of the change. If the change is the SKU's newest and older than the present epoch, returns the
   * version that `stock.watch` reports for it: the epoch's first sequence, which is above the versions of all lost
   * changes.
   */
  #versionOf({ id, sku }: Movement): number {
    const version = sequenceOf(id);
    return this.#versions.get(sku) === version ? Math.max(version, this.#epochBegan) : version;
  }

  /** Returns the steps that store the states after the changes so far. */
  steps(): Step[] {
    return [...this.#present].flatMap(([sku, { state, safetyStock, level }]): Step[] => {
      const stored = this.#stored.get(sku);
      const key = this.#keyOf(sku);
      const isPlain = safetyStock === 0 && plainState(level, this.#lowUnits) === state;
      if (isPlain) return stored ? [{ kind: 'drop', key, expect: 'any' }] : [];
      if (stored?.state === state && stored.safetyStock === safetyStock) return [];
      const memory: StockMemory = { state, safetyStock };
      return [{ kind: 'put', key, expect: 'any', body: JSON.stringify(memory), dueInMs: STOCK_MEMORY_MS }];
    });
  }
}
