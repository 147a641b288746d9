import { ok, refuse, type Result } from '../../contract/calls/call.ts';
import type { WebhookWaitingInput } from '../../contract/inputs/inputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';
import type {
  WebhookEndpoint,
  WebhookProblem,
  WebhookStatus,
  WebhookWaiting,
} from '../../contract/outputs/webhook-outputs.ts';
import { EVENT_CLASSES, eventIdOf, type WaitingEvent } from '../../contract/webhook-records.ts';
import type { Snapshot } from '../../store/store.ts';
import { type DeadLetterParts, unknownEndpoint } from './dead-letters.ts';
import { deadLettersIn, ENDPOINTS_KEY, endpointsIn, queueIn, queueKeys, restUntil } from './webhook-documents.ts';

/** The most kinds of failure that a list of endpoints has for each. */
const PROBLEMS_MAX = 5;

/** The events of both queues of an endpoint, with the time of the next attempt: not before the endpoint has rested. */
function waitingIn(view: Snapshot, endpointId: string): WaitingEvent[] {
  const rest = restUntil(view, endpointId);
  return EVENT_CLASSES.flatMap((of) => queueIn(view, endpointId, of).value?.waiting ?? []).map((event) => ({
    ...event,
    nextAt: Math.max(event.nextAt, rest),
  }));
}

/** Returns the state of an endpoint's deliveries from a snapshot of its queues and dead letters. */
export function deliveryState(view: Snapshot, endpointId: string): Omit<WebhookStatus, keyof WebhookEndpoint> {
  const waiting = waitingIn(view, endpointId);
  const dead = deadLettersIn(view, endpointId).value;
  const problems = new Map<string, WebhookProblem>();
  const problemOf = (lastStatus: string): WebhookProblem => {
    const known = problems.get(lastStatus) ?? { lastStatus, waiting: 0, deadLetters: 0 };
    problems.set(lastStatus, known);
    return known;
  };
  for (const { lastStatus } of waiting) if (lastStatus !== '') problemOf(lastStatus).waiting += 1;
  for (const { lastStatus } of dead) problemOf(lastStatus).deadLetters += 1;
  const byCount = [...problems.values()].sort((a, b) => b.waiting - a.waiting || b.deadLetters - a.deadLetters);
  return {
    waiting: waiting.length,
    deadLetters: dead.length,
    problems: byCount.slice(0, PROBLEMS_MAX),
    ...(waiting.length > 0 && {
      oldestAt: Math.min(...waiting.map(({ at }) => at)),
      nextAt: Math.min(...waiting.map(({ nextAt }) => nextAt)),
    }),
  };
}

/** Returns a page of the events that wait for another attempt to an endpoint, the next one first. */
export async function waitingEvents(
  { shop, read }: DeadLetterParts,
  input: WebhookWaitingInput,
): Promise<Result<Page<WebhookWaiting>>> {
  const { endpointId } = input;
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[number, string]>('waiting', ['number', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [nextAt, id] = cursor.value ?? [-1, ''];
  const view = await read({ documents: [ENDPOINTS_KEY, ...queueKeys(endpointId)] });
  if (!endpointsIn(view).value.some((one) => one.endpointId === endpointId)) {
    return refuse(unknownEndpoint(endpointId));
  }
  const inOrder = waitingIn(view, endpointId).sort((a, b) => a.nextAt - b.nextAt || (a.id < b.id ? -1 : 1));
  const rest = inOrder.filter((one) => one.nextAt > nextAt || (one.nextAt === nextAt && one.id > id));
  const page = rest.slice(0, limit.value + 1);
  return ok(
    cutPage(
      page,
      limit.value,
      (event) => waitingView(shop, event),
      (event) => encodeCursor('waiting', [event.nextAt, event.id]),
    ),
  );
}

const waitingView = (
  shop: string,
  { id, type, at, subject, attempts, lastStatus, nextAt }: WaitingEvent,
): WebhookWaiting => ({
  eventId: eventIdOf(shop, id),
  type,
  at,
  subject,
  attempts,
  ...(lastStatus === '' ? {} : { lastStatus }),
  nextAt,
});
