import type { DuePosition, Lookups } from '../../src/domain/machine/lookups.ts';
import type { BatchChanges } from '../../src/domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../../src/domain/records.ts';

/** Freezes a value and everything in it, so that a write to it throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** The least that the machine can run on: maps of frozen records, which it searches in full. */
export class FrozenShelf implements Lookups {
  readonly #stock = new Map<string, StockRecord>();
  readonly #holds = new Map<string, HoldRecord>();
  readonly #documents = new Map<string, DocumentRecord>();
  readonly #requests = new Map<string, RequestRecord>();
  readonly #counts = new Map<string, number>();

  stock(sku: string): StockRecord | undefined {
    return this.#stock.get(sku);
  }

  hold(holdId: string): HoldRecord | undefined {
    return this.#holds.get(holdId);
  }

  document(key: string): DocumentRecord | undefined {
    return this.#documents.get(key);
  }

  request(id: string): RequestRecord | undefined {
    return this.#requests.get(id);
  }

  counted(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  overdueHolds(sku: string, at: number, limit: number): DuePosition[] {
    return this.#overdue(at)
      .filter((position) => position.sku === sku)
      .slice(0, limit);
  }

  overdueSkus(at: number, limit: number): string[] {
    return [...new Set(this.#overdue(at).map((position) => position.sku))].slice(0, limit);
  }

  #overdue(at: number): DuePosition[] {
    return [...this.#holds.values()]
      .filter((hold) => hold.endedAt === null && hold.expiresAt <= at)
      .map(({ sku, expiresAt, holdId }) => ({ sku, expiresAt, holdId }))
      .sort((a, b) => a.expiresAt - b.expiresAt || (`${a.sku} ${a.holdId}` < `${b.sku} ${b.holdId}` ? -1 : 1));
  }

  /** Writes what a batch decided, as a store does. Ended holds and request records stay forever. */
  write(changes: BatchChanges): void {
    put(this.#stock, changes.stock);
    put(this.#holds, changes.holds);
    put(this.#documents, changes.documents);
    put(this.#counts, changes.counts);
    for (const { id, record } of changes.requests) this.#requests.set(id, deepFreeze(record));
  }

  /** Returns the counts that are not 0, of names that begin with `prefix`. */
  countsOf(prefix: string): Record<string, number> {
    return Object.fromEntries([...this.#counts].filter(([key, units]) => units !== 0 && key.startsWith(prefix)));
  }

  all(): { stock: StockRecord[]; holds: HoldRecord[]; documents: DocumentRecord[] } {
    return {
      stock: [...this.#stock.values()],
      holds: [...this.#holds.values()],
      documents: [...this.#documents.values()],
    };
  }
}

function put<V>(map: Map<string, V>, changes: readonly { key: string; after: V | undefined }[]): void {
  for (const { key, after } of changes) {
    if (after === undefined) map.delete(key);
    else map.set(key, deepFreeze(after));
  }
}
