import type { ReclaimBounds } from '../../domain/machine/overdue.ts';
import { NOTHING_LOST } from '../loss-recovery.ts';
import { type BatchOutcome, runBatch } from '../../domain/machine/run-batch.ts';
import { HELD_PREFIX } from '../../domain/machine/held-counts.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import { withIdsAt } from '../../domain/new-ids.ts';
import { compareTexts } from '../../domain/skus.ts';
import { NEVER_AT } from '../../domain/limits.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { CountClaim } from '../index-check.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { SYSTEM_RUNTIME } from '../../runtime/system-runtime.ts';
import { APPLY_BOUNDS, reclaimBounds } from '../bounds.ts';
import { heldCountIn, wrongCounts } from '../count-check.ts';
import { type BatchResult, type PageOf, type Reclaimed, type Store, StoreError } from '../store.ts';
import { MemoryReads } from './memory-reads.ts';
import { earliestExpiry, MemoryTables } from './memory-tables.ts';

/**
 * Opens the model: the pure machine over plain maps, without durability. Tests compare the real engines with it,
 * command by command. It is also the shortest description of a store. `clock` returns epoch milliseconds.
 */
export function openMemoryStore(options: { shop: string; clock?: () => number }): MemoryStore {
  return new MemoryStore(options.shop, options.clock ?? SYSTEM_RUNTIME.wallMs, SYSTEM_RUNTIME);
}

export class MemoryStore implements Store {
  readonly shop: string;
  readonly supports = {
    engine: 'memory',
    multiProcess: false,
    durability: 'none',
    batchItems: 256,
    stormItems: 256,
  } as const;
  /** Public, so that a test of the audit can corrupt them. */
  readonly tables = new MemoryTables();
  readonly #reads = new MemoryReads(this.tables);
  readonly #clock: () => number;
  readonly #runtime: Pick<Runtime, 'nowMs'>;
  #lastAt = 0;
  #sequence = 0;
  #closed = false;

  constructor(shop: string, clock: () => number, runtime: Pick<Runtime, 'nowMs'>) {
    this.shop = shop;
    this.#runtime = runtime;
    this.#clock = clock;
  }

  apply = this.#open(async (transactions: readonly Transaction[]): Promise<BatchResult> => {
    const { answers } = this.#run(transactions, APPLY_BOUNDS);
    return { at: this.#lastAt, sequence: this.#sequence, answers, nextDueAt: this.#nextDueAt() };
  });

  reclaim = this.#open(async (request: PageOf<'reclaim'>): Promise<Reclaimed> => {
    const { ended, more } = this.#run([], reclaimBounds(request));
    const dueDocuments = this.#dueDocuments(request.limit);
    return { at: this.#lastAt, sequence: this.#sequence, ended, more, dueDocuments, nextDueAt: this.#nextDueAt() };
  });

  read = this.#open(async (requests: PageOf<'read'>) =>
    this.#reads.snapshots(requests, { at: this.#now(), sequence: this.#sequence }),
  );

  history = this.#open(async (sku: string, page: Parameters<Store['history']>[1]) => this.#reads.history(sku, page));

  feed = this.#open(async (page: PageOf<'feed'>) => this.#reads.ledger(page));

  listStock = this.#open(async (page: PageOf<'listStock'>) => this.#reads.stock(page));

  listHolds = this.#open(async (page: PageOf<'listHolds'>) => this.#reads.holds(page));

  listDocuments = this.#open(async (page: PageOf<'listDocuments'>) => this.#reads.documents(page));

  scan = this.#open(async (page: PageOf<'scan'>) => this.#reads.scan(page, this.#sequence));

  /** The model has no indexes, so nothing can disagree with its records. */
  checkIndexes = this.#open(async () => ({ sequence: this.#sequence, faults: [], next: null }));

  checkCounts = this.#open(async (claims: readonly CountClaim[], mend: boolean) => {
    const { counts, stocks, documents } = this.tables;
    const set = (key: string, units: number) => void (units > 0 ? counts.set(key, units) : counts.delete(key));
    const source = { counts: (key: string) => counts.get(key), stock: (sku: string) => stocks.get(sku) };
    return wrongCounts({ ...source, document: (key) => documents.get(key), set: mend ? set : null }, claims);
  });

  heldCounts = this.#open(async () => {
    const held = [...this.tables.counts].filter(([key]) => key.startsWith(HELD_PREFIX));
    return { counts: held.map(([key, units]) => heldCountIn(key, units)), next: null };
  });

  trimLedger = this.#open(async (through: string): Promise<void> => {
    for (const id of this.tables.ledgerAt.keys())
      if (compareMovements(id, through) <= 0) this.tables.ledgerAt.delete(id);
  });

  health = this.#open(async () => ({
    at: this.#now(),
    sequence: this.#sequence,
    details: { engine: 'memory' },
    problems: [],
  }));

  probe = this.#open(async () => undefined);

  clock = this.#open(async () => ({ at: this.#now(), wallAt: this.#clock(), offsetMs: 0, slewing: false }));

  acceptClock = this.clock;

  readonly clockStats = { offsetMs: 0, steps: 0 };

  acceptLoss = this.#open(async () => NOTHING_LOST);

  readonly isFrozen = false;

  knownLoss = this.#open(async () => null);

  replayLoss = this.#open(async () => NOTHING_LOST);

  onAlarm(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open<Args extends unknown[], Value>(call: (...args: Args) => Promise<Value>): (...args: Args) => Promise<Value> {
    return async (...args) => {
      if (this.#closed) throw new StoreError('closed', 'the store is closed');
      return call(...args);
    };
  }

  #now(): number {
    return Math.max(this.#clock(), this.#lastAt);
  }

  #run(transactions: readonly Transaction[], bounds: ReclaimBounds): BatchOutcome {
    this.#lastAt = this.#now();
    this.tables.rotate(this.#lastAt);
    const outcome = runBatch(this.tables, {
      at: this.#lastAt,
      sequence: this.#sequence,
      transactions: withIdsAt(transactions, this.#runtime.nowMs()),
      bounds,
    });
    this.tables.write(outcome.changes);
    this.#sequence = outcome.sequence;
    return outcome;
  }

  #dueDocuments(limit: number): { key: string; version: number }[] {
    const due = [...this.tables.documents.values()].flatMap(({ key, version, dueAt }) =>
      dueAt !== null && dueAt <= this.#lastAt ? [{ key, version, dueAt }] : [],
    );
    due.sort((a, b) => a.dueAt - b.dueAt || compareTexts(a.key, b.key));
    return due.slice(0, limit).map(({ key, version }) => ({ key, version }));
  }

  #nextDueAt(): number | null {
    let next = earliestExpiry(this.tables.liveHolds.values());
    for (const { dueAt } of this.tables.documents.values()) next = Math.min(next, dueAt ?? next);
    return next < NEVER_AT ? next : null;
  }
}
