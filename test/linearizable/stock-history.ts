import { Dice } from '../support/dice.ts';
import { checkLinearizable } from './checker.ts';
import type { Reply, ShopProcess } from './shop-process.ts';
import { type StockInput, type StockOperation, stockSpecification } from './stock-specification.ts';

export interface HistoryOptions {
  /** Names its SKUs, and decides its calls. Their order also depends on real processes. */
  seed: number;
  operations: number;
  clients: number;
  /** Client `n` calls process `n` modulo their number. */
  processes: readonly ShopProcess[];
  /** Called before each call, for faults. */
  mischief?: (dice: Dice) => void;
  /** Whether a read may show now what a failover will lose. Such reads are left out. */
  readsAhead?: () => boolean;
}

export interface HistoryResult {
  operations: number;
  /** Calls whose outcome was unknown at first, and those of which it stayed so. */
  repeated: number;
  unknown: number;
  /** Calls that were reported as without effect. */
  nothing: number;
  /** One line for each SKU whose history has no order, or for which the search was given up. */
  faults: string[];
}

const SKUS = 8;
const UNITS = 30;
const REPEATS_MAX = 6;
const SHOWN = 12;
/** Some callers do not ask again what has become of their call. */
const GIVEN_UP_CHANCE = 0.2;

interface KnownHold {
  holdId: string;
  name: string;
}

/** The stock of one SKU, as its callers see it. */
interface Shelf {
  sku: string;
  operations: StockOperation[];
  holds: KnownHold[];
}

class History {
  readonly #options: HistoryOptions;
  readonly #dice: Dice;
  readonly #shelves: Shelf[];
  #ticks = 0;
  #left: number;
  #names = 0;
  unknown = 0;
  repeated = 0;
  nothing = 0;
  readonly errors: string[] = [];

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#left = options.operations;
    this.#dice = new Dice(options.seed, 'history');
    const skus = Array.from({ length: SKUS }, (_, n) => `h${options.seed}-${n}`);
    this.#shelves = skus.map((sku) => ({ sku, operations: [], holds: [] }));
  }

  async run(): Promise<HistoryResult> {
    const { processes, clients, operations } = this.#options;
    for (const { sku } of this.#shelves) await this.#supply(processes[0]!, sku);
    await Promise.all(Array.from({ length: clients }, (_, n) => this.#client(processes[n % processes.length]!)));
    const faults = [...this.errors, ...this.#shelves.flatMap(faultsOf)];
    return { operations, repeated: this.repeated, unknown: this.unknown, nothing: this.nothing, faults };
  }

  /** Receives the units of a SKU, with one key however often it takes. */
  async #supply(process: ShopProcess, sku: string): Promise<void> {
    for (let n = 0; n < REPEATS_MAX; n += 1) {
      const reply = await process.call('supply', { sku, units: UNITS }, `supply-${sku}`);
      if (reply.output?.is === 'done') return;
      if (reply.error !== undefined) throw new Error(reply.error);
    }
    throw new Error(`${sku} could not be supplied`);
  }

  async #client(process: ShopProcess): Promise<void> {
    while (this.#left > 0) {
      this.#left -= 1;
      this.#options.mischief?.(this.#dice);
      await this.#act(process, this.#dice.pick(this.#shelves));
    }
  }

  async #act(process: ShopProcess, shelf: Shelf): Promise<void> {
    const kind = this.#dice.weighted([
      [40, 'reserve'],
      [18, 'release'],
      [14, 'consume'],
      [28, 'level'],
    ] as const);
    const { sku } = shelf;
    if (kind === 'level') return this.#call(process, shelf, { do: 'level' }, { sku });
    if (kind === 'reserve') {
      this.#names += 1;
      const hold = `n${this.#names}`;
      const units = this.#dice.between(1, 4);
      return this.#call(process, shelf, { do: 'reserve', hold, units }, { sku, units, reference: hold });
    }
    const known = shelf.holds.length > 0 ? this.#dice.pick(shelf.holds) : undefined;
    if (!known) return;
    // Some holds stay in the list, so that several callers end them at once.
    if (this.#dice.chance(0.7)) shelf.holds.splice(shelf.holds.indexOf(known), 1);
    await this.#call(process, shelf, { do: kind, hold: known.name }, { holdId: known.holdId });
  }

  /** Calls, and repeats with the same key while the outcome is unknown. */
  async #call(process: ShopProcess, shelf: Shelf, input: StockInput, sent: object): Promise<void> {
    const { readsAhead = () => false } = this.#options;
    const [began, beganAhead] = [this.#tick(), readsAhead()];
    let reply = await process.call(input.do, sent);
    const key = reply.unknown ?? null;
    const wasUnknown = key !== null;
    if (wasUnknown) this.repeated += 1;
    const repeats = wasUnknown && !this.#dice.chance(GIVEN_UP_CHANCE) ? REPEATS_MAX : 0;
    for (let n = 0; n < repeats && (reply.unknown ?? reply.nothing) !== undefined; n += 1) {
      reply = await process.call(input.do, sent, key);
    }
    if (input.do === 'level' && (beganAhead || readsAhead())) return;
    this.#record(shelf, { input, began, ended: this.#tick() }, reply, wasUnknown);
  }

  #record(shelf: Shelf, call: Omit<StockOperation, 'output'>, reply: Reply, wasUnknown: boolean): void {
    if (reply.error !== undefined) this.errors.push(reply.error);
    const isDone = reply.output?.is === 'done';
    if (wasUnknown && !isDone) {
      this.unknown += 1;
      shelf.operations.push({ ...call, output: null });
      return;
    }
    if (reply.nothing !== undefined) {
      this.nothing += 1;
      return;
    }
    shelf.operations.push({ ...call, output: reply.output ?? null });
    if (isDone && reply.holdId !== undefined && call.input.do === 'reserve')
      shelf.holds.push({ holdId: reply.holdId, name: call.input.hold });
  }

  #tick(): number {
    this.#ticks += 1;
    return this.#ticks;
  }
}

function faultsOf({ sku, operations }: Shelf): string[] {
  const verdict = checkLinearizable(stockSpecification(UNITS), operations);
  if (verdict.isLinearizable === true) return [];
  if (verdict.isLinearizable === null) return [`${sku}: the search was given up`];
  const shown = (index: number): string => JSON.stringify(operations[index]);
  const last = verdict.explained.slice(-SHOWN).map(shown);
  return [`${sku}: no order. The last that fit:`, ...last, 'None of these fits next:', ...verdict.stuckAt.map(shown)];
}

/** Lets clients call the shop at once, and checks the history of each SKU. */
export const runHistory = (options: HistoryOptions): Promise<HistoryResult> => new History(options).run();
