import type { Database } from 'lmdb';
import { DOCUMENT_LIST_CODES } from '../../../domain/record-codes.ts';
import type { DocumentList, DocumentRecord } from '../../../domain/records.ts';
import { EMPTY_VALUE, type IndexKey } from './due-index.ts';
import type { RecordTable } from './record-table.ts';

/** Sorts after every key that a document can have. */
const KEY_MAX = '\x7f';

/** The documents, with the indexes of their due times and their lists. */
export class DocumentTable {
  readonly records: RecordTable<DocumentRecord>;
  /** Due time, key. */
  readonly #due: Database<Buffer, IndexKey>;
  /** List, key. */
  readonly #lists: Database<Buffer, IndexKey>;

  constructor(
    records: RecordTable<DocumentRecord>,
    due: Database<Buffer, IndexKey>,
    lists: Database<Buffer, IndexKey>,
  ) {
    this.records = records;
    this.#due = due;
    this.#lists = lists;
  }

  write(key: string, before: DocumentRecord | undefined, after: DocumentRecord | undefined): void {
    if (after) this.records.put(key, after);
    else if (before) this.records.remove(key);
    moveEntry(this.#due, indexEntry(before?.dueAt, key), indexEntry(after?.dueAt, key));
    moveEntry(this.#lists, indexEntry(listCode(before), key), indexEntry(listCode(after), key));
  }

  /** Returns the due time of the next document, or null. */
  nextDueAt(): number | null {
    const [first] = this.#due.getKeys({ limit: 1 });
    return (first?.[0] as number | undefined) ?? null;
  }

  /**
   * Returns documents that are due by `at`, the oldest first. Removes an undecodable one from the index, so that it is
   * not returned forever; the record stays, and a scan reports it. Call it in a write transaction.
   */
  takeDue(at: number, limit: number): { key: string; version: number }[] {
    const due: { key: string; version: number }[] = [];
    while (due.length < limit) {
      const entries = [...this.#due.getKeys({ end: [at + 1], offset: due.length, limit: limit - due.length })];
      if (entries.length === 0) break;
      for (const entry of entries) {
        const key = entry[1] as string;
        const record = this.records.readable(key);
        if (record) due.push({ key, version: record.version });
        else this.#due.remove(entry);
      }
    }
    return due;
  }

  /** Returns documents of a list by descending key, before `before`. */
  pageOfList(page: { list: DocumentList; before?: string; limit: number }): DocumentRecord[] {
    const list = DOCUMENT_LIST_CODES.of(page.list);
    const found: DocumentRecord[] = [];
    let before = page.before ?? KEY_MAX;
    while (found.length < page.limit) {
      const keys = this.#keysOfList(list, before, page.limit - found.length);
      const last = keys.at(-1);
      if (last === undefined) break;
      for (const key of keys) {
        const record = this.records.readable(key);
        if (record) found.push(record);
      }
      before = last;
    }
    return found;
  }

  #keysOfList(list: number, before: string, limit: number): string[] {
    const range = { start: [list, before], end: [list, ''], exclusiveStart: true, reverse: true, limit };
    return [...this.#lists.getKeys(range)].map(([, key]) => key as string);
  }
}

function listCode(document: DocumentRecord | undefined): number | null {
  return document?.list ? DOCUMENT_LIST_CODES.of(document.list) : null;
}

function indexEntry(order: number | null | undefined, key: string): IndexKey | null {
  return order === null || order === undefined ? null : [order, key];
}

function moveEntry(index: Database<Buffer, IndexKey>, before: IndexKey | null, after: IndexKey | null): void {
  if (before?.[0] === after?.[0]) return;
  if (before) index.remove(before);
  if (after) index.put(after, EMPTY_VALUE);
}
