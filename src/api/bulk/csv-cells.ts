/** The word that clears a title, a price or a limit; an empty cell leaves it as it is. */
export const CLEAR = 'null';

/**
 * Titles that a spreadsheet would run as a formula, or that would be read as the clearing word, and those that look like
 * one of them behind apostrophes.
 */
const GUARDED = /^'*(?:[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]|null$)/;

/** A title as its cell: an apostrophe keeps spreadsheets from running it. `unguarded` is its exact inverse. */
export const guarded = (title: string): string => (GUARDED.test(title) ? `'${title}` : title);

export const unguarded = (cell: string): string => (cell.startsWith("'") && GUARDED.test(cell) ? cell.slice(1) : cell);
