/** The word that clears a title, a price or a limit; an empty cell leaves it as it is. */
export const CLEAR = 'null';

/**
 * Texts that a spreadsheet would run as a formula, or that would be read as the clearing word, and those that look like
 * one of them behind apostrophes.
 */
const GUARDED = /^'*(?:[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|null$)/;

/**
 * The beginning of a formula within a text, behind apostrophes. A spreadsheet that is set to another separator cuts a cell
 * in two there, and does not know that it was quoted.
 */
const INNER = /([;\t|\r\n][\s"]*)('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const INNER_GUARDED = /([;\t|\r\n][\s"]*)'('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/**
 * Returns the cell of a text: an apostrophe before each place where a formula could begin keeps spreadsheets from running
 * it. `unguarded` is its exact inverse.
 */
export function guarded(text: string): string {
  const inner = text.replace(INNER, "$1'$2");
  return GUARDED.test(inner) ? `'${inner}` : inner;
}

export function unguarded(cell: string): string {
  const inner = cell.replace(INNER_GUARDED, '$1$2');
  return inner.startsWith("'") && GUARDED.test(inner) ? inner.slice(1) : inner;
}
