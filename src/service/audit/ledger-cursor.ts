import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { LedgerEntry, MovementId } from '../../domain/records.ts';
import type { Store } from '../../store/store.ts';
import { sequenceOf } from '../movement-ids.ts';
import { type Checkpoint, takeCheckpoint } from './checkpoint.ts';
import type { LedgerFold } from './ledger-fold.ts';

const PAGE_ENTRIES = 1_000;

/** Brings a fold to exactly the sequence that a record was read at, a page at a time. */
export class LedgerCursor {
  readonly #store: Pick<Store, 'feed'>;
  readonly #fold: LedgerFold;
  readonly #horizon: number;
  #after: MovementId | null;
  #read: LedgerEntry[] = [];
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
      const beyond = this.#read.findIndex(({ id }) => sequenceOf(id) > sequence);
      const due = beyond === -1 ? this.#read : this.#read.slice(0, beyond);
      for (const entry of due) this.#add(entry);
      this.#read = beyond === -1 ? [] : this.#read.slice(beyond);
      if (beyond !== -1) return;
      await yieldToOthers();
      this.#read = await this.#store.feed({ after: this.#after, limit: PAGE_ENTRIES });
      const last = this.#read.at(-1);
      if (last === undefined) return;
      this.#after = last.id;
    }
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
