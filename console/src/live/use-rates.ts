import { useEffect, useRef, useState } from 'react';
import type { ShopStatus } from './use-status.ts';

/** Counts are compared with those of at least this long ago, so that rates are steady. */
const SPAN_MS = 5_000;

export interface Rates {
  /** Calls per second. */
  calls: number;
  /** Calls per second that were refused or failed. */
  refused: number;
  /** Refusals per second by reason, the most first. */
  reasons: readonly { reason: string; perSecond: number }[];
  /** Transactions in a batch; null: no batch was sent. */
  batch: number | null;
}

/**
 * Returns rates from the counts of the last statuses; null until there are two. Behind a load balancer each status may
 * come from another process, so only statuses of one process are compared.
 */
export function useRates(status: ShopStatus | undefined): Rates | null {
  const known = useRef<ShopStatus[]>([]);
  const [rates, setRates] = useState<Rates | null>(null);
  useEffect(() => {
    if (!status) return;
    const before = known.current.filter(({ startedAt, at }) => startedAt === status.startedAt && at < status.at);
    const recent = before.filter(({ at }) => at >= status.at - SPAN_MS);
    known.current = [...before.slice(before.length - recent.length - 1), status].slice(-60);
    const [earlier] = known.current;
    if (earlier && earlier.at < status.at) setRates(between(earlier, status));
  }, [status]);
  return rates;
}

function between(earlier: ShopStatus, later: ShopStatus): Rates {
  const seconds = (later.at - earlier.at) / 1_000;
  const [before, after] = [outcomesOf(earlier), outcomesOf(later)];
  const rows = [...after].map(([reason, count]) => ({
    reason,
    perSecond: (count - (before.get(reason) ?? 0)) / seconds,
  }));
  const reasons = rows.filter(({ reason, perSecond }) => reason !== 'ok' && perSecond > 0);
  const batches = later.queue.batches - earlier.queue.batches;
  return {
    calls: sum(rows),
    refused: sum(reasons),
    reasons: reasons.toSorted((a, b) => b.perSecond - a.perSecond),
    batch: batches > 0 ? (later.queue.transactions - earlier.queue.transactions) / batches : null,
  };
}

const sum = (rows: readonly { perSecond: number }[]): number => rows.reduce((all, { perSecond }) => all + perSecond, 0);

/** Returns the calls by outcome. */
function outcomesOf({ calls }: ShopStatus): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { outcome, count } of calls) counts.set(outcome, (counts.get(outcome) ?? 0) + count);
  return counts;
}
