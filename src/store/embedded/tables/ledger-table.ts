import { UndecodableRecord } from '../../../domain/machine/lookups.ts';
import { LEDGER_CODES, ORDER_LIST_CODES } from '../../../domain/record-codes.ts';
import type { Cause, LedgerEntry, Movement, MovementId, Span } from '../../../domain/records.ts';
import type { Columns, Row } from '../../columns.ts';
import { decodeRecord, type Rows, type StoredRow } from '../rows/rows.ts';

/** Sequence, then index in the transaction: the order of the ledger. */
type LedgerKey = [sequence: number, index: number];

function ledgerKey(id: MovementId): LedgerKey {
  const dash = id.indexOf('-');
  return [Number(id.slice(0, dash)) || 0, Number(id.slice(dash + 1)) || 0];
}

/** The ledger. The movements of a SKU are a chain: each names the previous one. */
export class LedgerTable {
  readonly #rows: Rows<LedgerKey>;

  constructor(rows: Rows<LedgerKey>) {
    this.#rows = rows;
  }

  append(entry: LedgerEntry): void {
    this.#rows.put(ledgerKey(entry.id), toRow(entry));
  }

  /** Throws `UndecodableRecord`. */
  movement(id: MovementId): Movement | null {
    const row = this.#rows.get(ledgerKey(id));
    if (row === undefined) return null;
    const entry = fromRow(id, row);
    return entry.kind === 'document' ? null : entry;
  }

  /** Returns at most `limit` entries after `after`, with an error for each undecodable one. */
  page(after: MovementId | null, limit: number): { id: MovementId; entry: LedgerEntry | UndecodableRecord }[] {
    const [sequence, index] = after === null ? [0, -1] : ledgerKey(after);
    const range = this.#rows.getRange({ start: [sequence, index + 1], limit });
    return [...range].map(({ key, row }) => {
      const id = `${key[0]}-${key[1]}`;
      return { id, entry: decodeEntry(id, row) };
    });
  }

  /** Drops at most `limit` entries up to and including `through`. Returns how many it dropped. */
  trim(through: MovementId, limit: number): number {
    const [sequence, index] = ledgerKey(through);
    const keys = [...this.#rows.getKeys({ end: [sequence, index + 1], limit })];
    for (const key of keys) this.#rows.remove(key);
    return keys.length;
  }
}

function decodeEntry(id: MovementId, row: StoredRow): LedgerEntry | UndecodableRecord {
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
  const origin = originColumns(cause);
  if (entry.kind === 'document') {
    const list = entry.list === null ? null : ORDER_LIST_CODES.of(entry.list);
    return [LEDGER_CODES.of(entry.kind), at, ...why, entry.key, list, ...origin];
  }
  const { sku, kind, quantity, onHand, reserved, committed, backordered, holdId, owner, previous } = entry;
  const counters = [onHand.before, onHand.after, reserved.before, reserved.after];
  const row = [LEDGER_CODES.of(kind), at, ...why, sku, quantity, ...counters, holdId, owner, previous];
  // Most SKUs have no committed units, and fewer have backordered ones.
  if (isZero(committed) && isZero(backordered)) return [...row, ...origin];
  row.push(cause.requestId ?? null, cause.traceparent ?? null, committed.before, committed.after);
  return isZero(backordered) ? row : [...row, backordered.before, backordered.after];
}

const isZero = ({ before, after }: Span): boolean => before === 0 && after === 0;

/** Returns the columns that came with format 5. An entry that no call has caused has none of them. */
function originColumns({ requestId, traceparent }: Cause): Row {
  if (traceparent !== undefined) return [requestId ?? null, traceparent];
  return requestId === undefined ? [] : [requestId];
}

const fromRow = (id: MovementId, row: StoredRow): LedgerEntry =>
  decodeRecord(`movement:${id}`, row, (columns) => readEntry(id, columns));

function readEntry(id: MovementId, columns: Columns): LedgerEntry {
  const kind = columns.word(LEDGER_CODES);
  const at = columns.integer();
  const cause = readCause(columns);
  if (kind === 'document') {
    const [key, list] = [columns.text(), columns.wordOrNull(ORDER_LIST_CODES)];
    return { id, at, kind, cause: withOrigin(cause, columns), key, list };
  }
  const movement = {
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
  withOrigin(cause, columns);
  const committed = readSpan(columns);
  return { ...movement, committed, backordered: readSpan(columns) };
}

const readSpan = (columns: Columns): Span =>
  columns.isAtEnd ? NO_SPAN : { before: columns.integer(), after: columns.integer() };

function withOrigin(cause: Cause, columns: Columns): Cause {
  const requestId = columns.isAtEnd ? null : columns.textOrNull();
  if (requestId !== null) cause.requestId = requestId;
  const traceparent = columns.isAtEnd ? null : columns.textOrNull();
  if (traceparent !== null) cause.traceparent = traceparent;
  return cause;
}

const NO_SPAN: Span = { before: 0, after: 0 };

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
