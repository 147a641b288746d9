import { kitHoldOf } from '../kits.ts';
import { ENDED_STATES, type EndedState, type HoldRecord, type StockRecord } from '../records.ts';
import { conflict, refuseStep, type StepContext, type StepRefusal } from './step-context.ts';

export interface LiveHold {
  hold: HoldRecord;
  stock: StockRecord;
}

/**
 * Returns the state in which the hold ended; null while it is live. A live hold may be overdue: past its deadline, but
 * not ended yet by a batch. (A cart shows such a line in the phase `overdue` instead of `live`.)
 */
export const endedState = ({ state }: HoldRecord): EndedState | null =>
  ENDED_STATES.find((ended) => ended === state) ?? null;

/** Returns how the hold ended; else whether it is past its deadline at `at`. */
export const holdPhase = (hold: HoldRecord, at: number): EndedState | 'live' | 'overdue' =>
  endedState(hold) ?? (hold.expiresAt <= at ? 'overdue' : 'live');

export const isLive = (hold: HoldRecord): boolean => endedState(hold) === null;

export const liveOrNull = (hold: HoldRecord | undefined): HoldRecord | null => (hold && isLive(hold) ? hold : null);

/** What a step expects of its hold. */
interface HoldClaims {
  holdId: string;
  owner?: string;
  quantity?: number;
  counted?: boolean;
}

/**
 * Returns the live hold that a step names, with its SKU, or the refusal: the hold is unknown, has ended, or is
 * committed and may not be, or it differs from what the step expects (owner, quantity, whether its units count). A part
 * hold is unknown unless it `mayBePart`, because it follows the hold of its kit.
 */
export function findLiveHold(
  context: StepContext,
  step: HoldClaims,
  { mayBeCommitted = false, mayBePart = false } = {},
): LiveHold | StepRefusal {
  const hold = mayBePart || kitHoldOf(step.holdId) === null ? context.buffer.holds.get(step.holdId) : undefined;
  if (!hold) return refuseStep({ reason: 'unknown_hold', meta: { holdId: step.holdId, state: 'unknown' } });
  const state = endedState(hold) ?? (hold.state === 'committed' && !mayBeCommitted ? hold.state : null);
  if (state) return refuseStep({ reason: 'hold_not_active', meta: { holdId: step.holdId, state } });
  context.buffer.assumptions.onBefore(hold.expiresAt, hold.expiresAt > context.at);
  if (step.owner !== undefined && step.owner !== hold.owner) return conflict(`hold:${step.holdId}`);
  if (step.quantity !== undefined && step.quantity !== hold.quantity) return conflict(`hold:${step.holdId}`);
  if (step.counted !== undefined && step.counted !== hold.counted) return conflict(`hold:${step.holdId}`);
  const stock = context.buffer.stock.get(hold.sku);
  if (!stock) throw new Error(`the SKU ${hold.sku} of hold ${hold.holdId} does not exist`);
  return { hold, stock };
}
