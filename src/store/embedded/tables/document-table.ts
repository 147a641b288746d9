import type { Database } from 'lmdb';
import { UndecodableRecord } from '../../../domain/machine/lookups.ts';
import { DOCUMENT_LIST_CODES } from '../../../domain/record-codes.ts';
import type { DocumentList, DocumentRecord } from '../../../domain/records.ts';
import { type IndexKey, NOTHING } from './due-index.ts';
import type { RecordTable } from './record-table.ts';

/** After every key that a document can have. */
const LAST = '\x7f';

/** The documents, when each is due, and the lists in which they stand. */
export class DocumentTable {
  readonly records: RecordTable<DocumentRecord>;
  /** When, key. */
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
    moveEntry(this.#due, entryOf(before?.dueAt, key), entryOf(after?.dueAt, key));
    moveEntry(this.#lists, entryOf(listCode(before), key), entryOf(listCode(after), key));
  }

  /** When the next document is due. */
  nextDueAt(): number | null {
    const [first] = this.#due.getKeys({ limit: 1 });
    return (first?.[0] as number | undefined) ?? null;
  }

  /**
   * Documents due by `at`, the oldest first. One that cannot be decoded leaves the index, so that nobody is called to it
   * for ever; the record stays, and a scan names it. Writes, so it runs in a write transaction.
   */
  takeDue(at: number, limit: number): { key: string; version: number }[] {
    const due: { key: string; version: number }[] = [];
    while (due.length < limit) {
      const entries = [...this.#due.getKeys({ end: [at + 1], offset: due.length, limit: limit - due.length })];
      if (entries.length === 0) break;
      for (const entry of entries) {
        const version = this.#versionOf(entry[1] as string);
        if (version === null) this.#due.remove(entry);
        else due.push({ key: entry[1] as string, version });
      }
    }
    return due;
  }

  /** Documents of a list by their keys, downwards from before `before`. */
  pageOfList(page: { list: DocumentList; before?: string; limit: number }): DocumentRecord[] {
    const list = DOCUMENT_LIST_CODES.of(page.list);
    const found: DocumentRecord[] = [];
    let before = page.before ?? LAST;
    while (found.length < page.limit) {
      const keys = this.#keysOfList(list, before, page.limit - found.length);
      const last = keys.at(-1);
      if (last === undefined) break;
      for (const key of keys) {
        const record = this.#readable(key);
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

  #versionOf(key: string): number | null {
    return this.#readable(key)?.version ?? null;
  }

  #readable(key: string): DocumentRecord | undefined {
    try {
      return this.records.get(key);
    } catch (error) {
      if (error instanceof UndecodableRecord) return undefined;
      throw error;
    }
  }
}

function listCode(document: DocumentRecord | undefined): number | null {
  return document?.list ? DOCUMENT_LIST_CODES.of(document.list) : null;
}

function entryOf(order: number | null | undefined, key: string): IndexKey | null {
  return order === null || order === undefined ? null : [order, key];
}

function moveEntry(index: Database<Buffer, IndexKey>, before: IndexKey | null, after: IndexKey | null): void {
  if (before?.[0] === after?.[0]) return;
  if (before) index.remove(before);
  if (after) index.put(after, NOTHING);
}
