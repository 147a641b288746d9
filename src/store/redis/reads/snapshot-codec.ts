import { firstSequence } from '../../../domain/epoch.ts';
import type { HoldRecord, StockRecord } from '../../../domain/records.ts';
import type { ReadRequest, Snapshot } from '../../store.ts';
import type { KnownRecords } from '../decide/known-records.ts';
import type { BatchEnvelope } from '../batch/batch-codec.ts';
import { pack } from '../codec/msgpack.ts';
import { decodeDocument, decodeHold, decodeRequest, decodeStock } from '../codec/record-codec.ts';

type Raw = Buffer | null;
/**
 * stock, holds, documents, when those are due, the holds they refer to, requests, earliest deadlines of the SKUs, units
 * in overdue holds of the SKUs
 */
type RawAnswer = [Raw[], Raw[], Raw[], Raw[], Raw[][], Raw[], Raw[], Raw[]];

export type ReadEnvelope = Pick<
  BatchEnvelope,
  'generation' | 'clock' | 'floorAt' | 'latest' | 'epoch' | 'floorSequence'
>;

export function encodeReads(
  requests: readonly ReadRequest[],
  { generation, clock, floorAt, latest, epoch, floorSequence }: ReadEnvelope,
): Buffer {
  const asked = requests.map(({ skus, holds, documents, requests: ids }) =>
    [skus, holds, documents, ids].map((list) => list ?? []),
  );
  return pack([generation, clock, floorAt, latest, asked, epoch, floorSequence]);
}

/** What `read.lua` answers. A record that cannot be decoded reads as null and is named. */
export function decodeReads(
  reply: unknown,
  requests: readonly ReadRequest[],
  epoch: number,
  known: KnownRecords,
): Snapshot[] {
  const [rawAt, rawSequence, answers] = reply as [Buffer, Buffer, RawAnswer[]];
  const state = { at: Number(rawAt), sequence: Number(rawSequence), epochBegan: firstSequence(epoch) };
  return answers.map((answer, index) => decodeSnapshot(answer, requests[index] ?? {}, state, known));
}

function decodeSnapshot(
  answer: RawAnswer,
  request: ReadRequest,
  state: Pick<Snapshot, 'at' | 'sequence' | 'epochBegan'>,
  known: KnownRecords,
): Snapshot {
  const [stock, holds, documents, dues, referring, requests, earliest, overdue] = answer;
  const bad = new Set<string>();
  const skus = request.skus ?? [];
  const isBehind = (index: number) => (numberOrNull(earliest[index]) ?? Number.POSITIVE_INFINITY) <= state.at;
  const holdOf = (holdId: string, raw: Raw | undefined) =>
    readable(bad, `hold:${holdId}`, raw, (bytes) => {
      const hold = decodeHold(holdId, bytes);
      known.seeHold(holdId, hold);
      return hold;
    });
  return {
    ...state,
    stock: skus.map((sku, index) =>
      readable(bad, `stock:${sku}`, stock[index], (bytes) => seenStock(known, sku, bytes)),
    ),
    holds: (request.holds ?? []).map((holdId, index) => holdOf(holdId, holds[index])),
    documents: (request.documents ?? []).map((key, index) => {
      const dueAt = numberOrNull(dues[index]);
      const record = readable(bad, `document:${key}`, documents[index], (bytes) => {
        const document = decodeDocument(key, bytes, dueAt);
        known.seeDocument(key, document);
        return document;
      });
      return record && { record, holds: resolve(record.holds, referring[index] ?? [], holdOf) };
    }),
    requests: (request.requests ?? []).map((id, index) =>
      readable(bad, `request:${id}`, requests[index], decodeRequest),
    ),
    behind: skus.filter((_, index) => isBehind(index)),
    overdue: skus.map((_, index) => (isBehind(index) ? numberOrNull(overdue[index]) : 0)),
    undecodable: [...bad],
  };
}

function seenStock(known: KnownRecords, sku: string, bytes: Buffer): StockRecord {
  const stock = decodeStock(sku, bytes);
  known.seeStock(sku, stock);
  return stock.record;
}

function resolve(
  holdIds: readonly string[],
  raws: Raw[],
  holdOf: (holdId: string, raw: Raw | undefined) => HoldRecord | null,
): (HoldRecord | null)[] {
  return holdIds.map((holdId, index) => holdOf(holdId, raws[index]));
}

function readable<T>(bad: Set<string>, name: string, raw: Raw | undefined, decode: (raw: Buffer) => T): T | null {
  if (!raw) return null;
  try {
    return decode(raw);
  } catch {
    bad.add(name);
    return null;
  }
}

export function numberOrNull(raw: Raw | undefined): number | null {
  return raw ? Number(raw) : null;
}
