import { SKU_PATTERN } from './limits.ts';
import { namesLocation, skuOf } from './stock-keys.ts';

const ASCII = /^[\x20-\x7e]*$/;

/** Returns whether a text is in NFC. Another normalization form would look the same but be a different SKU. */
export const isComposed = (text: string): boolean => ASCII.test(text) || text === text.normalize('NFC');

/** Returns whether a text is a SKU: it matches `SKU_PATTERN`, is in NFC, and does not end with `@` and a location. */
export const isSku = (text: string): boolean => SKU_PATTERN.test(text) && isComposed(text) && !namesLocation(text);

/** Returns whether a text is the key of a valid SKU's stock at a location. */
export const isStockKey = (text: string): boolean => isSku(skuOf(text));

/**
 * Compares two texts by their UTF-8 bytes, which is the order of code points and of both stores. The `<` operator
 * compares UTF-16 units, and orders U+10000 and above before U+E000.
 */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** A surrogate is part of a code point that is higher than any code point of a single unit. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
