import { IMPORT_ROWS_MAX, type ImportEntry, UnreadableFile } from '../../service/bulk/bulk-types.ts';
import { entryOf, unreadable } from './row-columns.ts';
import { FAULT_MESSAGES, type Line, linesOf } from './utf8-lines.ts';

/**
 * Yields the rows of a file of JSON lines: one object a line, its fields among `IMPORT_COLUMNS`. Blank lines are skipped.
 * Throws `UnreadableFile` where bytes are not UTF-8, or there are too many rows.
 */
export async function* jsonRows(source: AsyncIterable<Uint8Array>): AsyncGenerator<ImportEntry> {
  let rows = 0;
  for await (const lines of linesOf(source)) {
    for (const line of lines) {
      if ('text' in line && line.text.trim() === '') continue;
      rows += 1;
      if (rows > IMPORT_ROWS_MAX) throw new UnreadableFile(`row ${rows}`, `a file has ${IMPORT_ROWS_MAX} rows at most`);
      yield entryIn(line, rows);
    }
  }
}

function entryIn(line: Line, row: number): ImportEntry {
  if ('text' in line) return entryOfLine(line.text.trim());
  if (line.fault === 'long') return unreadable(FAULT_MESSAGES.long, 'long');
  throw new UnreadableFile(`row ${row}`, FAULT_MESSAGES[line.fault]);
}

function entryOfLine(line: string): ImportEntry {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    return unreadable('is not JSON', line);
  }
  const isObject = typeof values === 'object' && values !== null && !Array.isArray(values);
  return isObject ? entryOf(values, line) : unreadable('is not a JSON object', line);
}
