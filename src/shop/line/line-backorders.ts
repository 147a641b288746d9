import type { HoldRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Applied } from '../../domain/transaction.ts';

/** Backordered units by SKU. */
export type Backorders = ReadonlyMap<string, number>;

export const NO_BACKORDERS: Backorders = new Map();

type BackorderedUnits = Pick<HoldRecord, 'sku' | 'backordered'>;

/** Returns the backordered units in these holds. */
export const backordersIn = (holds: Iterable<BackorderedUnits | null>): Backorders => {
  const units = new Map<string, number>();
  for (const hold of holds) {
    if (hold && hold.backordered > 0) units.set(hold.sku, (units.get(hold.sku) ?? 0) + hold.backordered);
  }
  return units;
};

/**
 * Returns the backordered units after a transaction: those in `holds`, as they were read, changed by its steps, and
 * those in new holds.
 */
export function backordersAfter(
  holds: readonly (HoldRecord | null)[],
  steps: readonly Step[],
  { backordered }: Pick<Applied, 'backordered'>,
): Backorders {
  const present = new Map<string, BackorderedUnits>();
  for (const hold of holds) if (hold) present.set(hold.holdId, hold);
  let granted = 0;
  for (const step of steps) {
    if (step.kind === 'release') present.delete(step.holdId);
    if (step.kind !== 'reserve' && step.kind !== 'resize') continue;
    const sku = step.kind === 'reserve' ? step.sku : present.get(step.holdId)?.sku;
    if (sku !== undefined) present.set(step.holdId, { sku, backordered: backordered?.[granted] ?? 0 });
    granted += 1;
  }
  return backordersIn(present.values());
}
