import { CsvError, parse } from 'csv-parse/sync';
import { FAULT_MESSAGES, type TextLine, textLinesOf, ROW_BYTES_MAX } from './utf8-lines.ts';

/** The most separators in one record, quoted ones included. It bounds the number of cells that the parser creates. */
export const SEPARATORS_MAX = 1_024;
/** The accepted separators. The first line of a file decides which one the file uses. */
const SEPARATORS = [',', ';', '\t'] as const;

/** The file cannot be read any further. The message is about the next record. */
interface Torn {
  torn: string;
}
/** A record with too many separators. The records around it can be read. */
interface TooWide {
  tooWide: string;
}
export type CsvRecord = string[] | TooWide | Torn;

/**
 * Yields the cells of each record of a CSV file, several records at a time, without empty lines. The bytes and
 * separators of a record are counted before it is parsed, so that memory is bounded for every file. A record that
 * cannot be read ends the file with `Torn`, because after a misplaced quote text and rows cannot be distinguished.
 */
export async function* csvRecords(source: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord[]> {
  const collector = new RecordCollector();
  for await (const lines of textLinesOf(source)) {
    const torn = collector.add(lines);
    yield collector.taken();
    if (torn !== null) return yield [{ torn }];
  }
  const torn = collector.end();
  yield collector.taken();
  if (torn !== null) yield [{ torn }];
}

class RecordCollector {
  #separator: string | null = null;
  #records: string[] = [];
  /** The lines so far of a record in which a quote is open. */
  #open: string[] = [];
  #openBytes = 0;
  #hasOpenQuote = false;

  /** Adds lines. Returns why the file cannot be read any further, or null. */
  add(lines: readonly TextLine[]): string | null {
    for (const line of lines) {
      const torn = 'fault' in line ? tornBy(line.fault) : this.#addLine(line.text);
      if (torn !== null) return torn;
    }
    return null;
  }

  end(): string | null {
    return this.#hasOpenQuote ? 'a quote is not closed' : null;
  }

  /** Returns and forgets the complete records. A record that the parser refuses is `Torn`. */
  taken(): CsvRecord[] {
    const records = this.#records;
    this.#records = [];
    const separator = this.#separator ?? ',';
    // One call for many records costs a fifth of a call for each.
    const together = records.some((text) => isTooWide(text, separator)) ? null : cellsOf(records, separator);
    return together ?? records.map((text) => csvRecordOf(text, separator));
  }

  #addLine(text: string): string | null {
    this.#openBytes += Buffer.byteLength(text) + 1;
    if (this.#openBytes > ROW_BYTES_MAX + 1) return tornBy('long');
    this.#open.push(text);
    if (occurrencesOf('"', text) % 2 === 1) this.#hasOpenQuote = !this.#hasOpenQuote;
    if (this.#hasOpenQuote) return null;
    const record = this.#open.join('\n').replace(/\r$/, '');
    this.#open = [];
    this.#openBytes = 0;
    if (record === '') return null;
    this.#separator ??= separatorIn(record);
    this.#records.push(record);
    return null;
  }
}

const tornBy = (fault: keyof typeof FAULT_MESSAGES): string =>
  fault === 'long' ? `${FAULT_MESSAGES.long}; a quote may not be closed` : FAULT_MESSAGES[fault];

function occurrencesOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}

const isTooWide = (text: string, separator: string): boolean =>
  text.length > SEPARATORS_MAX && occurrencesOf(separator, text) > SEPARATORS_MAX;

/** Returns the most frequent separator of the first line, or a comma if none is the most frequent. */
function separatorIn(header: string): string {
  return SEPARATORS.reduce<string>(
    (best, separator) => (occurrencesOf(separator, header) > occurrencesOf(best, header) ? separator : best),
    SEPARATORS[0],
  );
}

function csvRecordOf(text: string, separator: string): CsvRecord {
  if (isTooWide(text, separator)) return { tooWide: text };
  return cellsOf([text], separator)?.[0] ?? { torn: 'a quote is where none may be' };
}

/** Returns null if the parser refuses a record or finds another number of records. */
function cellsOf(records: readonly string[], separator: string): string[][] | null {
  if (records.length === 0) return [];
  // Without quotes there is nothing to parse.
  if (records.every((text) => !text.includes('"'))) return records.map((text) => text.split(separator));
  try {
    const parsed = parse(records.join('\n'), {
      delimiter: separator,
      record_delimiter: ['\n'],
      relax_column_count: true,
    });
    return parsed.length === records.length ? parsed : null;
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}
