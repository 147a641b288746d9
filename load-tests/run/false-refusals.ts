import type { Events } from '../lib/words.ts';

/**
 * Returns the SKUs of which shoppers were refused units that are available at the end. Valid only if no unit comes back
 * during the run.
 */
export function falseRefusals(
  refused: readonly Events['refused'][],
  levels: ReadonlyMap<string, { available: number }>,
): string[] {
  const smallest = new Map<string, number>();
  for (const { sku, quantity } of refused) smallest.set(sku, Math.min(quantity, smallest.get(sku) ?? Infinity));
  return [...smallest].flatMap(([sku, quantity]) => {
    const available = levels.get(sku)?.available ?? 0;
    return available < quantity ? [] : [`${sku}: ${quantity} were refused, ${available} are left`];
  });
}
