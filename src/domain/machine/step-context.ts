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
  /** The backordered units of the hold after each of these steps, by its index; absent for 0. */
  backordered?: Map<number, number>;
  /** The units that the transaction has released, of SKUs with backorders. It may take them again. */
  freed?: Map<string, FreedUnits>;
}

export interface FreedUnits {
  units: number;
  /** The released units that are on hand. */
  onHand: number;
}

/** `skus` is set if the step might be applied once overdue holds of these SKUs are reclaimed. */
export interface StepRefusal {
  refusal: CoreRefusal;
  skus?: readonly string[];
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

type StockCounters = Pick<StockRecord, 'onHand' | 'reserved' | 'committed'>;
type SafeCounters = StockCounters & Pick<StockRecord, 'safetyStock'>;

/** Returns the units that a new hold could get, on hand or as backorders. */
export const availableOf = (stock: SafeCounters & Pick<StockRecord, 'backorderLimit'>): number =>
  Math.max(0, freeOf(stock) - stock.safetyStock + (stock.backorderLimit ?? 0));

/** Notes the units that a `reserve` or `resize` step has granted, and the backordered units of its hold. */
export function noteGranted(context: StepContext, granted: number, backordered: number): void {
  if (backordered > 0) {
    context.backordered ??= new Map();
    context.backordered.set(context.granted.length, backordered);
  }
  context.granted.push(granted);
}

/** Returns the units on hand that a new hold could get. Units that older backorders wait for are not included. */
export const availableOnHand = (stock: SafeCounters): number => Math.max(0, freeOf(stock) - stock.safetyStock);

/** Returns the units on hand that backorders could get. */
export const fillableUnits = (stock: SafeCounters & Pick<StockRecord, 'backordered'>): number =>
  Math.min(stock.backordered, Math.max(0, freeOf(stock) + stock.backordered - stock.safetyStock));

/**
 * Returns the units on hand that nobody has reserved or bought. Backordered units are subtracted too, so the result is
 * negative if more units are reserved and committed than are on hand.
 */
export const freeOf = ({ onHand, reserved, committed }: StockCounters): number => onHand - reserved - committed;

/**
 * Returns how many of `granted` units are on hand. The others are backordered. Older backorders do not get the units
 * that the same transaction has released, for example when it merges two holds.
 */
export function coveredUnits({ buffer, freed }: StepContext, stock: StockRecord, granted: number): number {
  const onHand = availableOnHand(stock);
  if (granted <= onHand) return granted;
  const { sku } = stock;
  // An overdue hold may still have the units on hand that the grant needs.
  buffer.assumptions.onCounters(sku);
  buffer.assumptions.onReclaimed(sku);
  const kept = freed?.get(sku) ?? { units: 0, onHand: 0 };
  const covered = Math.min(granted, Math.max(onHand, Math.min(kept.onHand, freeOf(stock) + stock.backordered)));
  freed?.set(sku, { units: Math.max(0, kept.units - granted), onHand: Math.max(0, kept.onHand - covered) });
  return covered;
}

/** A movement of a SKU: the stock before it, and the hold after it, if there is one. */
interface Move {
  kind: MovementKind;
  quantity: number;
  before: StockRecord;
  hold?: HoldRecord;
  /** Whether returned units are on hand again. */
  isRestocked?: boolean;
  /** The `kitOwner` of returned units of a kit. Absent: the owner of the hold. */
  owner?: string | null;
}

/**
 * Writes a movement, the SKU's counters that follow from it, and the hold. The SKU's backordered units change as those
 * of the hold do, so that they are always the sum over its live holds.
 */
export function move(
  { buffer, at, sequence: version, cause }: StepContext,
  { kind, quantity, before, hold, isRestocked = false, owner = hold?.owner ?? null }: Move,
): void {
  const { sku } = before;
  const onHand = before.onHand + onHandChange(kind, quantity, isRestocked);
  const reserved = before.reserved + reservedChange(kind, quantity);
  const committed = before.committed + committedChange(kind, quantity);
  const known = hold && buffer.holds.get(hold.holdId);
  const backordered = before.backordered + (hold?.backordered ?? 0) - (known?.backordered ?? 0);
  if (reserved < 0 || committed < 0 || backordered < 0 || onHand < reserved + committed - backordered) {
    buffer.assumptions.onCounters(sku);
    throw new Error(`counters of ${sku} do not add up`);
  }
  const id = buffer.nextLedgerId(version);
  buffer.ledger.push({
    id,
    at,
    sku,
    kind,
    quantity,
    onHand: { before: before.onHand, after: onHand },
    reserved: { before: before.reserved, after: reserved },
    committed: { before: before.committed, after: committed },
    backordered: { before: before.backordered, after: backordered },
    holdId: hold?.holdId ?? null,
    owner,
    cause,
    previous: before.lastMovement,
  });
  const sold = before.sold + soldChange(kind, quantity);
  if (hold) countHeld(buffer, known, hold);
  // A second spread would take four times as long as the first one.
  const after = { ...before, onHand, reserved, committed, backordered, sold, version, updatedAt: at, lastMovement: id };
  buffer.stock.set(sku, after);
  if (hold) buffer.holds.set(hold.holdId, { ...hold, version });
}
