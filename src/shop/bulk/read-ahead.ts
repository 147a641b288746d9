import { nextTurn } from '../../transact/pause.ts';
import type { Snapshot } from '../../store/store.ts';
import type { Read } from '../stock/stock-reader.ts';
import { type Chunk, importRows } from './import-chunk.ts';
import { awaitedLater } from '../../transact/settled.ts';

/** A chunk with the stock of its rows; null if the stock has to be read after the chunk before is applied. */
export interface ReadChunk {
  chunk: Chunk;
  skus: string[];
  view: Snapshot | null;
}

/**
 * Reads a file one chunk ahead: while the store applies a chunk, the next chunk and its stock are read. If a SKU is in
 * both chunks, the stock is read later, because its row has to see the row before.
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

  /** Starts to read the chunk after `chunk`, as soon as the batch that applies it has been sent. */
  begin({ skus }: ReadChunk): void {
    this.#next = awaitedLater(batchSent().then(() => this.#readChunk(new Set(skus))));
  }

  async #readChunk(before: ReadonlySet<string> | null): Promise<ReadChunk | null> {
    const next = await this.#chunks.next();
    if (next.done) return null;
    const skus = importRows(next.value).map(({ sku }) => sku);
    const isRepeated = before !== null && skus.some((sku) => before.has(sku));
    // If the read fails, the transaction reads the stock. It is retried during an outage.
    const view = isRepeated ? null : await this.#read({ skus }).catch(() => null);
    return { chunk: next.value, skus, view };
  }
}

/** The batcher sends a batch at the end of the event loop's turn. A read in the same turn would delay it. */
async function batchSent(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
