import { movesWithBatch } from '../../domain/batch-relative.ts';
import { HOLD_STATE_CODES } from '../../domain/record-codes.ts';
import {
  DOCUMENT_LISTS,
  type DocumentList,
  type DocumentRecord,
  type HoldRecord,
  type MovementId,
  type RequestRecord,
  type StockRecord,
} from '../../domain/records.ts';

/**
 * How records stand in Redis. Each begins with a stamp of 16 bytes, which `commit.lua` writes: the sequence of the last
 * change and the time of its batch. A SKU's counters follow, in places of their own, since the script adds to them. The rest
 * is JSON, and opaque to `commit.lua`. A time that moves with the batch is kept as its distance from the stamp's.
 */

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
const whole: Check = (value) => Number.isSafeInteger(value);
const list: Check = (value) => value === '' || DOCUMENT_LISTS.includes(value as DocumentList);
const orNone =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const SETTINGS: Check[] = [whole, orNone(whole), orNone(text), orNone(whole), orNone(text)];
const HOLD: Check[] = [text, whole, whole, whole, whole, text, text, orNone(whole)];
const DOCUMENT: Check[] = [list, listOf(text)];
const REQUEST: Check[] = [text, orNone(text), listOf(whole)];

function fieldsOf<T>(json: string, shape: readonly Check[]): T {
  const fields: unknown = JSON.parse(json);
  if (!Array.isArray(fields) || fields.length !== shape.length) {
    throw new TypeError(`not the ${shape.length} fields that have to be there`);
  }
  for (const [index, check] of shape.entries()) {
    if (!check(fields[index])) throw new TypeError(`field ${index + 1} is not what it has to be`);
  }
  return fields as T;
}

const HIGH = 2 ** 32;

/** An integer of eight bytes. Throws where JavaScript cannot hold it exactly. */
export function readWhole(raw: Buffer, at: number): number {
  const value = raw.readInt32BE(at) * HIGH + raw.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(value)) throw new TypeError(`the number at byte ${at} is beyond 2^53 - 1`);
  return value;
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

type Settings = [number, number | null, string | null, number | null, string | null];

export function decodeStock(sku: string, raw: Buffer): KnownStock {
  const { version, updatedAt, onHand, reserved, sold, lastSequence, lastIndex, settingsVersion } = STOCK_PLACES;
  const settings = fieldsOf<Settings>(raw.toString('utf8', STOCK_PLACES.settings), SETTINGS);
  const [safetyStock, limitPerCustomer, title, amount, currency] = settings;
  const last = readWhole(raw, lastSequence);
  return {
    record: {
      sku,
      title,
      unitPrice: amount === null || currency === null ? null : { amount, currency },
      onHand: readWhole(raw, onHand),
      reserved: readWhole(raw, reserved),
      sold: readWhole(raw, sold),
      safetyStock,
      limitPerCustomer,
      version: readWhole(raw, version),
      updatedAt: readWhole(raw, updatedAt),
      lastMovement: last === 0 ? null : movementId(last, raw.readUInt32BE(lastIndex)),
    },
    settingsVersion: readWhole(raw, settingsVersion),
  };
}

export const movementId = (sequence: number, index: number): MovementId => `${sequence}-${index}`;

export function encodeSettings({ safetyStock, limitPerCustomer, title, unitPrice }: StockRecord): string {
  const settings: Settings = [
    safetyStock,
    limitPerCustomer,
    title,
    unitPrice?.amount ?? null,
    unitPrice?.currency ?? null,
  ];
  return JSON.stringify(settings);
}

/** A state's code, which times of a hold are distances from the stamp, and whether its units count for the customer. */
const STATE_MASK = 7;
const MOVES = { expiresAt: 8, createdAt: 16, endedAt: 32 } as const;
const COUNTED = 64;

type HoldFields = [string, number, number, number, number, string, string, number | null];

export function decodeHold(holdId: string, raw: Buffer): HoldRecord {
  const fields = fieldsOf<HoldFields>(raw.toString('utf8', STAMP_BYTES), HOLD);
  const [sku, quantity, code, expiresAt, createdAt, owner, customer, endedAt] = fields;
  const state = HOLD_STATE_CODES.word(code & STATE_MASK);
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
    counted: (code & COUNTED) !== 0,
    version,
    endedAt: endedAt === null ? null : settled(endedAt, MOVES.endedAt),
  };
}

export function encodeHold(hold: HoldRecord, decidedAt: number): string {
  const { sku, quantity, owner } = hold;
  let code = HOLD_STATE_CODES.of(hold.state) + (hold.counted ? COUNTED : 0);
  const kept = (time: number, bit: number): number => {
    if (!movesWithBatch(time)) return time;
    code |= bit;
    return time - decidedAt;
  };
  const expiresAt = kept(hold.expiresAt, MOVES.expiresAt);
  const createdAt = kept(hold.createdAt, MOVES.createdAt);
  const endedAt = hold.endedAt === null ? null : kept(hold.endedAt, MOVES.endedAt);
  const customer = hold.customer === owner ? '' : hold.customer;
  const fields: HoldFields = [sku, quantity, code, expiresAt, createdAt, owner, customer, endedAt];
  return JSON.stringify(fields);
}

const LINE_END = 10;

/** When it is due is not in the record: `due:docs` has it. The body is what follows the first line. */
export function decodeDocument(key: string, raw: Buffer, dueAt: number | null): DocumentRecord {
  const end = raw.indexOf(LINE_END, STAMP_BYTES);
  if (end < 0) throw new TypeError('the line before the body does not end');
  const [inList, holds] = fieldsOf<[DocumentList | '', string[]]>(raw.toString('utf8', STAMP_BYTES, end), DOCUMENT);
  const body = raw.toString('utf8', end + 1);
  return { key, body, holds, dueAt, list: inList === '' ? null : inList, version: readWhole(raw, 0) };
}

export const encodeDocument = ({ list: inList, holds, body }: DocumentRecord): string =>
  `${JSON.stringify([inList ?? '', holds])}\n${body}`;

export function decodeRequest(raw: Buffer): RequestRecord {
  const fields = fieldsOf<[string, string | null, number[]]>(raw.toString('utf8', STAMP_BYTES), REQUEST);
  const [fingerprint, reference, granted] = fields;
  return { fingerprint, sequence: readWhole(raw, 0), at: readWhole(raw, 8), reference, granted };
}

export const encodeRequest = ({ fingerprint, reference, granted }: RequestRecord): string =>
  JSON.stringify([fingerprint, reference, granted]);
