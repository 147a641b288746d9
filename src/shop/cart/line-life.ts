import type { Refusal } from '../../contract/calls/call.ts';
import { cartHoldTtlMs, type Settings } from '../../contract/settings.ts';
import type { ReserveStep } from '../../domain/steps.ts';
import type { CallerCaps } from '../stock/supply/caller-caps.ts';
import type { HoldStreaks } from './hold-streaks.ts';
import type { StreakHolder } from './streak.ts';

/** The holder of a line. */
export interface LifeView {
  state: { key: string };
  sku: string;
  /** The customer whose count has the units. */
  customer: string;
  callerCaps: CallerCaps;
  streaks: HoldStreaks;
  settings: Settings;
}

/**
 * Returns how long a new hold of `units` lives and its caps, or the refusal of a holder that has used up the lifetime.
 * Callers without caps are exempt.
 */
export function lifeOf(view: LifeView, units: number): { life: Life; callerCaps: CallerCaps } | { refusal: Refusal } {
  const { sku, callerCaps, streaks, settings } = view;
  const ttlMs = cartHoldTtlMs(settings);
  const { caps } = callerCaps;
  if (!streaks.isOn || caps === undefined) return { life: { ttlMs }, callerCaps };
  const age = streaks.ageOf(streakHolder(view), sku, units);
  if ('retryAfterMs' in age) return { refusal: { reason: 'hold_cap', meta: { sku, limit: 0, held: 0, ...age } } };
  const { ageMs, restingUnits } = age;
  const life = ageMs === 0 ? { ttlMs } : { ageMs, ttlMs: Math.min(ttlMs, settings.holdLifetimeMaxMs - ageMs) };
  return { life, callerCaps: withResting(callerCaps, restingUnits) };
}

/** Returns the caps of a line that grows. Its hold keeps its age, so resting units of the client count as held. */
export function growthCaps(view: LifeView): CallerCaps {
  const { sku, callerCaps, streaks } = view;
  if (!streaks.isOn || callerCaps.caps === undefined) return callerCaps;
  return withResting(callerCaps, streaks.restingUnits(streakHolder(view), sku));
}

const withResting = (callerCaps: CallerCaps, clientResting: number): CallerCaps =>
  clientResting === 0 ? callerCaps : { ...callerCaps, caps: { ...callerCaps.caps, clientResting } };

/** A named customer has a streak of its own, whatever its client. */
const streakHolder = ({ state, customer, callerCaps }: LifeView): StreakHolder => ({
  name: customer,
  client: customer === state.key ? (callerCaps.client ?? null) : null,
});

export type Life = Pick<ReserveStep, 'ageMs'> & { ttlMs: number };
