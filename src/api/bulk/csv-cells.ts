/** The cell that clears a title, a price or a limit. An empty cell leaves the value unchanged. */
export const CLEAR = 'null';

/**
 * Texts that a spreadsheet would run as a formula, or that an import would read as `CLEAR`. Apostrophes may precede
 * either.
 */
const GUARDED = /^'*(?:[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|null$)/;

/**
 * The beginning of a formula inside a text. Apostrophes may precede it. A spreadsheet that is set to another separator
 * splits the cell there and ignores the quotes.
 */
const INNER = /([;\t|\r\n][\s"]*)('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const INNER_GUARDED = /([;\t|\r\n][\s"]*)'('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/**
 * Returns the text as a cell. An apostrophe before each place where a formula could begin keeps spreadsheets from
 * running it. `unguarded` is the exact inverse.
 */
export function guarded(text: string): string {
  const inner = text.replace(INNER, "$1'$2");
  return GUARDED.test(inner) ? `'${inner}` : inner;
}

export function unguarded(cell: string): string {
  const inner = cell.replace(INNER_GUARDED, '$1$2');
  return inner.startsWith("'") && GUARDED.test(inner) ? inner.slice(1) : inner;
}
