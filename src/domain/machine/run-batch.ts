import type { DocumentRecord, HoldRecord, LedgerEntry, RequestRecord, StockRecord } from '../records.ts';
import type { Answer, Transaction } from '../transaction.ts';
import { type Change, WriteBuffer, type BufferedRead } from './write-buffer.ts';
import type { Assumptions } from './assumptions.ts';
import { type DuePosition, type Lookups, UndecodableRecord } from './lookups.ts';
import { type ReclaimBounds, type ReclaimOutcome, reclaimOverdue } from './overdue.ts';
import type { StepContext } from './step-context.ts';
import { performStep } from './step-table.ts';
import { validateTransaction } from './validate.ts';

interface BatchInput {
  /** The store's current time, never before the `at` of an earlier batch. */
  at: number;
  /** The shop's sequence before the batch. */
  sequence: number;
  transactions: readonly Transaction[];
  bounds: ReclaimBounds;
  /** Overdue holds of any SKU may remain, so a refusal that they could cause is not final. */
  isOverduePending?: boolean;
  /** All transactions were validated before, so they are not validated again. */
  areValid?: boolean;
}

export interface BatchOutcome {
  answers: Answer[];
  sequence: number;
  /** The number of overdue holds that the batch ended, and whether others remain. */
  ended: number;
  more: boolean;
  changes: BatchChanges;
  reads: BatchReads;
  assumptions: Assumptions;
}

/** The records that the batch read, as they were before the batch. */
export interface BatchReads {
  stock: ReadonlyMap<string, BufferedRead<StockRecord | undefined>>;
  holds: ReadonlyMap<string, BufferedRead<HoldRecord | undefined>>;
  documents: ReadonlyMap<string, BufferedRead<DocumentRecord | undefined>>;
  counts: ReadonlyMap<string, BufferedRead<number>>;
  requests: ReadonlyMap<string, BufferedRead<RequestRecord | undefined>>;
}

/** The changes that a store must write atomically before it returns the answers. */
export interface BatchChanges {
  stock: readonly Change<StockRecord | undefined>[];
  holds: readonly Change<HoldRecord | undefined>[];
  documents: readonly Change<DocumentRecord | undefined>[];
  /** Keys are those of `countKey`. */
  counts: readonly Change<number>[];
  requests: { id: string; retention: 'short' | 'long'; record: RequestRecord }[];
  ledger: LedgerEntry[];
  /** Index entries to delete without changing the holds. */
  setAside: DuePosition[];
}

/**
 * Runs the transaction machine: ends overdue holds, then decides the transactions in order, each as a whole. Returns
 * the answers and the changes to write. Pure: it reads through `lookups` only, and has neither a clock nor randomness.
 */
export function runBatch(lookups: Lookups, input: BatchInput): BatchOutcome {
  const buffer = new WriteBuffer(lookups);
  const { transactions, areValid = false } = input;
  const issues = areValid ? [] : transactions.map((transaction) => validateTransaction(transaction));
  const valid = areValid ? transactions : transactions.filter((_, index) => issues[index]?.length === 0);
  const reclaim = reclaimOverdue(lookups, buffer, {
    at: input.at,
    sequence: input.sequence + 1,
    transactions: valid,
    bounds: input.bounds,
  });
  buffer.commit();
  const run = new Run(buffer, reclaim, input);
  const answers = input.transactions.map((transaction, index) => run.answer(transaction, issues[index] ?? []));
  return {
    answers,
    sequence: run.sequence,
    ended: reclaim.ended,
    more: reclaim.more,
    changes: {
      stock: buffer.stock.changes(),
      holds: buffer.holds.changes(),
      documents: buffer.documents.changes(),
      counts: buffer.counts.changes(),
      requests: run.requests,
      ledger: buffer.ledger,
      setAside: reclaim.setAside,
    },
    reads: {
      stock: buffer.stock.reads(),
      holds: buffer.holds.reads(),
      documents: buffer.documents.reads(),
      counts: buffer.counts.reads(),
      requests: buffer.requests.reads(),
    },
    assumptions: buffer.assumptions,
  };
}

class Run {
  readonly #buffer: WriteBuffer;
  readonly #reclaim: ReclaimOutcome;
  readonly #at: number;
  readonly #sequenceBefore: number;
  readonly #isOverduePending: boolean;
  readonly requests: BatchChanges['requests'] = [];
  sequence: number;

  constructor(buffer: WriteBuffer, reclaim: ReclaimOutcome, { at, sequence, isOverduePending = false }: BatchInput) {
    this.#buffer = buffer;
    this.#reclaim = reclaim;
    this.#at = at;
    this.#sequenceBefore = sequence;
    this.#isOverduePending = isOverduePending;
    this.sequence = sequence + (reclaim.ended > 0 ? 1 : 0);
  }

  answer(transaction: Transaction, issues: string[]): Answer {
    if (issues.length > 0) {
      return { status: 'refused', step: null, refusal: { reason: 'invalid_transaction', meta: { issues } } };
    }
    const answer = this.#decide(transaction);
    if (answer.status !== 'applied') this.#buffer.rollback();
    return answer;
  }

  #decide(transaction: Transaction): Answer {
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
    const request = this.#buffer.requests.get(transaction.id, transaction.isNew);
    if (!request) return null;
    if (request.fingerprint !== transaction.fingerprint) {
      return { status: 'refused', step: null, refusal: { reason: 'idempotency_mismatch', meta: {} } };
    }
    const { sequence, at, reference, granted } = request;
    return { status: 'replayed', sequence, at, reference, granted };
  }

  #apply(transaction: Transaction): Answer {
    const sequence = this.sequence + 1;
    const granted: number[] = [];
    const sequenceBefore = this.#sequenceBefore;
    const { cause, hasNewHolds = false } = transaction;
    const context: StepContext = {
      buffer: this.#buffer,
      at: this.#at,
      sequence,
      sequenceBefore,
      hasNewHolds,
      cause,
      granted,
    };
    for (const [index, step] of transaction.steps.entries()) {
      const refused = performStep(context, step);
      if (!refused) continue;
      const { refusal, skus = [] } = refused;
      const pending = skus.filter((sku) => this.#isOverduePending || this.#reclaim.overduePending.has(sku));
      if (pending.length > 0) return { status: 'overdue_pending', skus: pending };
      for (const sku of skus) this.#buffer.assumptions.onReclaimed(sku);
      return { status: 'refused', step: index, refusal };
    }
    this.sequence = sequence;
    return this.#commit(transaction, context);
  }

  #commit(transaction: Transaction, { granted, backordered: found }: StepContext): Answer {
    const { id, fingerprint, retention } = transaction;
    const reference = transaction.reference ?? null;
    const record = { fingerprint, sequence: this.sequence, at: this.#at, reference, granted };
    this.#buffer.requests.set(id, record);
    this.#buffer.commit();
    this.requests.push({ id, retention, record });
    const backordered = found && { backordered: granted.map((_, step) => found.get(step) ?? 0) };
    return { status: 'applied', sequence: this.sequence, at: this.#at, reference, granted, ...backordered };
  }
}
