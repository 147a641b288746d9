const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * Returns the text as `JSON.stringify` writes it. Faster than `JSON.stringify`, which takes 0.2 us per text, for ids
 * and names without characters to escape.
 */
export const jsonString = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** Returns the text like `jsonString`, or `null`. */
export const jsonStringOrNull = (text: string | null): string => (text === null ? 'null' : jsonString(text));

/** Returns the list of texts as `JSON.stringify` writes it. */
export const jsonStrings = (texts: readonly string[]): string => `[${texts.map(jsonString).join(',')}]`;
