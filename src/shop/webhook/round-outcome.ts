import type { MovementId } from '../../domain/records.ts';
import type { Delivered } from './webhook-sender.ts';
import {
  DEAD_LETTERS_MAX,
  type DeadLetter,
  type DisabledReason,
  type WebhookEvent,
  type Queue,
  STATUS_CHARS_MAX,
  type WaitingEvent,
} from '../../contract/webhook-records.ts';

/** An event of a round and the result of its delivery. */
export interface DeliveryAttempt {
  event: WebhookEvent & Partial<WaitingEvent>;
  /** Whether it was in the queue before the round. */
  isWaiting: boolean;
  delivered: Delivered | Superseded;
  /** When it was sent, in shop time, and how long the attempt took. Absent: it was not sent. */
  sent?: { at: number; tookMs: number };
}

/** The event was not sent, because the round sends a later event of the same order. */
interface Superseded {
  outcome: 'superseded';
}

/** The result of a round. It is applied to the queue's state at the time of the write. */
export interface RoundResult {
  /** The queue's cursor at the start. If it has moved since, another process has read these entries. */
  from: MovementId;
  through: MovementId;
  attempts: readonly DeliveryAttempt[];
  /** Nearly all attempts failed, so nothing is sent to the endpoint for a while. */
  isDown: boolean;
}

interface RoundOutcome {
  queue: Queue;
  dead: DeadLetter[];
  died: number;
  /** The reason why the endpoint is disabled; null if it is not. */
  disable: DisabledReason | null;
}

/** Returns the queue and dead letters after a round. It is pure, and applying the same result again changes nothing. */
export function settleRound(
  present: { queue: Queue; dead: readonly DeadLetter[]; at: number },
  { from, through, attempts, isDown }: RoundResult,
  schedule: RetrySchedule,
): RoundOutcome {
  const { queue, at } = present;
  const isOurs = queue.cursor === from;
  const waiting = new Map(queue.waiting.map((item) => [item.id, item]));
  const dead = [...present.dead];
  let { restUntil } = queue;
  let disable: DisabledReason | null = null;
  for (const { event, isWaiting, delivered } of attempts) {
    if (isWaiting ? !waiting.has(event.id) : !isOurs) continue;
    if (delivered.outcome === 'gone') disable = 'gone';
    if (delivered.outcome === 'failed') restUntil = Math.max(restUntil, at + restMs(delivered.retryAfterMs));
    if (delivered.outcome === 'delivered' || delivered.outcome === 'superseded') {
      waiting.delete(event.id);
      continue;
    }
    const next = nextAttempt(event, delivered, at, schedule);
    if ('nextAt' in next) waiting.set(next.id, next);
    else if (dead.length < DEAD_LETTERS_MAX) {
      waiting.delete(next.id);
      dead.push(next);
    } else {
      disable ??= 'dead_letters_full';
      waiting.set(next.id, { ...bareEvent(event), attempts: 0, nextAt: at, lastStatus: next.lastStatus });
    }
  }
  if (isDown) restUntil = Math.max(restUntil, at + (pauseMs(schedule, 1) ?? 0));
  return {
    queue: { cursor: isOurs ? through : queue.cursor, waiting: [...waiting.values()], restUntil },
    dead,
    died: dead.length - present.dead.length,
    disable,
  };
}

function nextAttempt(
  event: DeliveryAttempt['event'],
  delivered: Exclude<Delivered, { outcome: 'delivered' }>,
  at: number,
  schedule: RetrySchedule,
): WaitingEvent | DeadLetter {
  const { attempts = 0, lastStatus = '' } = event;
  const facts = bareEvent(event);
  if (delivered.outcome === 'aborted') return { ...facts, attempts, nextAt: event.nextAt ?? at, lastStatus };
  // There is no retry after `gone`. The event waits until the operator enables the endpoint again.
  if (delivered.outcome === 'gone') return { ...facts, attempts, nextAt: at, lastStatus: delivered.status };
  const pause = pauseMs(schedule, attempts + 1);
  const tried = { ...facts, attempts: attempts + 1, lastStatus: delivered.status.slice(0, STATUS_CHARS_MAX) };
  if (pause === null) return { ...tried, diedAt: at };
  return { ...tried, nextAt: at + Math.max(pause, restMs(delivered.retryAfterMs)) };
}

/** Returns an event without the fields of its attempts. */
function bareEvent({ id, at, type, subject, available, version, fill }: WebhookEvent): WebhookEvent {
  return {
    id,
    at,
    type,
    subject,
    ...(available === undefined ? {} : { available }),
    ...(version === undefined ? {} : { version }),
    ...(fill === undefined ? {} : { fill }),
  };
}

/** When a failed event is sent again. */
export interface RetrySchedule {
  /** The pause before each retry, in milliseconds. An event that fails after the last pause becomes a dead letter. */
  pausesMs: readonly number[];
  /** The fraction by which a pause varies at random, so that events that failed together are not retried together. */
  jitter: number;
  /** 0 to 1, as `Math.random`. */
  random: () => number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The longest `Retry-After` that is honored. */
const RETRY_AFTER_MS_MAX = 24 * HOUR_MS;

/** Eight attempts in 27.5 hours, as Standard Webhooks proposes. */
export const RETRY_SCHEDULE: RetrySchedule = {
  pausesMs: [5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS],
  jitter: 0.2,
  random: Math.random,
};

/** Returns the pause after `attempts` attempts (1 or more); null if there is no further attempt. */
export function pauseMs(schedule: RetrySchedule, attempts: number): number | null {
  const pause = schedule.pausesMs[attempts - 1];
  if (pause === undefined) return null;
  return Math.round(pause * (1 + schedule.jitter * (2 * schedule.random() - 1)));
}

/** Returns how long an endpoint that requested a pause gets no events. */
const restMs = (retryAfterMs: number | null): number => Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX);
