import { numberInBatch } from '../../../domain/batch-relative.ts';
import { committedChange, onHandChange, reservedChange } from '../../../domain/movement-kinds.ts';
import { ORDER_STATUSES, type OrderStatus } from '../../../domain/order-states.ts';
import { LEDGER_CODES } from '../../../domain/record-codes.ts';
import { type Cause, type LedgerEntry, type Movement, type MovementId } from '../../../domain/records.ts';
import { LINE_END, movementId, readWhole } from './record-codec.ts';

/**
 * The stream of the ledger has one entry for each batch. `commit.lua` writes its head: the sequence before the batch
 * and its time, then for each SKU the counters and the newest movement before the batch. The rest is encoded here: a
 * line of JSON with the SKUs, then the causes and the movements in their order. The counters before and after a
 * movement are derived from the head and the earlier movements.
 */

/**
 * Number in the batch, kind, SKU, units, cause, hold, owner, and 1 for a restocked return, else 0. In a movement of a
 * SKU with backordered units the last column is a list: that number, and the backordered units before and after.
 */
const MOVEMENT_COLUMNS = 8;
const HEAD_BYTES = 16;
export const SKU_BYTES = 44;
/** The head of formats 3 to 5 has no committed units, and no such bit in its number of SKUs. */
export const COMMITTED_BIT = 2 ** 31;
export const OLD_SKU_BYTES = 36;

interface LedgerPart {
  /** The order in which the script has to write their counters. */
  skus: string[];
  text: string;
}

/** Returns the part of a batch's entry that the process writes; null where the batch has no ledger entries. */
export function encodeLedger(entries: readonly LedgerEntry[], after: number): LedgerPart | null {
  if (entries.length === 0) return null;
  const [skus, causes] = [new DistinctValues<string>(), new DistinctValues<Cause>()];
  const columns: unknown[] = [];
  for (const entry of entries) {
    const number = numberInBatch(Number(entry.id.slice(0, entry.id.indexOf('-'))), after);
    const cause = causes.of(entry.cause);
    if (entry.kind === 'document') {
      columns.push(number, LEDGER_CODES.of('document'), entry.key, entry.list ?? 0, cause, 0, 0, 0);
    } else {
      const { kind, quantity, holdId, owner } = entry;
      columns.push(
        number,
        LEDGER_CODES.of(kind),
        skus.of(entry.sku),
        quantity,
        cause,
        holdId ?? 0,
        owner ?? 0,
        lastColumn(entry),
      );
    }
  }
  return { skus: skus.words, text: `${JSON.stringify(skus.words)}\n${JSON.stringify([causes.words, columns])}` };
}

function lastColumn({ kind, onHand, backordered: { before, after } }: Movement): number | number[] {
  const restocked = kind === 'returned' && onHand.after > onHand.before ? 1 : 0;
  return before === 0 && after === 0 ? restocked : [restocked, before, after];
}

/** Distinct values in the order of their first use. The causes of one transaction are the same object. */
class DistinctValues<T> {
  readonly words: T[] = [];
  readonly #places = new Map<T, number>();

  of(word: T): number {
    const known = this.#places.get(word);
    if (known !== undefined) return known;
    this.#places.set(word, this.words.length);
    return this.words.push(word) - 1;
  }
}

/** A SKU's counters and newest movement after the movements decoded so far. */
interface RunningCounters {
  sku: string;
  onHand: number;
  reserved: number;
  committed: number;
  last: MovementId | null;
}

/** Returns the sequence before the batch of an entry. */
export const sequenceBefore = (raw: Buffer): number => readWhole(raw, 0);

/** Returns the movements of one batch in their order. Throws for an entry without the expected form. */
export function decodeLedger(raw: Buffer): LedgerEntry[] {
  const [before, at] = [sequenceBefore(raw), readWhole(raw, 8)];
  const bits = raw.readUInt32BE(HEAD_BYTES);
  const count = bits % COMMITTED_BIT;
  const skuBytes = bits < COMMITTED_BIT ? OLD_SKU_BYTES : SKU_BYTES;
  const headBytes = HEAD_BYTES + 4 + count * skuBytes;
  const end = raw.indexOf(LINE_END, headBytes);
  const skus = JSON.parse(raw.toString('utf8', headBytes, end)) as string[];
  const [causes, columns] = JSON.parse(raw.toString('utf8', end + 1)) as [Cause[], unknown[]];
  if (end < 0 || skus.length !== count || columns.length % MOVEMENT_COLUMNS !== 0) {
    throw new TypeError('an entry of another shape');
  }
  const running = skus.map((sku, index) =>
    runningAt(sku, raw.subarray(HEAD_BYTES + 4 + index * skuBytes, HEAD_BYTES + 4 + (index + 1) * skuBytes)),
  );
  const entries: LedgerEntry[] = [];
  let [sequence, index] = [0, 0];
  for (let column = 0; column < columns.length; column += MOVEMENT_COLUMNS) {
    const next = before + (columns[column] as number);
    index = next === sequence ? index + 1 : 0;
    sequence = next;
    entries.push(entryAt(columns, column, { id: movementId(sequence, index), at }, causes, running));
  }
  return entries;
}

/** The last 12 bytes are the newest movement, and the 8 before it the sold units, which no movement shows. */
function runningAt(sku: string, head: Buffer): RunningCounters {
  const lastAt = head.length - 12;
  const last = readWhole(head, lastAt);
  return {
    sku,
    onHand: readWhole(head, 0),
    reserved: readWhole(head, 8),
    committed: head.length === SKU_BYTES ? readWhole(head, 16) : 0,
    last: last === 0 ? null : movementId(last, head.readUInt32BE(lastAt + 8)),
  };
}

/** Reads the columns in place, because an array for each row would cost as much as the rest. */
function entryAt(
  columns: readonly unknown[],
  column: number,
  { id, at }: Pick<Movement, 'id' | 'at'>,
  causes: readonly Cause[],
  running: readonly RunningCounters[],
): LedgerEntry {
  const kind = LEDGER_CODES.word(columns[column + 1] as number);
  const [subject, quantity] = [columns[column + 2], columns[column + 3]];
  const cause = causes[columns[column + 4] as number];
  if (!cause) throw new TypeError('a movement without a cause');
  if (kind === 'document') return { id, at, kind, ...documentOf(subject, quantity), cause };
  const counters = running[subject as number];
  if (kind === undefined || !counters || typeof quantity !== 'number') {
    throw new TypeError('a movement of another shape');
  }
  const { sku, onHand, reserved, committed, last: previous } = counters;
  const tail = columns[column + 7] as number | number[];
  const [restocked, before = 0, after = 0] = Array.isArray(tail) ? tail : [tail];
  counters.onHand = onHand + onHandChange(kind, quantity, restocked === 1);
  counters.reserved = reserved + reservedChange(kind, quantity);
  counters.committed = committed + committedChange(kind, quantity);
  counters.last = id;
  return {
    id,
    at,
    sku,
    kind,
    quantity,
    onHand: { before: onHand, after: counters.onHand },
    reserved: { before: reserved, after: counters.reserved },
    committed: { before: committed, after: counters.committed },
    backordered: { before, after },
    holdId: (columns[column + 5] as string | 0) || null,
    owner: (columns[column + 6] as string | 0) || null,
    cause,
    previous,
  };
}

function documentOf(key: unknown, list: unknown): { key: string; list: OrderStatus | null } {
  const isList = list === 0 || ORDER_STATUSES.includes(list as OrderStatus);
  if (typeof key !== 'string' || !isList) throw new TypeError('an event of another shape');
  return { key, list: list === 0 ? null : (list as OrderStatus) };
}
