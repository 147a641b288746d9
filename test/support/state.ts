import type {
  DocumentList,
  HoldRecord,
  LedgerEntry,
  Movement,
  MovementId,
  StockRecord,
} from '../../src/domain/records.ts';
import { DOCUMENT_LISTS } from '../../src/domain/records.ts';
import type { Seen } from './fold.ts';
import type { HoldPosition, ScanKind, ScanPage, Snapshot, Store as WholeStore } from '../../src/store/store.ts';

/** The part of a store that is read here. */
type Store = Pick<WholeStore, 'read' | 'history' | 'feed' | 'listStock' | 'listHolds' | 'listDocuments' | 'scan'>;

/** The names that a test has used. Ended holds and requests, which a store cannot list, are looked up by name. */
export interface Known {
  skus: Set<string>;
  holds: Set<string>;
  documents: Set<string>;
  requests: Set<string>;
}

export const nothingKnown = (): Known => ({
  skus: new Set(),
  holds: new Set(),
  documents: new Set(),
  requests: new Set(),
});

/** The whole visible state of a store, in one comparable value. */
export interface WholeState {
  snapshot: Snapshot;
  stock: StockRecord[];
  holds: HoldRecord[];
  lists: Record<DocumentList, unknown[]>;
  histories: Map<string, Movement[]>;
  ledger: LedgerEntry[];
  scanned: Record<ScanKind, unknown[]>;
}

export interface PageSizes {
  list: number;
  feed: number;
  /** The number of movements of each SKU's history to read. Absent: all. */
  historyDepth?: number;
}

const PAGES: PageSizes = { list: 500, feed: 5_000 };

/**
 * Reads a whole store, and the ledger after `ledgerFrom`. Small `pages` test the cursors as well. There must be no
 * writes meanwhile.
 */
export async function wholeState(
  store: Store,
  known: Known,
  pages: PageSizes = PAGES,
  ledgerFrom: MovementId | null = null,
): Promise<WholeState> {
  const [snapshot, stock, holds, lists, ledger, histories, scanned] = await Promise.all([
    readKnown(store, known),
    allStock(store, pages.list),
    allHolds(store, pages.list),
    allLists(store, pages.list),
    allLedger(store, ledgerFrom, pages.feed),
    allHistories(store, known, pages),
    allScanned(store, pages.list),
  ]);
  return { snapshot, stock, holds, lists, ledger, histories, scanned };
}

/** The records in a whole state, for `violations`. */
export const seenIn = ({ snapshot, stock, holds }: WholeState): Seen => ({
  sequence: snapshot.sequence,
  stock,
  holds: [...holds, ...snapshot.holds.filter((hold) => hold !== null && hold.endedAt !== null)] as HoldRecord[],
  documents: snapshot.documents.flatMap((document) => (document ? [document.record] : [])),
});

export const readKnown = async (store: Store, known: Known): Promise<Snapshot> => {
  const [snapshot] = await store.read([
    {
      skus: [...known.skus].sort(),
      holds: [...known.holds].sort(),
      documents: [...known.documents].sort(),
      requests: [...known.requests].sort(),
    },
  ]);
  if (!snapshot) throw new Error('read returned no snapshot');
  return { ...snapshot, behind: snapshot.behind.toSorted(), undecodable: snapshot.undecodable.toSorted() };
};

/** Follows pages until one is not full. Throws for a page that is longer than its limit. */
async function paged<T, C>(limit: number, page: (after: C | undefined) => Promise<T[]>, next: (last: T) => C) {
  const all: T[] = [];
  let after: C | undefined;
  for (;;) {
    const items = await page(after);
    if (items.length > limit) throw new Error(`a page of ${items.length} where at most ${limit} were requested`);
    const [first] = items;
    if (first !== undefined && after !== undefined && JSON.stringify(next(first)) === JSON.stringify(after))
      throw new Error(`a page after ${JSON.stringify(after)} begins with it`);
    for (const item of items) all.push(item);
    const last = items.at(-1);
    if (last === undefined || items.length < limit) return all;
    after = next(last);
  }
}

export const allStock = (store: Store, limit: number): Promise<StockRecord[]> =>
  paged(
    limit,
    (after: string | undefined) => store.listStock({ ...(after === undefined ? {} : { after }), limit }),
    (last) => last.sku,
  );

export const allHolds = (store: Store, limit: number, sku?: string): Promise<HoldRecord[]> =>
  paged(
    limit,
    (after: HoldPosition | undefined) =>
      store.listHolds({ ...(sku === undefined ? {} : { sku }), ...(after === undefined ? {} : { after }), limit }),
    (last) => ({ sku: last.sku, expiresAt: last.expiresAt, holdId: last.holdId }),
  );

export const allLedger = (store: Store, from: MovementId | null, limit: number): Promise<LedgerEntry[]> =>
  paged(
    limit,
    (after: MovementId | undefined) => store.feed({ after: after ?? from, limit }),
    (last) => last.id,
  );

export const allHistory = (store: Store, sku: string, limit: number): Promise<Movement[]> =>
  paged(
    limit,
    (before: MovementId | undefined) => store.history(sku, { ...(before === undefined ? {} : { before }), limit }),
    (last) => last.id,
  );

async function allLists(store: Store, limit: number): Promise<WholeState['lists']> {
  const all = await Promise.all(
    DOCUMENT_LISTS.map((list) =>
      paged(
        limit,
        (before: string | undefined) =>
          store.listDocuments({ list, ...(before === undefined ? {} : { before }), limit }),
        (last) => last.key,
      ),
    ),
  );
  return Object.fromEntries(DOCUMENT_LISTS.map((list, index) => [list, all[index]])) as WholeState['lists'];
}

async function allHistories(store: Store, known: Known, pages: PageSizes): Promise<WholeState['histories']> {
  const { historyDepth, list } = pages;
  const all = [...known.skus].map(async (sku): Promise<[string, Movement[]]> => {
    if (historyDepth === undefined) return [sku, await allHistory(store, sku, list)];
    return [sku, await store.history(sku, { limit: historyDepth })];
  });
  return new Map(await Promise.all(all));
}

async function allScanned(store: Store, limit: number): Promise<WholeState['scanned']> {
  const [stock, holds, documents] = await Promise.all([
    scanAll(store, 'stock', limit),
    scanAll(store, 'holds', limit),
    scanAll(store, 'documents', limit),
  ]);
  return { stock, holds, documents };
}

/** A scan has no order and may see a record twice, so its records are sorted and made unique by name. */
async function scanAll(store: Store, kind: ScanKind, limit: number): Promise<unknown[]> {
  const seen = new Map<string, unknown>();
  let cursor: string | null = null;
  do {
    const page: ScanPage = await store.scan({ kind, cursor, limit });
    for (const record of page.stock) seen.set(record.sku, record);
    for (const record of page.holds) seen.set(record.holdId, record);
    for (const record of page.documents) seen.set(record.key, record);
    for (const bad of page.undecodable) seen.set(bad.record, bad.record);
    cursor = page.next;
  } while (cursor !== null);
  return [...seen.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}
