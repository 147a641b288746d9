import { committedChange, onHandChange, reservedChange, soldChange } from '../movement-kinds.ts';
import type { Cause, HoldRecord, MovementKind, StockRecord } from '../records.ts';
import type { CoreRefusal } from '../refusal.ts';
import { countHeld } from './held-counts.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** The context of a step: the write buffer of the batch, and the transaction's time, sequence and cause. */
export interface StepContext {
  buffer: WriteBuffer;
  at: number;
  sequence: number;
  /** The shop's sequence before the batch. */
  sequenceBefore: number;
  /** The ids of the holds that the transaction creates were generated for it. */
  hasNewHolds: boolean;
  cause: Cause;
  /** Units granted by each `reserve` and `resize` step so far. */
  granted: number[];
}

/** `sku` is set if the refusal might not be repeated once overdue holds of that SKU are reclaimed. */
export interface StepRefusal {
  refusal: CoreRefusal;
  sku?: string;
}

/** Null if the step was applied. Each step decides before it writes, so a refused step has written nothing. */
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

/** Returns the units that a new hold could get. */
export function availableOf(stock: Pick<StockRecord, 'onHand' | 'reserved' | 'committed' | 'safetyStock'>): number {
  return Math.max(0, freeOf(stock) - stock.safetyStock);
}

/** Returns the units on hand that nobody has reserved or bought. */
export const freeOf = ({ onHand, reserved, committed }: StockCounters): number => onHand - reserved - committed;

type StockCounters = Pick<StockRecord, 'onHand' | 'reserved' | 'committed'>;

/** A movement of a SKU: the stock before it, and the hold after it, if there is one. */
interface Move {
  kind: MovementKind;
  quantity: number;
  before: StockRecord;
  hold?: HoldRecord;
  /** Whether returned units are on hand again. */
  isRestocked?: boolean;
}

/** Writes a movement, the SKU's counters that follow from it, and the hold. */
export function move(
  { buffer, at, sequence, cause }: StepContext,
  { kind, quantity, before, hold, isRestocked = false }: Move,
): void {
  const { sku } = before;
  const onHand = before.onHand + onHandChange(kind, quantity, isRestocked);
  const reserved = before.reserved + reservedChange(kind, quantity);
  const committed = before.committed + committedChange(kind, quantity);
  if (reserved < 0 || committed < 0 || onHand < reserved + committed) {
    buffer.assumptions.onCounters(sku);
    throw new Error(`counters of ${sku} do not add up`);
  }
  const id = buffer.nextLedgerId(sequence);
  buffer.ledger.push({
    id,
    at,
    sku,
    kind,
    quantity,
    onHand: { before: before.onHand, after: onHand },
    reserved: { before: before.reserved, after: reserved },
    committed: { before: before.committed, after: committed },
    holdId: hold?.holdId ?? null,
    owner: hold?.owner ?? null,
    cause,
    previous: before.lastMovement,
  });
  const sold = before.sold + soldChange(kind, quantity);
  if (hold) countHeld(buffer, buffer.holds.get(hold.holdId), hold);
  const counters = { onHand, reserved, committed, sold };
  buffer.stock.set(sku, { ...before, ...counters, version: sequence, updatedAt: at, lastMovement: id });
  if (hold) buffer.holds.set(hold.holdId, { ...hold, version: sequence });
}
