import type { LedgerEntry, Movement, MovementId } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Store } from '../../store/store.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { stockMemoryKey } from '../../transact/names.ts';
import type { Read } from '../stock/stock-reader.ts';
import { superseded } from './coalesce.ts';
import { ledgerFacts, type LedgerFact, type StockFact } from './occurrences.ts';
import { plainState, stepStock } from './stock-hysteresis.ts';
import { keptStock, type StockMemory } from './webhook-documents.ts';
import {
  classOf,
  type Endpoint,
  type EventClass,
  isSubscribed,
  type Occurrence,
  wantsStock,
} from '../../contract/webhook-words.ts';

export const INTAKE_ENTRIES_MAX = 1_000;

/** What a stretch of the ledger means for an endpoint. */
export interface Intake {
  occurrences: Occurrence[];
  /** Where the stretch ends; null: there was nothing. */
  through: MovementId | null;
  entries: number;
  /** What has to be remembered of SKUs from then on. */
  remember: Step[];
  /** Whether more of the ledger waits. */
  more: boolean;
}

export interface IntakeParts {
  store: Pick<Store, 'feed'>;
  read: Read;
  lowStockUnits: number;
}

/**
 * Reads on behind `after` until there are `room` occurrences of the class or a page is used up. An order event that a later
 * one of the page supersedes is left out, also where the later one is of the other class or has no room.
 */
export async function takeIn(
  { store, read, lowStockUnits }: IntakeParts,
  endpoint: Endpoint,
  of: EventClass,
  { after, room }: { after: MovementId; room: number },
): Promise<Intake> {
  const entries = await store.feed({ after, limit: INTAKE_ENTRIES_MAX });
  const full = entries.length === INTAKE_ENTRIES_MAX;
  const { facts, through } = ledgerFacts(entries, full);
  const watch =
    of === 'other' && wantsStock(endpoint) ? await StockWatch.open(read, endpoint, lowStockUnits, facts) : null;
  const ofOrders = facts.flatMap((fact) => (fact.kind === 'order' ? fact.occurrence : []));
  const overtaken = superseded(ofOrders.filter(({ type }) => isSubscribed(endpoint, type)));
  const isWanted = ({ id, type }: Occurrence): boolean =>
    isSubscribed(endpoint, type) && classOf(type) === of && !overtaken.has(id);
  const occurrences: Occurrence[] = [];
  for (const [index, fact] of facts.entries()) {
    const occurrence = fact.kind === 'order' ? fact.occurrence : (watch?.fold(fact) ?? null);
    if (occurrence && isWanted(occurrence)) occurrences.push(occurrence);
    if (occurrences.length >= room && index < facts.length - 1) {
      return { ...result(entries, occurrences, watch), through: fact.through, more: true };
    }
  }
  return { ...result(entries, occurrences, watch), through, more: full };
}

const result = (entries: readonly LedgerEntry[], occurrences: Occurrence[], watch: StockWatch | null) => ({
  occurrences,
  entries: entries.length,
  remember: watch?.steps() ?? [],
});

/** What an endpoint was told of each SKU: kept only where it does not follow from the level and no safety stock. */
class StockWatch {
  readonly #keyOf: (sku: string) => string;
  readonly #lowUnits: number;
  readonly #safety = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  #epochBegan = 0;
  readonly #kept = new Map<string, StockMemory>();
  readonly #present = new Map<string, StockMemory & { level: number }>();

  private constructor(endpointId: string, lowUnits: number) {
    this.#keyOf = (sku) => stockMemoryKey(endpointId, sku);
    this.#lowUnits = lowUnits;
  }

  static async open(
    read: Read,
    { endpointId }: Endpoint,
    lowUnits: number,
    facts: readonly LedgerFact[],
  ): Promise<StockWatch> {
    const watch = new StockWatch(endpointId, lowUnits);
    const skus = [...new Set(facts.flatMap((fact) => (fact.kind === 'stock' ? [fact.first.sku] : [])))];
    if (skus.length === 0) return watch;
    const view = await read({ skus, documents: skus.map(watch.#keyOf) });
    watch.#epochBegan = view.epochBegan;
    for (const [index, sku] of skus.entries()) {
      watch.#safety.set(sku, view.stock[index]?.safetyStock ?? 0);
      watch.#versions.set(sku, view.stock[index]?.version ?? 0);
      const { value } = keptStock(view, watch.#keyOf(sku));
      if (value) watch.#kept.set(sku, value);
    }
    return watch;
  }

  fold({ first, last, isSupply }: StockFact): Occurrence | null {
    const { sku, onHand, reserved } = last;
    const safetyStock = this.#safety.get(sku) ?? 0;
    const level = onHand.after - reserved.after;
    const available = Math.max(0, level - safetyStock);
    const known = this.#present.get(sku) ?? this.#kept.get(sku);
    const before = known?.state ?? plainState(first.onHand.before - first.reserved.before, this.#lowUnits);
    const { state, event } = stepStock(before, { available, isSupply }, this.#lowUnits);
    this.#present.set(sku, { state, safetyStock, level });
    return (
      event && { id: `${last.id}s`, at: last.at, type: event, subject: sku, available, version: this.#versionOf(last) }
    );
  }

  /**
   * Returns the sequence of the change. The newest change of a SKU is a state of the present epoch too, also where it is
   * older than the epoch: that one has the version of `stock.watch`, which is above all versions of lost changes.
   */
  #versionOf({ id, sku }: Movement): number {
    const version = sequenceOf(id);
    return this.#versions.get(sku) === version ? Math.max(version, this.#epochBegan) : version;
  }

  steps(): Step[] {
    return [...this.#present].flatMap(([sku, { state, safetyStock, level }]): Step[] => {
      const kept = this.#kept.get(sku);
      const key = this.#keyOf(sku);
      const isPlain = safetyStock === 0 && plainState(level, this.#lowUnits) === state;
      if (isPlain) return kept ? [{ kind: 'drop', key, expect: 'any' }] : [];
      if (kept?.state === state && kept.safetyStock === safetyStock) return [];
      const memory: StockMemory = { state, safetyStock };
      return [{ kind: 'put', key, expect: 'any', body: JSON.stringify(memory), dueInMs: STOCK_MEMORY_MS }];
    });
  }
}

/** What has not moved for so long is as good as never seen; endpoints that were deleted leave nothing behind for longer. */
const STOCK_MEMORY_MS = 30 * 86_400_000;
