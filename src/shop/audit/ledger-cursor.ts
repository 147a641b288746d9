import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { LedgerEntry, MovementId } from '../../domain/records.ts';
import type { Store } from '../../store/store.ts';
import { sequenceOf } from '../../domain/movement-ids.ts';
import { type Checkpoint, takeCheckpoint } from './checkpoint.ts';
import type { LedgerFold } from './ledger-fold.ts';

const PAGE_ENTRIES = 2_000;

/**
 * Brings a fold to exactly the sequence that a record was read at, a page at a time. The store reads the next page while one is
 * folded.
 */
export class LedgerCursor {
  readonly #store: Pick<Store, 'feed'>;
  readonly #fold: LedgerFold;
  readonly #horizon: number;
  #after: MovementId | null;
  #read: LedgerEntry[] = [];
  /** The page behind a full one, asked for before it was needed. */
  #ahead: Promise<LedgerEntry[]> | null = null;
  #folded: MovementId | null = null;
  /** The fold of all entries before the horizon, once an entry behind it has come; null if there was none before. */
  checkpoint: Checkpoint | null = null;

  /** Goes on after `after`; null: from the beginning. `horizon`: the time up to which a checkpoint is wanted. */
  constructor(store: Pick<Store, 'feed'>, fold: LedgerFold, start: { after: MovementId | null; horizon?: number }) {
    this.#store = store;
    this.#fold = fold;
    this.#after = start.after;
    this.#horizon = start.horizon ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Folds all entries up to and including `sequence`, which the store has reached already, so that they all can be read.
   * Goes forward only: for an earlier sequence nothing happens.
   */
  async advanceTo(sequence: number): Promise<void> {
    for (;;) {
      if (this.#foldThrough(sequence)) return;
      await yieldToOthers();
      const ahead = this.#ahead;
      this.#read = await (ahead ?? this.#page());
      this.#ahead = null;
      const last = this.#read.at(-1);
      // Nothing came of what was asked for too early, and by now there may be more.
      if (last === undefined && ahead) continue;
      if (last === undefined) return;
      this.#after = last.id;
      if (this.#read.length === PAGE_ENTRIES) this.#ahead = this.#page();
    }
  }

  #page(): Promise<LedgerEntry[]> {
    const page = this.#store.feed({ after: this.#after, limit: PAGE_ENTRIES });
    // `advanceTo` awaits it later. Node ends the process over a rejection that nobody handles until then.
    page.catch(() => undefined);
    return page;
  }

  /** Folds what was read, and returns whether it reaches beyond the sequence. */
  #foldThrough(sequence: number): boolean {
    const last = this.#read.at(-1);
    const isAllDue = last === undefined || sequenceOf(last.id) <= sequence;
    const due = isAllDue ? this.#read.length : this.#read.findIndex(({ id }) => sequenceOf(id) > sequence);
    for (let index = 0; index < due; index += 1) this.#add(this.#read[index] as LedgerEntry);
    this.#read = isAllDue ? [] : this.#read.slice(due);
    return !isAllDue;
  }

  /** Entries of one transaction have one time, so a checkpoint never parts them. */
  #add(entry: LedgerEntry): void {
    if (entry.at >= this.#horizon && this.#folded !== null) {
      this.checkpoint ??= takeCheckpoint(this.#fold, this.#folded);
    } else if (entry.at < this.#horizon) {
      this.#folded = entry.id;
    }
    this.#fold.add(entry);
  }
}
