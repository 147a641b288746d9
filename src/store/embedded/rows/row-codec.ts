import { Packr, RESERVE_START_SPACE, REUSE_BUFFER_MODE } from 'msgpackr';
import type { Row } from '../../columns.ts';
import { checksum } from './checksum.ts';

const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/** A checksum is before each row. */
export const HEAD_BYTES = 4;

/** A row to write, and what its checksum begins with. */
export interface SealedRow {
  row: Row;
  seed: number;
}

/** A buffer that is used for one value after the other. */
type SharedBuffer = Buffer & { start?: number; end?: number };

/** The encoder that every database of rows is opened with. Reading needs the key, so `decode` leaves the bytes as they are. */
export const rowEncoder = {
  /** lmdb calls `encode` with a mode: the bytes are copied at once, so that one buffer serves all. */
  copyBuffers: true,
  encode({ row, seed }: SealedRow, mode = 0): Buffer {
    const bytes: SharedBuffer = packr.encode(row, mode | RESERVE_START_SPACE | HEAD_BYTES);
    const isShared = (mode & REUSE_BUFFER_MODE) !== 0;
    const start = isShared ? (bytes.start ?? 0) : 0;
    const end = isShared ? (bytes.end ?? 0) : bytes.length;
    bytes.writeUInt32LE(checksum(bytes, start + HEAD_BYTES, end, seed), start);
    return bytes;
  },
  /** Returns the buffer that LMDB uses again for the next value: its length is that of the value. See `Rows`. */
  decode(bytes: Buffer): Buffer {
    return bytes;
  },
};

/** Returns the row that begins at `start`; null where there is none. Never throws. */
export function decodeRow(bytes: Buffer, start: number): Row | null {
  if (!isShortArray(bytes[start])) return null;
  try {
    const row: unknown = packr.decode(bytes, { start, end: bytes.length });
    return Array.isArray(row) ? (row as Row) : null;
  } catch {
    return null;
  }
}

/** Every row has at most fifteen columns. A longer array is none of ours, and its claimed length is not to be believed. */
function isShortArray(head: number | undefined): boolean {
  return head !== undefined && head >= 0x90 && head <= 0x9f;
}
