import { firstSequence } from '../../domain/epoch.ts';
import { UndecodableRecord } from '../../domain/machine/lookups.ts';
import type { HoldRecord, LedgerEntry, Movement, StockRecord } from '../../domain/records.ts';
import { type ReadRequest, type ScanKind, type ScanPage, type Snapshot, type Store, StoreError } from '../store.ts';
import { OverdueUnits } from '../overdue-units.ts';
import type { EmbeddedLookups } from './embedded-lookups.ts';
import type { RecordTable } from './tables/record-table.ts';
import type { ShopState } from './tables/shop-state.ts';
import type { Tables } from './tables/tables.ts';

type Page<Method extends keyof Store> = Store[Method] extends (page: infer P) => unknown ? P : never;

/** Each of these runs in one turn of the event loop, on one LMDB snapshot. */

export function overdueUnits(tables: Tables): OverdueUnits {
  const ignored = new Set<string>();
  return new OverdueUnits({
    stock: (sku) => readable(ignored, () => tables.stock.get(sku)),
    hold: (holdId) => readable(ignored, () => tables.liveHolds.get(holdId)),
    positions: (sku, range, limit) => tables.due.between(sku, range, limit),
  });
}

export function readSnapshot(
  lookups: EmbeddedLookups,
  request: ReadRequest,
  { at, sequence, epoch, overdue }: ShopState & { overdue: OverdueUnits },
): Snapshot {
  const { skus = [], holds = [], documents = [], requests = [] } = request;
  const bad = new Set<string>();
  const isBehind = (sku: string) => lookups.overdueHolds(sku, at, 1).length > 0;
  const holdOf = (holdId: string) => readable(bad, () => lookups.hold(holdId));
  return {
    at,
    sequence,
    epochBegan: firstSequence(epoch),
    stock: skus.map((sku) => readable(bad, () => lookups.stock(sku))),
    holds: holds.map(holdOf),
    documents: documents.map((key) => {
      const record = readable(bad, () => lookups.document(key));
      return record && { record, holds: record.holds.map(holdOf) };
    }),
    requests: requests.map((id) => readable(bad, () => lookups.request(id))),
    behind: skus.filter(isBehind),
    overdue: skus.map((sku) => (isBehind(sku) ? overdue.of(sku, at) : 0)),
    undecodable: [...bad],
  };
}

function readable<R>(bad: Set<string>, look: () => R | undefined): R | null {
  try {
    return look() ?? null;
  } catch (error) {
    if (!(error instanceof UndecodableRecord)) throw error;
    bad.add(error.record);
    return null;
  }
}

/** Throws `StoreError` `undecodable` where the chain of pointers is broken by such a record. */
export function pageOfHistory(tables: Tables, sku: string, page: { before?: string; limit: number }): Movement[] {
  try {
    let id = page.before === undefined ? tables.stock.get(sku)?.lastMovement : previousOf(tables, page.before);
    const movements: Movement[] = [];
    while (id && movements.length < page.limit) {
      const movement = tables.ledger.movement(id);
      if (!movement) break;
      movements.push(movement);
      id = movement.previous;
    }
    return movements;
  } catch (error) {
    if (error instanceof UndecodableRecord) throw new StoreError('undecodable', error.message, { cause: error });
    throw error;
  }
}

function previousOf(tables: Tables, id: string): string | null {
  return tables.ledger.movement(id)?.previous ?? null;
}

/** An entry that cannot be decoded is passed over: it must not stop what follows the ledger, and the audit will miss it. */
export function pageOfLedger(tables: Tables, page: Page<'feed'>, warn: (line: string) => void): LedgerEntry[] {
  let { after } = page;
  for (;;) {
    const found = tables.ledger.page(after, page.limit);
    const entries: LedgerEntry[] = [];
    for (const { entry } of found) {
      if (entry instanceof UndecodableRecord) warn(`a ledger entry cannot be decoded: ${entry.message}`);
      else entries.push(entry);
    }
    const last = found.at(-1);
    if (entries.length > 0 || last === undefined) return entries;
    after = last.id;
  }
}

/** Lists leave out what cannot be decoded (`scan` names it) and go on until the page is full or the list ends. */
export function pageOfStock(tables: Tables, page: Page<'listStock'>): StockRecord[] {
  const found: StockRecord[] = [];
  let { after } = page;
  while (found.length < page.limit) {
    const entries = tables.stock.page({ after, limit: page.limit - found.length });
    const last = entries.at(-1);
    if (last === undefined) break;
    for (const entry of entries) if ('record' in entry) found.push(entry.record);
    after = last.key;
  }
  return found;
}

export function pageOfHolds(tables: Tables, page: Page<'listHolds'>): HoldRecord[] {
  const found: HoldRecord[] = [];
  const ignored = new Set<string>();
  let { after } = page;
  while (found.length < page.limit) {
    const positions = tables.due.page({ ...page, ...(after ? { after } : {}), limit: page.limit - found.length });
    after = positions.at(-1);
    if (after === undefined) break;
    for (const { holdId } of positions) {
      const hold = readable(ignored, () => tables.liveHolds.get(holdId));
      if (hold) found.push(hold);
    }
  }
  return found;
}

/**
 * The tables that a scan of a kind reads: the records of the kind, then what the audit reads in no other way, of which only
 * the undecodable records are in the pages.
 */
const SCANNED: Record<ScanKind, (tables: Tables) => readonly RecordTable<unknown>[]> = {
  stock: ({ stock, counts }) => [stock, counts],
  holds: ({ liveHolds, endedHolds }) => [liveHolds, ...endedHolds.tables],
  documents: ({ documents, requests }) => [documents.records, ...requests.short.tables, ...requests.long.tables],
};

export function pageOfScan(tables: Tables, { kind, cursor, limit }: Page<'scan'>, sequence: number): ScanPage {
  const result: ScanPage = { sequence, stock: [], holds: [], documents: [], undecodable: [], next: null };
  const scanned = SCANNED[kind](tables);
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
