import { movesWithBatch, numberInBatch } from '../../../domain/batch-relative.ts';
import type { Change } from '../../../domain/machine/draft.ts';
import { isLive } from '../../../domain/machine/live-hold.ts';
import type { StockRest } from '../../../domain/machine/rests.ts';
import type { BatchChanges, BatchOutcome, BatchReads } from '../../../domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, StockRecord } from '../../../domain/records.ts';
import { placeOf } from '../codec/hold-places.ts';
import { isSetAnew, type KnownRecords } from './known-records.ts';
import { encodeLedger } from '../codec/ledger-codec.ts';
import type { UnreadNames } from './unread-names.ts';
import { narrow, signedWide, wide } from '../codec/wide-number.ts';
import { type Decided, encodeDocument, encodeHold, encodeRequest, encodeSettings } from '../codec/record-codec.ts';

/**
 * What a decided batch rests on and comes to, in the words of `commit.lua`: versions and counters to compare, then records,
 * counters and index entries to write.
 */
export interface WriteSet {
  /** Of each part that is present: its place in PARTS, counted from 1, and its number of items. */
  sizes: number[];
  /** Items of all parts, one after the other. */
  parts: string[];
}

/** The parts in their order, and of how many texts an item of each is made. The scripts have the same as `PARTS` and `WIDTHS`. */
export const PARTS = {
  stock: 3,
  holdVersions: 2,
  documentVersions: 2,
  requests: 1,
  countValues: 2,
  newHolds: 2,
  liveHolds: 2,
  endedHolds: 2,
  droppedHolds: 1,
  documents: 2,
  droppedDocuments: 1,
  shortRequests: 2,
  longRequests: 2,
  counts: 2,
  droppedCounts: 1,
  dueRemoved: 1,
  dueAdded: 3,
  dueDocuments: 2,
  lists: 3,
  ledgerSkus: 1,
  ledger: 1,
  stamps: 1,
} as const;

/** Parts whose values get a stamp in front: the sequence of their transaction and the batch's time. */
const STAMPED = ['newHolds', 'liveHolds', 'endedHolds', 'documents', 'shortRequests', 'longRequests'] as const;

type Stamped = (typeof STAMPED)[number];

const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];
const NOTHING = '';

/** The parts of a batch as they grow. */
class Parts {
  readonly of = Object.fromEntries(NAMES.map((name) => [name, [] as string[]])) as Record<keyof typeof PARTS, string[]>;
  readonly decided: Decided;
  readonly #numbers = Object.fromEntries(STAMPED.map((name) => [name, ''])) as Record<Stamped, string>;

  constructor(decided: Decided) {
    this.decided = decided;
  }

  /** `sequence` is that of the value's transaction. */
  stamped(name: Stamped, key: string, value: string, sequence: number): void {
    this.of[name].push(key, value);
    this.#numbers[name] += narrow(numberInBatch(sequence, this.decided.decidedAfter));
  }

  finish(): WriteSet {
    this.of.stamps.push(STAMPED.map((name) => this.#numbers[name]).join(''));
    return {
      sizes: NAMES.flatMap((name, index) => {
        const items = this.of[name].length / PARTS[name];
        return items > 0 ? [index + 1, items] : [];
      }),
      parts: ([] as string[]).concat(...NAMES.map((name) => this.of[name])),
    };
  }
}

/** `unread` are records that are expected to be absent although no decision rests on it: those that are there come back. */
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
  for (const sku of unread.skus) parts.of.stock.push(sku, NOTHING, NOTHING);
  for (const holdId of unread.holds) parts.of.holdVersions.push(holdId, NOTHING);
  for (const key of unread.documents) parts.of.documentVersions.push(key, NOTHING);
  addHolds(parts, changes);
  addDocuments(parts, changes.documents);
  for (const { id, retention, record } of changes.requests) {
    parts.stamped(retention === 'short' ? 'shortRequests' : 'longRequests', id, encodeRequest(record), record.sequence);
  }
  for (const { key, before, after } of changes.counts) {
    if (after === before) continue;
    if (after > 0) parts.of.counts.push(key, String(after));
    else parts.of.droppedCounts.push(key);
  }
  addLedger(parts, outcome);
  return parts.finish();
}

function addLedger(parts: Parts, { changes, reads }: BatchOutcome): void {
  const ledger = encodeLedger(changes.ledger, parts.decided.decidedAfter);
  if (!ledger) return;
  const places = new Map<string, string>();
  for (const sku of reads.stock.keys()) places.set(sku, String(places.size + 1));
  for (const sku of ledger.skus) parts.of.ledgerSkus.push(places.get(sku) ?? NOTHING);
  parts.of.ledger.push(ledger.text);
}

/** Ids that were made for this batch are not looked for: nothing can be stored under them. */
function addExpectations(parts: Parts, { holds, documents, requests, counts }: BatchReads): void {
  for (const { key, before, isNew } of holds.values()) {
    if (!isNew) parts.of.holdVersions.push(key, before ? String(before.version) : NOTHING);
  }
  for (const { key, before } of documents.values()) parts.of.documentVersions.push(key, documentVersionOf(before));
  for (const { key, before, isNew } of requests.values()) if (!before && !isNew) parts.of.requests.push(key);
  for (const { key, before } of counts.values()) {
    parts.of.countValues.push(key, before === 0 ? NOTHING : String(before));
  }
}

/** Setting only when a document is due leaves its version as it is, so that time is compared as well. */
function documentVersionOf(document: DocumentRecord | undefined): string {
  if (!document) return NOTHING;
  return document.dueAt === null ? String(document.version) : `${document.version} ${document.dueAt}`;
}

function addStock(parts: Parts, { reads, rests }: BatchOutcome, known: KnownRecords): void {
  const { decidedAfter } = parts.decided;
  for (const { key, before, after } of reads.stock.values()) {
    const hasChanged = after !== undefined && after !== before;
    parts.of.stock.push(
      key,
      before ? wide(known.settingsVersion(key)) + guardOf(before, rests.stock.get(key)) : NOTHING,
      hasChanged ? changeOf(before, after, decidedAfter) : NOTHING,
    );
  }
}

/**
 * Whether there must be no overdue holds but those that the batch has ended (R), then what the counters have to be: whatever they
 * are (N), units that are free at least (F), those and units sold at least and units on hand at most (M), or just these (E).
 */
function guardOf({ onHand, reserved, sold }: StockRecord, rest: StockRest | undefined): string {
  if (!rest) return '-N';
  const reclaimed = rest.reclaimed ? 'R' : '-';
  if (rest.exact) return `${reclaimed}E${wide(onHand)}${wide(reserved)}${wide(sold)}`;
  const free = signedWide(onHand - reserved - rest.free);
  if (rest.sold === Infinity && rest.room === Infinity)
    return `${reclaimed}${rest.free === Infinity ? 'N' : `F${free}`}`;
  const most = Math.min(Number.MAX_SAFE_INTEGER, onHand + rest.room);
  return `${reclaimed}M${free}${wide(Math.max(0, sold - rest.sold))}${wide(Math.max(0, most))}`;
}

/**
 * What is added to the reserved units, the number of the transaction, and the index of the newest movement. Mostly that is all; else
 * the number of the movement's transaction follows, what is added to units on hand and sold, and the settings if they are set.
 */
function changeOf(before: StockRecord | undefined, after: StockRecord, decidedAfter: number): string {
  const number = numberInBatch(after.version, decidedAfter);
  const id = after.lastMovement ?? '0-0';
  const dash = id.indexOf('-');
  const last = numberInBatch(Number(id.slice(0, dash)), decidedAfter);
  const onHand = after.onHand - (before?.onHand ?? 0);
  const sold = after.sold - (before?.sold ?? 0);
  const isSet = isSetAnew(before, after);
  const common = signedWide(after.reserved - (before?.reserved ?? 0)) + wide(number) + wide(Number(id.slice(dash + 1)));
  if (last === number && onHand === 0 && sold === 0 && !isSet) return common;
  return common + wide(last) + signedWide(onHand) + signedWide(sold) + (isSet ? encodeSettings(after) : NOTHING);
}

function addHolds(parts: Parts, { holds, setAside }: BatchChanges): void {
  const { decidedAt } = parts.decided;
  for (const position of setAside) parts.of.dueRemoved.push(placeOf(position));
  const added = new Map<string, HoldRecord[]>();
  for (const { key, before, after } of holds) {
    if (!after || after === before) continue;
    if (before && !isLive(after)) parts.of.droppedHolds.push(key);
    const [from, to] = [liveOrNull(before), liveOrNull(after)];
    const isMoved = from?.expiresAt !== to?.expiresAt;
    if (from && isMoved) parts.of.dueRemoved.push(placeOf(from));
    if (to && isMoved) addTo(added, `${to.expiresAt} ${to.sku}`, to);
    else parts.stamped(to ? 'liveHolds' : 'endedHolds', key, encodeHold(after, decidedAt), after.version);
  }
  // Those of one deadline and SKU stand together: the script makes the beginning of their places once.
  for (const group of added.values()) {
    const [{ sku, expiresAt }] = group as [HoldRecord];
    parts.of.dueAdded.push(sku, timeText(expiresAt, decidedAt), String(group.length));
    for (const hold of group) parts.stamped('newHolds', hold.holdId, encodeHold(hold, decidedAt), hold.version);
  }
}

function addTo<V>(groups: Map<string, V[]>, key: string, value: V): void {
  const group = groups.get(key);
  if (group) group.push(value);
  else groups.set(key, [value]);
}

function liveOrNull(hold: HoldRecord | undefined): HoldRecord | null {
  return hold && isLive(hold) ? hold : null;
}

const timeText = (time: number, decidedAt: number): string =>
  movesWithBatch(time) ? `r${time - decidedAt}` : String(time);

function addDocuments(parts: Parts, changes: readonly Change<DocumentRecord | undefined>[]): void {
  const { decidedAt, decidedAfter } = parts.decided;
  for (const { key, before, after } of changes) {
    if (after && after.version > decidedAfter) parts.stamped('documents', key, encodeDocument(after), after.version);
    if (before && !after) parts.of.droppedDocuments.push(key);
    const [dueBefore, dueAfter] = [before?.dueAt ?? null, after?.dueAt ?? null];
    if (dueBefore !== dueAfter) {
      const text = dueAfter === null ? NOTHING : timeText(dueAfter, decidedAt);
      parts.of.dueDocuments.push(key, dueBefore === null ? `+${text}` : text);
    }
    const [listBefore, listAfter] = [before?.list ?? null, after?.list ?? null];
    if (listBefore === listAfter) continue;
    if (listBefore) parts.of.lists.push(listBefore, 'r', key);
    if (listAfter) parts.of.lists.push(listAfter, 'a', key);
  }
}
