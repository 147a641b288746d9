import type { DocumentRecord } from '../../src/domain/records.ts';
import type { ExpectedVersion, Step } from '../../src/domain/steps.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { isLive, type Seen } from '../support/fold.ts';
import type { Claim, HoldPick, StepPlan, TransactionPlan } from './plans.ts';

/** The results of the plans of one history so far. References such as "the third live hold" are resolved in it. */
export interface History {
  seen: Seen;
  /** All transactions that were sent, the newest last. */
  sent: Transaction[];
  holdsMade: number;
}

type Plan<K extends StepPlan['kind']> = Extract<StepPlan, { kind: K }>;

/** Resolves all transactions of a batch against the state before it, so later ones may be stale. */
export function resolveTransaction(history: History, plan: TransactionPlan): Transaction {
  if ('again' in plan) return resolveRepeat(history, plan) ?? resolveTransaction(history, NOTHING);
  const id = `t${history.sent.length}`;
  const transaction: Transaction = {
    id,
    fingerprint: `f:${id}`,
    retention: plan.retention,
    ...(plan.reference === undefined ? {} : { reference: plan.reference }),
    cause: { by: 'operator', reason: id },
    steps: plan.steps.map((step) => resolveStep(history, step)),
  };
  history.sent.push(transaction);
  return transaction;
}

const NOTHING: TransactionPlan = { steps: [], retention: 'short', reference: undefined };

function resolveRepeat({ sent }: History, plan: Extract<TransactionPlan, { again: number }>): Transaction | undefined {
  const before = sent.at(-1 - (plan.again % Math.max(1, sent.length)));
  if (!before) return undefined;
  return { ...before, retention: plan.retention, ...(plan.changed ? { fingerprint: 'f:changed' } : {}) };
}

function resolveStep(history: History, plan: StepPlan): Step {
  switch (plan.kind) {
    case 'count':
      return resolveCount(history, plan);
    case 'reserve':
      return resolveReserve(history, plan);
    case 'resize':
      return resolveResize(history, plan);
    case 'fill':
      return resolveFill(history, plan);
    case 'put':
    case 'drop':
      return resolveDocument(history, plan);
    default:
      return 'hold' in plan ? resolveHoldStep(history, plan) : defined(plan);
  }
}

/** Removes fields with the value `undefined`, which fast-check draws for absent fields. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function resolveCount({ seen }: History, { kind, sku, onHand, expected }: Plan<'count'>): Step {
  const present = seen.stock.find((record) => record.sku === sku)?.onHand ?? 0;
  return defined({ kind, sku, onHand, expectedOnHand: claimed(expected, present, present + 1) });
}

function resolveReserve(history: History, { kind, hold, min, want, until, ...rest }: Plan<'reserve'>): Step {
  const taken = hold === 'taken' ? pick(history, { known: want }) : undefined;
  const holdId = taken?.holdId ?? `h${history.holdsMade++}`;
  const alike = until === 'alike' ? history.seen.holds.findLast(isLive)?.expiresAt : undefined;
  return defined({ kind, holdId, min: min === 'want' ? want : min, want, until: alike, ...rest }) as Step;
}

/** Claims the units that the hold has, or others. Without a claim it claims those to fill. */
function resolveFill(history: History, { kind, hold: choice, backordered: claim, units }: Plan<'fill'>): Step {
  const found = pick(history, choice);
  const awaited = found?.backordered ?? 1;
  const backordered = Math.max(1, claimed(claim, awaited, awaited + 1) ?? units);
  return { kind, holdId: found?.holdId ?? 'h-unknown', backordered, units: Math.min(units, backordered) };
}

function resolveResize(history: History, plan: Plan<'resize'>): Step {
  const { kind, how, want, quantityMax, min, hold, claim, quantity, caps, onHandOnly } = plan;
  const change = how === 'to' ? { to: want } : { by: { min: min ?? want, want } };
  const units = pick(history, hold)?.quantity;
  const claimedUnits = units === undefined ? undefined : claimed(quantity, units, units + 1);
  return defined({
    kind,
    ...named(history, { hold, claim }),
    quantity: claimedUnits,
    change,
    quantityMax,
    onHandOnly,
    caps,
  }) as Step;
}

function resolveHoldStep(
  history: History,
  plan: Plan<'extend' | 'pin' | 'transfer' | 'release' | 'consume' | 'commit' | 'fulfil'>,
): Step {
  const { hold: holdPick, claim, ...rest } = plan;
  const hold = pick(history, holdPick);
  const units = hold?.quantity;
  const quantity = 'quantity' in plan && units !== undefined ? claimed(plan.quantity, units, units + 1) : undefined;
  return defined({ ...rest, ...named(history, { hold: holdPick, claim }), quantity }) as Step;
}

function resolveDocument(history: History, plan: Plan<'put' | 'drop'>): Step {
  const { document: key, expected, ...rest } = plan;
  const record = history.seen.documents.find((found) => found.key === key);
  const expect = expectedVersion(expected, record);
  if (rest.kind === 'drop') return defined({ ...rest, key, expect });
  const holds = rest.holds?.map((hold) => pick(history, hold)?.holdId ?? 'h-unknown');
  return defined({ ...rest, key, expect, holds });
}

function expectedVersion(expected: Plan<'put'>['expected'], record: DocumentRecord | undefined): ExpectedVersion {
  if (expected === 'right') return record?.version ?? 'absent';
  if (expected === 'stale') return Math.max(1, (record?.version ?? 2) - 1);
  return expected;
}

function named(history: History, plan: { hold: HoldPick; claim: Claim }): { holdId: string; owner?: string } {
  const hold = pick(history, plan.hold);
  const owner = claimed(plan.claim, hold?.owner, 'cart:wrong');
  return { holdId: hold?.holdId ?? 'h-unknown', ...(owner === undefined ? {} : { owner }) };
}

function claimed<T>(claim: Claim, right: T, wrong: T): T | undefined {
  if (claim === 'absent') return undefined;
  return claim === 'right' ? right : wrong;
}

interface Picked {
  holdId: string;
  owner?: string;
  quantity?: number;
  backordered?: number;
}

/** Picks a hold. Numbers count from the newest, so that a small number is a recent hold. */
function pick({ seen, holdsMade }: History, choice: HoldPick): Picked | undefined {
  if (choice === 'unknown') return undefined;
  // An earlier step of this transaction may create it, so its owner and quantity are not known yet.
  if (choice === 'newest') return { holdId: `h${holdsMade - 1}` };
  const live = 'live' in choice ? seen.holds.filter(isLive) : [];
  const from = live.length > 0 ? live : seen.holds;
  const nth = 'live' in choice ? choice.live : choice.known;
  return from.toSorted((a, b) => b.createdAt - a.createdAt || (a.holdId < b.holdId ? 1 : -1))[nth % from.length];
}
