import { DAY_MS } from '../../../domain/limits.ts';
import { type Caller, isShopper, type Refusal } from '../../../contract/calls/call.ts';
import type { OrderBound, Settings } from '../../../contract/settings.ts';
import type { PutStep } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import { documentIn, putDocument } from '../../../transact/documents/json-document.ts';
import { orderKey, quotaKey } from '../../../transact/documents/names.ts';
import type { Read } from '../../stock/units/stock-reader.ts';

/** A bound of the orders of one session, customer or network client. */
export interface Quota extends OrderBound {
  /** The key of the document that counts them. */
  key: string;
}

/** The body of the document. The document is deleted when none of its orders count any more. */
interface Counted {
  /** The beginning of the 24 hours of `begun`, in epoch milliseconds. */
  since: number;
  /** Checkouts since then. */
  begun: number;
  /** Orders that were begun and the ends of their payment windows. Some may have been paid or cancelled since. */
  open: [orderId: string, payBefore: number][];
}

/** A checkout: `windowMs` is the payment window of an order that awaits its payment, null for one that is placed. */
export interface CountedOrder {
  orderId: string;
  windowMs: number | null;
}

/** `open` lists the orders that count as open, if too many of them are the cause. */
export type QuotaDecision = { steps: PutStep[] } | { refusal: Refusal; open: readonly string[] };

/** Returns the quotas of a caller. An operator has none, even on behalf of a session. */
export function quotasOf(caller: Caller, { orderBounds }: Pick<Settings, 'orderBounds'>): Quota[] {
  if (!orderBounds || !isShopper(caller)) return [];
  const own = { key: quotaKey(caller.customer ?? caller.principal), ...orderBounds.session };
  return caller.client === undefined ? [own] : [own, { key: quotaKey(caller.client), ...orderBounds.client }];
}

/**
 * Returns the steps that count an order. They are part of its transaction, so two concurrent checkouts cannot both use
 * the last place. Refused: `rate_limited`. `view` has the documents of the quotas. `ended` has orders that do not count
 * as open.
 */
export function countOrder(
  quotas: readonly Quota[],
  view: Snapshot,
  order: CountedOrder,
  ended: ReadonlySet<string>,
): QuotaDecision {
  const steps: PutStep[] = [];
  for (const quota of quotas) {
    const { at } = view;
    const stored = documentIn<Counted | null>(view, quota.key, null);
    const open = (stored.value?.open ?? []).filter(([orderId, until]) => until > at && !ended.has(orderId));
    const isSameDay = stored.value !== null && stored.value.since + DAY_MS > at;
    const { since, begun } = isSameDay && stored.value ? stored.value : { since: at, begun: 0 };
    if (begun >= quota.daily) return { ...quotaRefusal(since + DAY_MS - at), open: [] };
    if (order.windowMs !== null && open.length >= quota.open) {
      const firstEnd = Math.min(...open.map(([, until]) => until));
      return { ...quotaRefusal(firstEnd - at), open: open.map(([orderId]) => orderId) };
    }
    if (order.windowMs !== null) open.push([order.orderId, at + order.windowMs]);
    const dueInMs = Math.max(since + DAY_MS, ...open.map(([, until]) => until)) - at;
    steps.push({ ...putDocument<Counted | null>(quota.key, stored, { since, begun: begun + 1, open }), dueInMs });
  }
  return { steps };
}

const quotaRefusal = (retryAfterMs: number): { refusal: Refusal } => ({
  refusal: { reason: 'rate_limited', meta: { retryAfterMs } },
});

/** Returns those of the orders that do not await their payment any more. */
export async function endedAmong(read: Read, orderIds: readonly string[]): Promise<Set<string>> {
  const { documents } = await read({ documents: orderIds.map(orderKey) });
  return new Set(orderIds.filter((_, index) => documents[index]?.record.list !== 'awaiting_payment'));
}
