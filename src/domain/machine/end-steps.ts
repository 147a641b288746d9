import { NEVER_AT } from '../limits.ts';
import type { HoldRecord } from '../records.ts';
import type { CommitStep, ConsumeStep, FillStep, FulfilStep, ReleaseStep } from '../steps.ts';
import { assemble, followPart, withParts } from './kit-parts.ts';
import { type LiveHold, findLiveHold } from './live-hold.ts';
import {
  conflict,
  fillableUnits,
  freeOf,
  move,
  refuseStep,
  type StepContext,
  type StepRefusal,
  type StepResult,
} from './step-context.ts';

export function performRelease(context: StepContext, step: ReleaseStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: step.committed === true });
  if ('refusal' in live) {
    const { refusal } = live;
    const expired = refusal.reason === 'hold_not_active' && refusal.meta.state === 'expired';
    return expired && step.expiredIsFine ? null : live;
  }
  freeUnits(context, live, 'released');
  return null;
}

/** Ends a live hold and its part holds. Their units are available again and no longer count for its customer. */
export function freeUnits(context: StepContext, live: LiveHold, state: 'released' | 'expired'): void {
  for (const each of withParts(context, live)) freeHold(context, each, state);
  disassemble(context, live);
}

/** Removes the assembled kits of an ended hold from the kit's units on hand. */
function disassemble(context: StepContext, { hold, stock }: LiveHold): void {
  if (stock.components === null) return;
  assemble(context, context.buffer.stock.get(stock.sku) ?? stock, hold.backordered - hold.quantity);
}

function freeHold(context: StepContext, { hold, stock }: LiveHold, state: 'released' | 'expired'): void {
  if (stock.backordered > 0 || stock.backorderLimit !== null) noteFreed(context, hold);
  move(context, {
    kind: hold.state === 'committed' ? 'uncommitted' : state,
    quantity: hold.quantity,
    before: stock,
    hold: { ...hold, state, backordered: 0, endedAt: context.at },
  });
  if (hold.counted) context.buffer.addToCount(hold.customer, hold.sku, -hold.quantity);
}

function noteFreed(context: StepContext, { sku, quantity, backordered }: HoldRecord): void {
  context.freed ??= new Map();
  const { units, onHand } = context.freed.get(sku) ?? { units: 0, onHand: 0 };
  context.freed.set(sku, { units: units + quantity, onHand: onHand + quantity - backordered });
}

export function performConsume(context: StepContext, step: ConsumeStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  const refused = refuseBackordered(live.hold, live.hold.quantity);
  if (refused) return refused;
  for (const { hold, stock } of withParts(context, live)) {
    move(context, {
      kind: 'consumed',
      quantity: hold.quantity,
      before: stock,
      hold: { ...hold, state: 'consumed', endedAt: context.at },
    });
  }
  return null;
}

/** Returns the refusal if more of the hold's units would leave than are on hand. */
function refuseBackordered({ sku, quantity, backordered }: HoldRecord, units: number): StepRefusal | null {
  const available = quantity - backordered;
  if (units <= available) return null;
  return refuseStep({ reason: 'insufficient_stock', meta: { lines: [{ sku, requested: units, available }] } });
}

export function performCommit(context: StepContext, step: CommitStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  for (const { hold, stock } of withParts(context, live)) {
    move(context, {
      kind: 'committed',
      quantity: hold.quantity,
      before: stock,
      hold: { ...hold, state: 'committed', expiresAt: NEVER_AT, owner: step.toOwner ?? hold.owner },
    });
  }
  return null;
}

export function performFulfil(context: StepContext, step: FulfilStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: true });
  if ('refusal' in live) return live;
  const { hold } = live;
  const { units } = step;
  const { holdId, state, quantity } = hold;
  if (state !== 'committed') return refuseStep({ reason: 'hold_not_active', meta: { holdId, state } });
  if (units > quantity) return refuseStep({ reason: 'quantity_limit', meta: { limit: quantity } });
  const refused = refuseBackordered(hold, units);
  if (refused) return refused;
  for (const each of withParts(context, live)) dispatch(context, each, units * each.perUnit);
  return null;
}

function dispatch(context: StepContext, { hold, stock }: LiveHold, units: number): void {
  const quantity = hold.quantity - units;
  const rest: HoldRecord = quantity === 0 ? { ...hold, state: 'consumed', endedAt: context.at } : { ...hold, quantity };
  move(context, { kind: 'fulfilled', quantity: units, before: stock, hold: rest });
}

/** Fills backordered units from the stock on hand, but never from the safety stock. */
export function performFill(context: StepContext, step: FillStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: true, mayBePart: true });
  if ('refusal' in live) return live;
  const { hold, stock } = live;
  const { units, backordered } = step;
  if (backordered !== hold.backordered) return conflict(`hold:${hold.holdId}`);
  const { assumptions } = context.buffer;
  if (units > fillableUnits(stock)) {
    assumptions.onCounters(stock.sku);
    return conflict(`stock:${stock.sku}`);
  }
  assumptions.onFree(stock.sku, freeOf(stock) + stock.backordered - stock.safetyStock - units);
  move(context, {
    kind: 'filled',
    quantity: units,
    before: stock,
    hold: { ...hold, backordered: backordered - units },
  });
  followPart(context, hold);
  return null;
}
