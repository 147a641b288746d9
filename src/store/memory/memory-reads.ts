import type { DuePosition } from '../../domain/machine/lookups.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import type { DocumentRecord, HoldRecord, LedgerEntry, Movement, StockRecord } from '../../domain/records.ts';
import { compareTexts } from '../../domain/skus.ts';
import { historyOf, snapshotOf } from '../lookup-reads.ts';
import { OverdueUnits } from '../overdue-units.ts';
import type { PageOf, ReadRequest, ScanPage, Snapshot } from '../store.ts';
import { byDeadline, type MemoryTables } from './memory-tables.ts';

/** The reads of the memory store. */
export class MemoryReads {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  snapshots(requests: readonly ReadRequest[], now: { at: number; sequence: number }): Snapshot[] {
    const overdue = this.#overdueUnits();
    return requests.map((request) => snapshotOf(this.#tables, request, { ...now, epochBegan: 0, overdue }));
  }

  history(sku: string, page: { before?: string; limit: number }): Movement[] {
    return historyOf({ stock: (key) => this.#tables.stock(key), movement: (id) => this.#movementAt(id) }, sku, page);
  }

  ledger({ after, limit }: PageOf<'feed'>): LedgerEntry[] {
    const entries: LedgerEntry[] = [];
    for (const entry of this.#tables.ledgerAt.values()) {
      if (after !== null && compareMovements(entry.id, after) <= 0) continue;
      if (entries.push(entry) === limit) break;
    }
    return entries;
  }

  stock({ after = '', limit }: PageOf<'listStock'>): StockRecord[] {
    const records = [...this.#tables.stocks.values()].filter(({ sku }) => compareTexts(sku, after) > 0);
    return records.sort((a, b) => compareTexts(a.sku, b.sku)).slice(0, limit);
  }

  holds({ sku, after, limit }: PageOf<'listHolds'>): HoldRecord[] {
    const inScope = [...this.#tables.liveHolds.values()].filter((hold) => sku === undefined || hold.sku === sku);
    const rest = after ? inScope.filter((hold) => byPosition(hold, after) > 0) : inScope;
    return rest.sort(byPosition).slice(0, limit);
  }

  documents({ list, before, limit }: PageOf<'listDocuments'>): DocumentRecord[] {
    const inList = [...this.#tables.documents.values()].filter((document) => document.list === list);
    const rest = before === undefined ? inList : inList.filter(({ key }) => key < before);
    return rest.sort((a, b) => compareTexts(b.key, a.key)).slice(0, limit);
  }

  scan({ kind, cursor, limit }: PageOf<'scan'>, sequence: number): ScanPage {
    const { stocks: stock, liveHolds: holds, documents } = this.#tables;
    const source = { stock, holds, documents }[kind];
    const keys = [...source.keys()]
      .filter((key) => cursor === null || compareTexts(key, cursor) > 0)
      .sort(compareTexts);
    const here = keys.slice(0, limit);
    const records = here.map((key) => source.get(key));
    const empty: ScanPage = {
      sequence,
      total: source.size,
      stock: [],
      holds: [],
      documents: [],
      undecodable: [],
      next: null,
    };
    return { ...empty, [kind]: records, next: keys.length > limit ? (here.at(-1) ?? null) : null };
  }

  #overdueUnits(): OverdueUnits {
    const tables = this.#tables;
    return new OverdueUnits({
      stock: (sku) => tables.stock(sku) ?? null,
      hold: (holdId) => tables.liveHolds.get(holdId) ?? null,
      positions: (sku, { from, to }, limit) => {
        const holds = [...(tables.liveBySku.get(sku)?.values() ?? [])];
        const inRange = holds.filter(({ expiresAt }) => expiresAt >= from && expiresAt < to);
        return inRange.sort(byDeadline).slice(0, limit);
      },
    });
  }

  #movementAt(id: string): Movement | null {
    const entry = this.#tables.ledgerAt.get(id);
    return entry && entry.kind !== 'document' ? entry : null;
  }
}

function byPosition(a: DuePosition, b: DuePosition): number {
  return compareTexts(a.sku, b.sku) || byDeadline(a, b);
}
