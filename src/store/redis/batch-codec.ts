import type { ReclaimBounds } from '../../domain/machine/overdue.ts';
import type { CoreRefusal } from '../../domain/refusal.ts';
import type { Step } from '../../domain/steps.ts';
import type { Answer, Transaction } from '../../domain/transaction.ts';
import type { ClockStepped } from './clock-keeper.ts';
import { packAll, unpackAll } from './msgpack.ts';
import { decodeRefusal } from './refusal-codec.ts';

/** What `apply.lua` is asked to do. */
export interface BatchCall {
  transactions: readonly Transaction[];
  bounds: ReclaimBounds;
  /** Due documents to tell of. */
  dueMax: number;
}

/** What belongs to one sending of it. */
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

export interface BatchDone {
  word: 'done';
  at: number;
  /** By which shop time differs from the wall clock. */
  clockOffsetMs: number;
  sequence: number;
  nextDueAt: number | null;
  ended: number;
  more: boolean;
  answers: Answer[];
  due: { key: string; version: number }[];
}

/** Refused whole, with nothing written: too late, not in the order of the lane, or in an epoch that has ended. */
export interface BatchTurnedAway {
  word: 'late' | 'out_of_order' | 'other_epoch';
  at: number;
}

export function encodeBatch(call: BatchCall, envelope: BatchEnvelope): Buffer {
  const { incarnation, floorAt, floorSequence, clock, earliest, latest, notAfter, lane, ticket, follows } = envelope;
  const times = [clock, earliest, latest, notAfter];
  const sending = [incarnation, floorAt, floorSequence, ...times, lane, ticket, follows, envelope.epoch];
  const { skus, namedMax, othersMax, totalMax } = call.bounds;
  const bounds = [skus, namedMax, othersMax, totalMax, call.dueMax];
  const flat: unknown[] = [...sending, ...bounds, call.transactions.length];
  for (const transaction of call.transactions) appendTransaction(flat, transaction);
  return packAll(flat);
}

/** One value after the other, with the number of a step's fields before each: `lua/input.lua` tells why. */
function appendTransaction(flat: unknown[], transaction: Transaction): void {
  const { id, fingerprint, retention, reference, cause, steps } = transaction;
  flat.push(id, fingerprint, retention === 'long', reference ?? false, JSON.stringify(cause), steps.length);
  for (const step of steps) {
    const fields = encodeStep(step);
    flat.push(fields.length, ...fields);
  }
}

/** Arrays, kind first, then what the step names. Lua has no undefined: false stands for absent, true for null. */
function encodeStep(step: Step): unknown[] {
  switch (step.kind) {
    case 'configure':
      return [
        'configure',
        step.sku,
        orNull(step.title),
        price(step),
        step.safetyStock ?? false,
        orNull(step.limitPerCustomer),
      ];
    case 'adjust':
      return ['adjust', step.sku, step.delta, step.as];
    case 'count':
      return ['count', step.sku, step.onHand, step.expectedOnHand ?? false];
    case 'return':
      return ['return', step.sku, step.quantity, step.restock, step.customer ?? false];
    case 'put':
      return [
        'put',
        step.key,
        step.expect,
        step.body ?? false,
        step.holds ?? [],
        orNull(step.dueInMs),
        step.list ?? false,
      ];
    case 'drop':
      return [
        'drop',
        step.key,
        step.expect,
        (step.forget ?? []).map((sold) => [sold.sku, sold.customer, sold.quantity]),
      ];
    default:
      return encodeHoldStep(step);
  }
}

type HoldStep = Extract<Step, { holdId: string }>;

function encodeHoldStep(step: HoldStep): unknown[] {
  if (step.kind === 'reserve') {
    const { holdId, sku, min, want, ttlMs, owner, customer } = step;
    return ['reserve', holdId, sku, min, want, ttlMs, owner, customer];
  }
  const named: unknown[] = [step.kind, step.holdId, step.owner ?? false];
  if (step.kind === 'extend') return [...named, step.ttlMs, step.lifetimeMs];
  named.push(step.quantity ?? false);
  switch (step.kind) {
    case 'resize':
      return [...named, ...change(step.change), step.quantityMax];
    case 'pin':
      return [...named, step.windowMs, step.toOwner];
    case 'transfer':
      return [...named, step.toOwner, step.toCustomer ?? false, step.ttlMs ?? false, step.lifetimeMs ?? false];
    case 'release':
      return [...named, step.expiredIsFine ?? false];
    case 'consume':
      return named;
  }
}

function orNull<T>(value: T | null | undefined): T | boolean {
  return value === undefined ? false : (value ?? true);
}

function price({ unitPrice }: Extract<Step, { kind: 'configure' }>): unknown {
  return unitPrice ? [unitPrice.amount, unitPrice.currency] : orNull(unitPrice);
}

function change(by: Extract<Step, { kind: 'resize' }>['change']): unknown[] {
  return 'to' in by ? [by.to, 0, 0] : [false, by.by.min, by.by.want];
}

type RawAnswer =
  | ['applied', number, number[]]
  | ['replayed', number, number, string | false, number[]]
  | ['refused', number | false, CoreRefusal['reason'], CoreRefusal['meta']]
  | ['behind', string]
  | ['failed', 'undecodable_record' | 'internal', string];

type RawDone = ['done', number, number, number, number | false, number, boolean, [string, number][], ...RawAnswer[]];
type RawTurnedAway = ['late' | 'out_of_order', number] | ['clock_stepped', number, string, number];

export type BatchReply = BatchDone | BatchTurnedAway | ClockStepped;

export function decodeBatchReply(reply: unknown, transactions: readonly Transaction[]): BatchReply {
  const fields = unpackAll(reply as Buffer) as RawDone | RawTurnedAway;
  if (fields[0] === 'clock_stepped') return { word: fields[0], wallAt: fields[1], field: fields[2], lastAt: fields[3] };
  if (fields[0] !== 'done') return { word: fields[0], at: fields[1] };
  const [word, at, clockOffsetMs, sequence, due, ended, more, documents, ...answers] = fields;
  return {
    word,
    at,
    clockOffsetMs,
    sequence,
    nextDueAt: due === false ? null : due,
    ended,
    more,
    answers: answers.map((answer, index) => decodeAnswer(answer, at, transactions[index]?.reference)),
    due: documents.map(([key, version]) => ({ key, version })),
  };
}

function decodeAnswer(raw: RawAnswer, at: number, reference: string | undefined): Answer {
  switch (raw[0]) {
    case 'applied':
      return { status: 'applied', sequence: raw[1], at, reference: reference ?? null, granted: raw[2] };
    case 'replayed':
      return { status: 'replayed', sequence: raw[1], at: raw[2], reference: raw[3] || null, granted: raw[4] };
    case 'refused':
      return { status: 'refused', step: raw[1] === false ? null : raw[1], refusal: decodeRefusal(raw[2], raw[3]) };
    case 'behind':
      return { status: 'behind', skus: [raw[1]] };
    case 'failed':
      return { status: 'failed', error: raw[1], detail: raw[2] };
  }
}
