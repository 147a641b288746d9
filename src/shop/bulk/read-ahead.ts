import { nextTurn } from '../../runtime/pause.ts';
import type { Snapshot } from '../../store/store.ts';
import type { ShopLocations } from '../location/shop-locations.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { keysOfRows } from './chunk-stock.ts';
import { type Chunk, importRows } from './import-chunk.ts';
import { awaitedLater } from '../../transact/settled.ts';

/** A chunk with the stock of its rows. */
export interface ReadChunk {
  chunk: Chunk;
  skus: string[];
  /** The stock keys of `view`. */
  keys: string[];
  /** Null: the stock must be read after the chunk before was applied. */
  view: Snapshot | null;
}

/**
 * Reads a file one chunk ahead: while the store applies a chunk, the next chunk and its stock are read. If a SKU is in
 * both chunks, the stock of the next chunk is not read ahead, because it must include what the first chunk changes.
 */
export class ReadAhead {
  readonly #chunks: AsyncGenerator<Chunk>;
  readonly #read: Read;
  readonly #locations: ShopLocations;
  #current: Promise<ReadChunk | null>;

  constructor(chunks: AsyncGenerator<Chunk>, { read, locations }: { read: Read; locations: ShopLocations }) {
    this.#chunks = chunks;
    this.#read = read;
    this.#locations = locations;
    this.#current = this.#readChunk(null);
  }

  /** Resolves with the chunk that was read last; null at the end of the file. Rejects as the source does. */
  current(): Promise<ReadChunk | null> {
    return this.#current;
  }

  /** Starts to read the chunk after the current one, whose SKUs are given, once the batch that applies it is sent. */
  startNext({ skus }: ReadChunk): void {
    this.#current = awaitedLater(afterTwoTurns().then(() => this.#readChunk(new Set(skus))));
  }

  async #readChunk(before: ReadonlySet<string> | null): Promise<ReadChunk | null> {
    const next = await this.#chunks.next();
    if (next.done) return null;
    const skus = importRows(next.value).map(({ sku }) => sku);
    const isRepeated = before !== null && skus.some((sku) => before.has(sku));
    // If these reads fail, the transaction reads the locations and the stock. It is retried during an outage.
    await this.#locations.prepare()?.catch(() => undefined);
    const keys = keysOfRows(this.#locations, importRows(next.value));
    const view = isRepeated ? null : await this.#read({ skus: keys }).catch(() => null);
    return { chunk: next.value, skus, keys, view };
  }
}

/**
 * The batcher sends a batch in the turn of the event loop after the one in which the call entered it. The read starts
 * one turn later, so that it does not delay that batch.
 */
async function afterTwoTurns(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
