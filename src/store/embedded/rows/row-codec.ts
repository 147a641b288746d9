import { Packr, RESERVE_START_SPACE, REUSE_BUFFER_MODE } from 'msgpackr';
import type { Row } from '../../columns.ts';
import { checksum } from './checksum.ts';

const rowPackr = new Packr({ useRecords: false, int64AsType: 'number' });

/** The checksum before each row. */
export const CHECKSUM_BYTES = 4;

/** A row to write, and the seed of its checksum. */
export interface SealedRow {
  row: Row;
  seed: number;
}

/** A buffer that is reused for each value. */
type SharedBuffer = Buffer & { start?: number; end?: number };

/** The encoder of every database of rows. `decode` returns the bytes unchanged, because reading a row needs its key. */
export const rowEncoder = {
  /** lmdb passes a mode to `encode` and copies the bytes at once, so that one buffer serves all. */
  copyBuffers: true,
  encode({ row, seed }: SealedRow, mode = 0): Buffer {
    const bytes: SharedBuffer = rowPackr.encode(row, mode | RESERVE_START_SPACE | CHECKSUM_BYTES);
    const isShared = (mode & REUSE_BUFFER_MODE) !== 0;
    const start = isShared ? (bytes.start ?? 0) : 0;
    const end = isShared ? (bytes.end ?? 0) : bytes.length;
    bytes.writeUInt32LE(checksum(bytes, start + CHECKSUM_BYTES, end, seed), start);
    return bytes;
  },
  /** Returns LMDB's buffer, cut to the length of the value. LMDB reuses it for the next value. See `Rows`. */
  decode(bytes: Buffer): Buffer {
    return bytes;
  },
};

/** Returns the row that begins at `start`; null where there is none. Never throws. */
export function decodeRow(bytes: Buffer, start: number): Row | null {
  if (!isShortArray(bytes, start)) return null;
  try {
    const row: unknown = rowPackr.decode(bytes, { start, end: bytes.length });
    return Array.isArray(row) ? (row as Row) : null;
  } catch {
    return null;
  }
}

/** Every row has at most this many columns. A longer array is not a row, and its length must not be trusted. */
const COLUMNS_MAX = 32;
/** MessagePack has the length of a short array in its first byte, and that of a longer one in the next two. */
const SHORT_ARRAY = { first: 0x90, last: 0x9f };
const ARRAY_16 = 0xdc;

function isShortArray(bytes: Buffer, start: number): boolean {
  const head = bytes[start];
  if (head === undefined) return false;
  if (head === ARRAY_16) return bytes.length >= start + 3 && bytes.readUInt16BE(start + 1) <= COLUMNS_MAX;
  return head >= SHORT_ARRAY.first && head <= SHORT_ARRAY.last;
}
