import type { DuePosition, Lookups } from '../../domain/machine/lookups.ts';
import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../../domain/records.ts';
import type { Tables } from './tables/tables.ts';

/** The machine's lookups over the tables. They read from the open write transaction, or else from the read snapshot. */
export class EmbeddedLookups implements Lookups {
  readonly #tables: Tables;
  readonly #asOf: number;

  /** `asOf` is the time of the last batch, which decides whether ended holds and requests are too old. */
  constructor(tables: Tables, asOf: number) {
    this.#tables = tables;
    this.#asOf = asOf;
  }

  stock(sku: string): StockRecord | undefined {
    return this.#tables.stock.get(sku);
  }

  hold(holdId: string): HoldRecord | undefined {
    return this.#tables.liveHolds.get(holdId) ?? this.#tables.endedHolds.get(holdId, this.#asOf);
  }

  document(key: string): DocumentRecord | undefined {
    return this.#tables.documents.records.get(key);
  }

  /** Looks in both tables, because a retry may have another retention. */
  request(id: string): RequestRecord | undefined {
    const { short, long } = this.#tables.requests;
    return short.get(id, this.#asOf) ?? long.get(id, this.#asOf);
  }

  counted(key: string): number {
    return this.#tables.counts.get(key) ?? 0;
  }

  overdueHolds(sku: string, at: number, limit: number): DuePosition[] {
    return this.#tables.due.overdueHolds(sku, at, limit);
  }

  overdueSkus(at: number, limit: number): string[] {
    return this.#tables.due.overdueSkus(at, limit);
  }
}
