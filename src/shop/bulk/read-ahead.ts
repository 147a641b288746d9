import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Snapshot } from '../../store/store.ts';
import type { Read } from '../stock/stock-reader.ts';
import { type Chunk, rowsOf } from './import-chunk.ts';

/** A chunk with the stock of its rows; null where it has to be read once the chunk before is applied. */
export interface ReadChunk {
  chunk: Chunk;
  skus: string[];
  view: Snapshot | null;
}

/**
 * Reads a file one chunk ahead: while the store applies a chunk, the next one is read, checked, and its stock is looked up. The
 * stock of a SKU that is in both is looked up later, because its row has to see the one before.
 */
export class ReadAhead {
  readonly #chunks: AsyncGenerator<Chunk>;
  readonly #read: Read;
  #next: Promise<ReadChunk | null>;

  constructor(chunks: AsyncGenerator<Chunk>, read: Read) {
    this.#chunks = chunks;
    this.#read = read;
    this.#next = this.#readChunk(null);
  }

  /** Resolves with the next chunk; null at the end. Rejects as the source does. */
  take(): Promise<ReadChunk | null> {
    return this.#next;
  }

  /** Begins to read what follows `chunk`, as soon as the batch that applies it has had a chance to leave. */
  begin({ skus }: ReadChunk): void {
    this.#next = leaving().then(() => this.#readChunk(new Set(skus)));
    // It may fail while a chunk is applied. `take` passes that on.
    this.#next.catch(() => undefined);
  }

  async #readChunk(before: ReadonlySet<string> | null): Promise<ReadChunk | null> {
    const next = await this.#chunks.next();
    if (next.done) return null;
    const skus = rowsOf(next.value).map(({ sku }) => sku);
    const isRepeated = before !== null && skus.some((sku) => before.has(sku));
    // What cannot be read now is read with the transaction, which waits out an outage.
    const view = isRepeated ? null : await this.#read({ skus }).catch(() => null);
    return { chunk: next.value, skus, view };
  }
}

/** A lane sends its batch at the end of the turn in which it gets it: what is read in that turn would hold it up. */
async function leaving(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
