import { describe, expect, test } from 'vitest';
import { DOCUMENT_BODY_BYTES_MAX } from '../../src/domain/limits.ts';
import type { Delivered } from '../../src/shop/webhook/webhook-sender.ts';
import {
  pauseMs,
  RETRY_SCHEDULE,
  type RoundResult,
  settleRound,
  type DeliveryAttempt,
} from '../../src/shop/webhook/round-outcome.ts';
import { DEAD_LETTERS_MAX, PENDING_MAX, type Queue, type WaitingEvent } from '../../src/contract/webhook-records.ts';

const SCHEDULE = { ...RETRY_SCHEDULE, jitter: 0 };
const FAILED: Delivered = { outcome: 'failed', status: 'x'.repeat(100), retryAfterMs: null };
const NOW = 1_767_225_600_000;

/** An event with the longest possible names and numbers. */
const longest = (index: number): WaitingEvent => ({
  id: `${9_000_000_000_000_000 + index}-99999s`,
  at: NOW,
  type: 'order.awaiting_payment',
  subject: 's'.repeat(64),
  available: 1_000_000_000_000,
  fill: {
    holdId: 'h'.repeat(40),
    owner: `reservation:${'o'.repeat(40)}`,
    units: 1_000_000_000_000,
    location: 'l'.repeat(32),
  },
  attempts: 7,
  nextAt: NOW,
  lastStatus: 'x'.repeat(40),
});
const many = (count: number): WaitingEvent[] => Array.from({ length: count }, (_, index) => longest(index));
const queue = (waiting: WaitingEvent[] = []): Queue => ({ cursor: '5-0', waiting, restUntil: 0 });
const result = (attempts: DeliveryAttempt[], change: Partial<RoundResult> = {}): RoundResult => ({
  from: '5-0',
  through: '9-0',
  attempts,
  isDown: false,
  ...change,
});
const attempt = (event: WaitingEvent, delivered: Delivered, isWaiting = true): DeliveryAttempt => ({
  event,
  delivered,
  isWaiting,
});
const settle = (present: Queue, round: RoundResult, dead = 0) =>
  settleRound({ queue: present, dead: many(dead).map((one) => ({ ...one, diedAt: NOW })), at: NOW }, round, SCHEDULE);

describe('the documents of an endpoint', () => {
  test('fit into a document of the store even with the longest values', () => {
    expect(JSON.stringify(queue(many(PENDING_MAX))).length).toBeLessThan(DOCUMENT_BODY_BYTES_MAX);
    const { dead } = settle(queue(many(1)), result([attempt(longest(0), FAILED)]), DEAD_LETTERS_MAX - 1);
    expect(dead.length).toBe(DEAD_LETTERS_MAX);
    expect(JSON.stringify(dead).length).toBeLessThan(DOCUMENT_BODY_BYTES_MAX);
  });
});

describe('the result of a round', () => {
  test('keeps all facts of an event that waits for a retry, or is a dead letter', () => {
    const { attempts: _, nextAt: _next, lastStatus: _status, ...facts } = longest(0);
    const { queue: after } = settle(queue(), result([attempt({ ...longest(0), attempts: 0 }, FAILED, false)]));
    expect(after.waiting).toMatchObject([facts]);
    expect(settle(queue(many(1)), result([attempt(longest(0), FAILED)])).dead).toMatchObject([facts]);
  });

  test('changes nothing when it is applied again', () => {
    const [kept, gone, fresh] = many(3);
    const round = result([
      attempt({ ...kept!, attempts: 1 }, FAILED),
      attempt(gone!, { outcome: 'delivered', status: '200' }),
      attempt({ ...fresh!, attempts: 0 }, FAILED, false),
    ]);
    const once = settle(queue([kept!, gone!]), round);
    expect(once.queue.waiting.map(({ id }) => id)).toEqual([kept!.id, fresh!.id]);
    expect(once.queue.cursor).toBe('9-0');
    const delivered = result([
      attempt(gone!, { outcome: 'delivered', status: '200' }),
      attempt({ ...fresh!, attempts: 0 }, FAILED, false),
    ]);
    expect(settle(once.queue, delivered).queue).toEqual(once.queue);
  });

  test('counts only for waiting events if another process has read the ledger', () => {
    const [old, fresh] = many(2);
    const round = result([attempt(old!, { outcome: 'delivered', status: '200' }), attempt(fresh!, FAILED, false)], {
      from: '4-0',
    });
    expect(settle(queue([old!]), round).queue).toEqual({ cursor: '5-0', waiting: [], restUntil: 0 });
  });

  test('does not count an aborted attempt', () => {
    const [one] = many(1);
    const waiting = { ...one!, attempts: 3, nextAt: NOW - 5 };
    const settled = settle(queue([waiting]), result([attempt(waiting, { outcome: 'aborted' })]));
    expect(settled.queue.waiting).toEqual([waiting]);
  });

  test('disables the endpoint at the limit of dead letters and drops nothing', () => {
    const settled = settle(queue(many(1)), result([attempt(longest(0), FAILED)]), DEAD_LETTERS_MAX);
    expect(settled).toMatchObject({ disable: 'dead_letters_full', died: 0 });
    expect(settled.queue.waiting).toMatchObject([{ id: longest(0).id, attempts: 0 }]);
  });
});

describe('the retry schedule', () => {
  test('has eight attempts in 27.6 hours', () => {
    const pauses = Array.from({ length: 8 }, (_, index) => pauseMs(SCHEDULE, index + 1));
    expect(pauses.at(-1)).toBeNull();
    const total = pauses.reduce<number>((sum, pause) => sum + (pause ?? 0), 0);
    expect(total / 3_600_000).toBeCloseTo(27.585, 2);
  });

  test.each([
    [0, 4_000],
    [0.5, 5_000],
    [1, 6_000],
  ])('with the random number %f the first pause is %i ms', (chance, pause) => {
    expect(pauseMs({ ...RETRY_SCHEDULE, random: () => chance }, 1)).toBe(pause);
  });
});
