import { kitHoldOf } from '../kits.ts';
import type { HoldRecord } from '../records.ts';
import type { Step } from '../steps.ts';
import type { Transaction } from '../transaction.ts';
import { countKey, type WriteBuffer } from './write-buffer.ts';
import { heldNames } from './held-counts.ts';
import { freeUnits } from './end-steps.ts';
import { componentsAt, withParts } from './kit-parts.ts';
import { findLiveHold, holdPhase, isLive } from './live-hold.ts';
import { type DuePosition, type Lookups, UndecodableRecord } from './lookups.ts';
import type { StepContext } from './step-context.ts';
import { takesFromBy } from './step-table.ts';

export interface ReclaimBounds {
  /** SKUs to reclaim first, before the SKUs that the transactions take from. */
  skus: readonly string[];
  /** The most overdue holds of the named SKUs to end, in total. */
  namedMax: number;
  /** The most overdue holds of other SKUs to end, as long as the total is at most `totalMax`. */
  othersMax: number;
  totalMax: number;
}

export interface ReclaimOutcome {
  ended: number;
  /** Named SKUs of which overdue holds remain. */
  overduePending: Set<string>;
  /** Whether any overdue hold remains. */
  more: boolean;
  /**
   * Overdue holds that cannot be ended because a record cannot be decoded. Their index entries are deleted, not the
   * records.
   */
  setAside: DuePosition[];
}

/**
 * Ends overdue holds before a batch: those that steps name, those of the named SKUs and of the SKUs that steps take
 * from, then the oldest others. Each list is bounded, and so is the batch. Returns which SKUs still have overdue holds.
 */
export function reclaimOverdue(
  lookups: Lookups,
  base: WriteBuffer,
  batch: { at: number; sequence: number; transactions: readonly Transaction[]; bounds: ReclaimBounds },
): ReclaimOutcome {
  const { at, sequence, transactions, bounds } = batch;
  const cause = { by: 'expiry' };
  const ender = new OverdueEnder(lookups, {
    buffer: base,
    at,
    sequence,
    sequenceBefore: sequence - 1,
    cause,
    hasNewHolds: false,
    granted: [],
  });
  for (const transaction of transactions) ender.endNamedBy(transaction);
  const named = namedSkus(bounds.skus, transactions, {
    hold: (holdId) => base.holds.get(holdId),
    stock: (sku) => base.stock.get(sku),
  });
  let budget = bounds.namedMax;
  const overduePending = new Set<string>();
  for (const sku of named) {
    const { ended, more } = ender.endOf(sku, budget);
    budget -= ended;
    if (more) overduePending.add(sku);
  }
  const othersMax = Math.max(0, Math.min(bounds.othersMax, bounds.totalMax - ender.ended));
  const more = endOthers(ender, named, othersMax) || overduePending.size > 0;
  return { ended: ender.ended, overduePending, more, setAside: ender.setAside };
}

type StockAndHolds = Pick<Lookups, 'stock' | 'hold'>;

/**
 * Returns the SKUs whose overdue holds could cause a refusal: `first`, then the SKUs that steps take from, in order,
 * each kit with its components.
 */
export function namedSkus(
  first: readonly string[],
  transactions: readonly Pick<Transaction, 'steps'>[],
  lookups: StockAndHolds,
): Set<string> {
  const named = new Set<string>();
  const add = (sku: string | null): void => {
    if (sku === null || named.has(sku)) return;
    named.add(sku);
    const stock = recordOf(() => lookups.stock(sku));
    for (const { key } of (stock && componentsAt(stock)) ?? []) named.add(key);
  };
  for (const sku of first) add(sku);
  for (const { steps } of transactions) for (const step of steps) add(takesFrom(step, lookups));
  return named;
}

/** Returns the SKU whose stock or limit could cause a refusal of the step; null if there is none. */
function takesFrom(step: Step, lookups: StockAndHolds): string | null {
  const by = takesFromBy(step.kind);
  if (by === 'sku' && 'sku' in step) return step.sku;
  if (by !== 'hold' || !('holdId' in step)) return null;
  return recordOf(() => lookups.hold(step.holdId))?.sku ?? null;
}

/** Returns the record; undefined if it cannot be decoded, which the step that needs it reports. */
function recordOf<V>(look: () => V): V | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof UndecodableRecord) return undefined;
    throw error;
  }
}

function endOthers(ender: OverdueEnder, named: ReadonlySet<string>, max: number): boolean {
  let budget = max;
  for (const sku of ender.overdueSkus(max + named.size + 1)) {
    if (named.has(sku)) continue;
    const { ended, more } = ender.endOf(sku, budget);
    budget -= ended;
    if (more) return true;
  }
  return false;
}

class OverdueEnder {
  readonly #lookups: Lookups;
  readonly #context: StepContext;
  readonly setAside: DuePosition[] = [];
  ended = 0;

  constructor(lookups: Lookups, context: StepContext) {
    this.#lookups = lookups;
    this.#context = context;
  }

  /** Skips the holds that the transaction creates, because they do not exist yet. */
  endNamedBy({ steps, hasNewHolds }: Transaction): void {
    for (const step of steps) {
      if ('holdId' in step && !(hasNewHolds && step.kind === 'reserve')) this.#endNamed(step.holdId);
    }
  }

  /** Skips a hold that cannot be read. The step that names it fails later. */
  #endNamed(holdId: string): void {
    try {
      const overdue = this.#overdue(holdId);
      if (overdue) this.#end(overdue);
    } catch {
      return;
    }
  }

  /** The index has the state before the batch, so it also lists holds that this batch has ended. */
  overdueSkus(limit: number): string[] {
    return this.#lookups.overdueSkus(this.#context.at, limit + this.ended);
  }

  /** Ends at most `budget` overdue holds of a SKU, the oldest first. Returns whether more may remain. */
  endOf(sku: string, budget: number): { ended: number; more: boolean } {
    const before = this.ended;
    const window = budget + 1 + before;
    const positions = this.#lookups.overdueHolds(sku, this.#context.at, window);
    for (const position of positions) {
      try {
        if (this.#isStray(position)) this.setAside.push(position);
        const overdue = this.#overdue(position.holdId);
        if (!overdue) continue;
        if (this.ended - before >= budget) return { ended: budget, more: true };
        this.#end(overdue);
      } catch {
        this.setAside.push(position);
      }
    }
    return { ended: this.ended - before, more: positions.length === window };
  }

  /** Returns whether an entry of the index does not match a hold. */
  #isStray({ holdId, expiresAt }: DuePosition): boolean {
    const hold = this.#context.buffer.holds.get(holdId);
    return !hold || (isLive(hold) && hold.expiresAt !== expiresAt);
  }

  #overdue(holdId: string): HoldRecord | null {
    const hold = this.#context.buffer.holds.get(holdId);
    return hold && holdPhase(hold, this.#context.at) === 'overdue' ? hold : null;
  }

  /** Reads all records before it writes, so that an undecodable record does not leave a partial change. */
  #end(hold: HoldRecord): void {
    // A part hold ends with the hold of its kit.
    const live = findLiveHold(this.#context, { holdId: kitHoldOf(hold.holdId) ?? hold.holdId });
    if ('refusal' in live) throw new Error(`the kit's hold of part hold ${hold.holdId} does not exist`);
    for (const each of withParts(this.#context, live)) this.#readCounts(each.hold);
    freeUnits(this.#context, live, 'expired');
    this.ended += 1;
  }

  #readCounts(hold: HoldRecord): void {
    if (hold.counted) this.#context.buffer.counts.get(countKey(hold.customer, hold.sku));
    for (const name of heldNames(hold)) this.#context.buffer.counts.get(countKey(name, hold.sku));
  }
}
