import { KNOWN_CUSTOMER_PREFIX } from '../limits.ts';
import type { StockRecord } from '../records.ts';
import { skuOf } from '../stock-keys.ts';
import { assumeAllowed, capsInForce, holdCapped, type Holding } from './hold-caps.ts';
import { countKey } from './write-buffer.ts';
import { availableOf, availableOnHand, type StepContext, type StepRefusal } from './step-context.ts';

/** A request for `min` to `want` units. `uncounted`: units of the hold that are in no count yet. */
export interface GrantRequest extends Holding {
  min: number;
  want: number;
  uncounted: number;
}

/** Returns whether units of `customer` are counted under `limit`. */
export function isCounted(customer: string, limit: number | null): boolean {
  return limit !== null || customer.startsWith(KNOWN_CUSTOMER_PREFIX);
}

/**
 * Returns the number of granted units, from `min` to `want`, or the refusal. Checks the stock first, then the
 * customer's limit, then the caps. A refusal or a partial grant is final only if no overdue hold of the SKU remains.
 */
export function decideGrant(context: StepContext, stock: StockRecord, ask: GrantRequest): number | StepRefusal {
  const available = availableFor(context, stock);
  const { assumptions } = context.buffer;
  if (available < ask.min) {
    assumptions.onCounters(stock.sku);
    const line = { sku: stock.sku, requested: ask.want, available };
    return { refusal: { reason: 'insufficient_stock', meta: { lines: [line] } }, skus: [stock.sku] };
  }
  const allowed = allowedUnits(context, stock, ask);
  if (typeof allowed !== 'number') {
    assumptions.onFree(stock.sku, available - ask.min);
    return allowed;
  }
  if (allowed < ask.want) assumptions.onReclaimed(stock.sku);
  return grantOf(context, stock, available, allowed);
}

/** Returns the units that a step could get, including the units that its own transaction has released. */
export const availableFor = ({ freed }: StepContext, stock: StockRecord): number =>
  Math.max(availableOf(stock), freed?.get(stock.sku)?.units ?? 0);

/** Returns the units that limit and caps allow, from `min` to `want`, or the refusal. */
export function allowedUnits(context: StepContext, stock: StockRecord, ask: GrantRequest): number | StepRefusal {
  const { sku, limitPerCustomer: limit } = stock;
  let allowed = ask.want;
  if (limit !== null) {
    const already = context.buffer.counts.get(countKey(ask.customer, sku)) + ask.uncounted;
    if (limit - already < ask.min) return limitExceeded(sku, limit, already);
    allowed = Math.min(allowed, limit - already);
  }
  return ask.caps === undefined ? allowed : cappedUnits(context, stock, ask, allowed);
}

/** `want`: the units that the customer's limit allows. */
function cappedUnits(context: StepContext, stock: StockRecord, ask: GrantRequest, want: number): number | StepRefusal {
  const inForce = capsInForce(context, stock, ask);
  let allowed = want;
  for (const cap of inForce) {
    const room = cap.limit - cap.held;
    if (room < ask.min) return holdCapped(context, stock.sku, cap);
    allowed = Math.min(allowed, room);
  }
  for (const cap of inForce) assumeAllowed(context, stock, cap, { units: cap.held + allowed, isCut: allowed < want });
  return allowed;
}

/** Returns the granted units, and records the assumptions. `coveredUnits` records those about backordered units. */
function grantOf({ buffer }: StepContext, stock: StockRecord, available: number, most: number): number {
  const { sku } = stock;
  if (available < most) {
    buffer.assumptions.onCounters(sku);
    buffer.assumptions.onReclaimed(sku);
  } else buffer.assumptions.onFree(sku, Math.max(0, availableOnHand(stock) - most));
  return Math.min(available, most);
}

/** Returns the refusal by a SKU's limit, which applies to all its locations together. `key`: its stock at one. */
export function limitExceeded(key: string, limit: number, already: number): StepRefusal {
  return { refusal: { reason: 'limit_exceeded', meta: { sku: skuOf(key), limit, already } }, skus: [key] };
}
