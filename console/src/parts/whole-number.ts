/** Returns the whole number that was typed, or null. Blanks and commas between digits are accepted. */
export function wholeNumber(text: string): number | null {
  const digits = text.replaceAll(/[\s,]/g, '');
  if (!/^[+-]?\d{1,13}$/.test(digits)) return null;
  return Number(digits);
}
