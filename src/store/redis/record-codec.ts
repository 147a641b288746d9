import {
  type Cause,
  DOCUMENT_LISTS,
  type DocumentList,
  type OrderList,
  type DocumentRecord,
  type HoldRecord,
  type LedgerEntry,
  MOVEMENT_KINDS,
  type MovementKind,
  type RequestRecord,
  type StockRecord,
} from '../../domain/records.ts';
import { unpackAll } from './msgpack.ts';

/** Reads what `lua/records.lua` writes, and holds it to the same shapes. Throws where a record has another one. */

type Check = (value: unknown) => boolean;

const STATES = ['held', 'pinned', 'consumed', 'released', 'expired'] as const;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const whole: Check = (value) => Number.isSafeInteger(value);
const state: Check = (value) => STATES[(value as number) - 1] !== undefined;
const list: Check = (value) => DOCUMENT_LISTS.includes(value as DocumentList);
const movementKind: Check = (value) => MOVEMENT_KINDS.includes(value as MovementKind);
const orNone =
  (check: Check): Check =>
  (value) =>
    value === false || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const STOCK: Check[] = [whole, whole, whole, whole, orNone(whole), whole, whole, orNone(text)];
STOCK.push(orNone(text), orNone(whole), orNone(text));
const HOLD: Check[] = [text, whole, state, whole, whole, text, text, flag, whole, orNone(whole)];
const DOCUMENT: Check[] = [whole, orNone(list), listOf(text), text];
const REQUEST: Check[] = [text, whole, whole, orNone(text), listOf(whole)];
const MOVEMENT: Check[] = [whole, movementKind, text, whole, whole, whole, whole, whole];
MOVEMENT.push(orNone(text), orNone(text), orNone(text), text);
const EVENT: Check[] = [whole, (value) => value === 'document', text, orNone(list), text];

function fieldsOf<T>(raw: Buffer, shape: readonly Check[]): T {
  const fields = unpackAll(raw);
  if (fields.length !== shape.length) throw new TypeError(`${fields.length} fields where ${shape.length} have to be`);
  for (const [index, check] of shape.entries()) {
    if (!check(fields[index])) throw new TypeError(`field ${index + 1} is not what it has to be`);
  }
  return fields as T;
}

const orNull = <T>(value: T | false): T | null => (value === false ? null : value);

type StockFields = [number, number, number, number, number | false, number, number, string | false, ...PriceFields];
type PriceFields = [string | false, number | false, string | false];

export function decodeStock(sku: string, raw: Buffer): StockRecord {
  const fields = fieldsOf<StockFields>(raw, STOCK);
  const [onHand, reserved, sold, safetyStock, limit, version, updatedAt, last, title, amount, currency] = fields;
  return {
    sku,
    title: orNull(title),
    unitPrice: amount === false || currency === false ? null : { amount, currency },
    onHand,
    reserved,
    sold,
    safetyStock,
    limitPerCustomer: orNull(limit),
    version,
    updatedAt,
    lastMovement: orNull(last),
  };
}

type HoldFields = [string, number, number, number, number, string, string, boolean, number, number | false];

export function decodeHold(holdId: string, raw: Buffer): HoldRecord {
  const [sku, quantity, code, expiresAt, createdAt, owner, customer, counted, version, endedAt] = fieldsOf<HoldFields>(
    raw,
    HOLD,
  );
  return {
    holdId,
    sku,
    quantity,
    state: STATES[code - 1] ?? 'held',
    expiresAt,
    createdAt,
    owner,
    customer: customer === '' ? owner : customer,
    counted,
    version,
    endedAt: orNull(endedAt),
  };
}

/** When it is due is not in the record: `due:docs` has it. */
export function decodeDocument(key: string, raw: Buffer, dueAt: number | null): DocumentRecord {
  const [version, inList, holds, body] = fieldsOf<[number, DocumentList | false, string[], string]>(raw, DOCUMENT);
  return { key, body, holds, dueAt, list: orNull(inList), version };
}

export function decodeRequest(raw: Buffer): RequestRecord {
  const fields = fieldsOf<[string, number, number, string | false, number[]]>(raw, REQUEST);
  const [fingerprint, sequence, at, reference, granted] = fields;
  return { fingerprint, sequence, at, reference: orNull(reference), granted };
}

type MovementFields = [number, MovementKind, string, number, ...SpanFields, ...MovementTail];
type SpanFields = [number, number, number, number];
type MovementTail = [string | false, string | false, string | false, string];

export function decodeLedgerEntry(id: string, raw: Buffer): LedgerEntry {
  if (unpackAll(raw)[1] === 'document') {
    const [at, kind, key, inList, cause] = fieldsOf<[number, 'document', string, OrderList | false, string]>(
      raw,
      EVENT,
    );
    return { id, at, kind, key, list: orNull(inList), cause: JSON.parse(cause) as Cause };
  }
  const [
    at,
    kind,
    sku,
    quantity,
    onHandBefore,
    onHandAfter,
    reservedBefore,
    reservedAfter,
    holdId,
    owner,
    previous,
    cause,
  ] = fieldsOf<MovementFields>(raw, MOVEMENT);
  return {
    id,
    at,
    sku,
    kind,
    quantity,
    onHand: { before: onHandBefore, after: onHandAfter },
    reserved: { before: reservedBefore, after: reservedAfter },
    holdId: orNull(holdId),
    owner: orNull(owner),
    cause: JSON.parse(cause) as Cause,
    previous: orNull(previous),
  };
}
