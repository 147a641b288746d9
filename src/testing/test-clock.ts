import type { Holdfast } from '../shop/holdfast.ts';
import type { MovableClock } from '../store/time/movable-clock.ts';

/** The clock of a test's shop. It stands still until a test moves it. */
export interface TestClock {
  /** Returns epoch milliseconds. */
  now(): number;
  /**
   * Moves the clock ahead. On the way it stops at each deadline, so that holds, carts and orders end in order and at
   * their own times, as they do in a real shop. Resolves when all effects are applied, and due webhooks were attempted.
   * Rejects with `RangeError` for a time that is not a whole number of milliseconds, 0 or more.
   */
  advance(ms: number): Promise<void>;
}

interface TestClockParts {
  clock: MovableClock;
  holdfast: Pick<Holdfast, 'store' | 'expiry' | 'webhooks'>;
  sendsWebhooks: boolean;
}

export function createTestClock({ clock, holdfast, sendsWebhooks }: TestClockParts): TestClock {
  const { store, expiry, webhooks } = holdfast;
  const nextDueAt = async (): Promise<number> => (await store.apply([])).nextDueAt ?? Number.POSITIVE_INFINITY;
  const move = async (ms: number): Promise<void> => {
    const end = clock.now() + ms;
    let reached = Number.NEGATIVE_INFINITY;
    // A deadline that remains after a sweep is left to the next one, so that the loop ends.
    for (let due = await nextDueAt(); due <= end && due > reached; due = await nextDueAt()) {
      clock.advance(Math.max(0, due - clock.now()));
      reached = due;
      await expiry.sweepNow();
    }
    clock.advance(end - clock.now());
    await expiry.sweepNow();
    if (sendsWebhooks) await webhooks.deliverNow();
  };
  let last: Promise<void> = Promise.resolve();
  return {
    now: clock.now,
    advance: (ms) => {
      const moved = last.then(() => move(ms));
      last = moved.catch(() => undefined);
      return moved;
    },
  };
}
