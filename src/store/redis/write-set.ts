import { movesWithBatch, numberInBatch } from '../../domain/batch-relative.ts';
import { isLive } from '../../domain/machine/live-hold.ts';
import type { Change } from '../../domain/machine/draft.ts';
import type { BatchOutcome } from '../../domain/machine/run-batch.ts';
import type { DocumentRecord, HoldRecord, StockRecord } from '../../domain/records.ts';
import type { KnownRecords } from './known-records.ts';
import { encodeLedger } from './ledger-codec.ts';
import { isSetAnew } from './known-records.ts';
import { type Decided, encodeDocument, encodeHold, encodeRequest, encodeSettings, writeWhole } from './record-codec.ts';

/**
 * What a decided batch rests on and comes to, in the words of `commit.lua`: versions and counters to compare, then records,
 * counters and index entries to write. The parts stand in the order of PARTS in `lua/write-set.lua`.
 */
export interface WriteSet {
  /** How many items each part has. */
  counts: number[];
  /** Items of all parts, one after the other. */
  parts: (string | Buffer)[];
}

const NOTHING = '';
const COUNTER_BYTES = 8;
const LEAST = -Number.MAX_SAFE_INTEGER;

export function writeSetOf(outcome: BatchOutcome, known: KnownRecords, decided: Decided): WriteSet {
  const { changes, reads } = outcome;
  const ledger = encodeLedger(changes.ledger, decided.decidedAfter);
  const holds = holdParts(outcome, decided);
  const documents = documentParts(changes.documents, decided);
  const parts: (string | Buffer)[][][] = [
    stockPart(outcome, known, decided.decidedAfter),
    pairs(reads.holds, ({ before }) => versionOf(before)),
    pairs(reads.documents, ({ before }) => documentVersionOf(before)),
    [...reads.requests.values()].filter(({ before }) => before === undefined).map(({ key }) => [key]),
    pairs(reads.counts, ({ before }) => (before === 0 ? NOTHING : String(before))),
    holds.live,
    holds.ended,
    holds.dropped,
    documents.put,
    documents.dropped,
    ...(['short', 'long'] as const).map((retention) =>
      changes.requests
        .filter((request) => request.retention === retention)
        .map(({ id, record }) => [id, encodeRequest(record, decided.decidedAfter)]),
    ),
    changes.counts
      .filter(({ before, after }) => after > 0 && after !== before)
      .map(({ key, after }) => [key, String(after)]),
    changes.counts.filter(({ before, after }) => after === 0 && before !== 0).map(({ key }) => [key]),
    holds.dueRemoved,
    holds.dueAdded,
    documents.due,
    documents.lists,
    (ledger?.skus ?? []).map((sku) => [sku]),
    ledger ? [[ledger.bytes]] : [],
  ];
  return { counts: parts.map(({ length }) => length), parts: parts.flat(2) };
}

function pairs<V>(
  reads: ReadonlyMap<string, Change<V>>,
  value: (read: Change<V>) => string | Buffer,
): (string | Buffer)[][] {
  return Array.from(reads.values(), (read) => [read.key, value(read)]);
}

function versionOf(record: { version: number } | undefined): string | Buffer {
  return record ? wholes(record.version) : NOTHING;
}

/** Setting only when a document is due leaves its version as it is, so that time is compared as well. */
function documentVersionOf(document: DocumentRecord | undefined): string | Buffer {
  const version = versionOf(document);
  if (!document || document.dueAt === null) return version;
  return Buffer.concat([wholes(document.version), Buffer.from(String(document.dueAt))]);
}

function wholes(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * COUNTER_BYTES);
  for (const [index, value] of values.entries()) writeWhole(bytes, value, index * COUNTER_BYTES);
  return bytes;
}

function stockPart({ reads, rests, changes }: BatchOutcome, known: KnownRecords, after: number): (string | Buffer)[][] {
  const changedTo = new Map(changes.stock.map((change) => [change.key, change.after]));
  return Array.from(reads.stock.values(), ({ key, before }) => {
    const changed = changedTo.get(key);
    const settings = changed && changed !== before && isSetAnew(before, changed) ? encodeSettings(changed) : NOTHING;
    return [
      key,
      before ? wholes(known.settingsVersion(key)) : NOTHING,
      guardOf(before, rests.stock.get(key)),
      changed && changed !== before ? changeOf(before, changed, after) : NOTHING,
      settings,
    ];
  });
}

const [EXACT, AT_LEAST, RECLAIMED, NO_BYTES] = ['E', 'M', 'R', ''].map((word) => Buffer.from(word)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

type StockRest = NonNullable<ReturnType<BatchOutcome['rests']['stock']['get']>>;

function guardOf(before: StockRecord | undefined, rest: StockRest | undefined): string | Buffer {
  if (!before || !rest) return NOTHING;
  const { onHand, reserved, sold } = before;
  const reclaimed = rest.reclaimed ? RECLAIMED : NO_BYTES;
  if (rest.exact) return Buffer.concat([EXACT, wholes(onHand, reserved, sold), reclaimed]);
  const free = Math.max(LEAST, onHand - reserved - rest.free);
  const most = Math.min(Number.MAX_SAFE_INTEGER, onHand + rest.room);
  return Buffer.concat([AT_LEAST, wholes(free, Math.max(LEAST, sold - rest.sold), most), reclaimed]);
}

/** What is added to each counter, the number of the transaction, and the newest movement. */
function changeOf(before: StockRecord | undefined, after: StockRecord, decidedAfter: number): Buffer {
  const bytes = Buffer.alloc(3 * COUNTER_BYTES + 12);
  writeWhole(bytes, after.onHand - (before?.onHand ?? 0), 0);
  writeWhole(bytes, after.reserved - (before?.reserved ?? 0), COUNTER_BYTES);
  writeWhole(bytes, after.sold - (before?.sold ?? 0), 2 * COUNTER_BYTES);
  bytes.writeUInt32BE(numberInBatch(after.version, decidedAfter), 3 * COUNTER_BYTES);
  const [sequence = '0', index = '0'] = (after.lastMovement ?? '').split('-');
  const number = numberInBatch(Number(sequence), decidedAfter);
  bytes.writeUInt32BE(number, 3 * COUNTER_BYTES + 4);
  bytes.writeUInt32BE(number === 0 ? 0 : Number(index), 3 * COUNTER_BYTES + 8);
  return bytes;
}

function holdParts({ changes }: BatchOutcome, decided: Decided) {
  const { decidedAt } = decided;
  const live: (string | Buffer)[][] = [];
  const ended: (string | Buffer)[][] = [];
  const dropped: string[][] = [];
  const dueRemoved: string[][] = changes.setAside.map((position) => [placeOf(position)]);
  const dueAdded: string[][] = [];
  for (const { key, before, after } of changes.holds) {
    if (!after || after === before) continue;
    (isLive(after) ? live : ended).push([key, encodeHold(after, decided)]);
    if (before && !isLive(after)) dropped.push([key]);
    const [from, to] = [liveOrNull(before), liveOrNull(after)];
    if (from?.expiresAt === to?.expiresAt) continue;
    if (from) dueRemoved.push([placeOf(from)]);
    if (to) dueAdded.push([to.sku, timeText(to.expiresAt, decidedAt), key]);
  }
  return { live, ended, dropped, dueRemoved, dueAdded };
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

function documentParts(changes: readonly Change<DocumentRecord | undefined>[], { decidedAt, decidedAfter }: Decided) {
  const put: (string | Buffer)[][] = [];
  const dropped: string[][] = [];
  const due: string[][] = [];
  const lists: string[][] = [];
  for (const { key, before, after } of changes) {
    if (after && after.version > decidedAfter) put.push([key, encodeDocument(after, decidedAfter)]);
    if (before && !after) dropped.push([key]);
    const [dueBefore, dueAfter] = [before?.dueAt ?? null, after?.dueAt ?? null];
    if (dueBefore !== dueAfter) {
      const text = dueAfter === null ? NOTHING : timeText(dueAfter, decidedAt);
      due.push([key, dueBefore === null ? `+${text}` : text]);
    }
    const [listBefore, listAfter] = [before?.list ?? null, after?.list ?? null];
    if (listBefore === listAfter) continue;
    if (listBefore) lists.push([listBefore, 'r', key]);
    if (listAfter) lists.push([listAfter, 'a', key]);
  }
  return { put, dropped, due, lists };
}
