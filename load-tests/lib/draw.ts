// What a scenario leaves to chance. Nothing here needs k6.

export const chance = (share: number): boolean => Math.random() < share;

/** A whole number from `min` to `max`. */
export const between = (min: number, max: number): number => min + Math.floor(Math.random() * (max - min + 1));

/** Throws for an empty list. */
export function oneOf<T>(items: readonly T[]): T {
  const item = items[between(0, items.length - 1)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}

/**
 * A rank from 1 to `ranks`, of which each comes up about as often as 1 / rank^exponent says: rank k has what is between k
 * and k + 1 under that curve, so that no table is needed. `random` is from 0 up to 1.
 */
export function zipf(ranks: number, exponent: number, random = Math.random()): number {
  const end = ranks + 1;
  const rest = 1 - exponent;
  const at = rest === 0 ? end ** random : (1 + random * (end ** rest - 1)) ** (1 / rest);
  return Math.min(ranks, Math.floor(at));
}
