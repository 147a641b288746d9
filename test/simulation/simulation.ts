import { foldEntries, emptyFold, violations } from '../support/fold.ts';
import { configure, receive, START, transaction } from '../support/transactions.ts';
import { MemoryStore } from '../../src/store/memory/memory-store.ts';
import { CallBook } from './call-book.ts';
import { CartCaller, ProgramCaller, SKUS } from './callers.ts';
import { drive, Scheduler } from './scheduler.ts';
import { SimulatedProcess, TTL_MS } from './simulated-process.ts';
import { FAST_MS_MAX, type Faults, NO_FAULTS, type StoreWorld } from './simulated-store.ts';

interface Counts {
  events: number;
  movements: number;
  faults: number;
  kills: number;
  clockMoves: number;
}

export interface Simulated {
  seed: number;
  violations: string[];
  trace: string[];
  counts: Counts;
}

const STEPS_MAX = 60_000;
const LEDGER_MAX = 5_000;
/** Longer than a sweep, and than the pause after a failed one. */
const CALM_MS = 1_500;
const UNITS = 6;
/** A call may wait for a read that goes on, and then for one of its own. Each way to the store and back takes time. */
const READS = 4;

class World implements StoreWorld {
  readonly scheduler: Scheduler;
  readonly memory: MemoryStore;
  readonly book: CallBook;
  readonly violations: string[] = [];
  faults: Faults = NO_FAULTS;
  isShared = false;
  processes: SimulatedProcess[] = [];
  /** The wall clock minus virtual time. */
  #skewMs = 0;
  /** The wall clock stands since then. */
  #standsAt: number | null = null;
  #started = 0;
  readonly counts: Counts = { events: 0, movements: 0, faults: 0, kills: 0, clockMoves: 0 };
  #readMsMax = 0;

  constructor(seed: number, isTraced: boolean) {
    this.scheduler = new Scheduler(seed, { isTraced });
    this.memory = new MemoryStore('simulated', () => this.wallMs(), { nowMs: () => this.scheduler.nowMs });
    this.book = new CallBook({
      nowMs: () => this.scheduler.nowMs - this.scheduler.stalledMs,
      found: this.found,
    });
  }

  readonly found = (violation: string): void => {
    this.scheduler.note(() => `VIOLATION ${violation}`);
    this.violations.push(violation);
  };

  readonly wallMs = (): number => this.#standsAt ?? Math.floor(START + this.scheduler.nowMs + this.#skewMs);

  async run(): Promise<void> {
    const { dice } = this.scheduler;
    await this.memory.apply(SKUS.map((sku) => transaction(`setup-${sku}`, [configure(sku), receive(sku, UNITS)])));
    this.isShared = dice.chance(0.3);
    for (let n = this.isShared ? 2 : 1; n > 0; n -= 1) this.#start();
    this.faults = drawFaults(this.scheduler);
    this.#readMsMax = READS * (this.faults.late > 0 ? this.faults.lateMsMax : FAST_MS_MAX);
    const callers = [
      ...Array.from({ length: dice.between(1, 2) }, (_, n) => new CartCaller(this.#callerWorld(), `cart${n}`)),
      ...Array.from({ length: dice.pick([1, 1, 2]) }, (_, n) => new ProgramCaller(this.#callerWorld(), `program${n}`)),
    ];
    const isOver = { now: false };
    const mischief = this.#mischief(isOver);
    await Promise.all(callers.map((caller) => caller.live(dice.between(1, 4))));
    isOver.now = true;
    await mischief;
    await this.#end();
  }

  #callerWorld() {
    return {
      dice: this.scheduler.dice,
      book: this.book,
      process: () => this.scheduler.dice.pick(this.processes),
      sleep: (lane: string, ms: number) => this.scheduler.sleep(lane, ms),
      found: this.found,
    };
  }

  #start(): void {
    this.#started += 1;
    this.processes.push(new SimulatedProcess(this, `p${this.#started}`, this.book));
  }

  /** Kills processes, and moves the wall clock. */
  async #mischief(isOver: { now: boolean }): Promise<void> {
    const { dice } = this.scheduler;
    const [kills, clock] = [dice.chance(0.3), dice.chance(0.3)];
    while (!isOver.now) {
      await this.scheduler.sleep('mischief', dice.between(1, 1_500));
      if (kills && dice.chance(0.3)) {
        this.processes.splice(dice.between(0, this.processes.length - 1), 1)[0]?.kill();
        this.counts.kills += 1;
        this.#start();
      }
      if (clock && dice.chance(0.4)) this.#moveClock();
    }
  }

  #moveClock(): void {
    const { dice } = this.scheduler;
    const at = this.wallMs();
    this.counts.clockMoves += 1;
    if (this.#standsAt !== null) {
      this.#skewMs = at - START - this.scheduler.nowMs;
      this.#standsAt = null;
    } else if (dice.chance(0.5)) this.#standsAt = at;
    else this.#skewMs += dice.between(1, 3_000);
    this.scheduler.note(() => `the wall clock ${this.#standsAt === null ? 'is' : 'stands at'} ${this.wallMs()}`);
  }

  /** Without further faults, everything overdue ends, all calls are answered, and all processes end. */
  async #end(): Promise<void> {
    this.faults = NO_FAULTS;
    this.scheduler.isCalm = true;
    if (this.#standsAt !== null) this.#moveClock();
    // Until the last late answer, and then until all that is due has its end.
    await this.#checkExpiry(this.#readMsMax);
    await this.#checkExpiry(3 * TTL_MS);
    await this.#checkBooks();
    for (const process of this.processes) await this.#close(process);
  }

  async #close({ name, holdfast }: SimulatedProcess): Promise<void> {
    await holdfast.close();
    const { shopQueueItems, mailboxItems, mailboxes, resendItems, inFlightItems } = holdfast.stats().batcher;
    const left = [shopQueueItems, mailboxItems, mailboxes, resendItems, inFlightItems];
    if (left.some((items) => items > 0)) this.found(`${name} has closed with items: ${left.join()}`);
  }

  /** Waits, and then expects that all that is due now ends within `CALM_MS`. */
  async #checkExpiry(ms: number): Promise<void> {
    await this.scheduler.sleep('calm', ms);
    const by = this.wallMs();
    await this.scheduler.sleep('calm', CALM_MS);
    const at = this.wallMs();
    for (const { holdId, expiresAt, owner } of this.memory.tables.liveHolds.values())
      if (expiresAt <= by) this.found(`${holdId} of ${owner} outlives its deadline by ${at - expiresAt} ms`);
    for (const { key, holds, dueAt } of this.memory.tables.documents.values()) {
      if (dueAt !== null && dueAt <= by) this.found(`${key} is due since ${at - dueAt} ms`);
      if (!key.startsWith('cart:')) continue;
      const expired = holds.filter((id) => this.#hasExpired(id, by));
      if (expired.length > 0) this.found(`${key} still has the expired ${expired.join()}`);
    }
  }

  #hasExpired(holdId: string, by: number): boolean {
    const hold = this.memory.tables.hold(holdId);
    return hold?.state === 'expired' && (hold.endedAt ?? 0) <= by;
  }

  /** The ledger, folded, is the stock, and each acknowledged effect is in it once. */
  async #checkBooks(): Promise<void> {
    const ledger = await this.memory.feed({ after: null, limit: LEDGER_MAX });
    const fold = emptyFold();
    for (const wrong of foldEntries(fold, ledger)) this.found(wrong);
    const { stocks, liveHolds, documents } = this.memory.tables;
    const { sequence } = await this.memory.health();
    const seen = {
      sequence,
      stock: [...stocks.values()],
      holds: [...liveHolds.values()],
      documents: [...documents.values()],
    };
    for (const wrong of violations(fold, seen)) this.found(wrong);
    for (const { sku, reserved } of seen.stock) if (reserved !== 0) this.found(`${sku} still has ${reserved} reserved`);
    this.book.settle(ledger);
  }
}

/** Each seed has a few kinds of faults, rare or frequent, so that all of them meet alone and together. */
function drawFaults({ dice }: Scheduler): Faults {
  const often = (): number => dice.pick([0, 0, 0.02, 0.15]);
  return {
    unavailable: often(),
    outcomeUnknown: often(),
    batchFailed: often(),
    poison: dice.chance(0.3),
    late: dice.pick([0, 0, 0.05, 0.3]),
    lateMsMax: dice.pick([10, 400, 1_600]),
  };
}

/** Runs the world of a seed. The same seed has the same course, event by event. */
export async function simulate(seed: number, { isTraced = false }: { isTraced?: boolean } = {}): Promise<Simulated> {
  const world = new World(seed, isTraced);
  const end = await drive(world.scheduler, world.run(), STEPS_MAX);
  if (end !== 'done') {
    const open = world.book.wishes.filter((wish) => wish.open > 0).map(({ id }) => id);
    world.found(`the course is ${end}; not answered: ${open.join() || 'none'}`);
  }
  const { trace, steps } = world.scheduler;
  const counts = { ...world.counts, events: steps, movements: world.memory.tables.ledgerAt.size };
  return { seed, violations: world.violations, trace: trace ?? [], counts };
}
