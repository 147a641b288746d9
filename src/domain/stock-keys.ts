import { LOCATION_PATTERN } from './limits.ts';

/**
 * A stock key names the units of a SKU at a location: `SKU` for the location `main`, else `SKU@location`. The machine
 * and the stores treat it as the name of a stock record. Only the counts of customers and clients are by SKU.
 */

/** The location of a shop that has defined no others. */
export const MAIN_LOCATION = 'main';

/** Returns the key of a SKU's units at a location. */
export const stockKey = (sku: string, location: string): string =>
  location === MAIN_LOCATION ? sku : `${sku}@${location}`;

/** Returns the SKU of a stock key. */
export function skuOf(key: string): string {
  const end = separatorOf(key);
  return end < 0 ? key : key.slice(0, end);
}

/** Returns the location of a stock key. */
export function locationOf(key: string): string {
  const end = separatorOf(key);
  return end < 0 ? MAIN_LOCATION : key.slice(end + 1);
}

/** Returns a stock key as callers see it: the SKU, and the location if it is not `main`. */
export function shownKey(key: string): { sku: string; location?: string } {
  const end = separatorOf(key);
  return end < 0 ? { sku: key } : { sku: key.slice(0, end), location: key.slice(end + 1) };
}

/** Returns whether a text ends like a stock key with a location. Such a text cannot be a SKU. */
export const namesLocation = (text: string): boolean => separatorOf(text) >= 0;

function separatorOf(key: string): number {
  const at = key.lastIndexOf('@');
  return at > 0 && LOCATION_PATTERN.test(key.slice(at + 1)) ? at : -1;
}
