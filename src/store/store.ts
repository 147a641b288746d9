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
import type { Answer, Transaction } from '../domain/transaction.ts';
import type { Step } from '../domain/steps.ts';
import type { ClockReading, ClockStats } from './time/shop-time.ts';

/**
 * Where a shop's stock, holds, documents and ledger are kept: one `Store` object serves one shop.
 *
 * Guarantees, which one conformance suite proves for every engine:
 * - **Atomic**: each transaction applies whole or not at all; each sees all those before it in its batch and in earlier
 *   batches. Batches handed over in order by one process apply in that order.
 * - **Exactly once**: a transaction id applies at most once while its request record lives, whatever is lost or sent again.
 * - **Durable**: `apply` and `reclaim` resolve only when their effects are durable at the engine's configured level;
 *   replays included.
 * - **Exact expiry**: no overdue hold is ever consumed, extended or in the way of a buyer (see the answer `overdue_pending`).
 * - **Time**: the store's clock in epoch milliseconds. It never runs back, and runs on at its own pace when the wall clock
 *   steps (shop-time.ts). A store that was given a test's clock, and the memory store, follow that clock's steps ahead.
 * - **Settles**: every promise settles within the engine's deadline. Refusals are answers. A rejection is always a
 *   `StoreError`, and says whether the effect is known.
 */
export interface Store extends IndexCheck {
  readonly shop: string;
  readonly supports: StoreSupport;

  /**
   * Applies a batch, in order; one answer for each transaction, in the same order.
   * Rejects with `StoreError`: `unavailable` (nothing was applied), `outcome_unknown` (some or all may have been:
   * ask again with the same ids), `batch_failed` (nothing was applied, the engine refused the batch as a whole:
   * sending its transactions one by one is worthwhile), `closed`.
   */
  apply(transactions: readonly Transaction[]): Promise<BatchResult>;

  /**
   * A hint that transactions will soon need these SKUs, or those of these holds: a store that decides on records that it
   * remembers reads those that it does not. Absent: the store has no use for it.
   */
  foresee?(needs: readonly StockNeed[]): void;

  /** Answers each request from one consistent snapshot each. Rejects with `StoreError` `unavailable` or `closed`. */
  read(requests: readonly ReadRequest[]): Promise<Snapshot[]>;

  /** Ends overdue holds: those of `skus` first, then the oldest others, `limit` in all. Rejects as `apply` does. */
  reclaim(request: { skus?: readonly string[]; limit: number }): Promise<Reclaimed>;

  /** A SKU's movements, newest first, from `before` (exclusive; absent: the newest), at most `limit` (1 to 500). */
  history(sku: string, page: { before?: MovementId; limit: number }): Promise<Movement[]>;

  /** The ledger in order, after `after` (null: from the oldest kept), at most `limit` (1 to 5,000) entries. */
  feed(page: { after: MovementId | null; limit: number }): Promise<LedgerEntry[]>;

  /** SKUs in lexical order after `after`. */
  listStock(page: { after?: string; limit: number }): Promise<StockRecord[]>;

  /** Live holds, by SKU, then deadline, then id; after the one given. Overdue ones are included. */
  listHolds(page: { sku?: string; after?: HoldPosition; limit: number }): Promise<HoldRecord[]>;

  /** Documents of a list, key descending (ids are time-ordered: newest first), before `before`. */
  listDocuments(page: { list: DocumentList; before?: string; limit: number }): Promise<DocumentRecord[]>;

  /**
   * Some of all records of a kind with the sequence at which they were read together, for the audit. A record that
   * exists during the whole scan is seen at least once. `cursor` null starts; a null `next` ends.
   */
  scan(page: { kind: ScanKind; cursor: string | null; limit: number }): Promise<ScanPage>;

  /** Drops ledger entries up to and including `through`. Called only behind every cursor and a verified fold. */
  trimLedger(through: MovementId): Promise<void>;

  /** Calls `listener` when the store says that something may be overdue. A hint only. Returns how to stop. */
  onAlarm(listener: () => void): () => void;

  /** Resolves to what an operator wants to know; rejects with `StoreError` when the store cannot serve. */
  health(): Promise<StoreHealth>;

  /**
   * Performs a real write that changes no record of the shop, and resolves when it is durable at the engine's level.
   * Rejects with `StoreError` as `apply` does: a store that refuses this write refuses all writes.
   */
  probe(): Promise<void>;

  /** How shop time and the wall clock stand. Rejects with `StoreError` `unavailable` or `closed`. */
  clock(): Promise<ClockReading>;

  /**
   * Accepts the wall clock. Shop time that is behind it moves ahead at once, which ends the holds that are overdue by then;
   * shop time that is ahead of it runs at nine tenths of its speed until both agree. Rejects as `apply` does.
   */
  acceptClock(): Promise<ClockReading>;

  /** What this process knows of time without a call. */
  readonly clockStats: Readonly<ClockStats>;
  /**
   * Accepts that the store has lost the writes after sequence `kept`, and lets a frozen shop serve again. A repeated call
   * has no further effect. Rejects with `StoreError` `unavailable` or `closed`.
   */
  acceptLoss(kept: number): Promise<LossAcceptance>;

  /** Finishes what is in flight, flushes, lets go. Later calls reject with `closed`. Idempotent. */
  close(): Promise<void>;
}

export interface StoreSupport {
  engine: 'memory' | 'embedded' | 'redis';
  /** Whether several processes may open the same shop at once. */
  multiProcess: boolean;
  durability: 'none' | 'relaxed' | 'local';
  /** What a batch had best carry: beyond this, those who wait for one lose more than the others gain. */
  batchItems: number;
  /** How many of them one SKU in great demand may fill while others are in use, who wait behind its batches. */
  stormItems: number;
  /** How long a batch may take at the store, milliseconds; absent: it has no deadline. */
  batchMs?: number;
}

/** A step that needs the record of the SKU that it names, or of its hold's; or such a SKU. */
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

/** Arrays stand in the order of the request; null where there is no such record. */
export interface Snapshot {
  at: number;
  sequence: number;
  /** The sequence with which the shop's epoch began; 0 in a shop that has lost nothing. Older records may be older states. */
  epochBegan: number;
  stock: (StockRecord | null)[];
  holds: (HoldRecord | null)[];
  /** Each with the holds that it refers to, in its order. */
  documents: ({ record: DocumentRecord; holds: (HoldRecord | null)[] } | null)[];
  requests: (RequestRecord | null)[];
  /** Of the SKUs asked for, those with overdue holds that are not ended yet: their `reserved` is too high still. */
  behind: string[];
  /**
   * For each SKU asked for the units in those overdue holds, which are free for the next buyer: 0 where there are none, null
   * where they are more than one read sums up (`OVERDUE_HOLDS_READ_MAX`).
   */
  overdue: (number | null)[];
  /** What was asked for, exists and cannot be decoded; it reads as null above. Words like `hold:ID`. */
  undecodable: string[];
}

export interface Reclaimed {
  at: number;
  ended: number;
  /** Whether overdue holds remain. */
  more: boolean;
  /** Documents that are due, the oldest first, at most `limit`. */
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
  stock: StockRecord[];
  /** Live holds only. */
  holds: HoldRecord[];
  documents: DocumentRecord[];
  /** Words like `hold:ID`, each with what is wrong. */
  undecodable: { record: string; problem: string }[];
  next: string | null;
}

export interface StoreHealth {
  at: number;
  sequence: number;
  /** Short lines for `/health/ready`, without secrets. */
  details: Record<string, string | number | boolean>;
  /** Why the store must not serve calls now, one sentence each, without secrets. Empty: nothing is known against it. */
  problems: readonly string[];
}

/** Writes that the store had acknowledged and has no more. Times are in epoch milliseconds. */
export interface LostWrites {
  /** The last sequence that is still there. */
  kept: number;
  /** Sequences between `first` and `last` need not all have been used: an epoch leaves a gap. */
  first: number;
  last: number;
  count: number;
  /** When the first of them was acknowledged; null where that is not known. */
  since: number | null;
  /** When the last of them was acknowledged. */
  until: number;
}

/** Refused with the sequence that would be accepted, or null where the shop is not frozen. */
export type LossAcceptance = { accepted: LostWrites } | { accepted: null; acceptable: number | null };

/** The answer of a store that does not freeze. */
export const NOTHING_LOST: LossAcceptance = { accepted: null, acceptable: null };

export type StoreFault =
  | 'unavailable'
  | 'outcome_unknown'
  | 'batch_failed'
  | 'undecodable'
  | 'locked'
  | 'closed'
  /** The store lacks writes that it had acknowledged. It serves nothing until an operator accepts the loss. */
  | 'regressed';

export interface StoreErrorOptions extends ErrorOptions {
  problem?: string | undefined;
}

/** Every rejection of a store. The message is for operators and never goes over the wire. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fault: StoreFault;
  /** What is wrong with the store, one sentence for `/health/ready`, without addresses, paths or secrets. */
  readonly problem: string | undefined;

  constructor(fault: StoreFault, message: string, options?: StoreErrorOptions) {
    super(message, options);
    this.fault = fault;
    this.problem = options?.problem;
  }
}
