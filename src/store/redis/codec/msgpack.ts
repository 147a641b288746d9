import { Packr } from 'msgpackr';

/** Plain arrays and maps as Lua's cmsgpack knows them. All integers that are kept are exact in a double. */
const packr = new Packr({ useRecords: false, int64AsType: 'number' });

export const pack = (value: unknown): Buffer => packr.pack(value);
/** Several values that stand one after the other. */
export const unpackAll = (bytes: Buffer): unknown[] => packr.unpackMultiple(bytes) ?? [];
