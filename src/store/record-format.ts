/**
 * The format of what a shop keeps, the same number for both stores. It covers the fields of every record (stock, holds,
 * documents, requests, ledger entries, counts), the entries of the indexes, the names of keys, hashes and databases, and what
 * the shop notes of itself. Raise it with each change that a process of the version before would misread, or would break.
 *
 * Formats 1 and 2 were those of versions before the first release, and are read no more.
 */
export const RECORD_FORMAT = 3;

/** Returns why data of another format must not be used, what is there and what to do; null for this program's own. */
export function formatProblem(place: string, found: unknown): string | null {
  if (String(found) === String(RECORD_FORMAT)) return null;
  const isNewer = Number(found) > RECORD_FORMAT;
  const remedy = isNewer
    ? 'a newer version of Holdfast wrote it: start that version'
    : 'an older version of Holdfast wrote it: export the stock with that version, and import it into a new shop';
  return `${place} has data of format ${found ?? 'unknown'}, and this version reads format ${RECORD_FORMAT}; ${remedy}`;
}
