import { IMPORT_ROWS_MAX, type ImportEntry, UnreadableFile } from '../../shop/bulk/bulk-api.ts';
import { importEntryOf, unreadable } from './row-columns.ts';
import { FAULT_MESSAGES, ROWS_AT_ONCE, type TextLine, textLinesOf } from './utf8-lines.ts';

/**
 * Yields the rows of a file of JSON lines, several at a time. Each line is an object whose fields are in
 * `IMPORT_COLUMNS`. Blank lines are skipped. Throws `UnreadableFile` if bytes are not UTF-8, or if there are too many
 * rows.
 */
export async function* jsonRows(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ImportEntry[]> {
  let rows = 0;
  for await (const lines of textLinesOf(source)) {
    let entries: ImportEntry[] = [];
    for (const line of lines) {
      if ('text' in line && line.text.trim() === '') continue;
      rows += 1;
      const fault = unreadableFrom(line, rows);
      if (fault || entries.length === ROWS_AT_ONCE) {
        yield entries;
        entries = [];
      }
      if (fault) throw fault;
      entries.push(entryIn(line));
    }
    if (entries.length > 0) yield entries;
  }
}

/** Returns why the file cannot be read from this line on, or null. */
function unreadableFrom(line: TextLine, row: number): UnreadableFile | null {
  const path = `row ${row}`;
  if (row > IMPORT_ROWS_MAX) return new UnreadableFile(path, `a file has ${IMPORT_ROWS_MAX} rows at most`);
  return 'text' in line || line.fault === 'long' ? null : new UnreadableFile(path, FAULT_MESSAGES[line.fault]);
}

function entryIn(line: TextLine): ImportEntry {
  return 'text' in line ? entryOfLine(line.text.trim()) : unreadable(FAULT_MESSAGES.long, 'long');
}

function entryOfLine(line: string): ImportEntry {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    return unreadable('is not JSON', line);
  }
  const isObject = typeof values === 'object' && values !== null && !Array.isArray(values);
  return isObject ? importEntryOf(values, line) : unreadable('is not a JSON object', line);
}
