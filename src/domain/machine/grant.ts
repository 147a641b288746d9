import { KNOWN_CUSTOMER_PREFIX } from '../limits.ts';
import type { StockRecord } from '../records.ts';
import { countKey } from './write-buffer.ts';
import { availableOf, type StepContext, type StepRefusal } from './step-context.ts';

/** A request of `customer` for `min` to `want` units. `uncounted` units of the hold count if a limit is in force. */
interface GrantRequest {
  min: number;
  want: number;
  customer: string;
  uncounted: number;
}

/** Whether units of `customer` are counted under `limit`. */
export function isCounted(customer: string, limit: number | null): boolean {
  return limit !== null || customer.startsWith(KNOWN_CUSTOMER_PREFIX);
}

/**
 * Returns the number of granted units, from `min` to `want`, or the refusal. Checks the stock first, then the
 * customer's limit. A refusal or a partial grant is final only if no overdue hold of the SKU remains.
 */
export function decideGrant(context: StepContext, stock: StockRecord, ask: GrantRequest): number | StepRefusal {
  const available = availableOf(stock);
  const { assumptions } = context.buffer;
  if (available < ask.min) {
    assumptions.onCounters(stock.sku);
    const line = { sku: stock.sku, requested: ask.want, available };
    return { refusal: { reason: 'insufficient_stock', meta: { lines: [line] } }, sku: stock.sku };
  }
  if (stock.limitPerCustomer === null) return grantOf(context, stock, available, ask.want);
  const already = context.buffer.counts.get(countKey(ask.customer, stock.sku)) + ask.uncounted;
  const room = stock.limitPerCustomer - already;
  if (room < ask.min) {
    assumptions.onFree(stock.sku, available - ask.min);
    return limitExceeded(stock.sku, stock.limitPerCustomer, already);
  }
  if (room < ask.want) assumptions.onReclaimed(stock.sku);
  return grantOf(context, stock, available, Math.min(ask.want, room));
}

function grantOf({ buffer }: StepContext, { sku }: StockRecord, available: number, most: number): number {
  if (available < most) {
    buffer.assumptions.onCounters(sku);
    buffer.assumptions.onReclaimed(sku);
  } else buffer.assumptions.onFree(sku, available - most);
  return Math.min(available, most);
}

export function limitExceeded(sku: string, limit: number, already: number): StepRefusal {
  return { refusal: { reason: 'limit_exceeded', meta: { sku, limit, already } }, sku };
}
