import type { HoldRecord } from '../records.ts';
import type { Step } from '../steps.ts';
import type { Transaction } from '../transaction.ts';
import { countKey, type WriteBuffer } from './write-buffer.ts';
import { freeUnits } from './end-steps.ts';
import { isLive, findLiveHold } from './live-hold.ts';
import { type DuePosition, type Lookups, UndecodableRecord } from './lookups.ts';
import type { StepContext } from './step-context.ts';
import { takesFromBy } from './step-table.ts';

export interface ReclaimBounds {
  /** SKUs to reclaim first, before those that the transactions take from. */
  skus: readonly string[];
  /** Overdue holds to end of the named SKUs, in all. */
  namedMax: number;
  /** Overdue holds to end of other SKUs, as long as no more than `totalMax` have been ended by then. */
  othersMax: number;
  totalMax: number;
}

export interface ReclaimOutcome {
  ended: number;
  /** Named SKUs that have overdue holds still. */
  overduePending: Set<string>;
  /** Whether any overdue hold remains. */
  more: boolean;
  /** Overdue holds that cannot be ended, since a record cannot be decoded: their index entries go, the records stay. */
  setAside: DuePosition[];
}

/**
 * Ends overdue holds before a batch: those that steps name, those of the named SKUs and of the SKUs that steps take
 * from, then the oldest others. Each list is bounded, so that the batch is; what remains is told.
 */
export function reclaimOverdue(
  lookups: Lookups,
  base: WriteBuffer,
  batch: { at: number; sequence: number; transactions: readonly Transaction[]; bounds: ReclaimBounds },
): ReclaimOutcome {
  const { at, sequence, transactions, bounds } = batch;
  const cause = { by: 'expiry' };
  const reclaimer = new OverdueEnder(lookups, {
    buffer: base,
    at,
    sequence,
    sequenceBefore: sequence - 1,
    cause,
    hasNewHolds: false,
    granted: [],
  });
  for (const transaction of transactions) reclaimer.endNamedBy(transaction);
  const named = namedSkus(bounds.skus, transactions, (holdId) => base.holds.get(holdId));
  let budget = bounds.namedMax;
  const overduePending = new Set<string>();
  for (const sku of named) {
    const { ended, more } = reclaimer.endOf(sku, budget);
    budget -= ended;
    if (more) overduePending.add(sku);
  }
  const othersMax = Math.max(0, Math.min(bounds.othersMax, bounds.totalMax - reclaimer.ended));
  const more = endOthers(reclaimer, named, othersMax) || overduePending.size > 0;
  return { ended: reclaimer.ended, overduePending, more, setAside: reclaimer.setAside };
}

type HoldOf = (holdId: string) => HoldRecord | undefined;

/** Returns the SKUs whose overdue holds could be in the way: `first`, then those that steps take from, in their order. */
export function namedSkus(
  first: readonly string[],
  transactions: readonly Pick<Transaction, 'steps'>[],
  holdOf: HoldOf,
): Set<string> {
  const named = new Set(first);
  for (const { steps } of transactions) {
    for (const step of steps) {
      const sku = takesFrom(step, holdOf);
      if (sku !== null) named.add(sku);
    }
  }
  return named;
}

/** The SKU whose stock or limit could refuse the step. */
function takesFrom(step: Step, holdOf: HoldOf): string | null {
  const by = takesFromBy(step.kind);
  if (by === 'sku' && 'sku' in step) return step.sku;
  return by === 'hold' && 'holdId' in step ? skuOfHold(step.holdId, holdOf) : null;
}

function skuOfHold(holdId: string, holdOf: HoldOf): string | null {
  try {
    return holdOf(holdId)?.sku ?? null;
  } catch (error) {
    if (error instanceof UndecodableRecord) return null;
    throw error;
  }
}

function endOthers(reclaimer: OverdueEnder, named: ReadonlySet<string>, max: number): boolean {
  let budget = max;
  for (const sku of reclaimer.overdueSkus(max + named.size + 1)) {
    if (named.has(sku)) continue;
    const { ended, more } = reclaimer.endOf(sku, budget);
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

  /** Holds that were made for the transaction are not there yet. */
  endNamedBy({ steps, hasNewHolds }: Transaction): void {
    for (const step of steps) {
      if ('holdId' in step && !(hasNewHolds && step.kind === 'reserve')) this.#endNamed(step.holdId);
    }
  }

  /** A hold that a step names and that cannot be read is that step's business. */
  #endNamed(holdId: string): void {
    try {
      const overdue = this.#overdue(holdId);
      if (overdue) this.#end(overdue);
    } catch {
      return;
    }
  }

  /** The index tells of the state before the batch, so it also names those that have been ended since. */
  overdueSkus(limit: number): string[] {
    return this.#lookups.overdueSkus(this.#context.at, limit + this.ended);
  }

  /** Ends at most `budget` overdue holds of a SKU, the oldest first, and says whether more may be left. */
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

  /** An entry of the index that no hold explains. */
  #isStray({ holdId, expiresAt }: DuePosition): boolean {
    const hold = this.#context.buffer.holds.get(holdId);
    return !hold || (isLive(hold) && hold.expiresAt !== expiresAt);
  }

  #overdue(holdId: string): HoldRecord | null {
    const hold = this.#context.buffer.holds.get(holdId);
    return hold && isLive(hold) && hold.expiresAt <= this.#context.at ? hold : null;
  }

  /** Reads all that it needs before it writes, so that a record that cannot be read leaves nothing half done. */
  #end(hold: HoldRecord): void {
    const live = findLiveHold(this.#context, hold);
    if ('refusal' in live) return;
    if (hold.counted) this.#context.buffer.counts.get(countKey(hold.customer, hold.sku));
    freeUnits(this.#context, live, 'expired');
    this.ended += 1;
  }
}
