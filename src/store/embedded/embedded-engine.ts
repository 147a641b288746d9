import { type BatchOutcome, runBatch } from '../../domain/machine/run-batch.ts';
import { withIdsAt } from '../../domain/new-ids.ts';
import type { ReclaimBounds } from '../../domain/machine/overdue.ts';
import type { DocumentRecord, HoldRecord, LedgerEntry, Movement, StockRecord } from '../../domain/records.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { ClockReading, ClockStats } from '../time/shop-time.ts';
import { APPLY_BOUNDS, reclaimBounds } from '../bounds.ts';
import {
  type BatchResult,
  type LossAcceptance,
  NOTHING_LOST,
  type ReadRequest,
  type Reclaimed,
  type ScanPage,
  type Snapshot,
  type Store,
  StoreError,
  type StoreHealth,
} from '../store.ts';
import type { CountClaim, IndexPage, LowCount } from '../index-check.ts';
import type { BackupCopy } from '../opened-store.ts';
import { copyEnvironment } from './files/backup-copy.ts';
import { undecodableRecords } from './decode-all.ts';
import { filledPercent } from './files/disk-fill.ts';
import { EmbeddedLookups } from './embedded-lookups.ts';
import {
  overdueUnits,
  pageOfHistory,
  pageOfHolds,
  pageOfLedger,
  pageOfScan,
  pageOfStock,
  readSnapshot,
} from './embedded-reads.ts';
import { lowCounts } from './count-check.ts';
import { pageOfIndexes } from './index-walks.ts';
import type { EngineParts } from './engine-parts.ts';
import { closeData } from './orderly-end.ts';
import { readState, type ShopState, writeState } from './tables/shop-state.ts';
import type { Tables } from './tables/tables.ts';
import { writeChanges } from './write-changes.ts';

type Page<Method extends keyof Store> = Store[Method] extends (page: infer P) => unknown ? P : never;

/**
 * Rows of each rotating table that a batch looks through for what is too old, besides one for each transaction: so more
 * goes than comes, and what was written in a period is gone by the end of the one after the next.
 */
const CLEAN_ROWS_APPLY = 64;
/** Nobody waits for a call of the reclaimer. */
const CLEAN_ROWS_RECLAIM = 1_000;
/** Entries that one transaction drops; more would hold up everybody else. */
const TRIM_CHUNK = 2_000;

const PROBE_ROW = ['.'.repeat(65_536)];

/**
 * A shop in LMDB. A batch is decided by the pure machine and written in one nested transaction; batches that wait together
 * share a commit and a flush. What is committed is readable before it is flushed, so a read that has seen such a
 * commit answers only when it is on disk: no answer, whether of a read, a replay or a refusal, rests on what a power cut
 * could take back.
 */
export class EmbeddedStore implements Store {
  readonly shop: string;
  readonly supports = {
    engine: 'embedded',
    multiProcess: false,
    durability: 'local',
    batchItems: 256,
    stormItems: 256,
  } as const;
  readonly #parts: EngineParts;
  readonly #tables: Tables;
  #closing: Promise<void> | null = null;
  #isKeepingTime = false;

  constructor(parts: EngineParts) {
    this.shop = parts.shop;
    this.#parts = parts;
    this.#tables = parts.tables;
  }

  async apply(transactions: readonly Transaction[]): Promise<BatchResult> {
    return this.#write(() => {
      const cleanRows = transactions.length + CLEAN_ROWS_APPLY;
      const { at, outcome } = this.#run(transactions, APPLY_BOUNDS, cleanRows);
      return { at, sequence: outcome.sequence, answers: outcome.answers, nextDueAt: this.#nextDueAt() };
    });
  }

  async reclaim(request: { skus?: readonly string[]; limit: number }): Promise<Reclaimed> {
    return this.#write(() => {
      const { at, outcome } = this.#run([], reclaimBounds(request), CLEAN_ROWS_RECLAIM);
      const dueDocuments = this.#tables.documents.takeDue(at, request.limit);
      return { at, ended: outcome.ended, more: outcome.more, dueDocuments, nextDueAt: this.#nextDueAt() };
    });
  }

  async read(requests: readonly ReadRequest[]): Promise<Snapshot[]> {
    return this.#view((state, asOf) => {
      const lookups = new EmbeddedLookups(this.#tables, asOf);
      const now = { ...state, overdue: overdueUnits(this.#tables) };
      return requests.map((request) => readSnapshot(lookups, request, now));
    });
  }

  async history(sku: string, page: { before?: string; limit: number }): Promise<Movement[]> {
    return this.#view(() => pageOfHistory(this.#tables, sku, page));
  }

  async feed(page: Page<'feed'>): Promise<LedgerEntry[]> {
    return this.#view(() => pageOfLedger(this.#tables, page, this.#parts.warn));
  }

  async listStock(page: Page<'listStock'>): Promise<StockRecord[]> {
    return this.#view(() => pageOfStock(this.#tables, page));
  }

  async listHolds(page: Page<'listHolds'>): Promise<HoldRecord[]> {
    return this.#view(() => pageOfHolds(this.#tables, page));
  }

  async listDocuments(page: Page<'listDocuments'>): Promise<DocumentRecord[]> {
    return this.#view(() => this.#tables.documents.pageOfList(page));
  }

  async scan(page: Page<'scan'>): Promise<ScanPage> {
    return this.#view(({ sequence }) => pageOfScan(this.#tables, page, sequence));
  }

  async checkIndexes(page: Page<'checkIndexes'>): Promise<IndexPage> {
    if (!page.mend) return this.#view(({ sequence }) => pageOfIndexes(this.#tables, page, sequence));
    return this.#write(() => pageOfIndexes(this.#tables, page, readState(this.#tables.meta).sequence));
  }

  async checkCounts(claims: readonly CountClaim[], mend: boolean): Promise<LowCount[]> {
    const check = () => lowCounts(this.#tables, claims, mend);
    return mend ? this.#write(check) : this.#view(check);
  }

  async trimLedger(through: string): Promise<void> {
    while ((await this.#write(() => this.#tables.ledger.trim(through, TRIM_CHUNK))) === TRIM_CHUNK);
  }

  /** Nobody else changes the shop: what is due next is told by every answer. */
  onAlarm(): () => void {
    return () => undefined;
  }

  async health(): Promise<StoreHealth> {
    this.#demandOpen();
    const { commits, files, time } = this.#parts;
    const { at, sequence, epoch } = this.#lookAt((state) => state).value;
    const [skus, liveHolds] = [this.#tables.stock.size, this.#tables.liveHolds.size];
    const { offsetMs: clockOffsetMs } = time.clock.stats;
    const problem = commits.broken?.message ?? files.watch.problem();
    const filled = await filledPercent(this.#parts.dir);
    const base = { engine: 'embedded', epoch, skus, liveHolds, clockOffsetMs };
    const details = { ...base, ...(filled === null ? {} : { filledPercent: filled }) };
    return { at, sequence, details, problems: problem ? [problem] : [] };
  }

  /** Rewrites a row as long as the largest body of a call: a few pages may still be free on a disk that is full. */
  async probe(): Promise<void> {
    await this.#write(() => this.#tables.meta.put('probe', PROBE_ROW));
  }

  async clock(): Promise<ClockReading> {
    return this.#view((_, asOf) => this.#parts.time.read(asOf));
  }

  async acceptClock(): Promise<ClockReading> {
    return this.#write(() => {
      const { time } = this.#parts;
      time.clock.accept(readState(this.#tables.meta).at);
      const { at } = this.#run([], reclaimBounds({ limit: 0 }), 0);
      return time.read(at);
    });
  }

  get clockStats(): ClockStats {
    return this.#parts.time.clock.stats;
  }

  /** Rejects with `StoreError` `unavailable` where the disk has no room. */
  async backup(): Promise<BackupCopy> {
    this.#demandOpen();
    const { commits, directory } = this.#parts;
    if (commits.broken) throw commits.broken;
    return copyEnvironment(this.#tables.root, directory.dir).catch((error: unknown) => {
      throw new StoreError('unavailable', `the backup cannot be made: ${(error as Error).message}`, { cause: error });
    });
  }

  /** Decodes every record, without a pause, and describes those that cannot be decoded. */
  undecodable(): string[] {
    this.#demandOpen();
    return [...undecodableRecords(this.#tables)].map(({ message }) => message);
  }

  /** A restored shop goes on by itself: its data was put there on purpose. */
  acceptLoss = async (): Promise<LossAcceptance> => this.#view(() => NOTHING_LOST);

  async close(): Promise<void> {
    this.#closing ??= closeData(this.#parts);
    return this.#closing;
  }

  #write<T>(body: () => T): Promise<T> {
    this.#demandOpen();
    const { commits, time } = this.#parts;
    return commits.run(body).catch((error: unknown) => {
      time.keepAgain();
      throw error;
    });
  }

  /** `look` gets the state with the present time, and the time of the last batch. */
  async #view<T>(look: (state: ShopState, asOf: number) => T): Promise<T> {
    this.#demandOpen();
    const { value, group } = this.#lookAt(look);
    this.#keepTime();
    await this.#parts.commits.onDisk(group);
    return value;
  }

  /** A step that a read has found is kept at once: a restart before the next batch would take it for a stop. */
  #keepTime(): void {
    if (this.#isKeepingTime || !this.#parts.time.isUnkept) return;
    this.#isKeepingTime = true;
    this.#write(() => this.#parts.time.ofBatch(readState(this.#tables.meta).at))
      .catch(() => undefined)
      .finally(() => {
        this.#isKeepingTime = false;
      });
  }

  #lookAt<T>(look: (state: ShopState, asOf: number) => T): { value: T; group: number } {
    try {
      this.#tables.root.resetReadTxn();
      const state = readState(this.#tables.meta);
      const value = look({ ...state, at: this.#parts.time.now(state.at) }, state.at);
      return { value, group: this.#parts.marker.last() };
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError('unavailable', `the data cannot be read: ${(error as Error).message}`, {
        cause: error,
        problem: 'the data cannot be read',
      });
    }
  }

  #run(
    transactions: readonly Transaction[],
    bounds: ReclaimBounds,
    cleanRows: number,
  ): { at: number; outcome: BatchOutcome } {
    const { meta, endedHolds, requests } = this.#tables;
    const state = readState(meta);
    const at = this.#parts.time.ofBatch(state.at);
    const lookups = new EmbeddedLookups(this.#tables, at);
    const input = { at, sequence: state.sequence, transactions: withIdsAt(transactions, performance.now()), bounds };
    const outcome = runBatch(lookups, input);
    writeChanges(this.#tables, outcome.changes, at);
    for (const rotating of [endedHolds, requests.short, requests.long]) rotating.clean(state.at, at, cleanRows);
    writeState(meta, { ...state, sequence: outcome.sequence, at });
    return { at, outcome };
  }

  #nextDueAt(): number | null {
    const [hold, document] = [this.#tables.due.next(), this.#tables.documents.nextDueAt()];
    return hold === null || document === null ? (hold ?? document) : Math.min(hold, document);
  }

  #demandOpen(): void {
    if (this.#closing) throw new StoreError('closed', 'the store is closed');
  }
}
