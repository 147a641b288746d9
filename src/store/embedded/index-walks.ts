import type { Database, Key, RangeOptions } from 'lmdb';
import { DOCUMENT_LIST_CODES } from '../../domain/record-codes.ts';
import type { IndexFault, IndexPage } from '../index-check.ts';
import { EMPTY_VALUE, type IndexKey } from './tables/due-index.ts';
import type { RecordTable } from './tables/record-table.ts';
import { MalformedRow } from '../columns.ts';
import type { Tables } from './tables/tables.ts';

interface Walk {
  tables: Tables;
  after: IndexKey | string | undefined;
  limit: number;
  mend: boolean;
  faults: IndexFault[];
}

interface KeyIndex<K extends Key> {
  getKeys(range: RangeOptions): Iterable<K>;
  remove(key: K): unknown;
}

/** Checks one page of records or entries. Returns the last key of the page; null at the end. */
type PageWalker = (walk: Walk) => IndexKey | string | null;

function walkRecords<R>(
  table: RecordTable<R>,
  { after, limit }: Walk,
  look: (key: string, record: R) => void,
): string | null {
  const entries = table.page({ after: after as string | undefined, limit });
  for (const entry of entries) if ('record' in entry) look(entry.key, entry.record);
  return entries.length === limit ? (entries.at(-1)?.key ?? null) : null;
}

function walkKeys<K extends Key>(index: KeyIndex<K>, { after, limit }: Walk, look: (key: K) => void): K | null {
  const range = after === undefined ? { limit } : { start: after as K, exclusiveStart: true, limit };
  const found = [...index.getKeys(range)];
  for (const key of found) look(key);
  return found.length === limit ? (found.at(-1) ?? null) : null;
}

/** Returns null for a missing record, and undefined for an undecodable one, whose entries are not changed. */
function entryRecord<R>(table: RecordTable<R>, key: unknown): R | null | undefined {
  const entry = typeof key === 'string' ? table.entry(key) : null;
  if (entry === null) return null;
  return 'record' in entry ? entry.record : undefined;
}

type Fault = Pick<IndexFault, 'index' | 'record'> & { expected: string };

/** Reports, and repairs with `mend`, a required entry that is missing. */
function requireEntry({ faults, mend }: Walk, database: Database<Buffer, IndexKey>, key: IndexKey, fault: Fault): void {
  if (database.doesExist(key)) return;
  faults.push({ ...fault, found: 'no entry' });
  if (mend) database.put(key, EMPTY_VALUE);
}

/** Reports, and removes with `mend`, an entry that belongs to no record. */
function reportStray<K extends Key>({ faults, mend }: Walk, database: KeyIndex<K>, key: K, fault: Fault): void {
  faults.push({ ...fault, found: `an entry at ${String(Array.isArray(key) ? key[0] : key)}` });
  if (mend) database.remove(key);
}

/**
 * The walk over the earliest deadlines compares them exactly, but it does not visit a SKU without an earliest deadline.
 */
const walkHolds: PageWalker = (walk) =>
  walkRecords(walk.tables.liveHolds, walk, (holdId, { sku, expiresAt }) => {
    const fault = { index: 'due_holds', record: `hold:${holdId}`, expected: `due at ${expiresAt}` } as const;
    requireEntry(walk, walk.tables.indexes.positions, [sku, expiresAt, holdId], fault);
    const first = keptFirst(walk.tables, sku);
    if (typeof first !== 'number' || first > expiresAt) checkFirst(walk, sku);
  });

function keptFirst({ indexes }: Tables, sku: string): unknown {
  const row = indexes.earliest.get(sku);
  return row instanceof MalformedRow ? row.message : (row?.[0] ?? null);
}

/** The earliest deadline of each SKU is stored twice: by SKU, and in the order of the deadlines. */
function checkFirst(walk: Walk, sku: string): void {
  const { due, indexes } = walk.tables;
  const first = due.firstOf(sku);
  const kept = keptFirst(walk.tables, sku);
  const about = { index: 'due_skus', record: `stock:${sku}`, expected: String(first ?? 'no entry') } as const;
  if (kept !== first) {
    walk.faults.push({ ...about, found: String(kept ?? 'no entry') });
    if (walk.mend && first === null) indexes.earliest.remove(sku);
    if (walk.mend && first !== null) indexes.earliest.put(sku, [first]);
  }
  if (first !== null) requireEntry(walk, indexes.firsts, [first, sku], about);
}

/**
 * Returns whether an index may have entries that belong to no record. The walk over the records has found an entry for
 * each, or has reported a fault, so a check may skip the walk over the entries if both counts are equal. A repair never
 * skips it.
 */
const mayHaveStrays = ({ mend }: Walk, entries: number, records: number): boolean => mend || entries !== records;

const entryCount = (index: { getStats(): unknown }): number => (index.getStats() as { entryCount: number }).entryCount;

const walkPositions: PageWalker = (walk) => {
  const { liveHolds, indexes } = walk.tables;
  if (!mayHaveStrays(walk, entryCount(indexes.positions), liveHolds.size)) return null;
  return walkKeys(indexes.positions, walk, (key) => {
    const [sku, expiresAt, holdId] = key;
    const hold = entryRecord(liveHolds, holdId);
    if (hold === undefined || (hold && hold.sku === sku && hold.expiresAt === expiresAt)) return;
    const expected = hold ? `an entry at ${hold.expiresAt} alone` : 'no such hold';
    reportStray(walk, indexes.positions, key, { index: 'due_holds', record: `hold:${holdId}`, expected });
  });
};

const walkEarliest: PageWalker = (walk) => walkKeys(walk.tables.indexes.earliest, walk, (sku) => checkFirst(walk, sku));

const walkFirsts: PageWalker = (walk) => {
  const { due, indexes } = walk.tables;
  if (!mayHaveStrays(walk, entryCount(indexes.firsts), indexes.earliest.size)) return null;
  return walkKeys(indexes.firsts, walk, (key) => {
    const [at, sku] = key;
    const first = due.firstOf(String(sku));
    const expected = String(first ?? 'no entry');
    if (at !== first) reportStray(walk, indexes.firsts, key, { index: 'due_skus', record: `stock:${sku}`, expected });
  });
};

const walkDocuments: PageWalker = (walk) => {
  const { documents: table, indexes } = walk.tables;
  return walkRecords(table.records, walk, (key, { dueAt, list }) => {
    const about = `document:${key}`;
    const due = { index: 'due_documents', record: about, expected: `due at ${dueAt}` } as const;
    if (dueAt !== null) requireEntry(walk, indexes.dueDocuments, [dueAt, key], due);
    const listed = { index: 'lists', record: about, expected: `in ${list}` } as const;
    if (list !== null) requireEntry(walk, indexes.lists, [DOCUMENT_LIST_CODES.of(list), key], listed);
  });
};

const walkDueDocuments: PageWalker = (walk) => {
  const { documents: table, indexes } = walk.tables;
  return walkKeys(indexes.dueDocuments, walk, (entry) => {
    const [at, key] = entry;
    const document = entryRecord(table.records, key);
    if (document === undefined || document?.dueAt === at) return;
    const expected = document ? `due at ${document.dueAt ?? 'no time'} alone` : 'no such record';
    reportStray(walk, indexes.dueDocuments, entry, { index: 'due_documents', record: `document:${key}`, expected });
  });
};

const walkLists: PageWalker = (walk) => {
  const { documents: table, indexes } = walk.tables;
  return walkKeys(indexes.lists, walk, (entry) => {
    const [list, key] = entry;
    const document = entryRecord(table.records, key);
    const right = document?.list ? DOCUMENT_LIST_CODES.of(document.list) : null;
    if (document === undefined || right === list) return;
    const expected = document ? `in ${document.list ?? 'no list'}` : 'no such record';
    reportStray(walk, indexes.lists, entry, { index: 'lists', record: `document:${key}`, expected });
  });
};

/** The order matters: a SKU's earliest deadline is derived from its entries, so those are repaired first. */
const WALKS: readonly PageWalker[] = [
  walkHolds,
  walkPositions,
  walkEarliest,
  walkFirsts,
  walkDocuments,
  walkDueDocuments,
  walkLists,
];

/** Returns one page of all walks. Runs in one turn, on one snapshot; with `mend` in a write transaction. */
export function pageOfIndexes(
  tables: Tables,
  page: { cursor: string | null; limit: number; mend: boolean },
  sequence: number,
): IndexPage {
  const [number, after] = page.cursor === null ? [0] : (JSON.parse(page.cursor) as [number, (IndexKey | string)?]);
  const faults: IndexFault[] = [];
  const last = WALKS[number]?.({ tables, after, limit: page.limit, mend: page.mend, faults }) ?? null;
  const next = last === null ? [number + 1] : [number, last];
  return { sequence, faults, next: (next[0] as number) >= WALKS.length ? null : JSON.stringify(next) };
}
