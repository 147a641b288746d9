import type { Transaction } from '../../../domain/transaction.ts';
import type { StockNeed } from '../../store.ts';
import type { KnownRecords } from '../decide/known-records.ts';
import { decodedOrBad, isBad } from '../codec/bad-record.ts';
import { decodeStock } from '../codec/record-codec.ts';
import { type ReaderOptions, ScriptReader } from '../scripts/script-reader.ts';

/** The names in one command, so that no command delays a batch for long. */
const READ_SKUS_MAX = 256;
/** The SKUs that may be pending. Beyond this nothing is prefetched: the batch that needs a SKU requests it. */
const PENDING_SKUS_MAX = 4_096;

/**
 * Reads SKUs that are not cached while the calls that need them wait for a batch. Otherwise Redis would reject the
 * batch as stale, and the process would decide it twice. The records may be outdated, like all cached ones: the commit
 * compares them.
 */
export class StockPrefetch {
  readonly #reader: ScriptReader;
  readonly #known: KnownRecords;
  readonly #requested = new Set<string>();
  readonly #reading = new Map<string, Promise<void>>();

  /** Reads over the connection of the batches, so that no long page delays a batch that waits for the read. */
  constructor(connection: ReaderOptions, known: KnownRecords) {
    this.#reader = new ScriptReader(connection);
    this.#known = known;
  }

  /**
   * Reads the SKUs that are not cached, in one command for each turn of the event loop. Ignores steps that configure a
   * SKU, because most of those SKUs are new.
   */
  request(needs: readonly StockNeed[]): void {
    if (needs.some((need) => 'kind' in need && need.kind === 'configure')) return;
    for (const need of needs) {
      const sku = this.#skuOf(need);
      if (sku !== undefined && !this.#known.knows('stock', sku)) this.#add(sku);
    }
  }

  /**
   * Resolves when the pending reads that the transactions need are done. Returns null if there are none. Never rejects.
   */
  whenRead(transactions: readonly Transaction[]): Promise<unknown> | null {
    this.#begin();
    if (this.#reading.size === 0) return null;
    const reads = new Set<Promise<void>>();
    for (const step of transactions.flatMap(({ steps }) => steps)) {
      const read = this.#reading.get(this.#skuOf(step) ?? '');
      if (read) reads.add(read);
    }
    return reads.size === 0 ? null : Promise.all(reads);
  }

  /** Resolves when all requested SKUs have been read. */
  close(): Promise<void> {
    return this.#reader.close();
  }

  #skuOf(need: StockNeed): string | undefined {
    if ('sku' in need) return need.sku;
    return 'holdId' in need ? this.#known.skuOfHold(need.holdId) : undefined;
  }

  #add(sku: string): void {
    if (this.#reading.has(sku) || this.#requested.size + this.#reading.size >= PENDING_SKUS_MAX) return;
    if (this.#requested.size === 0) setImmediate(() => this.#begin());
    this.#requested.add(sku);
  }

  #begin(): void {
    const skus = [...this.#requested];
    this.#requested.clear();
    for (let from = 0; from < skus.length; from += READ_SKUS_MAX) {
      const some = skus.slice(from, from + READ_SKUS_MAX);
      const read = this.#read(some);
      for (const sku of some) this.#reading.set(sku, read);
    }
  }

  /** Ignores SKUs that cannot be read or decoded: the batch that needs them handles that. */
  async #read(skus: readonly string[]): Promise<void> {
    const raws = (await this.#reader.command('HMGET', 'stock', skus).catch(() => [])) as (Buffer | null)[];
    for (const [index, sku] of skus.entries()) {
      this.#reading.delete(sku);
      const raw = raws[index];
      const stock = raw && decodedOrBad(() => decodeStock(sku, raw));
      if (stock && !isBad(stock)) this.#known.seeStock(sku, stock);
    }
  }
}
