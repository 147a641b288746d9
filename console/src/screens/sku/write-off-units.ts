import type { StockLevel } from '../../../../src/client/client.ts';
import type { Hold } from '../hold-owner.ts';

/** The units at one location that a write-off may take. */
export interface WriteOffUnits {
  onHand: number;
  /** Units on hand that nobody has. */
  free: number;
  /** Those, and the ones in holds that can end. Sold units stay. */
  most: number;
}

export function unitsAt(level: StockLevel, location: string): WriteOffUnits {
  const at = level.locations ? level.locations.find((each) => each.location === location) : level;
  const { onHand = 0, reserved = 0, committed = 0, backordered = 0 } = at ?? {};
  const free = Math.max(0, onHand - Math.max(0, reserved + committed - backordered));
  return { onHand, free, most: Math.max(free, onHand - committed) };
}

/** Returns the newest holds at a location that give `missing` units on hand, as the server chooses them. */
export function endingHolds(holds: readonly Hold[], location: string, missing: number): Hold[] {
  const ending: Hold[] = [];
  let left = missing;
  const own = holds.filter((hold) => (hold.location ?? 'main') === location);
  for (const hold of own.toSorted(
    (one, other) => other.createdAt - one.createdAt || (one.holdId < other.holdId ? 1 : -1),
  )) {
    const onHand = hold.quantity - (hold.backordered ?? 0);
    if (left <= 0) break;
    if (onHand > 0) ending.push(hold);
    left -= onHand;
  }
  return ending;
}
