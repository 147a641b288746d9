import type { HoldRecord } from '../../src/domain/records.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { MemoryStore } from '../../src/store/memory/memory-store.ts';
import { type BatchResult, type Store, StoreError, type StoreFault } from '../../src/store/store.ts';
import type { Scheduler } from './scheduler.ts';

/** How often the store fails, by call. A seed draws them. */
export interface Faults {
  /** Rejects before it has done anything. */
  unavailable: number;
  /** Rejects as unknown: with no effect, with all of it, or with that of the first transactions of the batch. */
  outcomeUnknown: number;
  /** Refuses a batch as a whole. */
  batchFailed: number;
  /** Refuses each batch that has this call of an operator. */
  poison: boolean;
  /** Answers after a long time. */
  late: number;
  lateMsMax: number;
}

export const NO_FAULTS: Faults = {
  unavailable: 0,
  outcomeUnknown: 0,
  batchFailed: 0,
  poison: false,
  late: 0,
  lateMsMax: 0,
};

/** The longest way to the store or back, if nothing is late. */
export const FAST_MS_MAX = 2;

export const POISON = 'poison';

/** What all processes of a world share. */
export interface StoreWorld {
  scheduler: Scheduler;
  memory: MemoryStore;
  faults: Faults;
  /** Whether several processes run at once. */
  isShared: boolean;
  wallMs: () => number;
  found: (violation: string) => void;
  counts: { faults: number };
}

/** Sees each batch that a process sends, before the store does. */
export interface Watch {
  sent: (transactions: readonly Transaction[]) => void;
  answered: (transactions: readonly Transaction[]) => void;
  /** Whether the process still runs, so that an answer can arrive. */
  isAlive: () => boolean;
}

const READS = new Set([
  'read',
  'history',
  'feed',
  'listStock',
  'listHolds',
  'listDocuments',
  'scan',
  'clock',
  'health',
]);

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * The store as one process reaches it: the model, behind a connection whose delays and faults the seed decides. Writes
 * arrive in the order in which they were sent, as over one connection. Reads and all answers arrive in any order.
 */
export function simulatedStore(world: StoreWorld, process: string, watch: Watch): Store {
  const { memory } = world;
  const connection = new Connection(world, process, watch.isAlive);
  const apply = async (transactions: readonly Transaction[]): Promise<BatchResult> => {
    watch.sent(transactions);
    try {
      return await connection.call(`${process}.writes`, 'apply', () => applied(world, transactions));
    } finally {
      watch.answered(transactions);
    }
  };
  const reclaim = (request: Parameters<Store['reclaim']>[0]) =>
    connection.call(`${process}.writes`, 'reclaim', () => connection.faulty(async () => memory.reclaim(request)));
  const supports = { ...memory.supports, multiProcess: world.isShared };
  return new Proxy<Store>(memory, {
    get(target, name) {
      if (name === 'apply') return apply;
      if (name === 'reclaim') return reclaim;
      if (name === 'supports') return supports;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = (member as Method).bind(target);
      if (!READS.has(String(name))) return method;
      return (...args: unknown[]) =>
        connection.call(`${process}.read${connection.next()}`, String(name), () =>
          connection.faulty(() => method(...args)),
        );
    },
  });
}

class Connection {
  readonly #world: StoreWorld;
  readonly #process: string;
  readonly #isAlive: () => boolean;
  #calls = 0;

  constructor(world: StoreWorld, process: string, isAlive: () => boolean) {
    this.#world = world;
    this.#process = process;
    this.#isAlive = isAlive;
  }

  next(): number {
    this.#calls += 1;
    return this.#calls;
  }

  /** Lets a call arrive at the store, and later its answer at the process. */
  call<T>(lane: string, label: string, work: () => Promise<T>): Promise<T> {
    const { scheduler } = this.#world;
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void, outcome: string): void => {
        if (!this.#isAlive()) return;
        const readyAt = scheduler.nowMs + this.#delayMs();
        scheduler.add(`${this.#process}.answer${this.next()}`, { readyAt, label: `${label} ${outcome}`, run: settle });
      };
      const run = (): void => {
        work().then(
          (value) => answer(() => resolve(value), 'answers'),
          (error: unknown) => answer(() => reject(error), `fails: ${String(error)}`),
        );
      };
      scheduler.add(lane, { readyAt: scheduler.nowMs + this.#delayMs(), label: `${label} arrives`, run });
    });
  }

  /** Rejects as an outage would, now and then; else does the work. */
  faulty<T>(work: () => Promise<T>): Promise<T> {
    const { scheduler, faults } = this.#world;
    return scheduler.dice.chance(faults.unavailable) ? Promise.reject(failure(this.#world, 'unavailable')) : work();
  }

  #delayMs(): number {
    const { dice } = this.#world.scheduler;
    const { late, lateMsMax } = this.#world.faults;
    return late > 0 && dice.chance(late) ? dice.between(1, lateMsMax) : dice.between(0, FAST_MS_MAX);
  }
}

function failure({ counts }: StoreWorld, fault: StoreFault, message = 'simulated'): StoreError {
  counts.faults += 1;
  return new StoreError(fault, message);
}

async function applied(world: StoreWorld, transactions: readonly Transaction[]): Promise<BatchResult> {
  const { memory, faults } = world;
  const { dice } = world.scheduler;
  if (dice.chance(faults.unavailable)) throw failure(world, 'unavailable');
  const isPoisoned = faults.poison && transactions.some(({ cause }) => cause.reason === POISON);
  if (isPoisoned || dice.chance(faults.batchFailed)) throw failure(world, 'batch_failed');
  if (!dice.chance(faults.outcomeUnknown)) return watchedApply(world, transactions);
  const share = dice.pick([0, 0.5, 1]);
  const part = transactions.slice(0, Math.ceil(transactions.length * share));
  if (part.length > 0) await watchedApply(world, part);
  else await memory.clock();
  throw failure(world, 'outcome_unknown', `simulated, ${part.length} of ${transactions.length} applied`);
}

/** Applies a batch to the model, and checks that it sold or prolonged no overdue hold, and sold no missing unit. */
async function watchedApply({ memory, wallMs, found, scheduler }: StoreWorld, batch: readonly Transaction[]) {
  const overdue = [...memory.tables.liveHolds.values()].filter(({ expiresAt }) => expiresAt <= wallMs());
  const result = await memory.apply(batch);
  for (const before of overdue) {
    const wrong = misused(before, memory.tables.hold(before.holdId));
    if (wrong) found(`${before.holdId} was overdue at ${result.at}, and is ${wrong} after the batch`);
  }
  for (const { sku, onHand, reserved, committed } of memory.tables.stocks.values())
    if (reserved + committed > onHand) found(`${sku} has ${reserved} reserved and ${committed} sold of ${onHand}`);
  scheduler.note(() =>
    batch.map(({ cause }, index) => `${cause.requestId ?? cause.by}=${textOf(result, index)}`).join(' '),
  );
  return result;
}

function textOf({ answers }: BatchResult, index: number): string {
  const answer = answers[index];
  return answer?.status === 'refused' ? answer.refusal.reason : (answer?.status ?? 'nothing');
}

function misused(before: HoldRecord, after: HoldRecord | undefined): string | null {
  if (!after || after.state === 'expired' || after.state === 'released') return null;
  const isSame = after.state === before.state && after.expiresAt === before.expiresAt;
  return isSame ? null : `${after.state} until ${after.expiresAt}`;
}
