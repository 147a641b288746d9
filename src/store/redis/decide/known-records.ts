import { settledSequence, settledTime } from '../../../domain/batch-relative.ts';
import { type DuePosition, type Lookups, UndecodableRecord } from '../../../domain/machine/lookups.ts';
import { countKey } from '../../../domain/machine/write-buffer.ts';
import type { BatchChanges } from '../../../domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../../../domain/records.ts';
import { sameSettings } from '../../../domain/sku-settings.ts';
import type { KnownStock } from '../codec/record-codec.ts';
import { type Bad, isBad, Remembered } from './remembered.ts';

/** The records of each kind in the cache. An evicted record costs one more request to Redis. */
const RECORDS_MAX = 20_000;
const DOCUMENT_BYTES_MAX = 8 * 1_048_576;

export type RecordKind = 'stock' | 'hold' | 'document' | 'request' | 'count';

/** The assumed and the actual time and first sequence of an applied batch. */
interface Settled {
  decidedAt: number;
  decidedAfter: number;
  at: number;
  sequenceBefore: number;
}

/**
 * Records as this process last saw them. They may be outdated: Redis compares every record that a decision used before
 * it writes, and returns the ones that differ. A record that is not cached is assumed to be absent, and compared as
 * well.
 */
export class KnownRecords implements Lookups {
  readonly #stock: Remembered<KnownStock>;
  readonly #holds: Remembered<HoldRecord>;
  readonly #counts: Remembered<number>;
  readonly #documents: Remembered<DocumentRecord>;
  /** Only of batches in flight, because an expired request record must not be cached. */
  readonly #requests = new Map<string, RequestRecord | Bad>();
  #overdue: readonly DuePosition[] = [];
  #overdueSkus: readonly string[] = [];

  constructor(recordsMax = RECORDS_MAX) {
    this.#stock = new Remembered({ max: recordsMax });
    this.#holds = new Remembered({ max: recordsMax });
    this.#counts = new Remembered({ max: recordsMax });
    const sizeCalculation = ({ body }: DocumentRecord): number => body.length + 1;
    this.#documents = new Remembered({ max: recordsMax, maxSize: DOCUMENT_BYTES_MAX, sizeCalculation });
  }

  stock(sku: string): StockRecord | undefined {
    return sound(`stock:${sku}`, this.#stock.get(sku))?.record;
  }

  settingsVersion(sku: string): number {
    const known = this.#stock.get(sku);
    return known === undefined || isBad(known) ? 0 : known.settingsVersion;
  }

  /** Whether a record is cached, even if it cannot be decoded. */
  knows(kind: 'stock' | 'hold' | 'document', name: string): boolean {
    const kinds = { stock: this.#stock, hold: this.#holds, document: this.#documents };
    return kinds[kind].get(name) !== undefined;
  }

  /** Returns the SKU of a hold that is cached and decodable. */
  skuOfHold(holdId: string): string | undefined {
    const known = this.#holds.get(holdId);
    return known === undefined || isBad(known) ? undefined : known.sku;
  }

  hold(holdId: string): HoldRecord | undefined {
    return sound(`hold:${holdId}`, this.#holds.get(holdId));
  }

  document(key: string): DocumentRecord | undefined {
    return sound(`document:${key}`, this.#documents.get(key));
  }

  request(id: string): RequestRecord | undefined {
    return sound(`request:${id}`, this.#requests.get(id));
  }

  counted(customer: string, sku: string): number {
    const key = countKey(customer, sku);
    return sound(`count:${key}`, this.#counts.get(key)) ?? 0;
  }

  overdueHolds(sku: string, _at: number, limit: number): DuePosition[] {
    return this.#overdue.filter((position) => position.sku === sku).slice(0, limit);
  }

  overdueSkus(_at: number, limit: number): string[] {
    return this.#overdueSkus.slice(0, limit);
  }

  /** Sets the overdue holds that the next decision has to end. */
  setOverdue(positions: readonly DuePosition[], skus: readonly string[]): void {
    this.#overdue = positions;
    this.#overdueSkus = skus;
  }

  /** Caches a record that a read has found, unless the cached one is newer. */
  seeStock(sku: string, seen: KnownStock): void {
    const known = this.#stock.get(sku);
    if (known === undefined || isBad(known) || !isNewer(known.record, seen.record)) this.#stock.set(sku, seen);
  }

  seeHold(holdId: string, seen: HoldRecord): void {
    see(this.#holds, holdId, seen);
  }

  seeDocument(key: string, seen: DocumentRecord): void {
    see(this.#documents, key, seen);
  }

  /** Caches a record that Redis has sent for a batch in flight, until `release`. */
  learnStock(sku: string, known: KnownStock | Bad | null): void {
    this.#stock.pin(sku, known);
  }

  learnHold(holdId: string, known: HoldRecord | Bad | null): void {
    this.#holds.pin(holdId, known);
  }

  learnDocument(key: string, known: DocumentRecord | Bad | null): void {
    this.#documents.pin(key, known);
  }

  learnRequest(id: string, known: RequestRecord | Bad | null): void {
    if (known) this.#requests.set(id, known);
    else this.#requests.delete(id);
  }

  learnCount(key: string, units: number | Bad | null): void {
    this.#counts.pin(key, units);
  }

  /** Unpins a record whose batch has settled. */
  release(kind: RecordKind, name: string): void {
    switch (kind) {
      case 'stock':
        return this.#stock.release(name);
      case 'hold':
        return this.#holds.release(name);
      case 'document':
        return this.#documents.release(name);
      case 'count':
        return this.#counts.release(name);
      case 'request':
        this.#requests.delete(name);
    }
  }

  /** Caches the records that an applied batch has written. */
  learnChanges(changes: BatchChanges, settled: Settled): void {
    const { decidedAt, decidedAfter, at, sequenceBefore } = settled;
    const time = (value: number) => settledTime(value, decidedAt, at);
    const sequence = (value: number) => settledSequence(value, decidedAfter, sequenceBefore);
    for (const { key, before, after } of changes.stock) {
      if (!after || after === before) continue;
      const settledParts = { version: sequence(after.version), updatedAt: time(after.updatedAt), lastMovement: null };
      this.#learnStock(key, before, { ...after, ...settledParts });
    }
    // New holds are usually read before they are used again, so caching them here would only cost time.
    for (const { key, before, after } of changes.holds) {
      if (!after || !before) continue;
      const { expiresAt, createdAt, endedAt, version } = after;
      const times = {
        expiresAt: time(expiresAt),
        createdAt: time(createdAt),
        endedAt: endedAt === null ? null : time(endedAt),
      };
      this.seeHold(key, { ...after, ...times, version: sequence(version) });
    }
    for (const { key, before, after } of changes.documents) {
      if (!after) this.#documents.delete(key);
      else if (before) {
        const dueAt = after.dueAt === null ? null : time(after.dueAt);
        this.seeDocument(key, { ...after, dueAt, version: sequence(after.version) });
      }
    }
    for (const { key, after } of changes.counts) this.#counts.set(key, after);
  }

  /** Keeps a newer record that a read has found meanwhile, because its settings and their version belong together. */
  #learnStock(sku: string, before: StockRecord | undefined, record: StockRecord): void {
    const known = this.#stock.get(sku);
    const isKnown = known !== undefined && !isBad(known);
    if (isKnown && isNewer(known.record, record)) return;
    const isSet = isSetAnew(before, record);
    if (isKnown && !isSet) known.record = record;
    else this.#stock.set(sku, { record, settingsVersion: isSet ? record.version : 0 });
  }
}

/** Whether a batch has changed a SKU's settings. */
export const isSetAnew = (before: StockRecord | undefined, after: StockRecord): boolean =>
  !before || !sameSettings(before, after);

function isNewer(known: { version: number } | Bad | undefined, seen: { version: number }): boolean {
  return known !== undefined && !isBad(known) && known.version > seen.version;
}

function see<V extends { version: number }>(remembered: Remembered<V>, key: string, seen: V): void {
  if (!isNewer(remembered.get(key), seen)) remembered.set(key, seen);
}

function sound<V extends object | number>(name: string, known: V | Bad | undefined): V | undefined {
  if (isBad(known)) throw new UndecodableRecord(name, known.problem);
  return known;
}
