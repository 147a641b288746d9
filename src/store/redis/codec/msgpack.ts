import { Packr } from 'msgpackr';

/** Encodes plain arrays and maps, like Lua's cmsgpack. All stored integers are exact in a double. */
const packr = new Packr({ useRecords: false, int64AsType: 'number' });

export const pack = (value: unknown): Buffer => packr.pack(value);
/** Decodes consecutive values. */
export const unpackAll = (bytes: Buffer): unknown[] => packr.unpackMultiple(bytes) ?? [];
