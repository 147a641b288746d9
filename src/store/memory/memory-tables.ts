import { compareTexts } from '../../domain/skus.ts';
import { ENDED_HOLD_PERIOD_MS, REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../domain/limits.ts';
import { isLive } from '../../domain/machine/live-hold.ts';
import type { DuePosition, Lookups } from '../../domain/machine/lookups.ts';
import type { BatchChanges } from '../../domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, LedgerEntry, RequestRecord, StockRecord } from '../../domain/records.ts';

/** Keeps each value for the period in which it was written and the next one. */
class Rotating<V> {
  readonly #periodMs: number;
  readonly #entries = new Map<string, { period: number; value: V }>();
  #period = 0;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  rotate(at: number): void {
    const period = Math.floor(at / this.#periodMs);
    if (period === this.#period) return;
    this.#period = period;
    for (const [key, entry] of this.#entries) if (entry.period < period - 1) this.#entries.delete(key);
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: V): void {
    this.#entries.set(key, { period: this.#period, value });
  }
}

export function byDeadline(a: DuePosition, b: DuePosition): number {
  return a.expiresAt - b.expiresAt || compareTexts(a.holdId, b.holdId);
}

/** All records of a shop, in plain maps. */
export class MemoryTables implements Lookups {
  readonly stocks = new Map<string, StockRecord>();
  readonly liveBySku = new Map<string, Map<string, HoldRecord>>();
  readonly liveHolds = new Map<string, HoldRecord>();
  readonly documents = new Map<string, DocumentRecord>();
  readonly counts = new Map<string, number>();
  readonly #ended = new Rotating<HoldRecord>(ENDED_HOLD_PERIOD_MS);
  readonly #requests = {
    short: new Rotating<RequestRecord>(REQUEST_SHORT_PERIOD_MS),
    long: new Rotating<RequestRecord>(REQUEST_LONG_PERIOD_MS),
  };
  readonly ledgerAt = new Map<string, LedgerEntry>();

  rotate(at: number): void {
    this.#ended.rotate(at);
    this.#requests.short.rotate(at);
    this.#requests.long.rotate(at);
  }

  stock(sku: string): StockRecord | undefined {
    return this.stocks.get(sku);
  }

  hold(holdId: string): HoldRecord | undefined {
    return this.liveHolds.get(holdId) ?? this.#ended.get(holdId);
  }

  document(key: string): DocumentRecord | undefined {
    return this.documents.get(key);
  }

  request(id: string): RequestRecord | undefined {
    return this.#requests.short.get(id) ?? this.#requests.long.get(id);
  }

  counted(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  overdueHolds(sku: string, at: number, limit: number): DuePosition[] {
    const overdue = [...(this.liveBySku.get(sku)?.values() ?? [])].filter((hold) => hold.expiresAt <= at);
    return overdue.sort(byDeadline).slice(0, limit);
  }

  overdueSkus(at: number, limit: number): string[] {
    const firsts = [...this.liveBySku].flatMap(([sku, holds]) => {
      const expiresAt = earliestExpiry(holds.values());
      return expiresAt <= at ? [{ sku, expiresAt }] : [];
    });
    firsts.sort((a, b) => a.expiresAt - b.expiresAt || compareTexts(a.sku, b.sku));
    return firsts.slice(0, limit).map(({ sku }) => sku);
  }

  write(changes: BatchChanges): void {
    for (const { key, after } of changes.stock) if (after) this.stocks.set(key, after);
    for (const { after } of changes.holds) if (after) this.#writeHold(after);
    for (const { key, after } of changes.documents) {
      if (after) this.documents.set(key, after);
      else this.documents.delete(key);
    }
    for (const { key, after } of changes.counts) {
      if (after > 0) this.counts.set(key, after);
      else this.counts.delete(key);
    }
    for (const { id, retention, record } of changes.requests) this.#requests[retention].set(id, record);
    for (const entry of changes.ledger) this.ledgerAt.set(entry.id, entry);
  }

  #writeHold(hold: HoldRecord): void {
    const ofSku = this.liveBySku.get(hold.sku) ?? new Map<string, HoldRecord>();
    if (isLive(hold)) {
      this.liveBySku.set(hold.sku, ofSku.set(hold.holdId, hold));
      this.liveHolds.set(hold.holdId, hold);
      return;
    }
    ofSku.delete(hold.holdId);
    if (ofSku.size === 0) this.liveBySku.delete(hold.sku);
    this.liveHolds.delete(hold.holdId);
    this.#ended.set(hold.holdId, hold);
  }
}

export function earliestExpiry(holds: Iterable<HoldRecord>): number {
  let first = Number.POSITIVE_INFINITY;
  for (const hold of holds) first = Math.min(first, hold.expiresAt);
  return first;
}
