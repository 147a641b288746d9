import type { Money } from '../../domain/money.ts';
import type { ReserveStep } from '../../domain/steps.ts';
import type { CallerCaps } from '../stock/supply/caller-caps.ts';
import type { Life } from './line-life.ts';

/** A location that was chosen without a read. */
export interface Guess {
  /** The key of the SKU's stock there. */
  key: string;
  location: string;
}

interface LineHold {
  owner: string;
  customer: string;
  life: Life;
  callerCaps: CallerCaps;
  unitPrice: Money | null;
  /** Null: the location was read, or is the only one. */
  guess: Guess | null;
}

/** Returns the step that takes the units of a new line from the stock `key`. */
export function reserveLine(
  { holdId, key, min, want }: { holdId: string; key: string; min: number; want: number },
  { owner, customer, life: { ttlMs, ageMs }, callerCaps, unitPrice, guess }: LineHold,
): ReserveStep {
  // V8 copies an object that is spread at the beginning many times faster than one at the end.
  const step: ReserveStep = {
    ...callerCaps,
    kind: 'reserve',
    holdId,
    sku: key,
    min,
    want,
    ttlMs,
    owner,
    customer,
    unitPrice,
  };
  if (ageMs !== undefined) step.ageMs = ageMs;
  // Another location may have units on hand.
  if (guess) step.onHandOnly = true;
  return step;
}
