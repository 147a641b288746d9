import { componentsOf, type KitComponent, kitsAvailable } from '../../../domain/kits.ts';
import { availableOf, availableOnHand } from '../../../domain/machine/step-context.ts';
import type { StockRecord } from '../../../domain/records.ts';
import { locationOf, skuOf, stockKey } from '../../../domain/stock-keys.ts';
import type { Snapshot } from '../../../store/store.ts';

/** The stock of keys, without overdue holds in `reserved`. */
export type StockByKey = ReadonlyMap<string, StockRecord>;

/** The units that a new hold could get of a stock key. */
export interface SellableUnits {
  available: number;
  /** The available units that are on hand. The others would be backordered. */
  onHand: number;
  /** When backordered units are expected. Null: not known, or none can be backordered. */
  shipsAt: number | null;
}

/** Returns the keys of the stock from which kits at a key are made. */
export const keysOfComponents = (kitKey: string, components: readonly KitComponent[]): string[] =>
  components.map(({ sku }) => stockKey(sku, locationOf(kitKey)));

/** Returns the units that a new hold could get. The scarcest component at the same location limits a kit. */
export function sellableUnits(record: StockRecord, stock: StockByKey): SellableUnits {
  const components = componentsOf(record);
  if (components) return unitsOfKit(record.sku, components, stock);
  const { backorderLimit, shipsAt } = record;
  return {
    available: availableOf(record),
    onHand: availableOnHand(record),
    shipsAt: backorderLimit === null ? null : shipsAt,
  };
}

function unitsOfKit(kitKey: string, components: readonly KitComponent[], stock: StockByKey): SellableUnits {
  const recordOf = (sku: string) => stock.get(stockKey(sku, locationOf(kitKey)));
  const onHandOf = (sku: string): number => unitsIn(recordOf(sku), availableOnHand);
  const times = components
    .filter(({ sku, quantity }) => onHandOf(sku) < quantity)
    .map(({ sku }) => recordOf(sku)?.shipsAt ?? null);
  return {
    available: kitsAvailable(components, (sku) => unitsIn(recordOf(sku), availableOf)),
    onHand: kitsAvailable(components, onHandOf),
    shipsAt: latest(times),
  };
}

const unitsIn = (record: StockRecord | undefined, unitsOf: (record: StockRecord) => number): number =>
  record ? unitsOf(record) : 0;

/** Returns the latest time, because a kit is complete when its last component arrives; null if one is not known. */
function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 || known.length < times.length ? null : Math.max(...known);
}

/** Returns a record without the units of overdue holds. A kit's units on hand are those of its holds. */
export function withoutOverdue(record: StockRecord, overdue: number): StockRecord {
  if (overdue === 0) return record;
  const reserved = Math.max(0, record.reserved - overdue);
  if (record.components === null) return { ...record, reserved };
  const backordered = Math.min(record.backordered, reserved + record.committed);
  return { ...record, reserved, onHand: reserved + record.committed - backordered };
}

/**
 * Returns the stock of a snapshot without overdue holds. `unknownOverdue`: the units of a key whose overdue holds are
 * too many for the snapshot.
 */
export function currentStock(view: Snapshot, unknownOverdue: (record: StockRecord) => number): StockByKey {
  const current = new Map<string, StockRecord>();
  for (const [index, record] of view.stock.entries()) {
    if (!record) continue;
    const isBehind = view.behind.length > 0;
    const overdue = isBehind ? (view.overdue[index] ?? unknownOverdue(record)) : 0;
    current.set(record.sku, withoutOverdue(record, overdue));
  }
  return current;
}

/** Units of a stock key that a transaction takes. */
interface TakenUnits {
  key: string;
  units: number;
}

/** Returns the stock as earlier lines of a transaction leave it. A kit takes the units of its components. */
export function stockAfter(stock: StockByKey, taken: readonly TakenUnits[]): StockByKey {
  const after = new Map(stock);
  for (const { key, units } of taken) {
    const record = after.get(key);
    const components = record && componentsOf(record);
    const parts = components ?? [{ sku: skuOf(key), quantity: 1 }];
    for (const { sku, quantity } of parts) {
      const part = after.get(stockKey(sku, locationOf(key)));
      if (part) after.set(part.sku, { ...part, reserved: part.reserved + units * quantity });
    }
  }
  return after;
}

/** Returns a snapshot whose stock is as earlier lines of a transaction leave it. */
export function viewAfter(view: Snapshot, taken: readonly TakenUnits[]): Snapshot {
  const known = new Map(view.stock.flatMap((record) => (record ? [[record.sku, record] as const] : [])));
  const after = stockAfter(known, taken);
  return { ...view, stock: view.stock.map((record) => record && (after.get(record.sku) ?? record)) };
}
