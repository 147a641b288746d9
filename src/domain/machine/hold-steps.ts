import { movesWithBatch } from '../batch-relative.ts';
import { NEVER_AT } from '../limits.ts';
import { isSamePrice } from '../money.ts';
import type { HoldRecord, StockRecord } from '../records.ts';
import type { ExtendStep, PinStep, ReserveStep, ResizeStep, TransferStep } from '../steps.ts';
import { countKey } from './write-buffer.ts';
import { decideGrant, isCounted, limitExceeded } from './grant.ts';
import { capsInForce, holdCapped, isCapped, refuseAnonymous, refuseUnadmitted } from './hold-caps.ts';
import { type LiveHold, findLiveHold } from './live-hold.ts';
import {
  conflict,
  coveredUnits,
  move,
  noteGranted,
  refuseStep,
  type StepContext,
  type StepRefusal,
  type StepResult,
  unknownSku,
} from './step-context.ts';

export function performReserve(context: StepContext, step: ReserveStep): StepResult {
  const { holdId, sku, min, want, owner, customer } = step;
  const before = context.buffer.stock.get(sku);
  if (!before) return unknownSku(sku);
  if (!hasPrice(before, step)) return conflict(`stock:${sku}`);
  const expiresAt = newDeadline(context, step);
  if (expiresAt === null) return conflict(`hold:${holdId}`);
  if (context.buffer.holds.get(holdId, context.hasNewHolds))
    return refuseStep({ reason: 'hold_exists', meta: { holdId } });
  const { caps, client = null } = step;
  const refused = refuseAnonymous(before, caps, customer) ?? refuseUnadmitted(before, caps);
  if (refused) return refused;
  const stock = step.onHandOnly ? { ...before, backorderLimit: null } : before;
  const granted = decideGrant(context, stock, { min, want, customer, uncounted: 0, client, hold: null, caps });
  if (typeof granted !== 'number') return granted;
  const counted = isCounted(customer, before.limitPerCustomer);
  const hold: HoldRecord = {
    holdId,
    sku,
    quantity: granted,
    state: 'held',
    expiresAt,
    createdAt: context.at - (step.ageMs ?? 0),
    owner,
    customer,
    counted,
    client,
    capped: isCapped(before, caps, client),
    backordered: granted - coveredUnits(context, before, granted),
    version: context.sequence,
    endedAt: null,
  };
  if (counted) context.buffer.addToCount(customer, sku, granted);
  move(context, { kind: 'reserved', quantity: granted, before, hold });
  noteGranted(context, granted, hold.backordered);
  return null;
}

/** Returns the deadline of a new hold; null if it has passed. */
function newDeadline({ at, buffer }: StepContext, { ttlMs, until }: ReserveStep): number | null {
  if (until === undefined) return ttlMs === null ? NEVER_AT : at + ttlMs;
  buffer.assumptions.onBefore(until, until > at);
  return until > at ? until : null;
}

function hasPrice(stock: StockRecord, { unitPrice }: ReserveStep | ResizeStep): boolean {
  return unitPrice === undefined || isSamePrice(stock.unitPrice, unitPrice);
}

export function performResize(context: StepContext, step: ResizeStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: true });
  if ('refusal' in live) return live;
  if (!hasPrice(live.stock, step)) return conflict(`stock:${live.stock.sku}`);
  const delta = decideResize(context, step, live);
  if (typeof delta !== 'number') return delta;
  if (delta === 0) {
    noteGranted(context, 0, live.hold.backordered);
    return null;
  }
  const { hold, stock: before } = live;
  const quantity = hold.quantity + delta;
  // Units that were sold without counting do not begin to count, because their order says so.
  const mayCount = hold.state !== 'committed' && isCounted(hold.customer, before.limitPerCustomer);
  const counted = hold.counted || mayCount;
  if (counted) context.buffer.addToCount(hold.customer, hold.sku, hold.counted ? delta : quantity);
  const capped = hold.capped || isCapped(before, step.caps, hold.client);
  const kind = hold.state === 'committed' ? 'recommitted' : 'resized';
  const backordered = Math.max(0, hold.backordered + backorderedBy(context, before, delta));
  noteGranted(context, delta, backordered);
  move(context, { kind, quantity: delta, before, hold: { ...hold, quantity, counted, capped, backordered } });
  return null;
}

/** Returns how many of `delta` more units are backordered. Of fewer units, the backordered ones go first. */
const backorderedBy = (context: StepContext, stock: StockRecord, delta: number): number =>
  delta < 0 ? delta : delta - coveredUnits(context, stock, delta);

function decideResize(context: StepContext, step: ResizeStep, { hold, stock }: LiveHold): number | StepRefusal {
  const { min, want } =
    'to' in step.change
      ? { min: step.change.to - hold.quantity, want: step.change.to - hold.quantity }
      : step.change.by;
  if (hold.quantity + want > step.quantityMax) {
    return refuseStep({ reason: 'quantity_limit', meta: { limit: step.quantityMax } });
  }
  if (want <= 0) return want;
  const { customer, client, counted, quantity } = hold;
  const { caps } = step;
  const uncounted = counted ? 0 : quantity;
  const isExempt = hold.state === 'committed' && !counted;
  return (
    refuseAnonymous(stock, caps, customer) ??
    decideGrant(context, isExempt ? { ...stock, limitPerCustomer: null } : stock, {
      min,
      want,
      customer,
      uncounted,
      client,
      hold,
      caps,
    })
  );
}

export function performExtend(context: StepContext, step: ExtendStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  const { hold } = live;
  const expiresAt = deadlineOf(context, step.ttlMs, lifetimeEnd(hold, step));
  const isLater = Math.floor(expiresAt) > hold.expiresAt;
  const { at, buffer } = context;
  // If one of the two deadlines is derived from the batch's time, that time decides which of them is later.
  if (movesWithBatch(expiresAt)) buffer.assumptions.onBefore(hold.expiresAt - (expiresAt - at) + 1, !isLater);
  else if (movesWithBatch(hold.expiresAt)) buffer.assumptions.onBefore(expiresAt - (hold.expiresAt - at), isLater);
  if (!isLater) return null;
  context.buffer.holds.set(hold.holdId, { ...hold, expiresAt, version: context.sequence });
  return null;
}

export function performPin(context: StepContext, step: PinStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  const { hold, stock } = live;
  const expiresAt = context.at + step.windowMs;
  move(context, {
    kind: 'pinned',
    quantity: hold.quantity,
    before: stock,
    hold: { ...hold, state: 'pinned', expiresAt, owner: step.toOwner },
  });
  return null;
}

export function performTransfer(context: StepContext, step: TransferStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: true });
  if ('refusal' in live) return live;
  const { hold, stock } = live;
  const customer = step.toCustomer ?? hold.customer;
  let counted = hold.counted;
  if (customer !== hold.customer) {
    const already = context.buffer.counts.get(countKey(customer, hold.sku));
    const limit = stock.limitPerCustomer;
    if (limit !== null && already + hold.quantity > limit) return limitExceeded(hold.sku, limit, already);
    const refused = overCap(context, stock, step, hold);
    if (refused) return refused;
    if (hold.counted) context.buffer.addToCount(hold.customer, hold.sku, -hold.quantity);
    counted = isCounted(customer, limit);
    if (counted) context.buffer.addToCount(customer, hold.sku, hold.quantity);
  }
  const capped = hold.capped || isCapped(stock, step.caps, hold.client);
  const isSold = hold.state === 'committed';
  const state = isSold ? 'committed' : 'held';
  const expiresAt = isSold ? hold.expiresAt : transferredDeadline(context, hold, step);
  move(context, {
    kind: 'transferred',
    quantity: hold.quantity,
    before: stock,
    hold: { ...hold, state, owner: step.toOwner, customer, counted, capped, expiresAt },
  });
  return null;
}

/** Returns the refusal by the cap of another customer, whose units the hold's would be. */
function overCap(
  context: StepContext,
  stock: StockRecord,
  { caps, toCustomer }: TransferStep,
  { quantity, customer }: HoldRecord,
): StepRefusal | null {
  if (caps === undefined) return null;
  const [cap] = capsInForce(context, stock, { customer: toCustomer ?? customer, client: null, hold: null, caps });
  return cap && cap.held + quantity > cap.limit ? holdCapped(context, stock.sku, cap) : null;
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
