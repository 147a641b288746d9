import { ON_HAND_UNITS_MAX } from '../limits.ts';
import type { StockRecord } from '../records.ts';
import { givenSettings, INITIAL_SETTINGS, isSameSetting, type SettingName } from '../sku-settings.ts';
import type { AdjustStep, ConfigureStep, CountStep, ReturnStep } from '../steps.ts';
import { conflict, freeOf, move, refuseStep, type StepContext, type StepResult, unknownSku } from './step-context.ts';

export function performConfigure(context: StepContext, step: ConfigureStep): StepResult {
  const known = context.buffer.stock.get(step.sku);
  if (!isExpected(known, step.expect)) return conflict(`stock:${step.sku}`);
  if (step.checkOnly) return null;
  const before = known ?? emptyStock(step.sku);
  context.buffer.stock.set(step.sku, {
    ...before,
    ...givenSettings(step),
    version: context.sequence,
    updatedAt: context.at,
  });
  return null;
}

function isExpected(stock: StockRecord | undefined, expect: ConfigureStep['expect']): boolean {
  if (expect === undefined || expect === 'absent') return expect === undefined || stock === undefined;
  const expected = Object.entries(givenSettings(expect)) as [SettingName, StockRecord[SettingName]][];
  return stock !== undefined && expected.every(([name, value]) => isSameSetting(stock[name], value));
}

/** Returns the record of a new SKU without units. */
export function emptyStock(sku: string): StockRecord {
  return {
    sku,
    ...INITIAL_SETTINGS,
    onHand: 0,
    reserved: 0,
    committed: 0,
    backordered: 0,
    sold: 0,
    version: 0,
    updatedAt: 0,
    lastMovement: null,
  };
}

export function performAdjust(context: StepContext, step: AdjustStep): StepResult {
  const before = context.buffer.stock.get(step.sku);
  if (!before) return unknownSku(step.sku);
  if (!hasBackorders(before, step)) return conflict(`stock:${step.sku}`);
  const onHand = before.onHand + step.delta;
  const free = freeOf(before) + before.backordered + step.delta;
  const { assumptions } = context.buffer;
  if (free < 0 || onHand > ON_HAND_UNITS_MAX) assumptions.onCounters(step.sku);
  if (free < 0) return refuseBelowReserved(before);
  if (onHand > ON_HAND_UNITS_MAX) return refuseStep({ reason: 'stock_overflow', meta: { sku: step.sku } });
  assumptions.onFree(step.sku, free);
  assumptions.onRoom(step.sku, ON_HAND_UNITS_MAX - onHand);
  move(context, { kind: step.as, quantity: step.delta, before });
  return null;
}

export function performCount(context: StepContext, step: CountStep): StepResult {
  const before = context.buffer.stock.get(step.sku);
  if (!before) return unknownSku(step.sku);
  if (!hasBackorders(before, step)) return conflict(`stock:${step.sku}`);
  context.buffer.assumptions.onCounters(step.sku);
  if (step.expectedOnHand !== undefined && step.expectedOnHand !== before.onHand) {
    return refuseStep({ reason: 'count_mismatch', meta: figuresOf(before) });
  }
  if (step.onHand < before.reserved + before.committed - before.backordered) return refuseBelowReserved(before);
  move(context, { kind: 'counted', quantity: step.onHand - before.onHand, before });
  return null;
}

const hasBackorders = (stock: StockRecord, { backordered }: AdjustStep | CountStep | ReturnStep): boolean =>
  backordered === undefined || backordered === stock.backordered;

function refuseBelowReserved(stock: StockRecord): StepResult {
  return { refusal: { reason: 'below_reserved', meta: figuresOf(stock) }, sku: stock.sku };
}

const figuresOf = ({ onHand, reserved, committed }: StockRecord) => ({ onHand, reserved, committed });

/** Performs a return. The order's document ensures that an order returns no more than it sold. */
export function performReturn(context: StepContext, step: ReturnStep): StepResult {
  const before = context.buffer.stock.get(step.sku);
  if (!before) return unknownSku(step.sku);
  if (!hasBackorders(before, step)) return conflict(`stock:${step.sku}`);
  const { assumptions } = context.buffer;
  const onHand = before.onHand + (step.restock ? step.quantity : 0);
  const dispatched = before.sold - before.committed;
  if (step.quantity > dispatched || onHand > ON_HAND_UNITS_MAX) assumptions.onCounters(step.sku);
  if (step.quantity > dispatched) return refuseStep({ reason: 'return_exceeds_sold', meta: { sku: step.sku } });
  if (onHand > ON_HAND_UNITS_MAX) return refuseStep({ reason: 'stock_overflow', meta: { sku: step.sku } });
  assumptions.onDispatched(step.sku, dispatched - step.quantity);
  assumptions.onRoom(step.sku, ON_HAND_UNITS_MAX - onHand);
  move(context, { kind: 'returned', quantity: step.quantity, before, isRestocked: step.restock });
  if (step.customer !== undefined) context.buffer.addToCount(step.customer, step.sku, -step.quantity);
  return null;
}
