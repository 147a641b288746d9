import { isUtf8 } from 'node:buffer';
import { UnreadableFile } from '../../shop/bulk/bulk-api.ts';

/** The most bytes of one line, and of one row. A valid row has far fewer. A longer one is never held in memory. */
export const ROW_BYTES_MAX = 65_536;
/** Rows that a reader yields at a time. It bounds how long one step blocks the event loop. */
export const ROWS_AT_ONCE = 100;

/** Why a line has no text. */
type LineFault = 'long' | 'encoding' | 'nul';
export type TextLine = { text: string } | { fault: LineFault };

const LINE_FEED = 0x0a;
const BOM = Buffer.from('\ufeff');
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

export const FAULT_MESSAGES: Record<LineFault, string> = {
  long: `has more than ${ROW_BYTES_MAX} bytes`,
  encoding: 'has bytes that are not UTF-8: save the file as UTF-8',
  nul: 'has a NUL byte: save the file as UTF-8 (it may be UTF-16)',
};

/**
 * Yields the lines of a file, several at a time, without line feeds and without a byte order mark. A line that is too
 * long is reported as soon as it exceeds the bound, and the rest of it is skipped. Each line is decoded separately, so
 * that an invalid byte spoils one line only. Throws `UnreadableFile` for a file with the byte order mark of UTF-16.
 */
export async function* textLinesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine[]> {
  const splitter = new LineSplitter();
  for await (const part of source) {
    const lines = splitter.add(part);
    if (lines.length > 0) yield lines;
  }
  const last = splitter.end();
  if (last) yield [last];
}

class LineSplitter {
  /** The beginning of the line whose end has not arrived: at most `ROW_BYTES_MAX` bytes and one part. */
  #rest = Buffer.alloc(0);
  #isSkipping = false;
  #isFirst = true;

  add(part: Uint8Array): TextLine[] {
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    const lines: TextLine[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      if (!this.#isSkipping) lines.push(this.#lineOf(this.#withRest(bytes.subarray(from, end))));
      this.#rest = Buffer.alloc(0);
      this.#isSkipping = false;
      from = end + 1;
    }
    if (this.#isSkipping || from === bytes.length) return lines;
    this.#rest = Buffer.from(this.#withRest(bytes.subarray(from)));
    if (this.#rest.length > ROW_BYTES_MAX) {
      lines.push(this.#lineOf(this.#rest));
      this.#rest = Buffer.alloc(0);
      this.#isSkipping = true;
    }
    return lines;
  }

  end(): TextLine | null {
    return this.#rest.length > 0 ? this.#lineOf(this.#rest) : null;
  }

  #withRest(bytes: Buffer): Buffer {
    return this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
  }

  #lineOf(bytes: Buffer): TextLine {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst) demandNoUtf16(bytes);
    if (bytes.length > ROW_BYTES_MAX) return { fault: 'long' };
    if (!isUtf8(bytes)) return { fault: 'encoding' };
    if (!isFirst) return { text: bytes.toString() };
    // In a later line, a NUL byte is a fault of its cell. In the first line it shows that the file is not UTF-8 text.
    if (bytes.includes(0)) return { fault: 'nul' };
    return { text: (bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes).toString() };
  }
}

function demandNoUtf16(bytes: Buffer): void {
  if (UTF16_MARKS.some((mark) => bytes.subarray(0, mark.length).equals(mark)))
    throw new UnreadableFile('', 'the file is UTF-16: save it as UTF-8');
}
