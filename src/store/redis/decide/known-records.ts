import { LRUCache } from 'lru-cache';
import { settledSequence, settledTime } from '../../../domain/batch-relative.ts';
import { type DuePosition, type Lookups, UndecodableRecord } from '../../../domain/machine/lookups.ts';
import type { BatchChanges } from '../../../domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, RequestRecord, StockRecord } from '../../../domain/records.ts';
import { sameSettings } from '../../../domain/sku-settings.ts';
import type { KnownStock } from '../codec/record-codec.ts';
import { type Bad, isBad } from '../codec/bad-record.ts';
import { growingCache } from '../../growing-cache.ts';
import { GenerationalCache } from '../../generational-cache.ts';
import { RecordCache } from './record-cache.ts';

/** The records of each kind in the cache. An evicted record costs one more request to Redis. */
const RECORDS_MAX = 20_000;
const DOCUMENT_BYTES_MAX = 8 * 1_048_576;
/** The size that each document counts in addition to its body. It bounds the cache to 20,000 small documents. */
const ENTRY_BYTES = 400;

/** The record of each kind. The name of a count is its customer and SKU. */
export interface KnownKinds {
  stock: KnownStock;
  hold: HoldRecord;
  document: DocumentRecord;
  request: RequestRecord;
  count: number;
}

export type RecordKind = keyof KnownKinds;

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
  readonly #of: { readonly [K in RecordKind]: RecordCache<KnownKinds[K]> };
  #overdue: readonly DuePosition[] = [];
  #overdueSkus: readonly string[] = [];

  constructor(recordsMax = RECORDS_MAX) {
    const sizeCalculation = ({ body }: DocumentRecord): number => body.length + ENTRY_BYTES;
    this.#of = {
      stock: new RecordCache<KnownStock>(growingCache(recordsMax)),
      hold: new RecordCache<HoldRecord>(growingCache(recordsMax)),
      document: new RecordCache<DocumentRecord>(new LRUCache({ maxSize: DOCUMENT_BYTES_MAX, sizeCalculation })),
      // Pinned only, because an expired request record must not be cached.
      request: new RecordCache<RequestRecord>(null),
      // With caps in force, almost each new cart has a count of its own.
      count: new RecordCache<number>(new GenerationalCache(recordsMax)),
    };
  }

  stock(sku: string): StockRecord | undefined {
    return sound('stock', sku, this.#of.stock.get(sku))?.record;
  }

  settingsVersion(sku: string): number {
    const known = this.#of.stock.get(sku);
    return known === undefined || isBad(known) ? 0 : known.settingsVersion;
  }

  /** Returns whether a record is cached, even if it cannot be decoded. */
  knows(kind: RecordKind, name: string): boolean {
    return this.#of[kind].get(name) !== undefined;
  }

  /** Returns the SKU of a hold that is cached and decodable. */
  skuOfHold(holdId: string): string | undefined {
    const known = this.#of.hold.get(holdId);
    return known === undefined || isBad(known) ? undefined : known.sku;
  }

  hold(holdId: string): HoldRecord | undefined {
    return sound('hold', holdId, this.#of.hold.get(holdId));
  }

  document(key: string): DocumentRecord | undefined {
    return sound('document', key, this.#of.document.get(key));
  }

  request(id: string): RequestRecord | undefined {
    return sound('request', id, this.#of.request.get(id));
  }

  counted(key: string): number {
    return sound('count', key, this.#of.count.get(key)) ?? 0;
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

  /** Caches a record that a read has found, unless the cached one is newer. Returns the record of the read. */
  seeStock(sku: string, seen: KnownStock): StockRecord {
    const known = this.#of.stock.get(sku);
    if (known === undefined || isBad(known) || !isNewer(known.record, seen.record)) this.#of.stock.set(sku, seen);
    return seen.record;
  }

  seeHold(holdId: string, seen: HoldRecord): HoldRecord {
    return see(this.#of.hold, holdId, seen);
  }

  seeDocument(key: string, seen: DocumentRecord): DocumentRecord {
    return see(this.#of.document, key, seen);
  }

  /** Caches a record that Redis has sent for a batch in flight, or its absence (null), until `release`. */
  learn<K extends RecordKind>(kind: K, name: string, known: KnownKinds[K] | Bad | null): void {
    this.#of[kind].pin(name, known);
  }

  /** Unpins a record whose batch has settled. */
  release(kind: RecordKind, name: string): void {
    this.#of[kind].release(name);
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
      if (!after) this.#of.document.delete(key);
      else if (before) {
        const dueAt = after.dueAt === null ? null : time(after.dueAt);
        this.seeDocument(key, { ...after, dueAt, version: sequence(after.version) });
      }
    }
    for (const { key, after } of changes.counts) this.#of.count.set(key, after);
  }

  /** Keeps a newer record that a read has found meanwhile, because its settings and their version belong together. */
  #learnStock(sku: string, before: StockRecord | undefined, record: StockRecord): void {
    const known = this.#of.stock.get(sku);
    const isKnown = known !== undefined && !isBad(known);
    if (isKnown && isNewer(known.record, record)) return;
    const isSet = isSetAnew(before, record);
    if (isKnown && !isSet) known.record = record;
    else this.#of.stock.set(sku, { record, settingsVersion: isSet ? record.version : 0 });
  }
}

/** Returns whether a batch has changed a SKU's settings, or its backordered units, which Redis has among them. */
export const isSetAnew = (before: StockRecord | undefined, after: StockRecord): boolean =>
  !before || before.backordered !== after.backordered || !sameSettings(before, after);

function isNewer(known: { version: number } | Bad | undefined, seen: { version: number }): boolean {
  return known !== undefined && !isBad(known) && known.version > seen.version;
}

function see<V extends { version: number }>(remembered: RecordCache<V>, key: string, seen: V): V {
  if (!isNewer(remembered.get(key), seen)) remembered.set(key, seen);
  return seen;
}

function sound<V extends object | number>(kind: RecordKind, name: string, known: V | Bad | undefined): V | undefined {
  if (isBad(known)) throw new UndecodableRecord(`${kind}:${name}`, known.problem);
  return known;
}
