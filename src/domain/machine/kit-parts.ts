import { componentsOf, kitHoldOf, partHoldId } from '../kits.ts';
import type { HoldRecord, StockRecord } from '../records.ts';
import { locationOf, stockKey } from '../stock-keys.ts';
import { isLive, type LiveHold } from './live-hold.ts';
import { move, type StepContext } from './step-context.ts';

/**
 * A kit has no stock of its own. A hold of a kit has one part hold for each component, which follows it in every step.
 * So the counters of each component include the units in kits. The kit's units on hand are those that its holds have
 * assembled: `reserved + committed - backordered`.
 */

/** The stock of a component, at the location of the kit. */
export interface KitPart {
  key: string;
  /** The units in one kit. */
  perKit: number;
  stock: StockRecord | undefined;
}

/** Returns the components of a kit with their stock; null if the SKU is not a kit. */
export function kitParts({ buffer }: StepContext, kit: StockRecord): KitPart[] | null {
  const components = componentsAt(kit);
  return components && components.map(({ key, perKit }) => ({ key, perKit, stock: buffer.stock.get(key) }));
}

/** Returns the stock keys of a kit's components, which are at its own location; null if the SKU is not a kit. */
export function componentsAt(kit: StockRecord): Pick<KitPart, 'key' | 'perKit'>[] | null {
  const components = componentsOf(kit);
  if (!components) return null;
  const location = locationOf(kit.sku);
  return components.map(({ sku, quantity }) => ({ key: stockKey(sku, location), perKit: quantity }));
}

/** A live hold, or a part of one. */
export interface HoldPart extends LiveHold {
  /** The units of this part in one unit of the whole hold; 1 for the whole hold. */
  perUnit: number;
  isPart: boolean;
}

/** Returns the hold, followed by its part holds if it is of a kit. */
export const withParts = (context: StepContext, live: LiveHold): HoldPart[] => [
  { ...live, perUnit: 1, isPart: false },
  ...partHolds(context, live),
];

/**
 * Returns the part holds of a kit's hold. Reads all records first, so that a store with a cache requests all missing
 * ones at once.
 */
export function partHolds(context: StepContext, { hold, stock }: LiveHold): HoldPart[] {
  const parts = kitParts(context, stock);
  if (!parts) return [];
  const found = parts.map((part, index) => ({
    ...part,
    part: context.buffer.holds.get(partHoldId(hold.holdId, index)),
  }));
  return found.map(({ key, perKit, stock: ofPart, part }) => {
    if (!ofPart || !part || !isLive(part)) throw new Error(`hold ${hold.holdId} has no part of ${key}`);
    return { hold: part, stock: ofPart, perUnit: perKit, isPart: true };
  });
}

/** Changes the number of assembled kits by `units`, which may be negative. Returns the kit's stock afterward. */
export function assemble(context: StepContext, kit: StockRecord, units: number): StockRecord {
  if (units === 0) return kit;
  move(context, { kind: 'assembled', quantity: units, before: kit });
  return context.buffer.stock.get(kit.sku) ?? kit;
}

/** Returns the number of kits that lack a unit of any component. */
export const backorderedKits = (parts: readonly { backordered: number; perKit: number }[]): number =>
  Math.max(0, ...parts.map(({ backordered, perKit }) => Math.ceil(backordered / perKit)));

/** Lowers the backordered units of a kit's hold after units on hand were assigned to its part hold. */
export function followPart(context: StepContext, part: HoldRecord): void {
  const holdId = kitHoldOf(part.holdId);
  if (holdId === null) return;
  const { buffer } = context;
  const hold = buffer.holds.get(holdId);
  const kit = hold && buffer.stock.get(hold.sku);
  if (!hold || !kit) throw new Error(`the kit's hold of part hold ${part.holdId} does not exist`);
  const parts = partHolds(context, { hold, stock: kit });
  const backordered = backorderedKits(parts.map((each) => ({ ...each.hold, perKit: each.perUnit })));
  const filled = hold.backordered - backordered;
  if (filled <= 0) return;
  const before = assemble(context, kit, filled);
  move(context, { kind: 'filled', quantity: filled, before, hold: { ...hold, backordered } });
}
