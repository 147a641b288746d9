/**
 * The format of a shop's data, one number for both stores. It covers the fields of every record (stock, holds,
 * documents, requests, ledger entries, counts), the index entries, the names of keys, hashes and databases, and the
 * shop's own metadata. Raise it with each change that the previous version would misread or break.
 * docs/decisions/formats.md has the rules.
 */
export const RECORD_FORMAT = 9;

/** The oldest format that every later version opens. Formats 1 and 2 were never released, and are refused. */
export const RECORD_FORMAT_MIN = 3;

/** For each format, the function that converts data of that format to the next one. */
export type Migrations<M> = Readonly<Record<number, M>>;

/** Returns the migrations from format `found` to `format`, in order; null where one of them does not exist. */
export function migrationsFrom<M>(found: unknown, migrations: Migrations<M>, format = RECORD_FORMAT): M[] | null {
  const from = Number(found);
  const formats = Array.from({ length: Math.max(0, format - from) || 0 }, (_, index) => from + index);
  const steps = formats.flatMap((each) => migrations[each] ?? []);
  return from <= format && steps.length === formats.length ? steps : null;
}

/** The first format with committed units. */
const COMMITTED_SINCE = 6;

/** Returns what a migration from format `from` has done, for the operator. */
export function migrationNotice(from: number): string {
  const committed =
    from < COMMITTED_SINCE ? '; units that were sold before count as dispatched: no unit is committed' : '';
  return `the data was migrated from format ${from} to ${RECORD_FORMAT}${committed}`;
}

/** Returns why the data cannot be used, with the format found and a remedy; null for data that can be used. */
export function formatProblem(place: string, found: unknown, migrations: Migrations<unknown>): string | null {
  if (migrationsFrom(found, migrations) !== null) return null;
  const isNewer = Number(found) > RECORD_FORMAT;
  const remedy = isNewer
    ? 'a newer version of Holdfast wrote it: start that version'
    : 'an older version of Holdfast wrote it: export the stock with that version, and import it into a new shop';
  return `${place} has data of format ${found ?? 'unknown'}, and this version reads format ${RECORD_FORMAT}; ${remedy}`;
}
