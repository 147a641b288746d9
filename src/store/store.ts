import type {
  DocumentList,
  DocumentRecord,
  HoldRecord,
  LedgerEntry,
  Movement,
  MovementId,
  RequestRecord,
  StockRecord,
} from '../domain/records.ts';
import type { IndexCheck } from './index-check.ts';
import type { LossRecovery } from './loss-recovery.ts';
import type { Answer, Transaction } from '../domain/transaction.ts';
import type { Step } from '../domain/steps.ts';
import type { ClockReading, ClockStats } from './time/shop-time.ts';

/**
 * Keeps the stock, holds, documents and ledger of one shop.
 *
 * Guarantees, which one conformance suite proves for every engine:
 * - **Atomic**: each transaction applies whole or not at all; each sees all those before it in its batch and in earlier
 *   batches. Batches of one process apply in the order of the calls.
 * - **Exactly once**: a transaction id applies at most once while its request record lives, whatever is lost or resent.
 * - **Durable**: `apply` and `reclaim` resolve only when their effects are durable at the engine's configured level;
 *   replays included.
 * - **Exact expiry**: an overdue hold is never consumed or extended, and never blocks a buyer (see `overdue_pending`).
 * - **Time**: the store's clock in epoch milliseconds. It never runs back, and keeps its pace when the wall clock steps
 *   (shop-time.ts). The memory store, and a store with a test's clock, follow that clock when it steps ahead.
 * - **Settles**: every promise settles within the engine's deadline. Refusals are answers. A rejection is always a
 *   `StoreError`, whose `fault` says whether the effect is known.
 */
export interface Store extends IndexCheck, LossRecovery {
  readonly shop: string;
  readonly supports: StoreSupport;

  /**
   * Applies a batch in order. Returns one answer for each transaction, in the same order. Rejects with `StoreError`:
   * `unavailable` (nothing was applied), `outcome_unknown` (some or all may have been applied: retry with the same
   * ids), `batch_failed` (nothing was applied, because the engine refused the batch as a whole: retry its transactions
   * one by one), `closed`.
   */
  apply(transactions: readonly Transaction[]): Promise<BatchResult>;

  /**
   * Hints that transactions will soon need these SKUs, or the SKUs of these holds. A store that decides on cached
   * records then reads the missing ones. Absent: the store does not use the hint.
   */
  foresee?(needs: readonly StockNeed[]): void;

  /**
   * Resolves when all that reads have returned is as durable as what `apply` has answered. Call it before a mutation is
   * answered with what a read has shown. Absent where reads only return such data. Rejects with `StoreError`.
   */
  confirm?(): Promise<void>;

  /** Answers each request from one consistent snapshot. Rejects with `StoreError` `unavailable` or `closed`. */
  read(requests: readonly ReadRequest[]): Promise<Snapshot[]>;

  /**
   * Ends overdue holds: those of `skus` first, then the oldest others, at most `limit` in all. Rejects as `apply` does.
   */
  reclaim(request: { skus?: readonly string[]; limit: number }): Promise<Reclaimed>;

  /** Returns a SKU's movements, newest first, before `before` (absent: from the newest), at most `limit` (1 to 500). */
  history(sku: string, page: { before?: MovementId; limit: number }): Promise<Movement[]>;

  /** Returns ledger entries in order, after `after` (null: from the oldest kept), at most `limit` (1 to 5,000). */
  feed(page: { after: MovementId | null; limit: number }): Promise<LedgerEntry[]>;

  /** Returns SKUs in lexical order, after `after`. */
  listStock(page: { after?: string; limit: number }): Promise<StockRecord[]>;

  /** Returns live holds by SKU, deadline and id, after `after`. Overdue holds are included. */
  listHolds(page: { sku?: string; after?: HoldPosition; limit: number }): Promise<HoldRecord[]>;

  /** Returns the documents of a list, by descending key (ids are time-ordered: newest first), before `before`. */
  listDocuments(page: { list: DocumentList; before?: string; limit: number }): Promise<DocumentRecord[]>;

  /**
   * Returns some of the records of a kind, with the sequence at which they were read, for the audit. A record that
   * exists during the whole scan is returned at least once. `cursor` null starts; a null `next` ends.
   */
  scan(page: { kind: ScanKind; cursor: string | null; limit: number }): Promise<ScanPage>;

  /** Drops ledger entries up to and including `through`. Call it only behind every cursor and a verified fold. */
  trimLedger(through: MovementId): Promise<void>;

  /** Calls `listener` when something may be overdue. It is only a hint. Returns a function that unsubscribes. */
  onAlarm(listener: () => void): () => void;

  /** Returns the state of the store for operators. Rejects with `StoreError` when the store cannot serve. */
  health(): Promise<StoreHealth>;

  /**
   * Performs a real write that changes no record of the shop, and resolves when it is durable at the engine's level.
   * Rejects with `StoreError` as `apply` does: a store that refuses this write refuses all writes.
   */
  probe(): Promise<void>;

  /** Returns shop time and the wall clock. Rejects with `StoreError` `unavailable` or `closed`. */
  clock(): Promise<ClockReading>;

  /**
   * Accepts the wall clock. Shop time that is behind it moves ahead at once, and holds that are overdue by then end.
   * Shop time that is ahead of it runs at nine tenths of its speed until both agree. Rejects as `apply` does.
   */
  acceptClock(): Promise<ClockReading>;

  /** The clock statistics of this process. Reading them does not call the store. */
  readonly clockStats: Readonly<ClockStats>;

  /** Finishes pending calls, flushes and releases the store. Later calls reject with `closed`. Idempotent. */
  close(): Promise<void>;
}

/** The argument of a method that reads a page. */
export type PageOf<Method extends keyof Store> = Store[Method] extends (page: infer P) => unknown ? P : never;

export interface StoreSupport {
  engine: 'memory' | 'embedded' | 'redis';
  /** Whether several processes may open the same shop at once. */
  multiProcess: boolean;
  durability: 'none' | 'relaxed' | 'local' | 'replicated';
  /** The best number of transactions in a batch. A larger batch costs more latency than it gains throughput. */
  batchItems: number;
  /** How many of them a hot SKU may fill while other SKUs are in use, because those wait behind its batches. */
  stormItems: number;
  /** The longest time that a batch may take at the store, in milliseconds; absent: there is no deadline. */
  batchMs?: number;
}

/** A SKU whose record is needed, or a step that needs the record of its SKU or of its hold's SKU. */
export type StockNeed = Step | { sku: string };

export interface BatchResult {
  at: number;
  /** The shop's sequence after the batch. */
  sequence: number;
  answers: Answer[];
  /** The earliest deadline of any live hold or document, or null. */
  nextDueAt: number | null;
}

export interface ReadRequest {
  skus?: readonly string[];
  holds?: readonly string[];
  documents?: readonly string[];
  requests?: readonly string[];
}

/** Arrays are in the order of the request, with null for a record that does not exist. */
export interface Snapshot {
  at: number;
  sequence: number;
  /** The first sequence of the shop's epoch; 0 in a shop that has lost nothing. Older records may be outdated. */
  epochBegan: number;
  stock: (StockRecord | null)[];
  holds: (HoldRecord | null)[];
  /** Each with the holds that it refers to, in its order. */
  documents: ({ record: DocumentRecord; holds: (HoldRecord | null)[] } | null)[];
  requests: (RequestRecord | null)[];
  /** The requested SKUs with overdue holds that have not been ended yet. Their `reserved` is still too high. */
  behind: string[];
  /**
   * For each requested SKU, the units in those overdue holds, which the next buyer can reserve: 0 where there are none,
   * null where they are more than one read sums up (`OVERDUE_HOLDS_READ_MAX`).
   */
  overdue: (number | null)[];
  /** Requested records that exist and cannot be decoded, like `hold:ID`. They are null above. */
  undecodable: string[];
}

export interface Reclaimed {
  at: number;
  sequence: number;
  ended: number;
  /** Whether overdue holds remain. */
  more: boolean;
  /** Due documents, the oldest first, at most `limit`. */
  dueDocuments: { key: string; version: number }[];
  nextDueAt: number | null;
}

export interface HoldPosition {
  sku: string;
  expiresAt: number;
  holdId: string;
}

export type ScanKind = 'stock' | 'holds' | 'documents';

export interface ScanPage {
  sequence: number;
  /** The records of the kind in the shop at that sequence, undecodable ones included. */
  total: number;
  stock: StockRecord[];
  /** Live holds only. */
  holds: HoldRecord[];
  documents: DocumentRecord[];
  /** Records like `hold:ID` that cannot be decoded, each with its problem. */
  undecodable: { record: string; problem: string }[];
  next: string | null;
}

export interface StoreHealth {
  at: number;
  sequence: number;
  /** Short lines for `/health/ready`, without secrets. */
  details: Record<string, string | number | boolean>;
  /** The reasons why the store must not serve calls now, one sentence each, without secrets. Empty: it may serve. */
  problems: readonly string[];
}

export type StoreFault =
  | 'unavailable'
  | 'outcome_unknown'
  | 'batch_failed'
  | 'undecodable'
  | 'locked'
  | 'closed'
  /** The store lacks writes that it had acknowledged. It serves nothing until an operator accepts the loss. */
  | 'regressed';

interface StoreErrorOptions extends ErrorOptions {
  problem?: string | undefined;
}

/** Every rejection of a store. The message is for operators and is never sent to clients. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fault: StoreFault;
  /** The store's problem, one sentence for `/health/ready`, without addresses, paths or secrets. */
  readonly problem: string | undefined;

  constructor(fault: StoreFault, message: string, options?: StoreErrorOptions) {
    super(message, options);
    this.fault = fault;
    this.problem = options?.problem;
  }
}
