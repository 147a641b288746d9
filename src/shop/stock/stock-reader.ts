import { nextTurn } from '../../transact/pause.ts';
import { availableOf } from '../../domain/machine/step-context.ts';
import type { StockRecord } from '../../domain/records.ts';
import { skuSettingsOf } from '../../domain/sku-settings.ts';
import type { ReadRequest, Snapshot, Store } from '../../store/store.ts';
import { assertReadable, ok, type Result, refuse } from '../../contract/call.ts';
import { archiveKey } from '../../transact/names.ts';
import type { Reclaimer } from '../../transact/reclaimer.ts';
import type { ShownSettings, StockLevel } from '../../contract/stock-outputs.ts';

const NO_SKUS: ReadonlySet<string> = new Set();

export type Read = (request: ReadRequest) => Promise<Snapshot>;

/** Holds per page, where a read could not sum them all. Short enough not to block the store or the event loop. */
const PAGE_HOLDS = 500;

interface StockReaderParts {
  store: Pick<Store, 'listHolds'>;
  read: Read;
  reclaimer: Pick<Reclaimer, 'reclaim'>;
}

/**
 * Reads stock as buyers find it: units of overdue holds count as available, even before the holds are ended. A read
 * never waits for a write, so it also works while the store refuses writes. It requests the reclaim of overdue holds
 * without waiting for it.
 */
export class StockReader {
  readonly #parts: StockReaderParts;

  constructor(parts: StockReaderParts) {
    this.#parts = parts;
  }

  /**
   * Returns the records in the order of `skus`, without overdue holds in `reserved`; null if there is no record or it
   * cannot be decoded. If a SKU has very many overdue and other holds, they are summed in pages after the record was
   * read. Holds reclaimed meanwhile still count as reserved, so `reserved` is never too low. Throws `StoreError`.
   */
  async records(skus: readonly string[]): Promise<(StockRecord | null)[]> {
    return this.#current(skus, await this.#parts.read({ skus }));
  }

  /** Like `records`, without the archived SKUs. Throws `StoreError`. */
  async shown(skus: readonly string[]): Promise<(StockRecord | null)[]> {
    const records = await this.records(skus);
    const archived = await this.archivedAmong(records);
    return archived.size === 0
      ? records
      : records.map((record) => (record && archived.has(record.sku) ? null : record));
  }

  /**
   * Returns the archived SKUs of these records. Both versions are the sequence of the transaction that wrote them:
   * while they are equal, archiving was the last change of the SKU. A SKU with units on hand cannot be archived.
   */
  async archivedAmong(records: readonly (StockRecord | null)[]): Promise<ReadonlySet<string>> {
    const empty = records.filter((record) => record !== null && record.onHand === 0) as StockRecord[];
    if (empty.length === 0) return NO_SKUS;
    const { documents } = await this.#parts.read({ documents: empty.map(({ sku }) => archiveKey(sku)) });
    return new Set(empty.flatMap(({ sku, version }, at) => (documents[at]?.record.version === version ? [sku] : [])));
  }

  /** Like `records`, with the sequence at which the shop's current epoch began. */
  async recordsInEpoch(skus: readonly string[]): Promise<{ records: (StockRecord | null)[]; epochBegan: number }> {
    const view = await this.#parts.read({ skus });
    return { records: await this.#current(skus, view), epochBegan: view.epochBegan };
  }

  /** Throws `StoreError`, and `ServiceFailure` for a record that cannot be decoded. */
  async level(sku: string): Promise<Result<StockLevel>> {
    const view = await this.#parts.read({ skus: [sku] });
    assertReadable(view, `stock:${sku}`);
    const [record] = await this.#current([sku], view);
    return record ? ok(levelOf(record)) : refuse({ reason: 'unknown_sku', meta: { sku } });
  }

  async #current(skus: readonly string[], view: Snapshot): Promise<(StockRecord | null)[]> {
    if (view.behind.length === 0) return view.stock;
    this.#requestReclaim(view.behind);
    const current: (StockRecord | null)[] = [];
    for (const [index, sku] of skus.entries()) {
      const record = view.stock[index] ?? null;
      const overdue = record && (view.overdue[index] ?? (await this.#sumPages(sku, view.at)));
      current.push(record && { ...record, reserved: Math.max(0, record.reserved - (overdue ?? 0)) });
    }
    return current;
  }

  /** The caller does not wait for the reclaim. Expiry reports repeated failures. */
  #requestReclaim(skus: readonly string[]): void {
    this.#parts.reclaimer.reclaim(skus).catch(() => undefined);
  }

  async #sumPages(sku: string, at: number): Promise<number> {
    let units = 0;
    for (let after: { sku: string; expiresAt: number; holdId: string } | undefined; ; ) {
      const page = await this.#parts.store.listHolds({ sku, ...(after ? { after } : {}), limit: PAGE_HOLDS });
      const overdue = page.filter(({ expiresAt }) => expiresAt <= at);
      for (const { quantity } of overdue) units += quantity;
      after = page.at(-1);
      if (overdue.length < PAGE_HOLDS || after === undefined) return units;
      await nextTurn();
    }
  }
}

export function levelOf(record: StockRecord): StockLevel {
  const { sku, onHand, reserved, committed, version, updatedAt } = record;
  const available = availableOf(record);
  return { sku, ...shownSettings(record), onHand, reserved, committed, available, version, updatedAt };
}

const shownSettings = (record: StockRecord): ShownSettings =>
  Object.fromEntries(
    Object.entries(skuSettingsOf(record)).filter(([, value]) => value !== null),
  ) as unknown as ShownSettings;
