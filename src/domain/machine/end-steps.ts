import { NEVER_AT } from '../limits.ts';
import type { HoldRecord } from '../records.ts';
import type { CommitStep, ConsumeStep, FulfilStep, ReleaseStep } from '../steps.ts';
import { type LiveHold, findLiveHold } from './live-hold.ts';
import { move, refuseStep, type StepContext, type StepResult } from './step-context.ts';

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

/** Ends a live hold. Its units are available again and no longer count for its customer. */
export function freeUnits(context: StepContext, { hold, stock }: LiveHold, state: 'released' | 'expired'): void {
  move(context, {
    kind: hold.state === 'committed' ? 'uncommitted' : state,
    quantity: hold.quantity,
    before: stock,
    hold: { ...hold, state, endedAt: context.at },
  });
  if (hold.counted) context.buffer.addToCount(hold.customer, hold.sku, -hold.quantity);
}

export function performConsume(context: StepContext, step: ConsumeStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  const { hold, stock } = live;
  move(context, {
    kind: 'consumed',
    quantity: hold.quantity,
    before: stock,
    hold: { ...hold, state: 'consumed', endedAt: context.at },
  });
  return null;
}

export function performCommit(context: StepContext, step: CommitStep): StepResult {
  const live = findLiveHold(context, step);
  if ('refusal' in live) return live;
  const { hold, stock } = live;
  move(context, {
    kind: 'committed',
    quantity: hold.quantity,
    before: stock,
    hold: { ...hold, state: 'committed', expiresAt: NEVER_AT, owner: step.toOwner ?? hold.owner },
  });
  return null;
}

export function performFulfil(context: StepContext, step: FulfilStep): StepResult {
  const live = findLiveHold(context, step, { mayBeCommitted: true });
  if ('refusal' in live) return live;
  const { hold, stock } = live;
  const { units } = step;
  const { holdId, state, quantity } = hold;
  if (state !== 'committed') return refuseStep({ reason: 'hold_not_active', meta: { holdId, state } });
  if (units > quantity) return refuseStep({ reason: 'quantity_limit', meta: { limit: quantity } });
  const rest: HoldRecord =
    units === quantity ? { ...hold, state: 'consumed', endedAt: context.at } : { ...hold, quantity: quantity - units };
  move(context, { kind: 'fulfilled', quantity: units, before: stock, hold: rest });
  return null;
}
