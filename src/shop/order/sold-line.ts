import { isCounted } from '../../domain/machine/grant.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { ConsumeStep, ReserveStep, Step } from '../../domain/steps.ts';
import type { BodyLine } from './order-document.ts';

/** The hold is consumed in the transaction that creates it, so it never expires. */
const UNSEEN_TTL_MS = 60_000;

/** One line of an order, and the steps that sell it. */
export interface SoldLine {
  line: BodyLine;
  steps: Step[];
}

/** Consumes a hold, if it still has the quantity and the count that the order's line was written from. */
export const consumeHold = ({
  holdId,
  owner,
  quantity,
  counted,
}: Pick<HoldRecord, 'holdId' | 'owner' | 'quantity' | 'counted'>): ConsumeStep => ({
  kind: 'consume',
  holdId,
  owner,
  quantity,
  counted,
});

/**
 * Sells units that are not held: reserves and consumes them in one transaction, so the hold is never visible. Refused
 * `conflict` if `limit`, the SKU's limit per customer, is out of date and the units would count otherwise.
 */
export function sellUnheld(
  { countedFor: _, ...line }: BodyLine,
  limit: number | null,
  hold: Pick<ReserveStep, 'holdId' | 'owner' | 'customer' | 'unitPrice' | 'client' | 'caps'>,
): SoldLine {
  const { sku, quantity } = line;
  const counted = isCounted(hold.customer, limit);
  return {
    line: counted ? { ...line, countedFor: hold.customer } : line,
    steps: [
      { kind: 'reserve', ...hold, sku, min: quantity, want: quantity, ttlMs: UNSEEN_TTL_MS },
      consumeHold({ ...hold, quantity, counted }),
    ],
  };
}
