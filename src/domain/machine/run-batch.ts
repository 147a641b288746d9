import type { DocumentRecord, HoldRecord, LedgerEntry, RequestRecord, StockRecord } from '../records.ts';
import type { Answer, Transaction } from '../transaction.ts';
import { type Change, type Draft, draftOnDraft, draftOver, mergeDraft } from './draft.ts';
import { type DuePosition, type Lookups, UndecodableRecord } from './lookups.ts';
import { type ReclaimBounds, type ReclaimOutcome, reclaimOverdue } from './overdue.ts';
import { performStep } from './perform.ts';
import { validateTransaction } from './validate.ts';

export interface BatchInput {
  /** The store's now: at least the `at` of every batch before. */
  at: number;
  /** The shop's sequence before the batch. */
  sequence: number;
  transactions: readonly Transaction[];
  bounds: ReclaimBounds;
}

export interface BatchOutcome {
  answers: Answer[];
  sequence: number;
  /** Overdue holds that the batch ended, and whether others are left. */
  ended: number;
  more: boolean;
  changes: BatchChanges;
}

/** What a store has to write, all or nothing, before it gives the answers. */
export interface BatchChanges {
  stock: Change<StockRecord | undefined>[];
  holds: Change<HoldRecord | undefined>[];
  documents: Change<DocumentRecord | undefined>[];
  /** Keys are those of `countKey`. */
  counts: Change<number>[];
  requests: { id: string; retention: 'short' | 'long'; record: RequestRecord }[];
  ledger: LedgerEntry[];
  /** Index entries to delete though the holds stay as they are. */
  setAside: DuePosition[];
}

/**
 * The transaction machine: ends overdue holds, then decides the transactions one after the other, each whole or not at
 * all. Pure: it reads through `lookups` and writes nothing; it has no clock and no randomness.
 */
export function runBatch(lookups: Lookups, input: BatchInput): BatchOutcome {
  const base = draftOver(lookups);
  const issues = input.transactions.map((transaction) => validateTransaction(transaction));
  const valid = input.transactions.filter((_, index) => issues[index]?.length === 0);
  const reclaim = reclaimOverdue(lookups, base, {
    at: input.at,
    sequence: input.sequence + 1,
    transactions: valid,
    bounds: input.bounds,
  });
  const run = new Run(base, reclaim, input.at, input.sequence + (reclaim.ended > 0 ? 1 : 0));
  const answers = input.transactions.map((transaction, index) => run.answer(transaction, issues[index] ?? []));
  return {
    answers,
    sequence: run.sequence,
    ended: reclaim.ended,
    more: reclaim.more,
    changes: {
      stock: base.stock.changes(),
      holds: base.holds.changes(),
      documents: base.documents.changes(),
      counts: base.counts.changes(),
      requests: run.requests,
      ledger: base.ledger,
      setAside: reclaim.setAside,
    },
  };
}

class Run {
  readonly #base: Draft;
  readonly #reclaim: ReclaimOutcome;
  readonly #at: number;
  readonly requests: BatchChanges['requests'] = [];
  sequence: number;

  constructor(base: Draft, reclaim: ReclaimOutcome, at: number, sequence: number) {
    this.#base = base;
    this.#reclaim = reclaim;
    this.#at = at;
    this.sequence = sequence;
  }

  answer(transaction: Transaction, issues: string[]): Answer {
    if (issues.length > 0) {
      return { status: 'refused', step: null, refusal: { reason: 'invalid_transaction', meta: { issues } } };
    }
    try {
      return this.#replay(transaction) ?? this.#apply(transaction);
    } catch (error) {
      if (error instanceof UndecodableRecord) {
        return { status: 'failed', error: 'undecodable_record', detail: error.record };
      }
      return { status: 'failed', error: 'internal', detail: String(error) };
    }
  }

  #replay(transaction: Transaction): Answer | null {
    const request = this.#base.requests.get(transaction.id);
    if (!request) return null;
    if (request.fingerprint !== transaction.fingerprint) {
      return { status: 'refused', step: null, refusal: { reason: 'idempotency_mismatch', meta: {} } };
    }
    const { sequence, at, reference, granted } = request;
    return { status: 'replayed', sequence, at, reference, granted };
  }

  #apply(transaction: Transaction): Answer {
    const sequence = this.sequence + 1;
    const draft = draftOnDraft(this.#base);
    const granted: number[] = [];
    const context = { draft, at: this.#at, sequence, cause: transaction.cause, granted };
    for (const [index, step] of transaction.steps.entries()) {
      const refused = performStep(context, step);
      if (!refused) continue;
      if (refused.sku !== undefined && this.#reclaim.behind.has(refused.sku)) {
        return { status: 'behind', skus: [refused.sku] };
      }
      return { status: 'refused', step: index, refusal: refused.refusal };
    }
    this.sequence = sequence;
    return this.#commit(transaction, draft, granted);
  }

  #commit(transaction: Transaction, draft: Draft, granted: readonly number[]): Answer {
    const { id, fingerprint, retention } = transaction;
    const reference = transaction.reference ?? null;
    const record = { fingerprint, sequence: this.sequence, at: this.#at, reference, granted };
    mergeDraft(draft, this.#base);
    this.#base.requests.set(id, record);
    this.requests.push({ id, retention, record });
    return { status: 'applied', sequence: this.sequence, at: this.#at, reference, granted };
  }
}
