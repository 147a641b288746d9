import type { ConsumeStep, ReleaseStep } from '../steps.ts';
import { type LiveHold, findLiveHold } from './live-hold.ts';
import { move, type StepContext, type StepResult } from './step-context.ts';

export function performRelease(context: StepContext, step: ReleaseStep): StepResult {
  const live = findLiveHold(context, step);
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
    kind: state,
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
