import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import { IMPORT_ROWS_MAX, type ImportEntry, UnreadableFile } from '../../service/bulk/bulk-types.ts';
import { CLEAR, unguarded } from './csv-cells.ts';
import { COLUMNS, entryOf, NUMERIC, ROW_CHARS_MAX, unreadable } from './row-columns.ts';
import { utf8 } from './utf8-text.ts';

/** Bytes that the parser is given at once: after a quote that is out of place it reads no more than these in vain. */
const SLICE_BYTES = 8_192;

/** Stands among the records where one could not be taken apart. */
interface Torn {
  torn: CsvError;
}

/**
 * The rows of a CSV file: the first line names the columns, any of `COLUMNS` in any order, `sku` among them. Throws
 * `UnreadableFile` where the header is wrong, a quote is out of place, bytes are no UTF-8, or there are too many rows.
 */
export async function* csvRows(source: AsyncIterable<Uint8Array>): AsyncGenerator<ImportEntry> {
  let columns: string[] | null = null;
  let rows = 0;
  for await (const record of recordsOf(source)) {
    if (columns !== null) rows += 1;
    const path = columns === null ? '' : `row ${rows}`;
    if (!Array.isArray(record)) throw new UnreadableFile(path, problemOf(record.torn));
    if (rows > IMPORT_ROWS_MAX) throw new UnreadableFile(path, `a file has ${IMPORT_ROWS_MAX} rows at most`);
    if (columns === null) columns = checkedHeader(record);
    else yield entryOfCells(columns, record);
  }
  if (columns === null) throw new UnreadableFile('', 'the first line has to name the columns');
}

function recordsOf(source: AsyncIterable<Uint8Array>): AsyncIterable<string[] | Torn> {
  let isTorn = false;
  const parser = parse({
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n'],
    max_record_size: ROW_CHARS_MAX,
    // An error of the parser's own would throw away the records before it that nobody has read yet.
    skip_records_with_error: true,
    on_skip: (torn) => {
      if (!isTorn) parser.push({ torn });
      isTorn = true;
      return undefined;
    },
  });
  // Whoever reads the parser is told of the same failure.
  pipeline(slices(utf8(source)), parser).catch(() => undefined);
  return parser;
}

/** Bytes, since characters of two halves must not be cut in two. */
async function* slices(texts: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const text of texts) {
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; from += SLICE_BYTES) yield bytes.subarray(from, from + SLICE_BYTES);
  }
}

function checkedHeader(cells: readonly string[]): string[] {
  const columns = cells.map((cell) => cell.trim());
  for (const [index, column] of columns.entries()) {
    const isKnown = (COLUMNS as readonly string[]).includes(column);
    if (!isKnown) throw new UnreadableFile(`column ${index + 1}`, `is named none of ${COLUMNS.join(', ')}`);
    if (columns.indexOf(column) !== index) throw new UnreadableFile(column, 'stands there twice');
  }
  if (!columns.includes('sku')) throw new UnreadableFile('sku', 'is a column that every file has');
  return columns;
}

function entryOfCells(columns: readonly string[], cells: readonly string[]): ImportEntry {
  // The columns are part of what a row says.
  const content = JSON.stringify([columns, cells]);
  if (cells.length !== columns.length) {
    return unreadable(`has ${cells.length} cells where the first line has ${columns.length}`, content);
  }
  const values: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? '';
    const value = column === 'title' ? titleIn(cell) : valueIn(column, cell.trim());
    if (value !== undefined) values[column] = value;
  }
  return entryOf(values, content);
}

function titleIn(cell: string): string | null | undefined {
  if (cell === '') return undefined;
  return cell === CLEAR ? null : unguarded(cell);
}

function valueIn(column: string, cell: string): unknown {
  if (cell === '') return undefined;
  // There may be a SKU of that name.
  if (cell === CLEAR && column !== 'sku') return null;
  return NUMERIC.has(column) && /^\d{1,16}$/.test(cell) ? Number(cell) : cell;
}

function problemOf({ code }: CsvError): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is not closed';
    case 'CSV_MAX_RECORD_SIZE':
      return `has more than ${ROW_CHARS_MAX} characters; a quote may not be closed`;
    default:
      return 'a quote stands where none may stand';
  }
}
