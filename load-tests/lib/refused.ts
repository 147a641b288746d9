import { claim } from './claims.ts';
import { plan } from './plan.ts';
import { recordEvent } from './record-event.ts';

interface Short {
  sku: string;
  requested: number;
  available: number;
}

/** The smallest quantity of each SKU that this virtual user was refused. */
const smallest = new Map<string, number>();

/**
 * Checks that a refusal for insufficient stock names requested units that are not available. If no unit comes back
 * during the run, it also reports the refusal to the runner, because then those units cannot be available at the end
 * either.
 */
export function reportRefusal(meta: Record<string, unknown>): void {
  const lines = (meta['lines'] ?? []) as Short[];
  const isShort = lines.length > 0 && lines.every(({ requested, available }) => requested > available);
  claim('a refusal for stock names what is short', isShort, () => meta);
  if (!plan.stockOnlyFalls) return;
  for (const { sku, requested } of lines) {
    if ((smallest.get(sku) ?? Infinity) <= requested) continue;
    smallest.set(sku, requested);
    recordEvent('refused', { sku, quantity: requested });
  }
}
