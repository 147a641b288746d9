import { createHash } from 'node:crypto';
import type { ImportEntry, ImportEntries, ImportRow } from './bulk-api.ts';
import type { Chunk } from './import-chunk.ts';

/** Rows of one transaction: enough to make the commit cheap, and few compared with the calls of shoppers. */
export const CHUNK_ROWS = 250;

/** A digest of the rows of a file, in order. Its value can be read after any row. */
export class FileDigest {
  readonly #hash = createHash('sha256');
  #rows = 0;

  /** Adds rows. Adding them one by one has the same digest. */
  addAll(rows: readonly { text: string }[]): void {
    let content = '';
    // The length comes first, so that no two lists of rows hash the same text.
    for (const { text } of rows) content += `${text.length}:${text}`;
    this.#hash.update(content);
    this.#rows += rows.length;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Returns the digest; empty without rows. */
  value(): string {
    return this.#rows === 0 ? '' : this.#hash.copy().digest('base64url');
  }
}

/** No SKU has a line break. */
const rowName = ({ sku, location }: ImportRow): string => (location === undefined ? sku : `${sku}\n${location}`);

/**
 * Splits the rest of a file into chunks that name each SKU once for each location. Reads only as far as the requested
 * chunk needs. The last chunk may be empty.
 */
export async function* chunksOf(source: EntrySource, digest: FileDigest): AsyncGenerator<Chunk> {
  let held: ImportEntry | null = null;
  for (;;) {
    const from = digest.rows;
    const digestBefore = digest.value();
    const taken: ImportEntry[] = [];
    const named = new Set<string>();
    let isLast = false;
    let failure: { error: unknown } | null = null;
    while (taken.length < CHUNK_ROWS) {
      const next: ImportEntry | null =
        held ??
        source.takeReady() ??
        (await source.take().catch((error: unknown) => {
          failure = { error };
          return null;
        }));
      held = null;
      isLast = next === null && failure === null;
      if (next === null) break;
      if ('row' in next && named.has(rowName(next.row))) {
        held = next;
        break;
      }
      if ('row' in next) named.add(rowName(next.row));
      taken.push(next);
    }
    digest.addAll(taken);
    // The rows before an unreadable place are still applied.
    if (failure === null || taken.length > 0)
      yield { from, entries: taken, digestBefore, digestAfter: digest.value(), isLast };
    if (failure !== null) throw (failure as { error: unknown }).error;
    if (isLast) return;
  }
}

/** Returns the entries of a file one by one, and without a promise for entries that have been read already. */
export class EntrySource {
  readonly #iterator: AsyncIterator<ImportEntry | readonly ImportEntry[]>;
  #ready: readonly ImportEntry[] = [];
  #index = 0;

  constructor(entries: ImportEntries) {
    this.#iterator = entries[Symbol.asyncIterator]();
  }

  /** Returns the next entry if it has been read already. */
  takeReady(): ImportEntry | null {
    const entry = this.#ready[this.#index];
    if (entry === undefined) return null;
    this.#index += 1;
    return entry;
  }

  /** Resolves with the next entry; null at the end of the file. Rejects as the source does. */
  async take(): Promise<ImportEntry | null> {
    for (;;) {
      const entry = this.takeReady();
      if (entry !== null) return entry;
      const next = await this.#iterator.next();
      if (next.done) return null;
      this.#ready = 'text' in next.value ? [next.value] : next.value;
      this.#index = 0;
    }
  }

  /** Ends the source without waiting for it, because a stuck source ends only with its connection. */
  end(): void {
    void this.#iterator.return?.()?.then(undefined, () => undefined);
  }
}
