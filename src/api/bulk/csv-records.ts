import { CsvError, parse } from 'csv-parse/sync';
import { FAULT_MESSAGES, type Line, linesOf, ROW_BYTES_MAX } from './utf8-lines.ts';

/** The most separators in one record, quoted ones included: the parser creates no more cells than these and one. */
export const SEPARATORS_MAX = 1_024;
/** What may separate cells. Which one a file uses is seen from its first line. */
const SEPARATORS = [',', ';', '\t'] as const;

/** Where the file cannot be read any further: the message is about the record that would come next. */
export interface Torn {
  torn: string;
}
/** A record with too many separators; its neighbours can be read. */
export interface TooWide {
  tooWide: string;
}
export type CsvRecord = string[] | TooWide | Torn;

/**
 * Yields the cells of each record of a CSV file, some at a time; empty lines are left out. A record is measured in bytes and in separators
 * before the parser sees it, so that memory is bounded whatever the file contains. A record that cannot be read ends the
 * file with `Torn`: behind a quote that is out of place, text and rows cannot be distinguished.
 */
export async function* csvRecords(source: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord[]> {
  const collector = new RecordCollector();
  for await (const lines of linesOf(source)) {
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
  /** Lines of a record that goes on, because a quote is open. */
  #open: string[] = [];
  #openBytes = 0;
  #hasOpenQuote = false;

  /** Takes lines in; what tears the file, or null. */
  add(lines: readonly Line[]): string | null {
    for (const line of lines) {
      const torn = 'fault' in line ? tornBy(line.fault) : this.#addLine(line.text);
      if (torn !== null) return torn;
    }
    return null;
  }

  end(): string | null {
    return this.#hasOpenQuote ? 'a quote is not closed' : null;
  }

  /** The records that are complete. The last one is `Torn` where the parser refuses it. */
  taken(): CsvRecord[] {
    const records = this.#records;
    this.#records = [];
    const separator = this.#separator ?? ',';
    // Parsing many at once costs a fifth of parsing them one by one.
    const together = records.some((text) => isTooWide(text, separator)) ? null : cellsOf(records, separator);
    return together ?? records.map((text) => recordOf(text, separator));
  }

  #addLine(text: string): string | null {
    this.#openBytes += Buffer.byteLength(text) + 1;
    if (this.#openBytes > ROW_BYTES_MAX + 1) return tornBy('long');
    this.#open.push(text);
    if (countOf('"', text) % 2 === 1) this.#hasOpenQuote = !this.#hasOpenQuote;
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

function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}

const isTooWide = (text: string, separator: string): boolean =>
  text.length > SEPARATORS_MAX && countOf(separator, text) > SEPARATORS_MAX;

/** The separator that is most often in the first line; a comma where that is undecided. */
function separatorIn(header: string): string {
  return SEPARATORS.reduce<string>(
    (best, separator) => (countOf(separator, header) > countOf(best, header) ? separator : best),
    SEPARATORS[0],
  );
}

function recordOf(text: string, separator: string): CsvRecord {
  if (isTooWide(text, separator)) return { tooWide: text };
  return cellsOf([text], separator)?.[0] ?? { torn: 'a quote is where none may be' };
}

/** Null where the parser does not find as many records as there are, or refuses one. */
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
