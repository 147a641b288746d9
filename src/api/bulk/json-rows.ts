import { IMPORT_ROWS_MAX, type ImportEntry, UnreadableFile } from '../../service/bulk/bulk-types.ts';
import { entryOf, ROW_CHARS_MAX, unreadable } from './row-columns.ts';
import { utf8 } from './utf8-text.ts';

/**
 * The rows of a file of JSON lines: one object a line, its fields among `COLUMNS`; empty lines count for nothing. Throws
 * `UnreadableFile` where bytes are no UTF-8, or there are too many rows.
 */
export async function* jsonRows(source: AsyncIterable<Uint8Array>): AsyncGenerator<ImportEntry> {
  let rows = 0;
  for await (const line of linesOf(utf8(source))) {
    if (line !== null && line.trim() === '') continue;
    rows += 1;
    if (rows > IMPORT_ROWS_MAX) throw new UnreadableFile(`row ${rows}`, `a file has ${IMPORT_ROWS_MAX} rows at most`);
    if (line === null) yield unreadable(`has more than ${ROW_CHARS_MAX} characters`, 'long');
    else yield entryOfLine(line.trim());
  }
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

/** Lines without their ends; null for one that is too long, of which no more is kept than what shows that. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string | null> {
  let rest = '';
  let isTooLong = false;
  for await (const text of texts) {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = rest + text.slice(from, end);
      yield isTooLong || line.length > ROW_CHARS_MAX ? null : line;
      [rest, isTooLong, from] = ['', false, end + 1];
    }
    if (!isTooLong) rest += text.slice(from);
    if (rest.length > ROW_CHARS_MAX) [rest, isTooLong] = ['', true];
  }
  if (isTooLong || rest !== '') yield isTooLong ? null : rest;
}
