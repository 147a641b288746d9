import { numberInBatch } from '../../../domain/batch-relative.ts';
import type { ClockStepped } from '../clock/clock-keeper.ts';
import { type BatchCall, type BatchDecision, type Given, isStorm, type OverdueHolds } from '../decide/batch-decider.ts';
import { positionOf } from '../codec/hold-places.ts';
import type { KnownKinds, KnownRecords, RecordKind } from '../decide/known-records.ts';
import { decodedOrBad } from '../codec/bad-record.ts';
import { unpackAll } from '../codec/msgpack.ts';
import { decodeDocument, decodeHold, decodeRequest, decodeStock, readWhole } from '../codec/record-codec.ts';
import { narrow, wide } from '../codec/wide-number.ts';
import type { DuePosition } from '../../../domain/machine/lookups.ts';

/** The fields of one attempt to send a batch. */
export interface BatchEnvelope {
  generation: string;
  floorAt: number;
  floorSequence: number;
  clock: number | false;
  /** The bounds of shop time. A time outside of them means that the wall clock has stepped. */
  earliest: number | false;
  latest: number | false;
  notAfter: number;
  lane: string;
  fencingToken: number;
  previousToken: number | false;
  epoch: number;
}

/** The batch was applied. */
export interface BatchApplied extends Given {
  word: 'done';
  /** Shop time minus the wall clock. */
  clockOffsetMs: number;
}

/** The batch was rejected, with nothing written: too late, out of order, or in an epoch that has ended. */
interface BatchTurnedAway {
  word: 'late' | 'out_of_order' | 'other_epoch';
  at: number;
}

/** The batch was rejected because the records that it was decided on have changed. */
export interface BatchStale {
  word: 'stale';
  at: number;
  sequence: number;
  records: RawRecord[];
}

export type NamedRecord = [kind: RecordKind, name: string];
type RawRecord = [kind: RecordKind, name: string, raw: Buffer | null, due: number | null];

/** The batch was rejected because these holds are overdue. */
export interface BatchOverdue {
  word: 'overdue';
  at: number;
  sequence: number;
  overdue: Omit<OverdueHolds, 'named'>;
  records: RawRecord[];
}

export type BatchReply = BatchApplied | BatchTurnedAway | BatchStale | BatchOverdue | ClockStepped;

/** Returns the arguments of `commit.lua`. An absent number is -1. */
export function encodeBatch(
  { dueMax }: BatchCall,
  { outcome, writeSet, decidedAfter, overdue, window }: BatchDecision,
  envelope: BatchEnvelope,
): { numbers: string; texts: string[] } {
  const { floorAt, floorSequence, clock, earliest, latest, notAfter, fencingToken, previousToken, epoch } = envelope;
  const { since, before, isOnSequence } = outcome.assumptions;
  const [reclaimedAt, reclaimedAfter] = isStorm(overdue) ? [Infinity] : [overdue?.at, overdue?.sequence];
  const head = [floorAt, floorSequence, clock, earliest, latest, notAfter, fencingToken, previousToken, epoch]
    .concat([reclaimedAt ?? false, reclaimedAfter ?? false, since, before, isOnSequence && decidedAfter])
    .map((number) => wide(number === false ? -1 : number));
  const sizes = narrow(numberInBatch(outcome.sequence, decidedAfter)) + narrow(dueMax);
  const names = `${envelope.generation}\0 ${envelope.lane}\0`;
  const looked = JSON.stringify([window.named, window.namedMax, window.othersMax]);
  return { numbers: head.join('') + sizes + names + writeSet.numbers, texts: [looked, ...writeSet.texts] };
}

/** Decodes the reply of `commit.lua`. Records are in a Redis array; other rejections are msgpack. */
export function decodeBatchReply(reply: unknown): BatchReply {
  if (Array.isArray(reply)) {
    const [word, rawAt, rawSequence, ...rest] = reply as [Buffer, Buffer, Buffer, ...unknown[]];
    const state = { at: Number(rawAt), sequence: Number(rawSequence) };
    if (String(word) === 'stale') return { word: 'stale', ...state, records: rawRecords(rest) };
    return { word: 'overdue', ...state, ...overdueOf(state, rest) };
  }
  if ((reply as Buffer).toString('latin1', 1, NUMBERS_AT) === 'done') return appliedOf(reply as Buffer);
  const [word, at, ...fields] = unpackAll(reply as Buffer) as [string, number, ...unknown[]];
  if (word === 'clock_stepped') return { word, wallAt: at, field: String(fields[0]), lastAt: Number(fields[1]) };
  return { word: word as BatchTurnedAway['word'], at };
}

const NUMBERS_AT = 5;
const DOCUMENTS_AT = NUMBERS_AT + 32;

/** The word is followed by four numbers of eight bytes, and by the due documents as msgpack. */
function appliedOf(raw: Buffer): BatchApplied {
  const due = readWhole(raw, NUMBERS_AT + 24);
  const documents = raw.length > DOCUMENTS_AT ? unpackAll(raw.subarray(DOCUMENTS_AT))[0] : [];
  return {
    word: 'done',
    at: readWhole(raw, NUMBERS_AT),
    clockOffsetMs: readWhole(raw, NUMBERS_AT + 8),
    sequenceBefore: readWhole(raw, NUMBERS_AT + 16),
    nextDueAt: due < 0 ? null : due,
    due: (documents as [string, number][]).map(([key, version]) => ({ key, version })),
  };
}

function rawRecords(fields: unknown[]): RawRecord[] {
  const records: RawRecord[] = [];
  for (let at = 0; at < fields.length; at += 4) {
    const [kind, name, raw, due] = fields.slice(at, at + 4) as [Buffer, Buffer, Buffer | null, Buffer | null];
    records.push([String(kind) as RecordKind, String(name), raw, due && Number(due)]);
  }
  return records;
}

function overdueOf(
  { at, sequence }: Pick<BatchOverdue, 'at' | 'sequence'>,
  [skus, ...found]: unknown[],
): Pick<BatchOverdue, 'overdue' | 'records'> {
  const positions: DuePosition[] = [];
  const records: RawRecord[] = [];
  for (let index = 0; index < found.length; index += 2) {
    const position = positionOf(String(found[index]));
    positions.push(position);
    records.push(['hold', position.holdId, found[index + 1] as Buffer | null, null]);
  }
  const names = Array.isArray(skus) ? skus.map(String) : [];
  return { overdue: { at, sequence, rounds: 1, positions, skus: names }, records };
}

/** Caches records that Redis has sent, undecodable ones as well, and returns their names. */
export function learnRecords(known: KnownRecords, records: readonly RawRecord[]): NamedRecord[] {
  return records.map(([kind, name, raw, due]) => {
    known.learn(kind, name, raw && decodedOrBad(() => DECODERS[kind](name, raw, due)));
    return [kind, name];
  });
}

const DECODERS: { [K in RecordKind]: (name: string, raw: Buffer, due: number | null) => KnownKinds[K] } = {
  stock: decodeStock,
  hold: decodeHold,
  document: decodeDocument,
  request: (_id, raw) => decodeRequest(raw),
  count: (_key, raw) => decodeCount(Number(raw)),
};

function decodeCount(units: number): number {
  if (!Number.isSafeInteger(units)) throw new TypeError('is not a number');
  return units;
}
