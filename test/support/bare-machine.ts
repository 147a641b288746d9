import { runBatch, type BatchOutcome } from '../../src/domain/machine/run-batch.ts';
import type { ReclaimBounds } from '../../src/domain/machine/overdue.ts';
import type { LedgerEntry } from '../../src/domain/records.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Answer, Transaction } from '../../src/domain/transaction.ts';
import { APPLY_BOUNDS } from '../../src/store/bounds.ts';
import { emptyFold, foldEntries, violations } from './fold.ts';
import { FrozenShelf } from './frozen-shelf.ts';
import { START, transaction } from './transactions.ts';

/** The transaction machine on a shelf, without a store. */
export class BareMachine {
  readonly shelf = new FrozenShelf();
  readonly ledger: LedgerEntry[] = [];
  /** The violations of the invariants of any store, which are checked after each batch. */
  readonly broken: string[] = [];
  now = START;
  readonly #fold = emptyFold();
  #sequence = 0;
  #applied = 0;

  /** Decides and writes steps as one transaction. */
  apply(...steps: Step[]): Answer {
    const [answer] = this.outcomeOf(...steps).answers;
    if (!answer) throw new Error('a transaction has no answer');
    return answer;
  }

  /** Decides and writes steps as one transaction. Returns what the batch read and wrote. */
  outcomeOf(...steps: Step[]): BatchOutcome {
    this.#applied += 1;
    return this.run([transaction(`transaction-${this.#applied}`, steps)], APPLY_BOUNDS);
  }

  /** Decides and writes a batch. */
  run(transactions: readonly Transaction[], bounds: ReclaimBounds): BatchOutcome {
    const outcome = runBatch(this.shelf, { at: this.now, sequence: this.#sequence, transactions, bounds });
    this.shelf.write(outcome.changes);
    this.#sequence = outcome.sequence;
    this.ledger.push(...outcome.changes.ledger);
    const seen = { sequence: outcome.sequence, ...this.shelf.all() };
    this.broken.push(...foldEntries(this.#fold, outcome.changes.ledger), ...violations(this.#fold, seen));
    return outcome;
  }
}
