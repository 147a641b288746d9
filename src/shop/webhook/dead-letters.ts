import type { Step } from '../../domain/steps.ts';
import { type Call, invalid, ok, type Refusal, refuse, type Result } from '../../contract/calls/call.ts';
import { decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Page } from '../../contract/output-fields.ts';
import { type EventParts, eventStep } from '../event/event-document.ts';
import { putDocument } from '../../transact/documents/json-document.ts';
import {
  deadKey,
  ENDPOINTS_KEY,
  deadLettersIn,
  endpointsIn,
  queueIn,
  queueKey,
  queueKeys,
} from './webhook-documents.ts';
import type { WebhookDeadLettersInput, WebhookReplayInput } from '../../contract/inputs/inputs.ts';
import type { WebhookDeadLetter } from '../../contract/outputs/webhook-outputs.ts';
import {
  classOf,
  type DeadLetter,
  EVENT_CLASSES,
  eventIdOf,
  PENDING_MAX,
  type Queue,
} from '../../contract/webhook-records.ts';

export interface DeadLetterParts extends EventParts {
  shop: string;
  read: Read;
  transactor: Transactor;
}

export const unknownEndpoint = (endpointId: string): Refusal => ({ reason: 'unknown_endpoint', meta: { endpointId } });

/** Returns a page of an endpoint's dead letters, oldest first. */
export async function deadLetters(
  { shop, read }: DeadLetterParts,
  input: WebhookDeadLettersInput,
): Promise<Result<Page<WebhookDeadLetter>>> {
  const { endpointId } = input;
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string, number, string]>('dead', ['string', 'number', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [of, diedAt, id] = cursor.value ?? [endpointId, -1, ''];
  if (of !== endpointId) return invalid('cursor', 'is not a cursor of this list');
  const view = await read({ documents: [ENDPOINTS_KEY, deadKey(endpointId)] });
  if (!endpointsIn(view).value.some((one) => one.endpointId === endpointId)) {
    return refuse(unknownEndpoint(endpointId));
  }
  const inOrder = [...deadLettersIn(view, endpointId).value].sort(
    (a, b) => a.diedAt - b.diedAt || (a.id < b.id ? -1 : 1),
  );
  const rest = inOrder.filter((one) => one.diedAt > diedAt || (one.diedAt === diedAt && one.id > id));
  const page = rest.slice(0, limit.value);
  const items = page.map(({ id: own, ...letter }) => letterView(shop, own, letter));
  const last = page.at(-1);
  if (!last || rest.length === page.length) return ok({ items });
  return ok({ items, nextCursor: encodeCursor('dead', [endpointId, last.diedAt, last.id]) });
}

function letterView(shop: string, id: string, letter: Omit<DeadLetter, 'id'>): WebhookDeadLetter {
  const { type, at, subject, attempts, lastStatus, diedAt } = letter;
  return { eventId: eventIdOf(shop, id), type, at, subject, attempts, lastStatus, diedAt };
}

const replayEvent = (
  parts: DeadLetterParts,
  call: Call,
  { endpointId, reason }: WebhookReplayInput,
  replayed: number,
): Step => eventStep(parts, call, { what: 'webhooks.replay', after: { endpointId, replayed }, reason });

/** Moves dead letters back to their queues for a new first attempt: the oldest first, as many as fit. */
export function replay(
  parts: DeadLetterParts,
  input: WebhookReplayInput,
  call: Call,
): Promise<Result<{ replayed: number; deadLetters: number }>> {
  const { shop, read, transactor } = parts;
  const { endpointId, eventIds } = input;
  const wanted = eventIds && new Set(eventIds);
  return transactor.run({
    procedure: 'webhooks.replay',
    input,
    call,
    reads: () => ({ documents: [...queueKeys(endpointId), deadKey(endpointId)] }),
    compose: (view) => {
      const dead = deadLettersIn(view, endpointId);
      const meant = dead.value.filter(({ id }) => !wanted || wanted.has(eventIdOf(shop, id)));
      const chosen: DeadLetter[] = [];
      const steps: Step[] = [];
      for (const of of EVENT_CLASSES) {
        const queue = queueIn(view, endpointId, of);
        if (!queue.value) return { refusal: unknownEndpoint(endpointId) };
        const room = Math.max(0, PENDING_MAX - queue.value.waiting.length);
        const some = meant.filter(({ type }) => classOf(type) === of).slice(0, room);
        chosen.push(...some);
        const revived = some.map(({ diedAt: _, attempts: __, ...one }) => ({ ...one, attempts: 0, nextAt: view.at }));
        const waiting = [...queue.value.waiting, ...revived];
        steps.push(
          putDocument<Queue | null>(queueKey(endpointId, of), queue, { ...queue.value, waiting, restUntil: 0 }),
        );
      }
      const left = dead.value.filter((one) => !chosen.includes(one));
      steps.push(putDocument(deadKey(endpointId), dead, left), replayEvent(parts, call, input, chosen.length));
      return { steps, address: null, effectReference: String(chosen.length) };
    },
    answer: async ({ reference }) => {
      const view = await read({ documents: [deadKey(endpointId)] });
      return ok({ replayed: Number(reference), deadLetters: deadLettersIn(view, endpointId).value.length });
    },
  });
}
