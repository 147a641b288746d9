/** The most units on hand of a SKU. */
export const UNITS_MAX = 1_000_000_000_000;

const digitsOf = (text: string): string => text.replaceAll(/[\s,]/g, '');

/** Whether a whole number was typed that is larger than every number of units. */
export const isTooLarge = (text: string): boolean =>
  /^[+-]?\d+$/.test(digitsOf(text)) && Math.abs(Number(digitsOf(text))) > UNITS_MAX;

/** Returns the whole number that was typed, or null. Blanks and commas between digits are accepted. */
export function wholeNumber(text: string): number | null {
  const digits = digitsOf(text);
  if (!/^[+-]?\d{1,13}$/.test(digits)) return null;
  return Number(digits);
}
