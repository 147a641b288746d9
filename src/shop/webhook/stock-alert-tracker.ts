import { DAY_MS } from '../../domain/limits.ts';
import { availableOnHand, freeOf } from '../../domain/machine/step-context.ts';
import type { Movement, StockRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { locationOf } from '../../domain/stock-keys.ts';
import { stockMemoryKey } from '../../transact/documents/names.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { LedgerFact, StockFact } from './ledger-facts.ts';
import { plainState, stepStock } from './stock-hysteresis.ts';
import { type StockMemory, stockMemoryIn } from './webhook-documents.ts';
import { originOf, type WebhookEvent } from '../../contract/webhook-records.ts';

/** A SKU's state is forgotten this long after its last change. This also cleans up after deleted endpoints. */
const STOCK_MEMORY_MS = 30 * DAY_MS;

type Counters = Pick<StockRecord, 'onHand' | 'reserved' | 'committed'>;

/** The units of a SKU at a location that sells. */
interface LocationStock {
  counters: Counters;
  safetyStock: number;
}

/** The tracked state of a SKU. */
interface Tracked {
  /** The units by stock key. Without a change on the page, they are the current units. */
  places: Map<string, LocationStock>;
  /** The sequence of the newest change of the SKU. */
  version: number;
  stored: StockMemory | null;
  present: (StockMemory & { level: number }) | null;
}

const NO_STOCK: Counters = { onHand: 0, reserved: 0, committed: 0 };

const before = ({ onHand, reserved, committed }: Movement): Counters => ({
  onHand: onHand.before,
  reserved: reserved.before,
  committed: committed.before,
});

const after = ({ onHand, reserved, committed }: Movement): Counters => ({
  onHand: onHand.after,
  reserved: reserved.after,
  committed: committed.after,
});

/** The parts that a tracker of an endpoint needs. */
interface TrackerParts {
  read: Read;
  locations: ShopLocations;
  endpointId: string;
  lowUnits: number;
}

/**
 * Tracks the last stock state sent to an endpoint for each SKU of a ledger page, and derives the next stock events. The
 * units of a SKU are those at all locations that sell. A state is stored only if it cannot be derived from the level of
 * a single location without safety stock.
 */
export class StockAlertTracker {
  readonly #keyOf: (sku: string) => string;
  readonly #lowUnits: number;
  readonly #skus = new Map<string, Tracked>();
  #epochBegan = 0;

  private constructor({ endpointId, lowUnits }: TrackerParts) {
    this.#keyOf = (sku) => stockMemoryKey(endpointId, sku);
    this.#lowUnits = lowUnits;
  }

  /** Reads the stored states of the SKUs in `facts`. Rejects as the store does. */
  static async open(parts: TrackerParts, facts: readonly LedgerFact[]): Promise<StockAlertTracker> {
    const tracker = new StockAlertTracker(parts);
    const ofStock = facts.filter((fact) => fact.kind === 'stock');
    const skus = [...new Set(ofStock.map(({ sku }) => sku))];
    if (skus.length === 0) return tracker;
    const { read, locations } = parts;
    await locations.prepare();
    const keys = skus.map((sku) => locations.keysOf(sku));
    const selling = new Set(locations.active.map(({ id }) => id));
    const view = await read({ skus: keys.flat(), documents: skus.map(tracker.#keyOf) });
    tracker.#epochBegan = view.epochBegan;
    const records = new Map(keys.flat().map((key, index) => [key, view.stock[index] ?? null]));
    for (const [index, sku] of skus.entries()) {
      const own = (keys[index] ?? []).map((key) => [key, records.get(key) ?? null] as const);
      const sold = own.filter(([key]) => selling.has(locationOf(key)));
      tracker.#skus.set(sku, {
        places: new Map(sold.map(([key, record]) => [key, locationStock(record)])),
        version: Math.max(...own.map(([, record]) => record?.version ?? 0)),
        stored: stockMemoryIn(view, tracker.#keyOf(sku)).value ?? null,
        present: null,
      });
    }
    for (const fact of ofStock.toReversed()) tracker.#setBefore(fact);
    return tracker;
  }

  /** Called for the facts from the last to the first, so that each key gets the units before its first change. */
  #setBefore({ sku, changes }: StockFact): void {
    const places = this.#skus.get(sku)?.places;
    for (const [key, { first }] of changes) {
      const place = places?.get(key);
      if (place) place.counters = before(first);
    }
  }

  /** Applies a change and returns its event; null if the change causes none. */
  fold({ sku, changes, last, isSupply }: StockFact): WebhookEvent | null {
    const tracked = this.#skus.get(sku);
    if (!tracked) return null;
    const { places } = tracked;
    const known = tracked.present ?? tracked.stored;
    const stateBefore = known?.state ?? plainState(levelIn(places), this.#lowUnits);
    for (const [key, change] of changes) {
      const place = places.get(key);
      if (place) place.counters = after(change.last);
    }
    const available = availableIn(places);
    const { state, event } = stepStock(stateBefore, { available, isSupply }, this.#lowUnits);
    tracked.present = { state, safetyStock: safetyIn(places), level: levelIn(places) };
    if (!event) return null;
    const { id, at, cause } = last;
    const version = this.#versionOf(id, tracked);
    return { id: `${id}s`, at, type: event, subject: sku, available, version, origin: originOf(cause) };
  }

  /**
   * Returns the sequence of the change. If the change is the SKU's newest and older than the present epoch, returns the
   * version that `stock.watch` reports for it: the epoch's first sequence, which is above the versions of all lost
   * changes.
   */
  #versionOf(id: string, { version: newest }: Tracked): number {
    const version = sequenceOf(id);
    return newest === version ? Math.max(version, this.#epochBegan) : version;
  }

  /** Returns the steps that store the states after the changes so far. */
  steps(): Step[] {
    return [...this.#skus].flatMap(([sku, { present, stored, places }]): Step[] => {
      if (!present) return [];
      const { state, safetyStock, level } = present;
      const key = this.#keyOf(sku);
      const isPlain = places.size === 1 && safetyStock === 0 && plainState(level, this.#lowUnits) === state;
      if (isPlain) return stored ? [{ kind: 'drop', key, expect: 'any' }] : [];
      if (stored?.state === state && stored.safetyStock === safetyStock) return [];
      const memory: StockMemory = { state, safetyStock };
      return [{ kind: 'put', key, expect: 'any', body: JSON.stringify(memory), dueInMs: STOCK_MEMORY_MS }];
    });
  }
}

const locationStock = (record: StockRecord | null): LocationStock => ({
  counters: record ?? NO_STOCK,
  safetyStock: record?.safetyStock ?? 0,
});

type LocationStocks = Tracked['places'];

const sumIn = (places: LocationStocks, unitsOf: (place: LocationStock) => number): number =>
  [...places.values()].reduce((sum, place) => sum + unitsOf(place), 0);

const levelIn = (places: LocationStocks): number => sumIn(places, ({ counters }) => freeOf(counters));
const safetyIn = (places: LocationStocks): number => sumIn(places, ({ safetyStock }) => safetyStock);
/** Returns the available units on hand. Stock events count only these, because they serve to order new stock. */
const availableIn = (places: LocationStocks): number =>
  sumIn(places, ({ counters, safetyStock }) => availableOnHand({ ...counters, safetyStock }));
