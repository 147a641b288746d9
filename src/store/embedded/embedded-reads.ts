import { firstSequence } from '../../domain/epoch.ts';
import { UndecodableRecord } from '../../domain/machine/lookups.ts';
import type { HoldRecord, LedgerEntry, Movement, StockRecord } from '../../domain/records.ts';
import {
  type PageOf,
  type ReadRequest,
  type ScanKind,
  type ScanPage,
  type Snapshot,
  type Store,
  StoreError,
} from '../store.ts';
import { historyOf, snapshotOf } from '../lookup-reads.ts';
import { OverdueUnits } from '../overdue-units.ts';
import { EmbeddedLookups } from './embedded-lookups.ts';
import type { RecordTable } from './tables/record-table.ts';
import type { ShopState } from './tables/shop-state.ts';
import type { Tables } from './tables/tables.ts';

/**
 * The tables that a scan of a kind reads: first the records of the kind, then tables that the audit does not read
 * otherwise. Only the undecodable records of the latter are in the pages.
 */
const SCANNED: Record<ScanKind, (tables: Tables) => readonly RecordTable<unknown>[]> = {
  stock: ({ stock, counts }) => [stock, counts],
  holds: ({ liveHolds, endedHolds }) => [liveHolds, ...endedHolds.tables],
  documents: ({ documents, requests }) => [documents.records, ...requests.short.tables, ...requests.long.tables],
};

/** The reads of the embedded store. Each call runs in one turn of the event loop, on one LMDB snapshot. */
export class EmbeddedReads {
  readonly #tables: Tables;
  readonly #warn: (line: string) => void;

  constructor(tables: Tables, warn: (line: string) => void) {
    this.#tables = tables;
    this.#warn = warn;
  }

  /** `state` has the present time; `asOf` is the time of the last batch. */
  snapshots(requests: readonly ReadRequest[], state: ShopState, asOf: number): Snapshot[] {
    const { stock, liveHolds, due } = this.#tables;
    const lookups = new EmbeddedLookups(this.#tables, asOf);
    const overdue = new OverdueUnits({
      stock: (sku) => stock.readable(sku) ?? null,
      hold: (holdId) => liveHolds.readable(holdId) ?? null,
      positions: (sku, range, limit) => due.between(sku, range, limit),
    });
    const { at, sequence, epoch } = state;
    const now = { at, sequence, epochBegan: firstSequence(epoch), overdue };
    return requests.map((request) => snapshotOf(lookups, request, now));
  }

  /** Throws `StoreError` `undecodable` where such a record breaks the chain of movements. */
  history(sku: string, page: Parameters<Store['history']>[1]): Movement[] {
    const { stock, ledger } = this.#tables;
    try {
      return historyOf({ stock: (key) => stock.get(key), movement: (id) => ledger.movement(id) }, sku, page);
    } catch (error) {
      if (error instanceof UndecodableRecord) throw new StoreError('undecodable', error.message, { cause: error });
      throw error;
    }
  }

  /**
   * Skips and logs entries that cannot be decoded: they must not stop the readers, and the audit finds them missing.
   */
  ledger(page: PageOf<'feed'>): LedgerEntry[] {
    let { after } = page;
    for (;;) {
      const found = this.#tables.ledger.page(after, page.limit);
      const entries: LedgerEntry[] = [];
      for (const { entry } of found) {
        if (entry instanceof UndecodableRecord) this.#warn(`a ledger entry cannot be decoded: ${entry.message}`);
        else entries.push(entry);
      }
      const last = found.at(-1);
      if (entries.length > 0 || last === undefined) return entries;
      after = last.id;
    }
  }

  /** Lists skip undecodable records (`scan` returns them) and continue until the page is full or the list ends. */
  stock(page: PageOf<'listStock'>): StockRecord[] {
    const found: StockRecord[] = [];
    let { after } = page;
    while (found.length < page.limit) {
      const entries = this.#tables.stock.page({ after, limit: page.limit - found.length });
      const last = entries.at(-1);
      if (last === undefined) break;
      for (const entry of entries) if ('record' in entry) found.push(entry.record);
      after = last.key;
    }
    return found;
  }

  holds(page: PageOf<'listHolds'>): HoldRecord[] {
    const { due, liveHolds } = this.#tables;
    const found: HoldRecord[] = [];
    let { after } = page;
    while (found.length < page.limit) {
      const positions = due.page({ ...page, ...(after ? { after } : {}), limit: page.limit - found.length });
      after = positions.at(-1);
      if (after === undefined) break;
      for (const { holdId } of positions) {
        const hold = liveHolds.readable(holdId);
        if (hold) found.push(hold);
      }
    }
    return found;
  }

  scan({ kind, cursor, limit }: PageOf<'scan'>, sequence: number): ScanPage {
    const scanned = SCANNED[kind](this.#tables);
    const total = scanned[0]?.size ?? 0;
    const result: ScanPage = { sequence, total, stock: [], holds: [], documents: [], undecodable: [], next: null };
    const [number, after] = cursor === null ? [0] : (JSON.parse(cursor) as [number, string?]);
    const entries = scanned[number]?.page({ after, limit }) ?? [];
    for (const entry of entries) {
      if ('undecodable' in entry) {
        const { record, problem } = entry.undecodable;
        result.undecodable.push({ record, problem });
      } else if (number === 0) (result[kind] as unknown[]).push(entry.record);
    }
    const next = entries.length === limit ? [number, entries.at(-1)?.key] : [number + 1];
    if (Number(next[0]) < scanned.length) result.next = JSON.stringify(next);
    return result;
  }
}
