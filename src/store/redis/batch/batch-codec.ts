import { numberInBatch } from '../../../domain/batch-relative.ts';
import type { ClockStepped } from '../clock/clock-keeper.ts';
import { type BatchCall, type Decision, type Given, isStorm, type OverdueHolds } from '../decide/batch-decider.ts';
import { positionOf } from '../codec/hold-places.ts';
import type { KnownRecords, RecordKind } from '../decide/known-records.ts';
import type { Bad } from '../decide/remembered.ts';
import { unpackAll } from '../codec/msgpack.ts';
import { decodeDocument, decodeHold, decodeRequest, decodeStock } from '../codec/record-codec.ts';
import type { DuePosition } from '../../../domain/machine/lookups.ts';

/** What belongs to one sending of a batch. */
export interface BatchEnvelope {
  incarnation: string;
  floorAt: number;
  floorSequence: number;
  clock: number | false;
  /** Shop time before and after which the wall clock must have stepped. */
  earliest: number | false;
  latest: number | false;
  notAfter: number;
  lane: string;
  ticket: number;
  follows: number | false;
  epoch: number;
}

/** Applied. */
export interface BatchApplied extends Given {
  word: 'done';
  /** By which shop time differs from the wall clock. */
  clockOffsetMs: number;
}

/** Refused whole, with nothing written: too late, not in the order of the lane, or in an epoch that has ended. */
export interface BatchTurnedAway {
  word: 'late' | 'out_of_order' | 'other_epoch';
  at: number;
}

/** Refused whole: what it was decided on has changed. */
export interface BatchStale {
  word: 'stale';
  at: number;
  sequence: number;
  records: RawRecord[];
}

export type NamedRecord = [kind: RecordKind, name: string];
type RawRecord = [kind: RecordKind, name: string, raw: Buffer | null, due: number | null];

/** Refused whole: these holds are overdue. */
export interface BatchOverdue {
  word: 'overdue';
  at: number;
  sequence: number;
  overdue: Omit<OverdueHolds, 'named'>;
  records: RawRecord[];
}

export type BatchReply = BatchApplied | BatchTurnedAway | BatchStale | BatchOverdue | ClockStepped;

/** The arguments of `commit.lua`. */
export function encodeBatch(
  { dueMax }: BatchCall,
  { outcome, writeSet, decidedAfter, overdue, window }: Decision,
  envelope: BatchEnvelope,
): string[] {
  const { incarnation, floorAt, floorSequence, clock, earliest, latest, notAfter, lane, ticket, follows } = envelope;
  const { since, before } = outcome.rests;
  const head = JSON.stringify([
    incarnation,
    floorAt,
    floorSequence,
    clock,
    earliest,
    latest,
    notAfter,
    lane,
    ticket,
    follows,
    envelope.epoch,
    isStorm(overdue) ? Number.MAX_SAFE_INTEGER : (overdue?.at ?? false),
    isStorm(overdue) ? false : (overdue?.sequence ?? false),
    since,
    before === Number.POSITIVE_INFINITY ? false : before,
    numberInBatch(outcome.sequence, decidedAfter),
    outcome.rests.isOnSequence && decidedAfter,
    dueMax,
    window.namedMax,
    window.othersMax,
    writeSet.sizes,
  ]);
  return [head, JSON.stringify(window.named), ...writeSet.parts];
}

/** Records come as they are, in an array of Redis; all else as msgpack. */
export function decodeBatchReply(reply: unknown): BatchReply {
  if (Array.isArray(reply)) {
    const [word, rawAt, rawSequence, ...rest] = reply as [Buffer, Buffer, Buffer, ...unknown[]];
    const state = { at: Number(rawAt), sequence: Number(rawSequence) };
    if (String(word) === 'stale') return { word: 'stale', ...state, records: rawRecords(rest) };
    return { word: 'overdue', ...state, ...overdueOf(state, rest) };
  }
  const fields = unpackAll(reply as Buffer) as [string, number, ...unknown[]];
  const [word, at] = fields;
  switch (word) {
    case 'clock_stepped':
      return { word, wallAt: at, field: String(fields[2]), lastAt: Number(fields[3]) };
    case 'done':
      return appliedOf(fields as RawApplied);
    default:
      return { word: word as BatchTurnedAway['word'], at };
  }
}

type RawApplied = ['done', number, number, number, number | false, [string, number][] | object];

function appliedOf([word, at, clockOffsetMs, sequenceBefore, due, documents]: RawApplied): BatchApplied {
  const list = Array.isArray(documents) ? (documents as [string, number][]) : [];
  return {
    word,
    at,
    clockOffsetMs,
    sequenceBefore,
    nextDueAt: due === false ? null : due,
    due: list.map(([key, version]) => ({ key, version })),
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

/** Remembers records as Redis has sent them, and returns their names. One that cannot be decoded is remembered as such. */
export function learnRecords(known: KnownRecords, records: readonly RawRecord[]): NamedRecord[] {
  return records.map(([kind, name, raw, due]) => {
    LEARN[kind](known, name, raw, due);
    return [kind, name];
  });
}

type Learn = (known: KnownRecords, name: string, raw: Buffer | null, due: number | null) => void;

const LEARN: Record<RecordKind, Learn> = {
  stock: (known, sku, raw) => known.learnStock(sku, raw && decoded(() => decodeStock(sku, raw))),
  hold: (known, holdId, raw) => known.learnHold(holdId, raw && decoded(() => decodeHold(holdId, raw))),
  document: (known, key, raw, due) => known.learnDocument(key, raw && decoded(() => decodeDocument(key, raw, due))),
  request: (known, id, raw) => known.learnRequest(id, raw && decoded(() => decodeRequest(raw))),
  count: (known, key, raw) => known.learnCount(key, raw && decodedCount(Number(raw))),
};

const decodedCount = (units: number): number | Bad =>
  Number.isSafeInteger(units) ? units : { problem: 'is not a number' };

function decoded<T>(decode: () => T): T | Bad {
  try {
    return decode();
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
