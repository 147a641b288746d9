import type { DuePosition } from '../../domain/machine/lookups.ts';
import type { DocumentRecord, HoldRecord, LedgerEntry, Movement, StockRecord } from '../../domain/records.ts';
import { OverdueUnits } from '../overdue-units.ts';
import type { ReadRequest, ScanPage, Snapshot, Store } from '../store.ts';
import { byDeadline, byText, type MemoryTables } from './memory-tables.ts';

type Page<Method extends keyof Store> = Store[Method] extends (page: infer P) => unknown ? P : never;

export function overdueUnits(tables: MemoryTables): OverdueUnits {
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

export function readSnapshot(
  tables: MemoryTables,
  request: ReadRequest,
  { at, sequence, overdue }: { at: number; sequence: number; overdue: OverdueUnits },
): Snapshot {
  const { skus = [], holds = [], documents = [], requests = [] } = request;
  const isBehind = (sku: string) => tables.overdueHolds(sku, at, 1).length > 0;
  return {
    at,
    sequence,
    epochBegan: 0,
    stock: skus.map((sku) => tables.stock(sku) ?? null),
    holds: holds.map((holdId) => tables.hold(holdId) ?? null),
    documents: documents.map((key) => {
      const record = tables.document(key);
      return record ? { record, holds: record.holds.map((holdId) => tables.hold(holdId) ?? null) } : null;
    }),
    requests: requests.map((id) => tables.request(id) ?? null),
    behind: skus.filter(isBehind),
    overdue: skus.map((sku) => (isBehind(sku) ? overdue.of(sku, at) : 0)),
    undecodable: [],
  };
}

export function pageOfHistory(tables: MemoryTables, sku: string, page: { before?: string; limit: number }): Movement[] {
  const newest = tables.stock(sku)?.lastMovement ?? null;
  let id = page.before === undefined ? newest : (movementAt(tables, page.before)?.previous ?? null);
  const movements: Movement[] = [];
  while (id !== null && movements.length < page.limit) {
    const movement = movementAt(tables, id);
    if (!movement) break;
    movements.push(movement);
    id = movement.previous;
  }
  return movements;
}

function movementAt(tables: MemoryTables, id: string): Movement | null {
  const entry = tables.ledgerAt.get(id);
  return entry && entry.kind !== 'document' ? entry : null;
}

/** Numbers of a ledger id compare as numbers: `9-0` stands before `10-0`. */
export function isAfter(id: string, other: string): boolean {
  const [sequence = 0, index = 0] = id.split('-').map(Number);
  const [otherSequence = 0, otherIndex = 0] = other.split('-').map(Number);
  return sequence > otherSequence || (sequence === otherSequence && index > otherIndex);
}

export function pageOfLedger(tables: MemoryTables, { after, limit }: Page<'feed'>): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const entry of tables.ledgerAt.values()) {
    if (after !== null && !isAfter(entry.id, after)) continue;
    if (entries.push(entry) === limit) break;
  }
  return entries;
}

export function pageOfStock(tables: MemoryTables, { after = '', limit }: Page<'listStock'>): StockRecord[] {
  const records = [...tables.stocks.values()].filter(({ sku }) => byText(sku, after) > 0);
  return records.sort((a, b) => byText(a.sku, b.sku)).slice(0, limit);
}

export function pageOfHolds(tables: MemoryTables, { sku, after, limit }: Page<'listHolds'>): HoldRecord[] {
  const inScope = [...tables.liveHolds.values()].filter((hold) => sku === undefined || hold.sku === sku);
  const rest = after ? inScope.filter((hold) => byPosition(hold, after) > 0) : inScope;
  return rest.sort(byPosition).slice(0, limit);
}

function byPosition(a: DuePosition, b: DuePosition): number {
  return byText(a.sku, b.sku) || byDeadline(a, b);
}

export function pageOfDocuments(tables: MemoryTables, page: Page<'listDocuments'>): DocumentRecord[] {
  const { list, before, limit } = page;
  const inList = [...tables.documents.values()].filter((document) => document.list === list);
  const rest = before === undefined ? inList : inList.filter(({ key }) => key < before);
  return rest.sort((a, b) => byText(b.key, a.key)).slice(0, limit);
}

export function pageOfScan(tables: MemoryTables, page: Page<'scan'>, sequence: number): ScanPage {
  const { kind, cursor, limit } = page;
  const source = { stock: tables.stocks, holds: tables.liveHolds, documents: tables.documents }[kind];
  const keys = [...source.keys()].filter((key) => cursor === null || byText(key, cursor) > 0).sort(byText);
  const here = keys.slice(0, limit);
  const records = here.map((key) => source.get(key));
  const empty: ScanPage = { sequence, stock: [], holds: [], documents: [], undecodable: [], next: null };
  return { ...empty, [kind]: records, next: keys.length > limit ? (here.at(-1) ?? null) : null };
}
