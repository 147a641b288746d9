/**
 * Encodes numbers of a batch as bytes, one character for each, for `struct.unpack`. A script reads several of them with
 * one call, while it needs a call for each decimal number.
 */

export const TWO_TO_32 = 2 ** 32;

/** Encodes a whole number in eight bytes with a sign (`i8`). Numbers beyond 2^53 - 1 are encoded as that bound. */
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

/** Encodes a whole number from 0 to 2^24 - 1 in three bytes (`I3`). */
export const narrow = (value: number): string =>
  String.fromCharCode((value >>> 16) & 255, (value >>> 8) & 255, value & 255);

/** Encodes a whole number from 0 to 255 in one byte (`B`). */
export const small = (value: number): string => String.fromCharCode(value);
