import { sleep } from 'k6';
import { gaveUp } from './metrics.ts';
import { Shopper } from './shopper.ts';
import { type Answer, ask, newKey, type Refused } from './wire.ts';
import type { InputOf } from '../../src/contract/inputs/inputs.ts';
import type { OutputOf, Path } from '../../src/contract/outputs/outputs.ts';

const AGAIN: ReadonlySet<Refused['reason']> = new Set([
  'store_unavailable',
  'outcome_unknown',
  'overloaded',
  'no_answer',
]);
const PATIENCE_MS = 30_000;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 1_000;

/** A shopper that repeats calls without a final answer, with the same idempotency key, as our client does. */
export class PatientShopper extends Shopper {
  override ask<P extends Path>(path: P, input: InputOf<P>): Answer<OutputOf<P>> {
    return insist(() => super.ask(path, input));
  }
}

/** Like `enter`, with retries. */
export function enterPatiently(): PatientShopper | null {
  const input = { idempotencyKey: newKey() };
  const answer = insist(() => ask({ path: 'session.create', input, headers: {} }));
  return answer.ok ? new PatientShopper(answer.value.sessionId) : null;
}

function insist<T>(call: () => Answer<T>): Answer<T> {
  const start = Date.now();
  for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    const answer = call();
    if (answer.ok || !AGAIN.has(answer.reason)) return answer;
    if (Date.now() - start > PATIENCE_MS) {
      gaveUp.add(1);
      return answer;
    }
    // Jitter, so that shoppers do not retry all at the same moment.
    sleep((pauseMs * (0.5 + Math.random() / 2)) / 1_000);
  }
}
