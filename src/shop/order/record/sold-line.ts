import { isCounted } from '../../../domain/machine/grant.ts';
import type { HoldRecord } from '../../../domain/records.ts';
import type { CommitStep, ConsumeStep, ReserveStep, Step } from '../../../domain/steps.ts';
import type { SellAt } from '../../../contract/settings.ts';
import type { LiveLine } from '../../cart/cart-document.ts';
import { type BodyLine, orderLine } from './order-document.ts';

/** The hold is sold in the transaction that creates it, so it never expires. */
const UNSEEN_TTL_MS = 60_000;

/** One line of an order, and the steps that sell it. */
export interface SoldLine {
  line: BodyLine;
  steps: Step[];
  holdId: string;
}

/** How an order sells: when its units leave the stock, and the owner of its holds until then. */
export interface SaleTerms {
  sellAt: SellAt;
  orderKey: string;
}

/** Sells a hold, if it still has the quantity and the count that the order's line was written from. */
export function sellHold(
  { holdId, owner, quantity, counted }: Pick<HoldRecord, 'holdId' | 'owner' | 'quantity' | 'counted'>,
  { sellAt, orderKey }: SaleTerms,
): CommitStep | ConsumeStep {
  const claims = { holdId, owner, quantity, counted };
  if (sellAt === 'sale') return { kind: 'consume', ...claims };
  return { kind: 'commit', ...claims, ...(owner === orderKey ? {} : { toOwner: orderKey }) };
}

/** Returns a line as it is after the sale. */
export const soldLine = (line: BodyLine, { sellAt }: SaleTerms): BodyLine =>
  sellAt === 'sale' ? line : { ...line, fulfilled: 0 };

/** Sells a line of a cart as it is. */
export const sellLiveLine = (line: LiveLine, terms: SaleTerms): SoldLine => ({
  line: soldLine(orderLine(line), terms),
  steps: [sellHold(line.hold, terms)],
  holdId: line.holdId,
});

/**
 * Sells units that are not held: reserves and sells them in one transaction, so the reservation is never visible.
 * Refused `conflict` if `limit`, the SKU's limit per customer, is out of date and the units would count otherwise.
 */
export function sellUnheld(
  { countedFor: _, ...line }: BodyLine,
  limit: number | null,
  hold: Pick<ReserveStep, 'holdId' | 'customer' | 'unitPrice' | 'client' | 'caps' | 'onHandOnly'>,
  terms: SaleTerms,
): SoldLine {
  const { sku, quantity } = line;
  const owner = terms.orderKey;
  const counted = isCounted(hold.customer, limit);
  return {
    line: soldLine(counted ? { ...line, countedFor: hold.customer } : line, terms),
    steps: [
      { kind: 'reserve', ...hold, owner, sku, min: quantity, want: quantity, ttlMs: UNSEEN_TTL_MS },
      sellHold({ ...hold, owner, quantity, counted }, terms),
    ],
    holdId: hold.holdId,
  };
}
