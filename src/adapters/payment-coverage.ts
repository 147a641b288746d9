import type { OrderLine } from '../contract/order-outputs.ts';
import type { Money } from '../contract/output-fields.ts';

/**
 * Returns whether one payment covers every priced line of an order. The cost of a line without a price is unknown: an
 * order without any price accepts every amount but 0, which pays only for an order whose total is 0. One payment cannot
 * cover prices in several currencies, or a sum beyond 2^53.
 */
export function paymentCovers(paid: Money, lines: readonly OrderLine[]): boolean {
  const priced = lines.flatMap(({ quantity, unitPrice }) => (unitPrice ? [{ quantity, ...unitPrice }] : []));
  if (paid.amount === 0 && priced.length < lines.length) return false;
  if (priced.some(({ currency }) => currency !== paid.currency)) return false;
  const due = priced.reduce((sum, { quantity, amount }) => sum + quantity * amount, 0);
  return Number.isSafeInteger(due) && Number.isSafeInteger(paid.amount) && paid.amount >= due;
}
