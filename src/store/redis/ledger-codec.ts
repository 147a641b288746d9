import { numberInBatch } from '../../domain/batch-relative.ts';
import { LEDGER_CODES } from '../../domain/record-codes.ts';
import {
  type Cause,
  type LedgerEntry,
  type Movement,
  type MovementId,
  type MovementKind,
  ORDER_LISTS,
  type OrderList,
} from '../../domain/records.ts';
import { movementId, readWhole } from './record-codec.ts';

/**
 * The ledger has one entry of the stream for each batch. `commit.lua` writes its head: the sequence before the batch and its
 * time, then for each SKU the counters and the newest movement before the batch. The rest is written here: a line of JSON with
 * the SKUs, then the causes and the movements in their order. What each movement found and left follows from the head and the
 * movements before it.
 */

/** A movement has these columns: number in the batch, kind, SKU, units, cause, hold, owner, and 1 if it was restocked. */
const COLUMNS = 8;
const LINE_END = 10;
const HEAD_BYTES = 16;
const SKU_BYTES = 36;

/** What happens to the counters of a SKU. */
interface Effect {
  onHand: number;
  reserved: number;
}

function effectOf(kind: MovementKind, quantity: number, restocked: boolean): Effect {
  switch (kind) {
    case 'received':
    case 'adjusted':
    case 'counted':
      return { onHand: quantity, reserved: 0 };
    case 'reserved':
    case 'resized':
      return { onHand: 0, reserved: quantity };
    case 'released':
    case 'expired':
      return { onHand: 0, reserved: -quantity };
    case 'consumed':
      return { onHand: -quantity, reserved: -quantity };
    case 'returned':
      return { onHand: restocked ? quantity : 0, reserved: 0 };
    case 'pinned':
    case 'transferred':
      return { onHand: 0, reserved: 0 };
  }
}

export interface LedgerPart {
  /** In the order in which the script has to write their counters. */
  skus: string[];
  text: string;
}

/** Returns the part of a batch's entry that the process writes; null where nothing moved. */
export function encodeLedger(entries: readonly LedgerEntry[], after: number): LedgerPart | null {
  if (entries.length === 0) return null;
  const [skus, causes] = [new Places<string>(), new Places<Cause>()];
  const columns: unknown[] = [];
  for (const entry of entries) {
    const number = numberInBatch(Number(entry.id.slice(0, entry.id.indexOf('-'))), after);
    const cause = causes.of(entry.cause);
    if (entry.kind === 'document') {
      columns.push(number, LEDGER_CODES.of('document'), entry.key, entry.list ?? 0, cause, 0, 0, 0);
    } else {
      const { kind, quantity, holdId, owner, onHand } = entry;
      const restocked = kind === 'returned' && onHand.after > onHand.before;
      columns.push(
        number,
        LEDGER_CODES.of(kind),
        skus.of(entry.sku),
        quantity,
        cause,
        holdId ?? 0,
        owner ?? 0,
        restocked ? 1 : 0,
      );
    }
  }
  return { skus: skus.words, text: `${JSON.stringify(skus.words)}\n${JSON.stringify([causes.words, columns])}` };
}

/** Values in the order in which they are first named. The causes of one transaction are the same object. */
class Places<T> {
  readonly words: T[] = [];
  readonly #places = new Map<T, number>();

  of(word: T): number {
    const known = this.#places.get(word);
    if (known !== undefined) return known;
    this.#places.set(word, this.words.length);
    return this.words.push(word) - 1;
  }
}

interface Running extends Effect {
  last: MovementId | null;
}

/** Returns the movements of one batch in their order. Throws where the entry is not of this shape. */
export function decodeLedger(raw: Buffer): LedgerEntry[] {
  const [before, at] = [readWhole(raw, 0), readWhole(raw, 8)];
  const count = raw.readUInt32BE(HEAD_BYTES);
  const headBytes = HEAD_BYTES + 4 + count * SKU_BYTES;
  const end = raw.indexOf(LINE_END, headBytes);
  const skus = JSON.parse(raw.toString('utf8', headBytes, end)) as string[];
  const [causes, columns] = JSON.parse(raw.toString('utf8', end + 1)) as [Cause[], unknown[]];
  if (end < 0 || skus.length !== count || columns.length % COLUMNS !== 0) {
    throw new TypeError('an entry of another shape');
  }
  const running = skus.map((_, index) => countersAt(raw, HEAD_BYTES + 4 + index * SKU_BYTES));
  const entries: LedgerEntry[] = [];
  let [sequence, index] = [0, 0];
  for (let from = 0; from < columns.length; from += COLUMNS) {
    const row = columns.slice(from, from + COLUMNS) as Columns;
    index = before + row[0] === sequence ? index + 1 : 0;
    sequence = before + row[0];
    const cause = causes[row[4]];
    if (!cause) throw new TypeError('a movement without a cause');
    entries.push(entryOf(row, { id: movementId(sequence, index), at, cause }, skus, running));
  }
  return entries;
}

type Columns = [number, number, number | string, number | string, number, string | 0, string | 0, 0 | 1];

function countersAt(raw: Buffer, at: number): Running {
  const last = readWhole(raw, at + 24);
  return {
    onHand: readWhole(raw, at),
    reserved: readWhole(raw, at + 8),
    last: last === 0 ? null : movementId(last, raw.readUInt32BE(at + 32)),
  };
}

function entryOf(
  [, code, subject, amount, , holdId, owner, restocked]: Columns,
  base: Pick<Movement, 'id' | 'at' | 'cause'>,
  skus: readonly string[],
  running: readonly Running[],
): LedgerEntry {
  const kind = LEDGER_CODES.word(code);
  if (kind === 'document') return { ...documentOf(subject, amount), ...base };
  const [sku, counters] = [skus[Number(subject)], running[Number(subject)]];
  if (kind === undefined || sku === undefined || !counters || typeof amount !== 'number') {
    throw new TypeError('a movement of another shape');
  }
  const effect = effectOf(kind, amount, restocked === 1);
  const [onHand, reserved] = [counters.onHand + effect.onHand, counters.reserved + effect.reserved];
  const movement: Movement = {
    id: base.id,
    at: base.at,
    sku,
    kind,
    quantity: amount,
    onHand: { before: counters.onHand, after: onHand },
    reserved: { before: counters.reserved, after: reserved },
    holdId: holdId || null,
    owner: owner || null,
    cause: base.cause,
    previous: counters.last,
  };
  Object.assign(counters, { onHand, reserved, last: base.id });
  return movement;
}

function documentOf(key: unknown, list: unknown): { kind: 'document'; key: string; list: OrderList | null } {
  const isList = list === 0 || ORDER_LISTS.includes(list as OrderList);
  if (typeof key !== 'string' || !isList) throw new TypeError('an event of another shape');
  return { kind: 'document', key, list: list === 0 ? null : (list as OrderList) };
}
