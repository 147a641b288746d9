import { IMPORT_ROWS_MAX, type ImportEntry, UnreadableFile } from '../../shop/bulk/bulk-api.ts';
import { CLEAR, unguarded } from './csv-cells.ts';
import { type CsvRecord, csvRecords, SEPARATORS_MAX } from './csv-records.ts';
import { type ForeignRow, foreignRowOf } from './foreign-columns.ts';
import { FLAGS, importEntryOf, IMPORT_COLUMNS, NUMERIC, TEXTS, unreadable } from './row-columns.ts';
import { ROWS_AT_ONCE } from './utf8-lines.ts';

/**
 * Yields the rows of a CSV file, several at a time. The first line names the columns: `sku` and any others of
 * `IMPORT_COLUMNS`, in any order, or those of an export of Shopify or Medusa. Throws `UnreadableFile` if the header is
 * wrong, a quote is misplaced, a row has too many bytes or is not UTF-8, or the file has too many rows.
 */
export async function* csvRows(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ImportEntry[]> {
  const table = new CsvTable();
  for await (const records of csvRecords(source)) {
    for (let from = 0; from < records.length; from += ROWS_AT_ONCE) {
      const entries = table.add(records.slice(from, from + ROWS_AT_ONCE));
      if (entries.length > 0) yield entries;
      if (table.failure) throw table.failure;
    }
  }
  if (!table.hasHeader) throw new UnreadableFile('', 'the first line has to name the columns');
}

interface Header {
  names: readonly string[];
  json: string;
  /** Reads the rows of another system's export. */
  foreign: ForeignRow | null;
}

class CsvTable {
  #columns: Header | null = null;
  #rows = 0;
  /** Why the file cannot be read any further. The rows before that place are valid. */
  failure: UnreadableFile | null = null;

  get hasHeader(): boolean {
    return this.#columns !== null;
  }

  /** Returns the rows of the records, up to the first one that cannot be read. */
  add(records: readonly CsvRecord[]): ImportEntry[] {
    const entries: ImportEntry[] = [];
    for (const record of records) {
      try {
        entries.push(...this.#entriesOf(record));
      } catch (error) {
        if (!(error instanceof UnreadableFile)) throw error;
        this.failure = error;
        return entries;
      }
    }
    return entries;
  }

  /** Returns none for the first line. */
  #entriesOf(record: CsvRecord): ImportEntry[] {
    const columns = this.#columns;
    if (columns !== null) this.#rows += 1;
    const path = columns === null ? '' : `row ${this.#rows}`;
    if ('torn' in record) throw new UnreadableFile(path, record.torn);
    if (this.#rows > IMPORT_ROWS_MAX) throw new UnreadableFile(path, `a file has ${IMPORT_ROWS_MAX} rows at most`);
    const isWide = 'tooWide' in record;
    if (columns !== null) return isWide ? [unreadable(TOO_WIDE, record.tooWide)] : entriesOfCells(columns, record);
    if (isWide) throw new UnreadableFile(path, TOO_WIDE);
    const trimmed = record.map((cell) => cell.trim());
    const foreign = foreignRowOf(trimmed);
    const names = foreign ? trimmed : checkedHeader(trimmed);
    this.#columns = { names, json: JSON.stringify(names), foreign };
    return [];
  }
}

const TOO_WIDE = `has more than ${SEPARATORS_MAX} separators`;

function checkedHeader(columns: string[]): string[] {
  for (const [index, column] of columns.entries()) {
    const isKnown = IMPORT_COLUMNS.includes(column);
    if (!isKnown) throw new UnreadableFile(`column ${index + 1}`, `has to be one of ${IMPORT_COLUMNS.join(', ')}`);
    if (columns.indexOf(column) !== index) throw new UnreadableFile(column, 'is in the first line twice');
  }
  if (!columns.includes('sku')) throw new UnreadableFile('sku', 'has to be one of the columns');
  return columns;
}

function entriesOfCells({ names, json, foreign }: Header, cells: readonly string[]): ImportEntry[] {
  // The columns are part of a row's content.
  const content = `[${json},${JSON.stringify(cells)}]`;
  if (cells.length !== names.length) {
    return [unreadable(`has ${cells.length} cells where the first line has ${names.length}`, content)];
  }
  if (foreign) return foreign(cells, content);
  const values: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index += 1) {
    const column = names[index] as string;
    const value = valueIn(column, cells[index] ?? '');
    if (value !== undefined) values[column] = value;
  }
  return [importEntryOf(values, content)];
}

function valueIn(column: string, cell: string): unknown {
  if (column === 'components') return parsedComponents(cell);
  if (column !== 'sku' && TEXTS.has(column)) return textIn(cell);
  const trimmed = cell.trim();
  if (trimmed === '') return undefined;
  // A SKU may be named like `CLEAR`.
  if (column === 'sku') return unguarded(trimmed);
  if (trimmed === CLEAR) return null;
  if (FLAGS.has(column)) return flagIn(trimmed);
  return NUMERIC.has(column) && /^\d{1,16}$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** Spreadsheets write flags in capital letters. */
function flagIn(cell: string): boolean | string {
  const word = cell.toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : cell;
}

/** Returns the value of JSON. Any other text stays as it is, and is refused as a value. */
function parsedComponents(cell: string): unknown {
  const text = textIn(cell);
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function textIn(cell: string): string | null | undefined {
  if (cell === '') return undefined;
  return cell === CLEAR ? null : unguarded(cell);
}
