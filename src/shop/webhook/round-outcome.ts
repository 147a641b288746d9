import type { MovementId } from '../../domain/records.ts';
import type { Delivered } from './deliver.ts';
import { pauseMs, restMs, type RetrySchedule } from './retry-schedule.ts';
import {
  DEAD_LETTERS_MAX,
  type DeadLetter,
  type DisabledReason,
  type Occurrence,
  type Queue,
  STATUS_CHARS_MAX,
  type Waiting,
} from '../../contract/webhook-words.ts';

/** An occurrence that a round has dealt with. */
export interface Handled {
  occurrence: Occurrence & Partial<Waiting>;
  /** Whether it was in the queue before the round. */
  isWaiting: boolean;
  delivered: Delivered | Superseded;
}

/** It was not sent, because a later event of the same order was sent in the same round. */
export interface Superseded {
  outcome: 'superseded';
}

/** What a round has done, to be written into the queue as it is by then. */
export interface RoundResult {
  /** The queue's cursor at the start. If the cursor has moved since, another process has read this stretch. */
  from: MovementId;
  through: MovementId;
  handled: readonly Handled[];
  /** Nearly all attempts failed, so nothing is sent to the endpoint for a while. */
  isDown: boolean;
}

export interface Settlement {
  queue: Queue;
  dead: DeadLetter[];
  died: number;
  /** Why nothing more is sent to the endpoint. */
  disable: DisabledReason | null;
}

/** Pure: the same result settled twice changes nothing the second time. */
export function settleRound(
  present: { queue: Queue; dead: readonly DeadLetter[]; at: number },
  { from, through, handled, isDown }: RoundResult,
  schedule: RetrySchedule,
): Settlement {
  const { queue, at } = present;
  const isOurs = queue.cursor === from;
  const waiting = new Map(queue.waiting.map((item) => [item.id, item]));
  const dead = [...present.dead];
  let { restUntil } = queue;
  let disable: DisabledReason | null = null;
  for (const { occurrence, isWaiting, delivered } of handled) {
    if (isWaiting ? !waiting.has(occurrence.id) : !isOurs) continue;
    if (delivered.outcome === 'gone') disable = 'gone';
    if (delivered.outcome === 'failed') restUntil = Math.max(restUntil, at + restMs(delivered.retryAfterMs));
    if (delivered.outcome === 'delivered' || delivered.outcome === 'superseded') {
      waiting.delete(occurrence.id);
      continue;
    }
    const next = nextAttempt(occurrence, delivered, at, schedule);
    if ('nextAt' in next) waiting.set(next.id, next);
    else if (dead.length < DEAD_LETTERS_MAX) {
      waiting.delete(next.id);
      dead.push(next);
    } else {
      disable ??= 'dead_letters_full';
      waiting.set(next.id, { ...waitingOf(occurrence), attempts: 0, nextAt: at, lastStatus: next.lastStatus });
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
  occurrence: Handled['occurrence'],
  delivered: Exclude<Delivered, { outcome: 'delivered' }>,
  at: number,
  schedule: RetrySchedule,
): Waiting | DeadLetter {
  const { attempts = 0, lastStatus = '' } = occurrence;
  const facts = waitingOf(occurrence);
  if (delivered.outcome === 'aborted') return { ...facts, attempts, nextAt: occurrence.nextAt ?? at, lastStatus };
  // Whoever says that it is gone is not asked again: the event waits for the operator to enable the endpoint.
  if (delivered.outcome === 'gone') return { ...facts, attempts, nextAt: at, lastStatus: delivered.status };
  const pause = pauseMs(schedule, attempts + 1);
  const tried = { ...facts, attempts: attempts + 1, lastStatus: delivered.status.slice(0, STATUS_CHARS_MAX) };
  if (pause === null) return { ...tried, diedAt: at };
  return { ...tried, nextAt: at + Math.max(pause, restMs(delivered.retryAfterMs)) };
}

function waitingOf({ id, at, type, subject, available, version }: Occurrence): Occurrence {
  return {
    id,
    at,
    type,
    subject,
    ...(available === undefined ? {} : { available }),
    ...(version === undefined ? {} : { version }),
  };
}
