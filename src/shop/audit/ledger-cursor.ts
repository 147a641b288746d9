import { nextTurn } from '../../runtime/pause.ts';
import type { LedgerEntry, MovementId } from '../../domain/records.ts';
import type { Store } from '../../store/store.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { type Checkpoint, takeCheckpoint } from './checkpoint.ts';
import type { LedgerFold } from './ledger-fold.ts';
import { awaitedLater } from '../../transact/settled.ts';

const AUDIT_PAGE_ENTRIES = 2_000;

/**
 * Folds the ledger page by page up to exactly the sequence at which a record was read. The store reads the next page
 * while one is folded.
 */
export class LedgerCursor {
  readonly #store: Pick<Store, 'feed'>;
  readonly #fold: LedgerFold;
  readonly #horizon: number;
  #after: MovementId | null;
  #read: LedgerEntry[] = [];
  /** The page after a full one, requested ahead. */
  #ahead: Promise<LedgerEntry[]> | null = null;
  #folded: MovementId | null = null;
  /**
   * The fold of all entries before the horizon; null until an entry after it is read, and if there are none before it.
   */
  checkpoint: Checkpoint | null = null;

  /**
   * Starts after the entry `after`, or at the beginning for null. `horizon` is the end time of the wanted checkpoint.
   */
  constructor(store: Pick<Store, 'feed'>, fold: LedgerFold, start: { after: MovementId | null; horizon?: number }) {
    this.#store = store;
    this.#fold = fold;
    this.#after = start.after;
    this.#horizon = start.horizon ?? Number.NEGATIVE_INFINITY;
  }

  /** The sequence up to which the ledger was read. */
  get reached(): number {
    return this.#after === null ? 0 : sequenceOf(this.#after);
  }

  /**
   * Folds all entries up to and including `sequence`, which the store must have reached. Does nothing for an earlier
   * sequence. Rejects as the store does.
   */
  async advanceTo(sequence: number): Promise<void> {
    for (;;) {
      if (this.#foldThrough(sequence)) return;
      await nextTurn();
      const ahead = this.#ahead;
      this.#read = await (ahead ?? this.#page());
      this.#ahead = null;
      const last = this.#read.at(-1);
      // The page was requested too early and is empty. The ledger may have more entries by now.
      if (last === undefined && ahead) continue;
      if (last === undefined) return;
      this.#after = last.id;
      if (this.#read.length === AUDIT_PAGE_ENTRIES) this.#ahead = this.#page();
    }
  }

  #page(): Promise<LedgerEntry[]> {
    return awaitedLater(this.#store.feed({ after: this.#after, limit: AUDIT_PAGE_ENTRIES }));
  }

  /** Folds the entries that were read. Returns whether they reach beyond the sequence. */
  #foldThrough(sequence: number): boolean {
    const last = this.#read.at(-1);
    const isAllDue = last === undefined || sequenceOf(last.id) <= sequence;
    const due = isAllDue ? this.#read.length : this.#read.findIndex(({ id }) => sequenceOf(id) > sequence);
    for (let index = 0; index < due; index += 1) this.#add(this.#read[index] as LedgerEntry);
    this.#read = isAllDue ? [] : this.#read.slice(due);
    return !isAllDue;
  }

  /** All entries of a transaction have the same time, so a checkpoint never splits a transaction. */
  #add(entry: LedgerEntry): void {
    if (entry.at >= this.#horizon && this.#folded !== null) {
      this.checkpoint ??= takeCheckpoint(this.#fold, this.#folded);
    } else if (entry.at < this.#horizon) {
      this.#folded = entry.id;
    }
    this.#fold.add(entry);
  }
}
