import type { DocumentRecord, HoldRecord, LedgerEntry, RequestRecord, StockRecord } from '../records.ts';
import type { Lookups } from './lookups.ts';

export interface Change<V> {
  key: string;
  before: V;
  after: V;
}

/** A map laid over another look-up: reads fall through, writes stay here until they are merged or forgotten. */
export class Layer<V> {
  readonly #below: (key: string) => V;
  readonly #read = new Map<string, V>();
  readonly #written = new Map<string, V>();

  constructor(below: (key: string) => V) {
    this.#below = below;
  }

  get(key: string): V {
    if (this.#written.has(key)) return this.#written.get(key) as V;
    if (this.#read.has(key)) return this.#read.get(key) as V;
    const value = this.#below(key);
    this.#read.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#written.set(key, value);
  }

  mergeInto(target: Layer<V>): void {
    for (const [key, value] of this.#written) target.set(key, value);
  }

  /** What was written, with what the look-up below says: in the order of the first write of each key. */
  changes(): Change<V>[] {
    return [...this.#written].map(([key, after]) => ({ key, before: this.#beforeOf(key), after }));
  }

  #beforeOf(key: string): V {
    return this.#read.has(key) ? (this.#read.get(key) as V) : this.#below(key);
  }
}

/** Space cannot stand in a customer or a SKU. */
export function countKey(customer: string, sku: string): string {
  return `${customer} ${sku}`;
}

/** Working copies of the records that a batch, or one transaction of it, has touched. */
export interface Draft {
  stock: Layer<StockRecord | undefined>;
  holds: Layer<HoldRecord | undefined>;
  documents: Layer<DocumentRecord | undefined>;
  requests: Layer<RequestRecord | undefined>;
  counts: Layer<number>;
  ledger: LedgerEntry[];
}

export function draftOver(lookups: Lookups): Draft {
  return {
    stock: new Layer((sku) => lookups.stock(sku)),
    holds: new Layer((holdId) => lookups.hold(holdId)),
    documents: new Layer((key) => lookups.document(key)),
    requests: new Layer((id) => lookups.request(id)),
    counts: new Layer((key) => {
      const space = key.lastIndexOf(' ');
      return lookups.counted(key.slice(0, space), key.slice(space + 1));
    }),
    ledger: [],
  };
}

export function draftOnDraft(base: Draft): Draft {
  return {
    stock: new Layer((key) => base.stock.get(key)),
    holds: new Layer((key) => base.holds.get(key)),
    documents: new Layer((key) => base.documents.get(key)),
    requests: new Layer((key) => base.requests.get(key)),
    counts: new Layer((key) => base.counts.get(key)),
    ledger: [],
  };
}

export function mergeDraft(draft: Draft, base: Draft): void {
  draft.stock.mergeInto(base.stock);
  draft.holds.mergeInto(base.holds);
  draft.documents.mergeInto(base.documents);
  draft.requests.mergeInto(base.requests);
  draft.counts.mergeInto(base.counts);
  for (const entry of draft.ledger) base.ledger.push(entry);
}
