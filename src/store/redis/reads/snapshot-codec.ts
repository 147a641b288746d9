import { firstSequence } from '../../../domain/epoch.ts';
import type { ReadRequest, Snapshot } from '../../store.ts';
import type { KnownRecords } from '../decide/known-records.ts';
import type { BatchEnvelope } from '../batch/batch-codec.ts';
import { pack } from '../codec/msgpack.ts';
import { decodeDocument, decodeHold, decodeRequest, decodeStock } from '../codec/record-codec.ts';

type Raw = Buffer | null;
type RawAnswer = [
  stock: Raw[],
  holds: Raw[],
  documents: Raw[],
  dueTimes: Raw[],
  /** For each document, the holds that it refers to. */
  referring: Raw[][],
  requests: Raw[],
  /** For each SKU, its earliest deadline and the units in its overdue holds. */
  earliest: Raw[],
  overdue: Raw[],
];

type ReadEnvelope = Pick<BatchEnvelope, 'generation' | 'clock' | 'floorAt' | 'latest' | 'epoch' | 'floorSequence'>;

export function encodeReads(
  requests: readonly ReadRequest[],
  { generation, clock, floorAt, latest, epoch, floorSequence }: ReadEnvelope,
): Buffer {
  const wanted = requests.map(({ skus, holds, documents, requests: ids }) =>
    [skus, holds, documents, ids].map((list) => list ?? []),
  );
  return pack([generation, clock, floorAt, latest, wanted, epoch, floorSequence]);
}

/** Decodes the reply of `read.lua`, and caches its records. An undecodable record becomes null, and is named. */
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
    readable(bad, `hold:${holdId}`, raw, (bytes) => known.seeHold(holdId, decodeHold(holdId, bytes)));
  return {
    ...state,
    stock: skus.map((sku, index) =>
      readable(bad, `stock:${sku}`, stock[index], (bytes) => known.seeStock(sku, decodeStock(sku, bytes))),
    ),
    holds: (request.holds ?? []).map((holdId, index) => holdOf(holdId, holds[index])),
    documents: (request.documents ?? []).map((key, index) => {
      const dueAt = numberOrNull(dues[index]);
      const decode = (bytes: Buffer) => known.seeDocument(key, decodeDocument(key, bytes, dueAt));
      const record = readable(bad, `document:${key}`, documents[index], decode);
      return (
        record && { record, holds: record.holds.map((holdId, place) => holdOf(holdId, referring[index]?.[place])) }
      );
    }),
    requests: (request.requests ?? []).map((id, index) =>
      readable(bad, `request:${id}`, requests[index], decodeRequest),
    ),
    behind: skus.filter((_, index) => isBehind(index)),
    overdue: skus.map((_, index) => (isBehind(index) ? numberOrNull(overdue[index]) : 0)),
    undecodable: [...bad],
  };
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
