import type { DocumentRecord, HoldRecord, LedgerEntry, RequestRecord, StockRecord } from '../records.ts';
import { skuOf } from '../stock-keys.ts';
import type { Lookups } from './lookups.ts';
import { Assumptions } from './assumptions.ts';

export interface Change<V> {
  key: string;
  before: V;
  after: V;
}

/** A value that the batch has read. */
export interface BufferedRead<V> extends Change<V> {
  /** The key was generated for this batch, so nothing was looked up. */
  isNew: boolean;
}

/** The working copy of one value. */
interface Copy<V> extends BufferedRead<V> {
  /** The value after the last applied transaction. */
  committed: V;
  isCommitted: boolean;
}

/**
 * Working copies over a look-up. The first read of a key looks it up; writes stay in the layer. The writes of a
 * transaction are committed or rolled back as a whole. One layer serves all transactions of a batch.
 */
class Layer<V> {
  readonly #below: (key: string) => V;
  readonly #absent: V;
  readonly #copies = new Map<string, Copy<V>>();
  readonly #touched: Copy<V>[] = [];
  readonly #committed: Copy<V>[] = [];

  constructor(below: (key: string) => V, absent: V) {
    this.#below = below;
    this.#absent = absent;
  }

  /** `isNew` says that the key was generated for this batch, so only the batch itself can have written it. */
  get(key: string, isNew = false): V {
    return this.#copyOf(key, isNew).after;
  }

  set(key: string, value: V): void {
    const copy = this.#copyOf(key);
    copy.after = value;
    this.#touched.push(copy);
  }

  commit(): void {
    for (const copy of this.#touched) {
      copy.committed = copy.after;
      if (!copy.isCommitted) this.#committed.push(copy);
      copy.isCommitted = true;
    }
    this.#touched.length = 0;
  }

  rollback(): void {
    for (const copy of this.#touched) copy.after = copy.committed;
    this.#touched.length = 0;
  }

  /** Returns all values that were read, written or not, with the looked-up value. */
  reads(): ReadonlyMap<string, BufferedRead<V>> {
    return this.#copies;
  }

  /** Returns the committed writes with the looked-up value, in the order of the first write of each key. */
  changes(): readonly Change<V>[] {
    return this.#committed;
  }

  #copyOf(key: string, isNew = false): Copy<V> {
    const known = this.#copies.get(key);
    if (known) return known;
    const value = isNew ? this.#absent : this.#below(key);
    const copy = { key, before: value, committed: value, after: value, isCommitted: false, isNew };
    this.#copies.set(key, copy);
    return copy;
  }
}

/**
 * Returns the key of a holder's count of a SKU, from the key of the stock at any of its locations. The first space
 * separates the two parts, because a holder has no space.
 */
export function countKey(holder: string, stock: string): string {
  return `${holder} ${skuOf(stock)}`;
}

export function countKeyParts(key: string): { customer: string; sku: string } {
  const space = key.indexOf(' ');
  return { customer: key.slice(0, space), sku: key.slice(space + 1) };
}

/** The working copies of the records of a batch, and the ledger entries that it adds. */
export class WriteBuffer {
  readonly stock: Layer<StockRecord | undefined>;
  readonly holds: Layer<HoldRecord | undefined>;
  readonly documents: Layer<DocumentRecord | undefined>;
  readonly requests: Layer<RequestRecord | undefined>;
  readonly counts: Layer<number>;
  readonly ledger: LedgerEntry[] = [];
  readonly assumptions = new Assumptions();
  readonly #layers: readonly Pick<Layer<unknown>, 'commit' | 'rollback'>[];
  #ledgerCommitted = 0;

  constructor(lookups: Lookups) {
    this.stock = new Layer((sku) => lookups.stock(sku), undefined);
    this.holds = new Layer((holdId) => lookups.hold(holdId), undefined);
    this.documents = new Layer((key) => lookups.document(key), undefined);
    this.requests = new Layer((id) => lookups.request(id), undefined);
    this.counts = new Layer((key) => lookups.counted(key), 0);
    this.#layers = [this.stock, this.holds, this.documents, this.requests, this.counts];
  }

  /** Adds units to a count, which never falls below 0. */
  addToCount(holder: string, sku: string, units: number): void {
    const key = countKey(holder, sku);
    this.counts.set(key, Math.max(0, this.counts.get(key) + units));
  }

  /** Returns the id of the next ledger entry. Entries are numbered from 0 within their transaction. */
  nextLedgerId(sequence: number): string {
    return `${sequence}-${this.ledger.length - this.#ledgerCommitted}`;
  }

  /** Commits the writes of an applied transaction. */
  commit(): void {
    for (const layer of this.#layers) layer.commit();
    this.#ledgerCommitted = this.ledger.length;
  }

  /** Discards the writes of a transaction that was not applied. */
  rollback(): void {
    for (const layer of this.#layers) layer.rollback();
    this.ledger.length = this.#ledgerCommitted;
  }
}
