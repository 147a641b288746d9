import { claim } from './claims.ts';
import { plan } from './plan.ts';
import { recordFact } from './record-fact.ts';

interface Short {
  sku: string;
  requested: number;
  available: number;
}

/** The smallest quantity that this virtual user was refused, by SKU. */
const smallest = new Map<string, number>();

/**
 * Checks that a refusal for want of stock names units that were wanted and are not there. Where no unit comes back, it also
 * reports the refusal to the runner, because then as many units cannot be there at the end either.
 */
export function reportRefusal(meta: Record<string, unknown>): void {
  const lines = (meta['lines'] ?? []) as Short[];
  const isShort = lines.length > 0 && lines.every(({ requested, available }) => requested > available);
  claim('a refusal for stock names what is short', isShort, () => meta);
  if (!plan.stockOnlyFalls) return;
  for (const { sku, requested } of lines) {
    if ((smallest.get(sku) ?? Infinity) <= requested) continue;
    smallest.set(sku, requested);
    recordFact('refused', { sku, quantity: requested });
  }
}
