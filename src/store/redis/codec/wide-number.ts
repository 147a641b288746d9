/**
 * Numbers of a write set as eight characters of seven bits each, the highest first. The script reads them with fewer
 * instructions than decimal digits, and they are ASCII, so that a batch is one text. `wide` in `lua/numbers.lua` reads them.
 */

/** Is added to a number that may be negative. */
export const SIGNED_ZERO = 2 ** 52;
const HALF = 2 ** 28;

/** A whole number from 0 to 2^53 - 1. */
export function wide(value: number): string {
  const high = Math.floor(value / HALF);
  const low = value - high * HALF;
  return String.fromCharCode(
    high >>> 21,
    (high >>> 14) & 127,
    (high >>> 7) & 127,
    high & 127,
    low >>> 21,
    (low >>> 14) & 127,
    (low >>> 7) & 127,
    low & 127,
  );
}

/** A whole number between -2^52 and 2^52; one beyond is given as the bound. */
export const signedWide = (value: number): string =>
  wide(Math.min(2 * SIGNED_ZERO - 1, Math.max(0, value + SIGNED_ZERO)));

/** A whole number below 2^21, in three characters. */
export const narrow = (value: number): string => String.fromCharCode(value >>> 14, (value >>> 7) & 127, value & 127);
