// Random choices of scenarios. This file does not need k6.

export const chance = (share: number): boolean => Math.random() < share;

/** Returns a random whole number from `min` to `max`. */
export const between = (min: number, max: number): number => min + Math.floor(Math.random() * (max - min + 1));

/** Throws for an empty list. */
export function oneOf<T>(items: readonly T[]): T {
  const item = items[between(0, items.length - 1)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}

/**
 * Returns a rank from 1 to `ranks` with a probability of about 1 / rank^exponent. Rank k has the area between k and k
 * + 1 under that curve, so no table is needed. `random` is at least 0 and less than 1.
 */
export function zipf(ranks: number, exponent: number, random = Math.random()): number {
  const end = ranks + 1;
  const rest = 1 - exponent;
  const at = rest === 0 ? end ** random : (1 + random * (end ** rest - 1)) ** (1 / rest);
  return Math.min(ranks, Math.floor(at));
}
