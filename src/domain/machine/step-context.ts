import type { Cause, HoldRecord, MovementKind, StockRecord } from '../records.ts';
import type { CoreRefusal } from '../refusal.ts';
import { countKey, type WriteBuffer } from './write-buffer.ts';

/** What a step works on: the batch's buffer, the transaction's time, its sequence and who causes it. */
export interface StepContext {
  buffer: WriteBuffer;
  at: number;
  sequence: number;
  /** The shop's sequence before the batch. */
  sequenceBefore: number;
  /** Ids of holds that the transaction makes were made for it. */
  hasNewHolds: boolean;
  cause: Cause;
  /** Units granted by each `reserve` and `resize` so far. */
  granted: number[];
}

/** `sku` is set where overdue holds of that SKU, once reclaimed, might turn the refusal into a yes. */
export interface StepRefusal {
  refusal: CoreRefusal;
  sku?: string;
}

/** Each step decides first and writes after, so that a refused step has written nothing. */
export type StepResult = StepRefusal | null;

export function refuseStep(refusal: CoreRefusal): StepRefusal {
  return { refusal };
}

export function unknownSku(sku: string): StepRefusal {
  return refuseStep({ reason: 'unknown_sku', meta: { sku } });
}

export function conflict(key: string): StepRefusal {
  return refuseStep({ reason: 'conflict', meta: { key } });
}

/** Units that a new hold could get. */
export function availableOf(stock: Pick<StockRecord, 'onHand' | 'reserved' | 'safetyStock'>): number {
  return Math.max(0, stock.onHand - stock.reserved - stock.safetyStock);
}

export function addToCount(context: StepContext, customer: string, sku: string, units: number): void {
  const key = countKey(customer, sku);
  context.buffer.counts.set(key, Math.max(0, context.buffer.counts.get(key) + units));
}

/** Writes the SKU's new counters and the movement that explains them; a hold is written with it where there is one. */
export function move(
  context: StepContext,
  change: { kind: MovementKind; quantity: number; before: StockRecord; after: StockRecord; hold?: HoldRecord },
): void {
  const { buffer, at, sequence, cause } = context;
  const { kind, quantity, before, after, hold } = change;
  if (after.reserved < 0 || after.onHand < after.reserved) {
    buffer.rests.onCounters(after.sku);
    throw new Error(`counters of ${after.sku} do not add up`);
  }
  const id = buffer.nextLedgerId(sequence);
  buffer.ledger.push({
    id,
    at,
    sku: after.sku,
    kind,
    quantity,
    onHand: { before: before.onHand, after: after.onHand },
    reserved: { before: before.reserved, after: after.reserved },
    holdId: hold?.holdId ?? null,
    owner: hold?.owner ?? null,
    cause,
    previous: before.lastMovement,
  });
  buffer.stock.set(after.sku, { ...after, version: sequence, updatedAt: at, lastMovement: id });
  if (hold) buffer.holds.set(hold.holdId, { ...hold, version: sequence });
}
