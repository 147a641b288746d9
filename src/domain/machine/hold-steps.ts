import { movesWithBatch } from '../batch-relative.ts';
import { NEVER_AT } from '../limits.ts';
import type { HoldRecord } from '../records.ts';
import type { ExtendStep, PinStep, TransferStep } from '../steps.ts';
import { countKey } from './write-buffer.ts';
import { isCounted, limitExceeded } from './grant.ts';
import { capsInForce, holdCapped, isCapped } from './hold-caps.ts';
import { capsOfPart } from './kit-grant.ts';
import { type HoldPart, withParts } from './kit-parts.ts';
import { findLiveHold } from './live-hold.ts';
import { move, type StepContext, type StepRefusal, type StepResult } from './step-context.ts';

/** The steps that change a hold, but not its quantity. */

export function performExtend(context: StepContext, step: ExtendStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  for (const { hold } of withParts(context, live)) extendHold(context, step, hold);
  return null;
}

function extendHold(context: StepContext, step: ExtendStep, hold: HoldRecord): void {
  const expiresAt = deadlineOf(context, step.ttlMs, lifetimeEnd(hold, step));
  const isLater = Math.floor(expiresAt) > hold.expiresAt;
  const { at, buffer } = context;
  // If one of the two deadlines is derived from the batch's time, that time decides which of them is later.
  if (movesWithBatch(expiresAt)) buffer.assumptions.onBefore(hold.expiresAt - (expiresAt - at) + 1, !isLater);
  else if (movesWithBatch(hold.expiresAt)) buffer.assumptions.onBefore(expiresAt - (hold.expiresAt - at), isLater);
  if (isLater) buffer.holds.set(hold.holdId, { ...hold, expiresAt, version: context.sequence });
}

export function performPin(context: StepContext, step: PinStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  const expiresAt = context.at + step.windowMs;
  for (const { hold, stock } of withParts(context, live)) {
    move(context, {
      kind: 'pinned',
      quantity: hold.quantity,
      before: stock,
      hold: { ...hold, state: 'pinned', expiresAt, owner: step.toOwner },
    });
  }
  return null;
}

export function performTransfer(context: StepContext, step: TransferStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: true });
  if ('refusal' in live) return live;
  const all = withParts(context, live);
  for (const each of all) {
    const refused = refuseCustomer(context, step, each);
    if (refused) return refused;
  }
  for (const each of all) transferHold(context, step, each);
  return null;
}

/** Returns the refusal if the units of the hold exceed the limit or the cap of its new customer; null otherwise. */
function refuseCustomer(
  context: StepContext,
  { caps, toCustomer }: TransferStep,
  { hold, stock, isPart }: HoldPart,
): StepRefusal | null {
  const customer = toCustomer ?? hold.customer;
  if (customer === hold.customer) return null;
  const already = context.buffer.counts.get(countKey(customer, hold.sku));
  const { limitPerCustomer: limit } = stock;
  if (limit !== null && already + hold.quantity > limit) return limitExceeded(hold.sku, limit, already);
  const ofHold = isPart ? capsOfPart(caps) : caps;
  if (ofHold === undefined) return null;
  const [cap] = capsInForce(context, stock, { customer, client: null, hold: null, caps: ofHold });
  return cap && cap.held + hold.quantity > cap.limit ? holdCapped(context, stock.sku, cap) : null;
}

function transferHold(context: StepContext, step: TransferStep, { hold, stock, isPart }: HoldPart): void {
  const customer = step.toCustomer ?? hold.customer;
  let counted = hold.counted;
  if (customer !== hold.customer) {
    if (hold.counted) context.buffer.addToCount(hold.customer, hold.sku, -hold.quantity);
    counted = isCounted(customer, stock.limitPerCustomer);
    if (counted) context.buffer.addToCount(customer, hold.sku, hold.quantity);
  }
  const capped = hold.capped || isCapped(stock, isPart ? capsOfPart(step.caps) : step.caps, hold.client);
  const isSold = hold.state === 'committed';
  const state = isSold ? 'committed' : 'held';
  const expiresAt = isSold ? hold.expiresAt : transferredDeadline(context, hold, step);
  move(context, {
    kind: 'transferred',
    quantity: hold.quantity,
    before: stock,
    hold: { ...hold, state, owner: step.toOwner, customer, counted, capped, expiresAt },
  });
}

function transferredDeadline(context: StepContext, hold: HoldRecord, step: TransferStep): number {
  if (step.ttlMs === undefined) return hold.expiresAt;
  return deadlineOf(context, step.ttlMs, lifetimeEnd(hold, step));
}

const lifetimeEnd = ({ createdAt }: HoldRecord, { lifetimeMs }: ExtendStep | TransferStep): number =>
  lifetimeMs === undefined ? Number.POSITIVE_INFINITY : createdAt + lifetimeMs;

/** Returns now + `ttlMs` (null: no deadline), but at most `cap`. */
function deadlineOf({ at, buffer }: StepContext, ttlMs: number | null, cap: number): number {
  if (ttlMs === null) return Math.min(NEVER_AT, cap);
  buffer.assumptions.onBefore(cap - ttlMs, at + ttlMs < cap);
  return Math.min(at + ttlMs, cap);
}
