import type { Database, RangeOptions } from 'lmdb';
import { NEVER_AT } from '../../../domain/limits.ts';
import type { DuePosition } from '../../../domain/machine/lookups.ts';
import { compareTexts } from '../../../domain/skus.ts';
import { isKey } from './record-table.ts';
import { MalformedRow } from '../../columns.ts';
import type { Rows } from '../rows/rows.ts';

/** Keys of several parts sort by their parts; texts compare by their bytes. */
export type IndexKey = (string | number)[];

/** The value of every index entry, because all information is in the key. */
export const EMPTY_VALUE = Buffer.alloc(0);
/** Sorts after every deadline. */
const DEADLINE_MAX = Number.MAX_VALUE;

export interface DueDatabases {
  /** All live holds: SKU, deadline, id. */
  positions: Database<Buffer, IndexKey>;
  /** SKUs by their earliest deadline: deadline, SKU. */
  firsts: Database<Buffer, IndexKey>;
  /** The earliest deadline of each SKU that has live holds. */
  earliest: Rows<string>;
}

/** The deadlines of live holds: a SKU's overdue holds, the SKUs with overdue holds, and the next deadline. */
export class DueIndex {
  readonly #databases: DueDatabases;

  constructor(databases: DueDatabases) {
    this.#databases = databases;
  }

  overdueHolds(sku: string, at: number, limit: number): DuePosition[] {
    const first = this.#earliestOf(sku);
    if (first === null || first > at) return [];
    return this.#keys({ start: [sku, 0], end: [sku, at + 1], limit });
  }

  /** Returns live holds of a SKU with `from` <= deadline < `to`, by deadline. */
  between(sku: string, { from, to }: { from: number; to: number }, limit: number): DuePosition[] {
    return this.#keys({ start: [sku, from], end: [sku, to], limit });
  }

  /** Returns the earliest deadline of a SKU from its positions, without the stored earliest deadline. */
  firstOf(sku: string): number | null {
    const [first] = this.#keys({ start: [sku, 0], end: [sku, DEADLINE_MAX], limit: 1 });
    return first?.expiresAt ?? null;
  }

  overdueSkus(at: number, limit: number): string[] {
    return [...this.#databases.firsts.getKeys({ end: [at + 1], limit })].map(([, sku]) => sku as string);
  }

  /** Returns the earliest deadline of any live hold, or null. A hold at `NEVER_AT` has none. */
  next(): number | null {
    const [first] = this.#databases.firsts.getKeys({ end: [NEVER_AT], limit: 1 });
    return (first?.[0] as number | undefined) ?? null;
  }

  /** Returns positions of a SKU, or of all SKUs, after `after`. */
  page({ sku, after, limit }: { sku?: string; after?: DuePosition; limit: number }): DuePosition[] {
    const end = sku === undefined ? {} : { end: [sku, DEADLINE_MAX] };
    if (after && (sku === undefined || compareTexts(after.sku, sku) >= 0)) {
      return this.#keys({ start: positionKey(after), exclusiveStart: true, ...end, limit });
    }
    return this.#keys(sku === undefined ? { limit } : { start: [sku, 0], ...end, limit });
  }

  /** Removes and adds positions, and updates the earliest deadlines of their SKUs. */
  move(removed: readonly DuePosition[], added: readonly DuePosition[]): void {
    const moves = new Map<string, Firsts>();
    for (const position of removed) {
      const firsts = this.#firstsOf(moves, position.sku);
      if (position.expiresAt === firsts.before) firsts.uncertain = true;
      this.#databases.positions.remove(positionKey(position));
    }
    for (const position of added) {
      const firsts = this.#firstsOf(moves, position.sku);
      firsts.after = Math.min(firsts.after ?? position.expiresAt, position.expiresAt);
      this.#databases.positions.put(positionKey(position), EMPTY_VALUE);
    }
    for (const [sku, firsts] of moves) this.#moveFirst(sku, firsts);
  }

  #firstsOf(moves: Map<string, Firsts>, sku: string): Firsts {
    const known = moves.get(sku);
    if (known) return known;
    const before = this.#earliestOf(sku);
    const firsts = { before, after: before, uncertain: false };
    moves.set(sku, firsts);
    return firsts;
  }

  #moveFirst(sku: string, { before, after, uncertain }: Firsts): void {
    const { firsts, earliest } = this.#databases;
    const now = uncertain ? this.firstOf(sku) : after;
    if (now === before) return;
    if (before !== null) firsts.remove([before, sku]);
    if (now === null) {
      earliest.remove(sku);
      return;
    }
    firsts.put([now, sku], EMPTY_VALUE);
    earliest.put(sku, [now]);
  }

  #earliestOf(sku: string): number | null {
    const row = isKey(sku) ? this.#databases.earliest.get(sku) : undefined;
    if (row === undefined) return null;
    if (row instanceof MalformedRow || typeof row[0] !== 'number') return this.firstOf(sku);
    return row[0];
  }

  #keys(range: RangeOptions): DuePosition[] {
    const keys = this.#databases.positions.getKeys(range) as Iterable<[string, number, string]>;
    return [...keys].map(([sku, expiresAt, holdId]) => ({ sku, expiresAt, holdId }));
  }
}

function positionKey({ sku, expiresAt, holdId }: DuePosition): IndexKey {
  return [sku, expiresAt, holdId];
}

/** The earliest deadline of a SKU before and after a move; `uncertain` where the earliest position was removed. */
interface Firsts {
  before: number | null;
  after: number | null;
  uncertain: boolean;
}
