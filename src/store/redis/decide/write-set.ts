import { movesWithBatch, numberInBatch } from '../../../domain/batch-relative.ts';
import type { Change } from '../../../domain/machine/write-buffer.ts';
import { isLive, liveOrNull } from '../../../domain/machine/live-hold.ts';
import { freeOf } from '../../../domain/machine/step-context.ts';
import { type StockSlack, UNBOUNDED } from '../../../domain/machine/assumptions.ts';
import type { BatchChanges, BatchOutcome, BatchReads } from '../../../domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, StockRecord } from '../../../domain/records.ts';
import { duePlaceOf } from '../codec/hold-places.ts';
import { isSetAnew, type KnownRecords } from './known-records.ts';
import { encodeLedger } from '../codec/ledger-codec.ts';
import type { UnreadNames } from './unread-names.ts';
import { narrow, small, wide } from '../codec/wide-number.ts';
import { type Decided, encodeDocument, encodeHold, encodeRequest, encodeSettings } from '../codec/record-codec.ts';

/**
 * The expectations and the changes of a decided batch, for `commit.lua`: versions and counters to compare, then
 * records, counters and index entries to write.
 */
export interface WriteSet {
  /** The parts that are present, their numbers of items, and the numbers of the items: see wide-number.ts. */
  numbers: string;
  /** The texts of all parts, one after the other. */
  texts: string[];
}

/**
 * The parts in order, with the texts and the bytes of numbers of one item. The scripts have the same table as `PARTS`,
 * `WIDTHS` and `BYTES`.
 */
export const PARTS = {
  stock: { texts: 1, bytes: 33 },
  stockDetails: { texts: 0, bytes: 67 },
  settings: { texts: 1, bytes: 0 },
  holdVersions: { texts: 2, bytes: 0 },
  documentVersions: { texts: 2, bytes: 0 },
  requests: { texts: 1, bytes: 0 },
  counts: { texts: 1, bytes: 0 },
  countGroups: { texts: 0, bytes: 19 },
  newHolds: { texts: 2, bytes: 3 },
  liveHolds: { texts: 2, bytes: 3 },
  endedHolds: { texts: 2, bytes: 3 },
  droppedHolds: { texts: 1, bytes: 0 },
  documents: { texts: 2, bytes: 3 },
  droppedDocuments: { texts: 1, bytes: 0 },
  shortRequests: { texts: 2, bytes: 3 },
  longRequests: { texts: 2, bytes: 3 },
  dueRemoved: { texts: 1, bytes: 0 },
  dueAdded: { texts: 1, bytes: 12 },
  dueDocuments: { texts: 1, bytes: 10 },
  lists: { texts: 3, bytes: 0 },
  ledgerSkus: { texts: 0, bytes: 3 },
  ledger: { texts: 1, bytes: 0 },
} as const;

type PartName = keyof typeof PARTS;

/** The parts whose values get a stamp: the sequence of their transaction and the batch's time. */
type Stamped = 'newHolds' | 'liveHolds' | 'endedHolds' | 'documents' | 'shortRequests' | 'longRequests';

const PART_NAMES = Object.keys(PARTS) as PartName[];
const ABSENT = '';

/** Collects the parts of a batch. */
class Parts {
  readonly of = Object.fromEntries(PART_NAMES.map((name) => [name, [] as string[]])) as Record<PartName, string[]>;
  readonly numbers = Object.fromEntries(PART_NAMES.map((name) => [name, ''])) as Record<PartName, string>;
  readonly decided: Decided;

  constructor(decided: Decided) {
    this.decided = decided;
  }

  /** `sequence` is the sequence of the value's transaction. */
  stamped(name: Stamped, key: string, value: string, sequence: number): void {
    this.of[name].push(key, value);
    this.numbers[name] += narrow(numberInBatch(sequence, this.decided.decidedAfter));
  }

  finish(): WriteSet {
    let [present, counts, numbers] = [0, '', ''];
    PART_NAMES.forEach((name, index) => {
      const { texts, bytes } = PARTS[name];
      const items = texts > 0 ? this.of[name].length / texts : this.numbers[name].length / bytes;
      if (items === 0) return;
      present += 2 ** index;
      counts += narrow(items);
      numbers += this.numbers[name];
    });
    return {
      numbers: narrow(present) + counts + numbers,
      texts: ([] as string[]).concat(...PART_NAMES.map((name) => this.of[name])),
    };
  }
}

/** The batch also expects the records `unread` to be absent, so that Redis returns the ones that exist. */
export function writeSetOf(
  outcome: BatchOutcome,
  known: KnownRecords,
  decided: Decided,
  unread: UnreadNames,
): WriteSet {
  const parts = new Parts(decided);
  const { changes, reads } = outcome;
  addStock(parts, outcome, known);
  addExpectations(parts, reads);
  for (const sku of unread.skus) addSku(parts, { sku });
  for (const holdId of unread.holds) parts.of.holdVersions.push(holdId, ABSENT);
  for (const key of unread.documents) parts.of.documentVersions.push(key, ABSENT);
  addHolds(parts, changes);
  addDocuments(parts, changes.documents);
  for (const { id, retention, record } of changes.requests) {
    parts.stamped(retention === 'short' ? 'shortRequests' : 'longRequests', id, encodeRequest(record), record.sequence);
  }
  addCounts(parts, reads);
  addLedger(parts, outcome);
  return parts.finish();
}

function addLedger(parts: Parts, { changes, reads }: BatchOutcome): void {
  const ledger = encodeLedger(changes.ledger, parts.decided.decidedAfter);
  if (!ledger) return;
  const places = new Map<string, number>();
  for (const sku of reads.stock.keys()) places.set(sku, places.size + 1);
  for (const sku of ledger.skus) parts.numbers.ledgerSkus += narrow(places.get(sku) ?? 0);
  parts.of.ledger.push(ledger.text);
}

/** Skips the ids that were generated for this batch, because no record can have them. */
function addExpectations(parts: Parts, { holds, documents, requests }: BatchReads): void {
  for (const { key, before, isNew } of holds.values()) {
    if (!isNew) parts.of.holdVersions.push(key, before ? String(before.version) : ABSENT);
  }
  for (const { key, before } of documents.values()) parts.of.documentVersions.push(key, documentVersionOf(before));
  for (const { key, before, isNew } of requests.values()) if (!before && !isNew) parts.of.requests.push(key);
}

/**
 * Adds the names of all counts that were read. Those with the same value before and the same value after are adjacent,
 * so that the script reads these two numbers once: most counts are absent and stay absent, or become 1.
 */
function addCounts(parts: Parts, { counts }: BatchReads): void {
  if (counts.size === 0) return;
  const groups = new Map<string, string[]>();
  for (const { key, before, after } of counts.values()) {
    const numbers = before === 0 && after === 1 ? FIRST_UNIT : wide(before) + wide(after);
    addTo(groups, numbers, key);
  }
  for (const [numbers, names] of groups) {
    parts.of.counts.push(...names);
    parts.numbers.countGroups += numbers + narrow(names.length);
  }
}

const FIRST_UNIT = wide(0) + wide(1);

/** Includes the due time, because a change of the due time alone does not change the version. */
function documentVersionOf(document: DocumentRecord | undefined): string {
  if (!document) return ABSENT;
  return document.dueAt === null ? String(document.version) : `${document.version} ${document.dueAt}`;
}

/** The ways to compare and to change a SKU: see `lua/commit/stock-writes.lua`. */
export const EXPECTED = { absent: 0, free: 1, bounds: 2, exact: 3 } as const;
export const CHANGE = { none: 0, reserved: 1, counters: 2, settings: 3 } as const;

const ZERO = { onHand: 0, reserved: 0, committed: 0, backordered: 0, sold: 0 };

interface SkuRow {
  sku: string;
  before?: StockRecord | undefined;
  /** Absent where the SKU does not change. */
  after?: StockRecord | undefined;
  slack?: StockSlack | undefined;
  settings?: number;
}

function addStock(parts: Parts, { reads, assumptions }: BatchOutcome, known: KnownRecords): void {
  for (const { key: sku, before, after } of reads.stock.values()) {
    const [slack, settings] = [assumptions.stock.get(sku), known.settingsVersion(sku)];
    addSku(parts, { sku, before, after: after === before ? undefined : after, slack, settings });
  }
}

/** Adds the row of a SKU. Most rows have no details: only the free units matter, and only the reserved units change. */
function addSku(parts: Parts, { sku, before, after, slack = UNBOUNDED, settings = 0 }: SkuRow): void {
  const was = before ?? ZERO;
  const now = after ?? was;
  const [number, last, index] = movedBy(after, parts.decided.decidedAfter);
  const [expected, change] = [expectationOf(before, slack), changeOf(before, after, last === number)];
  const flags = small(slack.reclaimed ? 1 : 0) + small(expected) + small(change);
  const bound = slack.exact ? was.reserved : freeOf(was) - slack.free;
  parts.of.stock.push(sku);
  parts.numbers.stock += flags + wide(settings) + wide(bound) + wide(now.reserved - was.reserved);
  parts.numbers.stock += narrow(number) + narrow(index);
  if (after && change === CHANGE.settings) parts.of.settings.push(encodeSettings(after));
  if (expected < EXPECTED.bounds && change < CHANGE.counters) return;
  const dispatched = was.sold - was.committed;
  const least = slack.exact ? dispatched : Math.max(0, dispatched - slack.dispatched);
  const most = slack.exact ? was.onHand : was.onHand + slack.room;
  const fewest = slack.exact ? was.onHand : Math.max(0, was.onHand - slack.onHand);
  parts.numbers.stockDetails += wide(least) + wide(most) + wide(fewest) + wide(was.committed) + narrow(last);
  parts.numbers.stockDetails += wide(now.onHand - was.onHand) + wide(now.committed - was.committed);
  parts.numbers.stockDetails += wide(now.sold - was.sold) + wide(now.backordered);
}

function expectationOf(before: StockRecord | undefined, slack: StockSlack): number {
  if (!before) return EXPECTED.absent;
  if (slack.exact) return EXPECTED.exact;
  const { dispatched, room, onHand } = slack;
  // The details have the backordered units, without which the counters of the SKU may not add up.
  if (before.backordered > 0) return EXPECTED.bounds;
  return dispatched === Infinity && room === Infinity && onHand === Infinity ? EXPECTED.free : EXPECTED.bounds;
}

/** `hasMoved`: its newest movement belongs to the transaction that changed it last. */
function changeOf(before: StockRecord | undefined, after: StockRecord | undefined, hasMoved: boolean): number {
  if (!after) return CHANGE.none;
  if (isSetAnew(before, after)) return CHANGE.settings;
  const { onHand, committed, sold } = before ?? ZERO;
  const isSame = after.onHand === onHand && after.committed === committed && after.sold === sold;
  return hasMoved && isSame ? CHANGE.reserved : CHANGE.counters;
}

/** Returns the numbers of the last transaction and of the newest movement's transaction, and the movement's index. */
function movedBy(after: StockRecord | undefined, decidedAfter: number): [number, number, number] {
  if (!after) return [0, 0, 0];
  const id = after.lastMovement ?? '0-0';
  const dash = id.indexOf('-');
  const last = numberInBatch(Number(id.slice(0, dash)), decidedAfter);
  return [numberInBatch(after.version, decidedAfter), last, Number(id.slice(dash + 1))];
}

function addHolds(parts: Parts, { holds, setAside }: BatchChanges): void {
  const { decidedAt } = parts.decided;
  for (const position of setAside) parts.of.dueRemoved.push(duePlaceOf(position));
  const added = new Map<string, HoldRecord[]>();
  for (const { key, before, after } of holds) {
    if (!after || after === before) continue;
    if (before && !isLive(after)) parts.of.droppedHolds.push(key);
    const [from, to] = [liveOrNull(before), liveOrNull(after)];
    const isMoved = from?.expiresAt !== to?.expiresAt;
    if (from && isMoved) parts.of.dueRemoved.push(duePlaceOf(from));
    if (to && isMoved) addTo(added, `${to.expiresAt} ${to.sku}`, to);
    else parts.stamped(to ? 'liveHolds' : 'endedHolds', key, encodeHold(after, decidedAt), after.version);
  }
  // Holds of one deadline and SKU are adjacent, so that the script builds the prefix of their index entries once.
  for (const group of added.values()) {
    const [{ sku, expiresAt }] = group as [HoldRecord];
    parts.of.dueAdded.push(sku);
    parts.numbers.dueAdded += timeBytes(expiresAt, decidedAt) + narrow(group.length);
    for (const hold of group) parts.stamped('newHolds', hold.holdId, encodeHold(hold, decidedAt), hold.version);
  }
}

function addTo<V>(groups: Map<string, V[]>, key: string, value: V): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}

/** Encodes a time, or its distance from the batch's time. The first byte distinguishes the two. */
const timeBytes = (time: number, decidedAt: number): string =>
  movesWithBatch(time) ? small(DUE.moving) + wide(time - decidedAt) : small(DUE.fixed) + wide(time);

export const DUE = { never: 0, fixed: 1, moving: 2 } as const;
const NEVER = small(DUE.never) + wide(0);

function addDocuments(parts: Parts, changes: readonly Change<DocumentRecord | undefined>[]): void {
  const { decidedAt, decidedAfter } = parts.decided;
  for (const { key, before, after } of changes) {
    if (after && after.version > decidedAfter) parts.stamped('documents', key, encodeDocument(after), after.version);
    if (before && !after) parts.of.droppedDocuments.push(key);
    const [dueBefore, dueAfter] = [before?.dueAt ?? null, after?.dueAt ?? null];
    if (dueBefore !== dueAfter) {
      parts.of.dueDocuments.push(key);
      parts.numbers.dueDocuments +=
        small(dueBefore === null ? 1 : 0) + (dueAfter === null ? NEVER : timeBytes(dueAfter, decidedAt));
    }
    const [listBefore, listAfter] = [before?.list ?? null, after?.list ?? null];
    if (listBefore === listAfter) continue;
    if (listBefore) parts.of.lists.push(listBefore, 'r', key);
    if (listAfter) parts.of.lists.push(listAfter, 'a', key);
  }
}
