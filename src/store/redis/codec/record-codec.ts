import { movesWithBatch } from '../../../domain/batch-relative.ts';
import { jsonString, jsonStrings, jsonStringOrNull } from '../../../domain/json-text.ts';
import { HOLD_STATE_CODES } from '../../../domain/record-codes.ts';
import {
  DOCUMENT_LISTS,
  type DocumentRecord,
  type HoldRecord,
  type MovementId,
  type RequestRecord,
  type StockRecord,
} from '../../../domain/records.ts';
import { Columns } from '../../columns.ts';
import { TWO_TO_32 } from './wide-number.ts';
import { pushLaterColumns, readLaterColumns } from '../../later-columns.ts';

/**
 * The records in Redis. Each begins with a stamp of 16 bytes, which `commit.lua` writes: the sequence of the last
 * change and the time of its batch. In a SKU's record the counters follow as binary numbers, because the script adds to
 * them. The rest is JSON, which `commit.lua` does not read. A time that is derived from the batch's time is stored as
 * its distance from the stamp's time.
 */

export const STAMP_BYTES = 16;

/** The offsets of a SKU's numbers. The scripts have them as `STOCK`. */
export const STOCK_PLACES = {
  version: 0,
  updatedAt: 8,
  onHand: 16,
  reserved: 24,
  committed: 32,
  sold: 40,
  /** The newest movement: its sequence and its index in the transaction. Both are 0 if there is none. */
  lastSequence: 48,
  lastIndex: 56,
  /** The sequence of the last `configure`. */
  settingsVersion: 60,
  settings: 68,
} as const;

/** Reads an integer of eight bytes. Throws where it is beyond 2^53 - 1. */
export function readWhole(raw: Buffer, at: number): number {
  const value = raw.readInt32BE(at) * TWO_TO_32 + raw.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new TypeError(`the number at byte ${at} is beyond 2^53 - 1`);
  return value;
}

const columnsOf = (raw: Buffer, from: number, to = raw.length): Columns =>
  new Columns(JSON.parse(raw.toString('utf8', from, to)));

/** The batch's time and the sequence before it that its decision assumed. */
export interface Decided {
  decidedAt: number;
  decidedAfter: number;
}

export interface KnownStock {
  record: StockRecord;
  settingsVersion: number;
}

export function decodeStock(sku: string, raw: Buffer): KnownStock {
  const { version, updatedAt, lastSequence, lastIndex, settingsVersion } = STOCK_PLACES;
  const columns = columnsOf(raw, STOCK_PLACES.settings);
  const last = readWhole(raw, lastSequence);
  const record = readLaterColumns(columns, {
    sku,
    safetyStock: columns.integer(),
    limitPerCustomer: columns.integerOrNull(),
    title: columns.textOrNull(),
    unitPrice: columns.moneyOrNull(),
    onHand: readWhole(raw, STOCK_PLACES.onHand),
    reserved: readWhole(raw, STOCK_PLACES.reserved),
    committed: readWhole(raw, STOCK_PLACES.committed),
    sold: readWhole(raw, STOCK_PLACES.sold),
    version: readWhole(raw, version),
    updatedAt: readWhole(raw, updatedAt),
    lastMovement: last === 0 ? null : movementId(last, raw.readUInt32BE(lastIndex)),
  });
  columns.end();
  return { record, settingsVersion: readWhole(raw, settingsVersion) };
}

export const movementId = (sequence: number, index: number): MovementId => `${sequence}-${index}`;

export function encodeSettings(stock: StockRecord): string {
  const { safetyStock, limitPerCustomer, title, unitPrice } = stock;
  const columns = [safetyStock, limitPerCustomer, title, unitPrice?.amount ?? null, unitPrice?.currency ?? null];
  pushLaterColumns(columns, stock);
  return JSON.stringify(columns);
}

/**
 * The parts of a hold's code: the state, a bit for each time that is a distance from the stamp, whether its units count
 * for the customer, and whether they are in the counts of held units.
 */
export const STATE_MASK = 7;
const MOVES = { expiresAt: 8, createdAt: 16, endedAt: 32 } as const;
const COUNTED = 64;
const CAPPED = 128;

export function decodeHold(holdId: string, raw: Buffer): HoldRecord {
  const columns = columnsOf(raw, STAMP_BYTES);
  const [sku, quantity, code] = [columns.text(), columns.integer(), columns.integer()];
  const state = HOLD_STATE_CODES.word(code & STATE_MASK);
  if (state === undefined) throw new TypeError(`${code} is not the code of a state`);
  const [version, at] = [readWhole(raw, 0), readWhole(raw, 8)];
  const settled = (time: number, bit: number): number => ((code & bit) === 0 ? time : time + at);
  const expiresAt = settled(columns.integer(), MOVES.expiresAt);
  const createdAt = settled(columns.integer(), MOVES.createdAt);
  const owner = columns.text();
  const customer = columns.text() || owner;
  const endedAt = columns.integerOrNull();
  const client = columns.isAtEnd ? null : columns.textOrNull();
  const backordered = columns.isAtEnd ? 0 : columns.integer();
  columns.end();
  return {
    holdId,
    sku,
    quantity,
    state,
    expiresAt,
    createdAt,
    owner,
    customer,
    counted: (code & COUNTED) !== 0,
    client,
    capped: (code & CAPPED) !== 0,
    backordered,
    version,
    endedAt: endedAt === null ? null : settled(endedAt, MOVES.endedAt),
  };
}

export function encodeHold(hold: HoldRecord, decidedAt: number): string {
  const { sku, quantity, owner, client, backordered } = hold;
  let code = HOLD_STATE_CODES.of(hold.state) + (hold.counted ? COUNTED : 0) + (hold.capped ? CAPPED : 0);
  const kept = (time: number, bit: number): number => {
    if (!movesWithBatch(time)) return time;
    code |= bit;
    return time - decidedAt;
  };
  const expiresAt = kept(hold.expiresAt, MOVES.expiresAt);
  const createdAt = kept(hold.createdAt, MOVES.createdAt);
  const endedAt = hold.endedAt === null ? null : kept(hold.endedAt, MOVES.endedAt);
  const customer = hold.customer === owner ? '' : hold.customer;
  const last =
    backordered > 0 ? `,${jsonStringOrNull(client)},${backordered}` : client === null ? '' : `,${jsonString(client)}`;
  return `[${jsonString(sku)},${quantity},${code},${expiresAt},${createdAt},${jsonString(owner)},${jsonString(customer)},${endedAt}${last}]`;
}

export const LINE_END = 10;
const LISTS = ['', ...DOCUMENT_LISTS] as const;

/** `dueAt` is in `due:docs` and not in the record. The body begins after the first line. */
export function decodeDocument(key: string, raw: Buffer, dueAt: number | null): DocumentRecord {
  const end = raw.indexOf(LINE_END, STAMP_BYTES);
  if (end < 0) throw new TypeError('the line before the body does not end');
  const columns = columnsOf(raw, STAMP_BYTES, end);
  const [inList, holds] = [columns.among(LISTS), columns.texts()];
  columns.end();
  const body = raw.toString('utf8', end + 1);
  return { key, body, holds, dueAt, list: inList === '' ? null : inList, version: readWhole(raw, 0) };
}

export const encodeDocument = ({ list: inList, holds, body }: DocumentRecord): string =>
  `[${jsonString(inList ?? '')},${jsonStrings(holds)}]\n${body}`;

export function decodeRequest(raw: Buffer): RequestRecord {
  const columns = columnsOf(raw, STAMP_BYTES);
  const [fingerprint, reference, granted] = [columns.text(), columns.textOrNull(), columns.integers()];
  columns.end();
  return { fingerprint, sequence: readWhole(raw, 0), at: readWhole(raw, 8), reference, granted };
}

export const encodeRequest = ({ fingerprint, reference, granted }: RequestRecord): string =>
  `[${jsonString(fingerprint)},${jsonStringOrNull(reference)},[${granted.join(',')}]]`;
