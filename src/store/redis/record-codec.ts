import { movesWithBatch, numberInBatch } from '../../domain/batch-relative.ts';
import {
  DOCUMENT_LISTS,
  type DocumentList,
  type DocumentRecord,
  type HoldRecord,
  type HoldState,
  type MovementId,
  type RequestRecord,
  type StockRecord,
} from '../../domain/records.ts';
import { packAll, unpackAll } from './msgpack.ts';

/**
 * How records stand in Redis. Each begins with a stamp of 16 bytes, which `commit.lua` writes: the sequence of the last
 * change and the time of its batch. A SKU's counters follow, in places of their own, since the script adds to them. The rest
 * is written here and opaque to the script. A time that moves with the batch is kept as its distance from the stamp's.
 */

/** A process writes in place of the stamp the number of the transaction in its batch, which the script replaces. */
export const NUMBER_BYTES = 4;
export const STAMP_BYTES = 16;

/** Where a SKU's numbers begin; the same places are in `stock-bytes.lua`, and a test compares the two. */
export const STOCK_PLACES = {
  version: 0,
  updatedAt: 8,
  onHand: 16,
  reserved: 24,
  sold: 32,
  /** The newest movement: its sequence and its index in the transaction. 0 and 0 where there is none. */
  lastSequence: 40,
  lastIndex: 48,
  /** The sequence of the last `configure`. */
  settingsVersion: 52,
  settings: 60,
} as const;

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const whole: Check = (value) => Number.isSafeInteger(value);
const list: Check = (value) => value === false || DOCUMENT_LISTS.includes(value as DocumentList);
const orNone =
  (check: Check): Check =>
  (value) =>
    value === false || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const SETTINGS: Check[] = [whole, orNone(whole), orNone(text), orNone(whole), orNone(text)];
const HOLD: Check[] = [text, whole, whole, whole, whole, text, text, flag, orNone(whole)];
const DOCUMENT: Check[] = [list, listOf(text), text];
const REQUEST: Check[] = [text, orNone(text), listOf(whole)];

function fieldsOf<T>(raw: Buffer, from: number, shape: readonly Check[]): T {
  if (raw.length <= from) throw new TypeError(`${raw.length} bytes where more than ${from} have to be`);
  const fields = unpackAll(raw.subarray(from));
  if (fields.length !== shape.length) throw new TypeError(`${fields.length} fields where ${shape.length} have to be`);
  for (const [index, check] of shape.entries()) {
    if (!check(fields[index])) throw new TypeError(`field ${index + 1} is not what it has to be`);
  }
  return fields as T;
}

const orNull = <T>(value: T | false): T | null => (value === false ? null : value);
const orFalse = <T>(value: T | null): T | false => value ?? false;

const HIGH = 2 ** 32;

/** An integer of eight bytes. Throws where JavaScript cannot hold it exactly. */
export function readWhole(raw: Buffer, at: number): number {
  const value = raw.readInt32BE(at) * HIGH + raw.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new TypeError(`the number at byte ${at} is beyond 2^53 - 1`);
  return value;
}

export function writeWhole(into: Buffer, value: number, at: number): void {
  into.writeInt32BE(Math.floor(value / HIGH), at);
  into.writeUInt32BE(value - Math.floor(value / HIGH) * HIGH, at + 4);
}

/** The number of the transaction, in the place of the stamp, and the fields. */
function numbered(sequence: number, after: number, fields: readonly unknown[]): Buffer {
  const number = Buffer.allocUnsafe(NUMBER_BYTES);
  number.writeUInt32BE(numberInBatch(sequence, after));
  return Buffer.concat([number, packAll(fields)]);
}

/** The batch's time and the sequence before it, as they were assumed when it was decided. */
export interface Decided {
  decidedAt: number;
  decidedAfter: number;
}

export interface KnownStock {
  record: StockRecord;
  settingsVersion: number;
}

export function decodeStock(sku: string, raw: Buffer): KnownStock {
  const { version, updatedAt, onHand, reserved, sold, lastSequence, lastIndex, settingsVersion } = STOCK_PLACES;
  const fields = fieldsOf<[number, number | false, string | false, number | false, string | false]>(
    raw,
    STOCK_PLACES.settings,
    SETTINGS,
  );
  const [safetyStock, limit, title, amount, currency] = fields;
  const last = readWhole(raw, lastSequence);
  return {
    record: {
      sku,
      title: orNull(title),
      unitPrice: amount === false || currency === false ? null : { amount, currency },
      onHand: readWhole(raw, onHand),
      reserved: readWhole(raw, reserved),
      sold: readWhole(raw, sold),
      safetyStock,
      limitPerCustomer: orNull(limit),
      version: readWhole(raw, version),
      updatedAt: readWhole(raw, updatedAt),
      lastMovement: last === 0 ? null : movementId(last, raw.readUInt32BE(lastIndex)),
    },
    settingsVersion: readWhole(raw, settingsVersion),
  };
}

export const movementId = (sequence: number, index: number): MovementId => `${sequence}-${index}`;

export function encodeSettings({ safetyStock, limitPerCustomer, title, unitPrice }: StockRecord): Buffer {
  return packAll([
    safetyStock,
    orFalse(limitPerCustomer),
    orFalse(title),
    unitPrice?.amount ?? false,
    unitPrice?.currency ?? false,
  ]);
}

/** A state's code, and which times of a hold are distances from the stamp. */
const STATE_CODES: Record<HoldState, number> = { held: 1, pinned: 2, consumed: 3, released: 4, expired: 5 };
const STATES = Object.entries(STATE_CODES).map(([state, code]) => [code, state] as [number, HoldState]);
const STATE_BY_CODE = new Map(STATES);
const STATE_MASK = 7;
const MOVES = { expiresAt: 8, createdAt: 16, endedAt: 32 } as const;

type HoldFields = [string, number, number, number, number, string, string, boolean, number | false];

export function decodeHold(holdId: string, raw: Buffer): HoldRecord {
  const fields = fieldsOf<HoldFields>(raw, STAMP_BYTES, HOLD);
  const [sku, quantity, code, expiresAt, createdAt, owner, customer, counted, endedAt] = fields;
  const state = STATE_BY_CODE.get(code & STATE_MASK);
  if (state === undefined) throw new TypeError(`${code} is not the code of a state`);
  const [version, at] = [readWhole(raw, 0), readWhole(raw, 8)];
  const settled = (time: number, bit: number): number => ((code & bit) === 0 ? time : time + at);
  return {
    holdId,
    sku,
    quantity,
    state,
    expiresAt: settled(expiresAt, MOVES.expiresAt),
    createdAt: settled(createdAt, MOVES.createdAt),
    owner,
    customer: customer === '' ? owner : customer,
    counted,
    version,
    endedAt: endedAt === false ? null : settled(endedAt, MOVES.endedAt),
  };
}

export function encodeHold(hold: HoldRecord, { decidedAt, decidedAfter }: Decided): Buffer {
  let code = STATE_CODES[hold.state];
  const kept = (time: number, bit: number): number => {
    if (!movesWithBatch(time)) return time;
    code |= bit;
    return time - decidedAt;
  };
  const expiresAt = kept(hold.expiresAt, MOVES.expiresAt);
  const createdAt = kept(hold.createdAt, MOVES.createdAt);
  const endedAt = hold.endedAt === null ? false : kept(hold.endedAt, MOVES.endedAt);
  const customer = hold.customer === hold.owner ? '' : hold.customer;
  const { sku, quantity, owner, counted, version } = hold;
  return numbered(version, decidedAfter, [
    sku,
    quantity,
    code,
    expiresAt,
    createdAt,
    owner,
    customer,
    counted,
    endedAt,
  ]);
}

/** When it is due is not in the record: `due:docs` has it. */
export function decodeDocument(key: string, raw: Buffer, dueAt: number | null): DocumentRecord {
  const [inList, holds, body] = fieldsOf<[DocumentList | false, string[], string]>(raw, STAMP_BYTES, DOCUMENT);
  return { key, body, holds, dueAt, list: orNull(inList), version: readWhole(raw, 0) };
}

export const encodeDocument = ({ list: inList, holds, body, version }: DocumentRecord, after: number): Buffer =>
  numbered(version, after, [orFalse(inList), holds, body]);

export function decodeRequest(raw: Buffer): RequestRecord {
  const fields = fieldsOf<[string, string | false, number[]]>(raw, STAMP_BYTES, REQUEST);
  const [fingerprint, reference, granted] = fields;
  return { fingerprint, sequence: readWhole(raw, 0), at: readWhole(raw, 8), reference: orNull(reference), granted };
}

export const encodeRequest = ({ fingerprint, sequence, reference, granted }: RequestRecord, after: number): Buffer =>
  numbered(sequence, after, [fingerprint, orFalse(reference), granted]);
