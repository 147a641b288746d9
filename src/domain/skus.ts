import { SKU_PATTERN } from './limits.ts';

const ASCII = /^[\x20-\x7e]*$/;

/** Whether a text is in NFC. Another form of the same letters would look the same and be another SKU. */
export const isComposed = (text: string): boolean => ASCII.test(text) || text === text.normalize('NFC');

/** Whether a text can be a SKU: of `SKU_PATTERN` and in NFC. */
export const isSku = (text: string): boolean => SKU_PATTERN.test(text) && isComposed(text);

/**
 * Compares two texts as their UTF-8 bytes compare, which is the order of both stores and of code points. JavaScript's own
 * `<` compares UTF-16 units, and has U+10000 and above before U+E000.
 */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** A half of a pair belongs to a code point that is higher than any unit that stands alone. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
