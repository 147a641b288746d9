import type { Database } from 'lmdb';
import { UndecodableRecord } from '../../domain/machine/lookups.ts';
import {
  type Cause,
  ORDER_LISTS,
  type LedgerEntry,
  MOVEMENT_KINDS,
  type Movement,
  type MovementId,
} from '../../domain/records.ts';
import { Columns, MalformedRow, type Row } from './row-codec.ts';

/** In the order of the ledger: sequence, then index in the transaction. */
export type LedgerKey = [sequence: number, index: number];

const KINDS = [...MOVEMENT_KINDS, 'document'] as const;

export function ledgerKey(id: MovementId): LedgerKey {
  const dash = id.indexOf('-');
  return [Number(id.slice(0, dash)) || 0, Number(id.slice(dash + 1)) || 0];
}

/** The ledger in its order. A SKU's movements are a chain: each names the one before. */
export class LedgerTable {
  readonly #database: Database<Row | null, LedgerKey>;

  constructor(database: Database<Row | null, LedgerKey>) {
    this.#database = database;
  }

  append(entry: LedgerEntry): void {
    this.#database.put(ledgerKey(entry.id), toRow(entry));
  }

  /** Throws `UndecodableRecord`. */
  movement(id: MovementId): Movement | null {
    const row = this.#database.get(ledgerKey(id));
    if (row === undefined) return null;
    const entry = fromRow(id, row);
    return entry.kind === 'document' ? null : entry;
  }

  /** Entries after `after`, at most `limit`; those that cannot be decoded as errors. */
  page(after: MovementId | null, limit: number): { id: MovementId; entry: LedgerEntry | UndecodableRecord }[] {
    const [sequence, index] = after === null ? [0, -1] : ledgerKey(after);
    const range = this.#database.getRange({ start: [sequence, index + 1], limit });
    return [...range].map(({ key, value }) => {
      const id = `${key[0]}-${key[1]}`;
      return { id, entry: decoded(id, value) };
    });
  }

  /** Drops at most `limit` entries up to and including `through`, and says how many. */
  trim(through: MovementId, limit: number): number {
    const [sequence, index] = ledgerKey(through);
    const keys = [...this.#database.getKeys({ end: [sequence, index + 1], limit })];
    for (const key of keys) this.#database.remove(key);
    return keys.length;
  }
}

function decoded(id: MovementId, row: Row | null): LedgerEntry | UndecodableRecord {
  try {
    return fromRow(id, row);
  } catch (error) {
    if (error instanceof UndecodableRecord) return error;
    throw error;
  }
}

function toRow(entry: LedgerEntry): Row {
  const { at, cause } = entry;
  const why = [cause.by, cause.reason ?? null, cause.reference ?? null, cause.orderId ?? null];
  if (entry.kind === 'document') {
    const list = entry.list === null ? null : ORDER_LISTS.indexOf(entry.list);
    return [KINDS.indexOf(entry.kind), at, ...why, entry.key, list];
  }
  const { sku, kind, quantity, onHand, reserved, holdId, owner, previous } = entry;
  const counters = [onHand.before, onHand.after, reserved.before, reserved.after];
  return [KINDS.indexOf(kind), at, ...why, sku, quantity, ...counters, holdId, owner, previous];
}

function fromRow(id: MovementId, row: Row | null): LedgerEntry {
  const record = `movement:${id}`;
  if (row === null) throw new UndecodableRecord(record, 'is not a row');
  try {
    return readEntry(id, new Columns(row));
  } catch (error) {
    if (error instanceof MalformedRow) throw new UndecodableRecord(record, error.message);
    throw error;
  }
}

function readEntry(id: MovementId, columns: Columns): LedgerEntry {
  const kind = columns.word(KINDS);
  const at = columns.integer();
  const cause = readCause(columns);
  if (kind === 'document') {
    return { id, at, kind, cause, key: columns.text(), list: columns.wordOrNull(ORDER_LISTS) };
  }
  return {
    id,
    at,
    kind,
    cause,
    sku: columns.text(),
    quantity: columns.integer(),
    onHand: { before: columns.integer(), after: columns.integer() },
    reserved: { before: columns.integer(), after: columns.integer() },
    holdId: columns.textOrNull(),
    owner: columns.textOrNull(),
    previous: columns.textOrNull(),
  };
}

function readCause(columns: Columns): Cause {
  const cause: Cause = { by: columns.text() };
  const reason = columns.textOrNull();
  const reference = columns.textOrNull();
  const orderId = columns.textOrNull();
  if (reason !== null) cause.reason = reason;
  if (reference !== null) cause.reference = reference;
  if (orderId !== null) cause.orderId = orderId;
  return cause;
}
