/** Adds up the units of each SKU, because several entries may have the same one. */
export function unitsBySku(entries: readonly { sku: string; quantity: number }[]): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of entries) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}
