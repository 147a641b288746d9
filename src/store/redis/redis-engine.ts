import { setTimeout as sleep } from 'node:timers/promises';
import { validateTransaction } from '../../domain/machine/validate.ts';
import type { Answer, Transaction } from '../../domain/transaction.ts';
import { APPLY_BOUNDS, reclaimBounds } from '../bounds.ts';
import type { Leadership } from '../leadership.ts';
import type { KnownLoss, LossAcceptance, MoveBody, ReplayResult } from '../loss-recovery.ts';
import type { SharedCounter, SharedNotes } from '../opened-store.ts';
import {
  type BatchResult,
  type PageOf,
  type ReadRequest,
  type Reclaimed,
  type Snapshot,
  type Store,
  StoreError,
  type StockNeed,
  type StoreHealth,
  type StoreSupport,
} from '../store.ts';
import type { ClockNotice } from '../time/clock-notices.ts';
import type { ClockStats } from '../time/shop-time.ts';
import type { AlarmListener } from './alarm-listener.ts';
import type { BatchSender } from './batch/batch-sender.ts';
import { acceptWallClock, readClock } from './clock/clock-admin.ts';
import { checkCounts, checkIndexes, heldCounts } from './reads/index-scripts.ts';
import { type LockTimes, RedisLeadership } from './leader.ts';
import { redisCounter } from './redis-counter.ts';
import { redisNotes } from './redis-notes.ts';
import { feed, readHistory, trimLedgerInRedis } from './reads/ledger-reads.ts';
import { listDocuments, listHolds, listStock, scan } from './reads/record-lists.ts';
import { memoryFilledPercent } from './reads/memory-fill.ts';
import type { KnownRecords } from './decide/known-records.ts';
import type { RedisLink } from './link/redis-link.ts';
import type { LossGuard } from './loss/loss-guard.ts';
import type { Durability } from './link/requirements.ts';
import type { RedisRecovery } from './replay/redis-recovery.ts';
import type { ScriptReader } from './scripts/script-reader.ts';
import type { SentinelWatch } from './link/sentinel-watch.ts';
import type { ServerWatch } from './link/server-watch.ts';
import type { ShopOpening } from './shop-opening.ts';
import { decodeReads, encodeReads } from './reads/snapshot-codec.ts';
import type { StockPrefetch } from './batch/stock-prefetch.ts';
import type { StoreClock } from './clock/store-clock.ts';

interface RedisStoreParts {
  shop: string;
  durability: Durability;
  batchDeadlineMs: number;
  opening: ShopOpening;
  guard: LossGuard;
  clock: StoreClock;
  /** Batches use one connection and all other calls the other one, so that a long page does not delay a batch. */
  batchLink: RedisLink;
  readLink: RedisLink;
  sender: BatchSender;
  known: KnownRecords;
  reader: ScriptReader;
  prefetch: StockPrefetch;
  alarm: AlarmListener;
  notify: (notice: ClockNotice) => void;
  serverWatch: ServerWatch;
  sentinelWatch: SentinelWatch;
  recovery: RedisRecovery;
  warn: (line: string) => void;
}

/** A batch of 256 is hardly cheaper per transaction, and other calls wait four times as long: docs/performance.md. */
const BATCH_ITEMS = 64;
const STORM_ITEMS = 16;
/** The part of its deadline that a batch may take, because a busy machine may suddenly be several times slower. */
const BATCH_SHARE = 0.1;
/** The longest time that a recovery waits for the shop to serve again. */
const THAW_MS = 3_000;
const THAW_STEP_MS = 20;

/** The `Store` contract on one Redis. Batches are decided in this process; each script runs as one atomic step. */
export class RedisStore implements Store {
  readonly shop: string;
  readonly supports: StoreSupport;
  readonly #parts: RedisStoreParts;
  #closed: Promise<void> | null = null;

  constructor(parts: RedisStoreParts) {
    this.shop = parts.shop;
    this.supports = {
      engine: 'redis',
      multiProcess: true,
      durability: parts.durability,
      batchItems: BATCH_ITEMS,
      stormItems: STORM_ITEMS,
      batchMs: parts.batchDeadlineMs * BATCH_SHARE,
    };
    this.#parts = parts;
  }

  async apply(transactions: readonly Transaction[]): Promise<BatchResult> {
    const issues = transactions.map(validateTransaction);
    const areValid = issues.every((found) => found.length === 0);
    const valid = areValid ? transactions : transactions.filter((_, index) => issues[index]?.length === 0);
    const done = await this.#parts.sender.send({ transactions: valid, bounds: APPLY_BOUNDS, dueMax: 0 });
    const { at, sequence, nextDueAt, answers } = done;
    return { at, sequence, nextDueAt, answers: areValid ? answers : inTheirPlaces(answers, issues) };
  }

  foresee(needs: readonly StockNeed[]): void {
    this.#parts.prefetch.request(needs);
  }

  async read(requests: readonly ReadRequest[]): Promise<Snapshot[]> {
    const { clock, guard, known, opening, reader } = this.#parts;
    const { generation } = opening;
    let epoch = guard.epoch;
    const reply = await reader.runFresh('read', () => {
      epoch = guard.epoch;
      const latest = clock.possible()?.latest ?? false;
      const floors = { floorAt: clock.floor, floorSequence: guard.mark.sequence };
      return [encodeReads(requests, { generation, clock: clock.given, latest, epoch, ...floors })];
    });
    // A later epoch has begun meanwhile, so the reply may come from a master that was replaced.
    if (epoch !== guard.epoch) return this.read(requests);
    const snapshots = decodeReads(reply, requests, epoch, known);
    const [first] = snapshots;
    if (first) guard.mark.see(first.sequence, first.at);
    return snapshots;
  }

  async reclaim(request: PageOf<'reclaim'>): Promise<Reclaimed> {
    const call = { transactions: [], bounds: reclaimBounds(request), dueMax: request.limit };
    const done = await this.#parts.sender.send(call);
    const { at, sequence, ended, more, nextDueAt } = done;
    return { at, sequence, ended, more, nextDueAt, dueDocuments: done.due };
  }

  history: Store['history'] = (sku, page) => readHistory(this.#parts.reader, sku, page);

  feed: Store['feed'] = (page) => feed(this.#parts.reader, page, this.#parts.warn);

  listStock: Store['listStock'] = (page) => listStock(this.#parts.reader, page);

  listHolds: Store['listHolds'] = (page) => listHolds(this.#parts.reader, page);

  listDocuments: Store['listDocuments'] = (page) => listDocuments(this.#parts.reader, page);

  scan: Store['scan'] = (page) => scan(this.#parts.reader, page);

  checkIndexes: Store['checkIndexes'] = (page) => checkIndexes(this.#parts.reader, page);

  checkCounts: Store['checkCounts'] = (claims, mend) => checkCounts(this.#parts.reader, claims, mend);

  heldCounts: Store['heldCounts'] = (page) => heldCounts(this.#parts.reader, page);

  trimLedger: Store['trimLedger'] = (through) => trimLedgerInRedis(this.#parts.reader, through);

  onAlarm: Store['onAlarm'] = (listener) => this.#parts.alarm.add(listener);

  /** Healthy only if both connections serve: a shop that can be read but not changed is not healthy. */
  async health(): Promise<StoreHealth> {
    const { batchLink, opening, durability, guard, serverWatch } = this.#parts;
    const details = { engine: 'redis', server: opening.server, durability, epoch: guard.epoch };
    const frozen = this.#frozen;
    if (frozen) {
      const { at, sequence } = guard.mark.record;
      return { at, sequence, details, problems: [frozen.message] };
    }
    if (!batchLink.ready) throw batchLink.unavailable();
    const started = performance.now();
    const [snapshot] = await this.read([{}]);
    const roundTripMs = Math.round((performance.now() - started) * 10) / 10;
    const { offsetMs: clockOffsetMs } = await this.clock();
    const filled = await memoryFilledPercent(this.#parts.reader);
    const measured = { roundTripMs, clockOffsetMs, ...(filled === null ? {} : { filledPercent: filled }) };
    const { at = 0, sequence = 0 } = snapshot ?? {};
    return { at, sequence, details: { ...details, ...measured }, problems: serverWatch.problems };
  }

  /** The number of acknowledged writes that this process has found missing in the store. */
  get lostSequences(): number {
    return this.#parts.guard.lostSequences;
  }

  get isFrozen(): boolean {
    return this.#frozen !== null;
  }

  get #frozen(): StoreError | null {
    const { batchLink, readLink } = this.#parts;
    return batchLink.frozen ?? readLink.frozen;
  }

  async acceptLoss(kept: number): Promise<LossAcceptance> {
    const acceptance = await this.#recovery.accept(kept);
    if (acceptance.accepted) await this.#thawed();
    return acceptance;
  }

  /** See `Store.confirm`. An empty batch waits for everything that the server had written before it. */
  async confirm(): Promise<void> {
    const { durability, guard } = this.#parts;
    if (durability !== 'replicated' || guard.mark.seen <= guard.mark.sequence) return;
    const { epoch } = guard;
    await this.probe();
    if (guard.epoch !== epoch) throw new StoreError('outcome_unknown', 'the master was replaced meanwhile');
  }

  async knownLoss(): Promise<KnownLoss | null> {
    return this.#recovery.known();
  }

  async replayLoss(kept: number, move: MoveBody): Promise<ReplayResult> {
    const result = await this.#recovery.replay(kept, move);
    if ('replayed' in result) await this.#thawed();
    return result;
  }

  get #recovery(): RedisRecovery {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
    return this.#parts.recovery;
  }

  /** Waits, at most for a while, until the shop serves again. */
  async #thawed(): Promise<void> {
    const { batchLink, readLink } = this.#parts;
    const deadline = performance.now() + THAW_MS;
    while (!(batchLink.ready && readLink.ready) && performance.now() < deadline) await sleep(THAW_STEP_MS);
  }

  /** Sends an empty batch, which only writes the time of the last batch. */
  async probe(): Promise<void> {
    await this.#parts.sender.send({ transactions: [], bounds: reclaimBounds({ limit: 0 }), dueMax: 0 });
  }

  clock: Store['clock'] = () => readClock(this.#parts.reader, this.#parts.clock);

  acceptClock: Store['acceptClock'] = () => acceptWallClock(this.#parts.reader, this.#parts.clock, this.#parts.notify);

  get clockStats(): ClockStats {
    return this.#parts.clock.stats;
  }

  /**
   * Returns an election in which usually at most one process of the shop leads `name`. It saves work; see `Leadership`.
   */
  leadership(name: string, times?: LockTimes): Leadership {
    const { reader, warn } = this.#parts;
    return new RedisLeadership(reader, { shop: this.shop, name, warn, times });
  }

  /** Returns counts that all processes of the shop share. */
  sharedCounter(): SharedCounter {
    return redisCounter(this.#parts.reader, this.shop);
  }

  /** Returns notes that all processes of the shop share. */
  sharedNotes(): SharedNotes {
    return redisNotes(this.#parts.reader);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { sender, reader, prefetch, batchLink, readLink, alarm, guard, serverWatch, sentinelWatch } = this.#parts;
    serverWatch.close();
    await Promise.all([sender.close(), reader.close(), prefetch.close()]);
    const others = [sentinelWatch, alarm, guard].map((part) => part.close());
    await Promise.all([batchLink.close(), readLink.close(), ...others]);
  }
}

/** Inserts the refusals of invalid transactions, which are not sent, between the answers of the others. */
function inTheirPlaces(answers: readonly Answer[], issues: readonly string[][]): Answer[] {
  let next = 0;
  return issues.map((found) => {
    if (found.length > 0) {
      return { status: 'refused', step: null, refusal: { reason: 'invalid_transaction', meta: { issues: found } } };
    }
    next += 1;
    return answers[next - 1] ?? { status: 'failed', error: 'internal', detail: 'the script left out an answer' };
  });
}
