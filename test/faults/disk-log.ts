import { readFileSync } from 'node:fs';

const KINDS = ['written', 'written durably', 'sync begins', 'sync ends', 'truncated', 'acknowledged'] as const;
const HEADER_BYTES = 24;

export interface DiskRecord {
  kind: (typeof KINDS)[number];
  /** 0, or -1 for a failed flush. */
  result: number;
  offset: number;
  bytes: Buffer;
}

/** Reads the records of the shim. Ignores a record that a killed process left unfinished. */
export function readDiskLog(file: string): DiskRecord[] {
  const log = readFileSync(file);
  const records: DiskRecord[] = [];
  for (let at = 0; at + HEADER_BYTES <= log.length; ) {
    const length = Number(log.readBigUInt64LE(at + 16));
    const end = at + HEADER_BYTES + length;
    if (end > log.length) break;
    records.push({
      kind: KINDS[log.readUInt32LE(at) - 1]!,
      result: log.readInt32LE(at + 4),
      offset: Number(log.readBigUInt64LE(at + 8)),
      bytes: log.subarray(at + HEADER_BYTES, end),
    });
    at = end;
  }
  return records;
}
