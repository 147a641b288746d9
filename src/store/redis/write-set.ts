import { movesWithBatch, numberInBatch } from '../../domain/batch-relative.ts';
import type { Change } from '../../domain/machine/draft.ts';
import { isLive } from '../../domain/machine/live-hold.ts';
import type { StockRest } from '../../domain/machine/rests.ts';
import type { BatchChanges, BatchOutcome, BatchReads } from '../../domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, StockRecord } from '../../domain/records.ts';
import { isSetAnew, type KnownRecords } from './known-records.ts';
import { encodeLedger } from './ledger-codec.ts';
import { type Decided, encodeDocument, encodeHold, encodeRequest, encodeSettings } from './record-codec.ts';

/**
 * What a decided batch rests on and comes to, in the words of `commit.lua`: versions and counters to compare, then records,
 * counters and index entries to write.
 */
export interface WriteSet {
  /** How many items each part has, in the order of PARTS. */
  counts: number[];
  /** Items of all parts, one after the other. */
  parts: string[];
}

/** The parts in their order, and of how many texts an item of each is made; `lua/write-set.lua` has the same. */
const PARTS = {
  stock: 5,
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
} as const;

type Parts = Record<keyof typeof PARTS, string[]>;

const NAMES = Object.keys(PARTS) as (keyof typeof PARTS)[];
const NOTHING = '';
const LEAST = -Number.MAX_SAFE_INTEGER;

export function writeSetOf(outcome: BatchOutcome, known: KnownRecords, decided: Decided): WriteSet {
  const parts = Object.fromEntries(NAMES.map((name) => [name, [] as string[]])) as Parts;
  const { changes, reads } = outcome;
  addStock(parts, outcome, known, decided.decidedAfter);
  addExpectations(parts, reads);
  addHolds(parts, changes, decided);
  addDocuments(parts, changes.documents, decided);
  for (const { id, retention, record } of changes.requests) {
    const part = retention === 'short' ? parts.shortRequests : parts.longRequests;
    part.push(id, encodeRequest(record, decided.decidedAfter));
  }
  for (const { key, before, after } of changes.counts) {
    if (after === before) continue;
    if (after > 0) parts.counts.push(key, String(after));
    else parts.droppedCounts.push(key);
  }
  const ledger = encodeLedger(changes.ledger, decided.decidedAfter);
  if (ledger) {
    parts.ledgerSkus = ledger.skus;
    parts.ledger.push(ledger.text);
  }
  return {
    counts: NAMES.map((name) => parts[name].length / PARTS[name]),
    parts: ([] as string[]).concat(...NAMES.map((name) => parts[name])),
  };
}

/** Ids that were made for this batch are not looked for: nothing can be stored under them. */
function addExpectations(parts: Parts, { holds, documents, requests, counts }: BatchReads): void {
  for (const { key, before, isNew } of holds.values()) {
    if (!isNew) parts.holdVersions.push(key, before ? String(before.version) : NOTHING);
  }
  for (const { key, before } of documents.values()) parts.documentVersions.push(key, documentVersionOf(before));
  for (const { key, before, isNew } of requests.values()) if (!before && !isNew) parts.requests.push(key);
  for (const { key, before } of counts.values()) {
    parts.countValues.push(key, before === 0 ? NOTHING : String(before));
  }
}

/** Setting only when a document is due leaves its version as it is, so that time is compared as well. */
function documentVersionOf(document: DocumentRecord | undefined): string {
  if (!document) return NOTHING;
  return document.dueAt === null ? String(document.version) : `${document.version} ${document.dueAt}`;
}

function addStock(parts: Parts, { reads, rests, changes }: BatchOutcome, known: KnownRecords, after: number): void {
  const changed = new Map(changes.stock.map((change) => [change.key, change.after]));
  for (const { key, before } of reads.stock.values()) {
    const now = changed.get(key);
    const hasChanged = now !== undefined && now !== before;
    parts.stock.push(
      key,
      before ? String(known.settingsVersion(key)) : NOTHING,
      guardOf(before, rests.stock.get(key)),
      hasChanged ? changeOf(before, now, after) : NOTHING,
      hasChanged && isSetAnew(before, now) ? encodeSettings(now) : NOTHING,
    );
  }
}

/**
 * Counters that have to be as they were (E), or bounds of them (M): units that are free, units sold, units on hand at most. Mostly
 * only the first of these matters, and then it stands alone. An R at the end is for overdue-holds.lua.
 */
function guardOf(before: StockRecord | undefined, rest: StockRest | undefined): string {
  if (!before || !rest) return NOTHING;
  const { onHand, reserved, sold } = before;
  const reclaimed = rest.reclaimed ? 'R' : '';
  if (rest.exact) return `E ${onHand} ${reserved} ${sold}${reclaimed}`;
  const free = Math.max(LEAST, onHand - reserved - rest.free);
  if (rest.sold === Infinity && rest.room === Infinity) return (rest.free === Infinity ? '' : String(free)) + reclaimed;
  const most = Math.min(Number.MAX_SAFE_INTEGER, onHand + rest.room);
  return `M ${free} ${Math.max(LEAST, sold - rest.sold)} ${most}${reclaimed}`;
}

/**
 * What is added to the reserved units, the number of the transaction, and the index of the newest movement; then, where it
 * is not this transaction's, the number of the movement's, and where they change, what is added to units on hand and sold.
 */
function changeOf(before: StockRecord | undefined, after: StockRecord, decidedAfter: number): string {
  const number = numberInBatch(after.version, decidedAfter);
  const [sequence = '0', index = '0'] = (after.lastMovement ?? '').split('-');
  const last = numberInBatch(Number(sequence), decidedAfter);
  const onHand = after.onHand - (before?.onHand ?? 0);
  const sold = after.sold - (before?.sold ?? 0);
  const common = `${after.reserved - (before?.reserved ?? 0)} ${number} ${index}`;
  return last === number && onHand === 0 && sold === 0 ? common : `${common} ${last} ${onHand} ${sold}`;
}

function addHolds(parts: Parts, { holds, setAside }: BatchChanges, decided: Decided): void {
  for (const position of setAside) parts.dueRemoved.push(placeOf(position));
  const added = new Map<string, HoldRecord[]>();
  for (const { key, before, after } of holds) {
    if (!after || after === before) continue;
    if (before && !isLive(after)) parts.droppedHolds.push(key);
    const [from, to] = [liveOrNull(before), liveOrNull(after)];
    const isMoved = from?.expiresAt !== to?.expiresAt;
    if (from && isMoved) parts.dueRemoved.push(placeOf(from));
    if (to && isMoved) addTo(added, `${to.expiresAt} ${to.sku}`, to);
    else (to ? parts.liveHolds : parts.endedHolds).push(key, encodeHold(after, decided));
  }
  // Those of one deadline and SKU stand together: the script makes the beginning of their places once.
  for (const group of added.values()) {
    const [{ sku, expiresAt }] = group as [HoldRecord];
    parts.dueAdded.push(sku, timeText(expiresAt, decided.decidedAt), String(group.length));
    for (const hold of group) parts.newHolds.push(hold.holdId, encodeHold(hold, decided));
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

const DEADLINE_DIGITS = 9;

/** `sku NUL deadline NUL hold id`, as `lua/positions.lua` makes it. */
export function placeOf({ sku, expiresAt, holdId }: { sku: string; expiresAt: number; holdId: string }): string {
  return `${sku}\0${expiresAt.toString(36).padStart(DEADLINE_DIGITS, '0')}\0${holdId}`;
}

const timeText = (time: number, decidedAt: number): string =>
  movesWithBatch(time) ? `r${time - decidedAt}` : String(time);

function addDocuments(
  parts: Parts,
  changes: readonly Change<DocumentRecord | undefined>[],
  { decidedAt, decidedAfter }: Decided,
): void {
  for (const { key, before, after } of changes) {
    if (after && after.version > decidedAfter) parts.documents.push(key, encodeDocument(after, decidedAfter));
    if (before && !after) parts.droppedDocuments.push(key);
    const [dueBefore, dueAfter] = [before?.dueAt ?? null, after?.dueAt ?? null];
    if (dueBefore !== dueAfter) {
      const text = dueAfter === null ? NOTHING : timeText(dueAfter, decidedAt);
      parts.dueDocuments.push(key, dueBefore === null ? `+${text}` : text);
    }
    const [listBefore, listAfter] = [before?.list ?? null, after?.list ?? null];
    if (listBefore === listAfter) continue;
    if (listBefore) parts.lists.push(listBefore, 'r', key);
    if (listAfter) parts.lists.push(listAfter, 'a', key);
  }
}
