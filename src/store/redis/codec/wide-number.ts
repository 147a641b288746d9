/**
 * Numbers of a batch in bytes, one character each, as `struct.unpack` reads them: several with one call, where a
 * pattern or a decimal number costs the script a call each.
 */

export const TWO_TO_32 = 2 ** 32;

/** A whole number of eight bytes with a sign (`i8`). One that JavaScript cannot hold exactly is given as the bound. */
export function wide(value: number): string {
  const bounded = Math.min(Number.MAX_SAFE_INTEGER, Math.max(Number.MIN_SAFE_INTEGER, value));
  const high = Math.floor(bounded / TWO_TO_32);
  const low = bounded - high * TWO_TO_32;
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  );
}

/** A whole number from 0 to 2^24 - 1 in three bytes (`I3`). */
export const narrow = (value: number): string =>
  String.fromCharCode((value >>> 16) & 255, (value >>> 8) & 255, value & 255);

/** A whole number from 0 to 255 in one byte (`B`). */
export const small = (value: number): string => String.fromCharCode(value);
