import { IMPORT_ROWS_MAX, type ImportEntry, UnreadableFile } from '../../service/bulk/bulk-types.ts';
import { CLEAR, unguarded } from './csv-cells.ts';
import { csvRecords, SEPARATORS_MAX } from './csv-records.ts';
import { entryOf, IMPORT_COLUMNS, NUMERIC, TEXTS, unreadable } from './row-columns.ts';

/**
 * Yields the rows of a CSV file. The first line names the columns, any of `IMPORT_COLUMNS` in any order, `sku` among them;
 * it also shows what separates cells. Throws `UnreadableFile` where the header is wrong, a quote is out of place, a row has
 * too many bytes or bytes that are not UTF-8, or there are too many rows.
 */
export async function* csvRows(source: AsyncIterable<Uint8Array>): AsyncGenerator<ImportEntry> {
  let columns: string[] | null = null;
  let rows = 0;
  for await (const record of csvRecords(source)) {
    if (columns !== null) rows += 1;
    const path = columns === null ? '' : `row ${rows}`;
    if ('torn' in record) throw new UnreadableFile(path, record.torn);
    if (rows > IMPORT_ROWS_MAX) throw new UnreadableFile(path, `a file has ${IMPORT_ROWS_MAX} rows at most`);
    const isWide = 'tooWide' in record;
    if (columns !== null) yield isWide ? unreadable(TOO_WIDE, record.tooWide) : entryOfCells(columns, record);
    else if (isWide) throw new UnreadableFile(path, TOO_WIDE);
    else columns = checkedHeader(record);
  }
  if (columns === null) throw new UnreadableFile('', 'the first line has to name the columns');
}

const TOO_WIDE = `has more than ${SEPARATORS_MAX} separators`;

function checkedHeader(cells: readonly string[]): string[] {
  const columns = cells.map((cell) => cell.trim());
  for (const [index, column] of columns.entries()) {
    const isKnown = IMPORT_COLUMNS.includes(column);
    if (!isKnown) throw new UnreadableFile(`column ${index + 1}`, `has to be one of ${IMPORT_COLUMNS.join(', ')}`);
    if (columns.indexOf(column) !== index) throw new UnreadableFile(column, 'is in the first line twice');
  }
  if (!columns.includes('sku')) throw new UnreadableFile('sku', 'has to be one of the columns');
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
    const value = valueIn(column, cells[index] ?? '');
    if (value !== undefined) values[column] = value;
  }
  return entryOf(values, content);
}

function valueIn(column: string, cell: string): unknown {
  if (column !== 'sku' && TEXTS.has(column)) return textIn(cell);
  const trimmed = cell.trim();
  if (trimmed === '') return undefined;
  // A SKU may have the name of the clearing word.
  if (column === 'sku') return unguarded(trimmed);
  if (trimmed === CLEAR) return null;
  return NUMERIC.has(column) && /^\d{1,16}$/.test(trimmed) ? Number(trimmed) : trimmed;
}

function textIn(cell: string): string | null | undefined {
  if (cell === '') return undefined;
  return cell === CLEAR ? null : unguarded(cell);
}
