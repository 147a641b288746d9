import type { KitComponent } from '../../src/domain/kits.ts';

/** Returns the components of a kit from the units of each SKU in it. */
export const kitOf = (units: Record<string, number>): KitComponent[] =>
  Object.entries(units).map(([sku, quantity]) => ({ sku, quantity }));
