import { type BatchOutcome, runBatch } from '../../domain/machine/run-batch.ts';
import { HELD_PREFIX } from '../../domain/machine/held-counts.ts';
import { withIdsAt } from '../../domain/new-ids.ts';
import type { ReclaimBounds } from '../../domain/machine/overdue.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { ClockReading, ClockStats } from '../time/shop-time.ts';
import { APPLY_BOUNDS, reclaimBounds } from '../bounds.ts';
import { heldCountIn, wrongCounts } from '../count-check.ts';
import { type BatchResult, type PageOf, type Reclaimed, type Store, StoreError, type StoreHealth } from '../store.ts';
import { NOTHING_LOST } from '../loss-recovery.ts';
import type { CountClaim, IndexPage, WrongCount } from '../index-check.ts';
import type { BackupCopy } from '../opened-store.ts';
import { copyEnvironment } from './files/backup-copy.ts';
import { undecodableRecords } from './decode-all.ts';
import { diskFill } from './files/disk-fill.ts';
import { EmbeddedLookups } from './embedded-lookups.ts';
import { EmbeddedReads } from './embedded-reads.ts';
import { pageOfIndexes } from './index-walks.ts';
import { closeData, type EngineParts } from './orderly-end.ts';
import { readShopState, type ShopState, writeState } from './tables/shop-state.ts';
import type { Tables } from './tables/tables.ts';
import { writeChanges } from './write-changes.ts';

/**
 * The rows of each rotating table whose age a batch checks, in addition to one row for each transaction. So more rows
 * are removed than written, and the rows of a period are gone by the end of the period after the next.
 */
const CLEAN_ROWS_APPLY = 64;
/** No client waits for a call of the reclaimer. */
const CLEAN_ROWS_RECLAIM = 1_000;
/** The ledger entries that one transaction drops. More would delay other calls. */
const TRIM_ENTRIES_MAX = 2_000;

const PROBE_ROW = ['.'.repeat(65_536)];

/**
 * A shop in LMDB. The pure machine decides a batch, and one nested transaction writes it; batches that wait together
 * share a commit and a flush. A commit is readable before it is flushed. A read that has seen such a commit therefore
 * waits until it is on disk, so no answer (of a read, a replay or a refusal) depends on data that a power cut could
 * take back.
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
  readonly #reads: EmbeddedReads;
  #closing: Promise<void> | null = null;
  #isKeepingTime = false;

  constructor(parts: EngineParts) {
    this.shop = parts.shop;
    this.#parts = parts;
    this.#tables = parts.tables;
    this.#reads = new EmbeddedReads(parts.tables, parts.warn);
  }

  async apply(transactions: readonly Transaction[]): Promise<BatchResult> {
    return this.#write(() => {
      const cleanRows = transactions.length + CLEAN_ROWS_APPLY;
      const { at, outcome } = this.#run(transactions, APPLY_BOUNDS, cleanRows);
      return { at, sequence: outcome.sequence, answers: outcome.answers, nextDueAt: this.#nextDueAt() };
    });
  }

  async reclaim(request: PageOf<'reclaim'>): Promise<Reclaimed> {
    return this.#write(() => {
      const { at, outcome } = this.#run([], reclaimBounds(request), CLEAN_ROWS_RECLAIM);
      const dueDocuments = this.#tables.documents.takeDue(at, request.limit);
      return {
        at,
        sequence: outcome.sequence,
        ended: outcome.ended,
        more: outcome.more,
        dueDocuments,
        nextDueAt: this.#nextDueAt(),
      };
    });
  }

  read: Store['read'] = (requests) => this.#view((state, asOf) => this.#reads.snapshots(requests, state, asOf));

  history: Store['history'] = (sku, page) => this.#view(() => this.#reads.history(sku, page));

  feed: Store['feed'] = (page) => this.#view(() => this.#reads.ledger(page));

  listStock: Store['listStock'] = (page) => this.#view(() => this.#reads.stock(page));

  listHolds: Store['listHolds'] = (page) => this.#view(() => this.#reads.holds(page));

  listDocuments: Store['listDocuments'] = (page) => this.#view(() => this.#tables.documents.pageOfList(page));

  scan: Store['scan'] = (page) => this.#view(({ sequence }) => this.#reads.scan(page, sequence));

  async checkIndexes(page: PageOf<'checkIndexes'>): Promise<IndexPage> {
    if (!page.mend) return this.#view(({ sequence }) => pageOfIndexes(this.#tables, page, sequence));
    return this.#write(() => pageOfIndexes(this.#tables, page, readShopState(this.#tables.meta).sequence));
  }

  async checkCounts(claims: readonly CountClaim[], mend: boolean): Promise<WrongCount[]> {
    const { counts, stock, documents } = this.#tables;
    const source = {
      counts: (key: string) => counts.readable(key),
      stock: (sku: string) => stock.readable(sku),
      document: (key: string) => documents.records.readable(key),
    };
    if (!mend) return this.#view(() => wrongCounts({ ...source, set: null }, claims));
    const set = (key: string, units: number): void => (units > 0 ? counts.put(key, units) : counts.remove(key));
    return this.#write(() => wrongCounts({ ...source, set }, claims));
  }

  heldCounts: Store['heldCounts'] = ({ cursor, limit }) =>
    this.#view(() => {
      const page = this.#tables.counts.page({ after: cursor ?? HELD_PREFIX, limit });
      const held = page.filter(({ key }) => key.startsWith(HELD_PREFIX));
      const counts = held.flatMap((entry) => ('record' in entry ? [heldCountIn(entry.key, entry.record)] : []));
      return { counts, next: held.length === limit ? (held.at(-1)?.key ?? null) : null };
    });

  async trimLedger(through: string): Promise<void> {
    while ((await this.#write(() => this.#tables.ledger.trim(through, TRIM_ENTRIES_MAX))) === TRIM_ENTRIES_MAX);
  }

  /** No other process changes the shop, and every answer has the next deadline. */
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
    const filled = await diskFill(this.#parts.dir);
    const base = { engine: 'embedded', epoch, skus, liveHolds, clockOffsetMs };
    const details = { ...base, ...filled };
    return { at, sequence, details, problems: problem ? [problem] : [] };
  }

  /** Rewrites a row as long as the largest body of a call, because a full disk may still have a few free pages. */
  async probe(): Promise<void> {
    await this.#write(() => this.#tables.meta.put('probe', PROBE_ROW));
  }

  clock: Store['clock'] = () => this.#view((_, asOf) => this.#parts.time.read(asOf));

  async acceptClock(): Promise<ClockReading> {
    return this.#write(() => {
      const { time } = this.#parts;
      time.clock.accept(readShopState(this.#tables.meta).at);
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
      throw new StoreError('unavailable', `the backup failed: ${(error as Error).message}`, { cause: error });
    });
  }

  /** Decodes every record in one turn of the event loop, and returns a description of each undecodable one. */
  undecodable(): string[] {
    this.#demandOpen();
    return [...undecodableRecords(this.#tables)].map(({ message }) => message);
  }

  /** An embedded shop never freezes, because an operator who restores a backup knows that later writes are lost. */
  acceptLoss: Store['acceptLoss'] = () => this.#view(() => NOTHING_LOST);

  readonly isFrozen = false;

  knownLoss: Store['knownLoss'] = () => this.#view(() => null);

  replayLoss: Store['replayLoss'] = () => this.#view(() => NOTHING_LOST);

  close: Store['close'] = () => (this.#closing ??= closeData(this.#parts));

  #write<T>(body: () => T): Promise<T> {
    this.#demandOpen();
    const { commits, time } = this.#parts;
    return commits.run(body).catch((error: unknown) => {
      time.keepAgain();
      throw error;
    });
  }

  /** Calls `look` with the state at the present time, and with the time of the last batch. */
  async #view<T>(look: (state: ShopState, asOf: number) => T): Promise<T> {
    this.#demandOpen();
    const { value, group } = this.#lookAt(look);
    this.#keepTime();
    await this.#parts.commits.onDisk(group);
    return value;
  }

  /**
   * Stores a clock step that a read has found. Otherwise the store would treat the step as a stop of the shop if it
   * restarted before the next batch. If this write fails, the next read or batch stores the step.
   */
  #keepTime(): void {
    if (this.#isKeepingTime || !this.#parts.time.isUnkept) return;
    this.#isKeepingTime = true;
    this.#write(() => this.#parts.time.ofBatch(readShopState(this.#tables.meta).at))
      // The next read or batch stores the step.
      .catch(() => undefined)
      .finally(() => {
        this.#isKeepingTime = false;
      });
  }

  #lookAt<T>(look: (state: ShopState, asOf: number) => T): { value: T; group: number } {
    try {
      this.#tables.root.resetReadTxn();
      const state = readShopState(this.#tables.meta);
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
    const state = readShopState(meta);
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
