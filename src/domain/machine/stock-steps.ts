import { ON_HAND_UNITS_MAX } from '../limits.ts';
import type { StockRecord } from '../records.ts';
import { givenSettings, INITIAL_SETTINGS, isSameSetting, type SettingName } from '../sku-settings.ts';
import type { AdjustStep, ConfigureStep, CountStep, ReturnStep } from '../steps.ts';
import { kitOwner } from '../kits.ts';
import { skuOf } from '../stock-keys.ts';
import { isCounted } from './grant.ts';
import { kitParts } from './kit-parts.ts';
import { conflict, freeOf, move, refuseStep, type StepContext, type StepResult, unknownSku } from './step-context.ts';

export function performConfigure(context: StepContext, step: ConfigureStep): StepResult {
  const known = context.buffer.stock.get(step.sku);
  if (!isExpected(known, step.expect)) return conflict(`stock:${step.sku}`);
  if (step.checkOnly) return null;
  const before = known ?? emptyStock(step.sku);
  if (step.components !== undefined && step.components !== before.components) {
    context.buffer.assumptions.onCounters(step.sku);
    if (hasAnyUnits(before)) return refuseStep({ reason: 'kit_in_use', meta: { sku: skuOf(step.sku) } });
  }
  context.buffer.stock.set(step.sku, {
    ...before,
    ...givenSettings(step),
    version: context.sequence,
    updatedAt: context.at,
  });
  return null;
}

/** Returns whether the SKU has units of any kind. Its components must not change then. Committed units are sold. */
const hasAnyUnits = ({ onHand, reserved, sold }: StockRecord): boolean => onHand > 0 || reserved > 0 || sold > 0;

/** Returns the refusal to change the units of a kit, which has none of its own. */
const refuseKit = ({ sku }: StockRecord): StepResult => refuseStep({ reason: 'kit_stock', meta: { sku: skuOf(sku) } });

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
  if (before.components !== null) return refuseKit(before);
  if (!hasExpectedBackorders(before, step)) return conflict(`stock:${step.sku}`);
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
  if (!hasExpectedBackorders(before, step)) return conflict(`stock:${step.sku}`);
  context.buffer.assumptions.onCounters(step.sku);
  if (step.expectedOnHand !== undefined && step.expectedOnHand !== before.onHand) {
    return refuseStep({ reason: 'count_mismatch', meta: counterMeta(before) });
  }
  // A count without a difference is allowed, because it is also how a SKU is archived.
  if (before.components !== null && step.onHand !== before.onHand) return refuseKit(before);
  if (step.onHand < before.reserved + before.committed - before.backordered) return refuseBelowReserved(before);
  move(context, { kind: 'counted', quantity: step.onHand - before.onHand, before });
  return null;
}

const hasExpectedBackorders = (
  stock: Pick<StockRecord, 'backordered'>,
  { backordered }: AdjustStep | CountStep | ReturnStep,
): boolean => backordered === undefined || backordered === stock.backordered;

function refuseBelowReserved(stock: StockRecord): StepResult {
  return { refusal: { reason: 'below_reserved', meta: counterMeta(stock) }, skus: [stock.sku] };
}

const counterMeta = ({ onHand, reserved, committed }: StockRecord) => ({ onHand, reserved, committed });

/** Performs a return. The order's document ensures that an order returns no more than it sold. */
export function performReturn(context: StepContext, step: ReturnStep): StepResult {
  const before = context.buffer.stock.get(step.sku);
  if (!before) return unknownSku(step.sku);
  const all = returnedUnits(context, step, before);
  // A kit whose components are not at its location was never sold.
  if (all === null) return refuseStep({ reason: 'return_exceeds_sold', meta: { sku: before.sku } });
  const backordered = all.reduce((sum, each) => sum + each.before.backordered, 0);
  if (!hasExpectedBackorders({ backordered }, step)) return conflict(`stock:${step.sku}`);
  for (const each of all) {
    const refused = refuseReturn(context, each);
    if (refused) return refused;
  }
  for (const each of all) applyReturn(context, each);
  return null;
}

/** The returned units of one SKU. */
interface UnitsReturn {
  before: StockRecord;
  quantity: number;
  isRestocked: boolean;
  /** The customer toward whose limit the units no longer count. */
  customer: string | undefined;
  /** The owner in the ledger if a kit is returned; else null. */
  owner: string | null;
}

/**
 * Returns the units that a return changes. For a kit this includes the units of its components, and only these are
 * restocked. Returns null if a component does not exist.
 */
function returnedUnits(
  context: StepContext,
  { quantity, restock, customer }: ReturnStep,
  before: StockRecord,
): UnitsReturn[] | null {
  const parts = kitParts(context, before);
  const owner = parts && kitOwner(before.sku);
  const own = { before, quantity, isRestocked: restock && parts === null, customer, owner };
  const all: UnitsReturn[] = [own];
  for (const { perKit, stock } of parts ?? []) {
    if (!stock) return null;
    const isForCustomer = customer !== undefined && isCounted(customer, stock.limitPerCustomer);
    all.push({
      before: stock,
      quantity: quantity * perKit,
      isRestocked: restock,
      customer: isForCustomer ? customer : undefined,
      owner,
    });
  }
  return all;
}

function refuseReturn({ buffer }: StepContext, { before, quantity, isRestocked }: UnitsReturn): StepResult {
  const { assumptions } = buffer;
  const { sku, sold, committed } = before;
  const onHand = before.onHand + (isRestocked ? quantity : 0);
  const dispatched = sold - committed;
  if (quantity > dispatched || onHand > ON_HAND_UNITS_MAX) assumptions.onCounters(sku);
  if (quantity > dispatched) return refuseStep({ reason: 'return_exceeds_sold', meta: { sku } });
  if (onHand > ON_HAND_UNITS_MAX) return refuseStep({ reason: 'stock_overflow', meta: { sku } });
  assumptions.onDispatched(sku, dispatched - quantity);
  assumptions.onRoom(sku, ON_HAND_UNITS_MAX - onHand);
  return null;
}

function applyReturn(context: StepContext, units: UnitsReturn): void {
  const { before, quantity, isRestocked, customer, owner } = units;
  move(context, { kind: 'returned', quantity, before, isRestocked, owner });
  if (customer !== undefined) context.buffer.addToCount(customer, before.sku, -quantity);
}
