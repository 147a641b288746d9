import { ok, refuse, type Result } from '../../contract/calls/call.ts';
import type { WebhookDelivery } from '../../contract/outputs/webhook-outputs.ts';
import { EVENT_CLASSES, type EventClass, eventIdOf, type WebhookEvent } from '../../contract/webhook-records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, putDocument, type StoredDocument } from '../../transact/documents/json-document.ts';
import { type DeadLetterParts, unknownEndpoint } from './dead-letters.ts';
import type { DeliveryAttempt } from './round-outcome.ts';
import { ENDPOINTS_KEY, endpointsIn, sentKey, sentKeys } from './webhook-documents.ts';

/** The most deliveries of one class of an endpoint's events that are kept. A round rewrites all of them. */
export const DELIVERIES_KEPT_MAX = 50;

interface SentEvent extends Pick<WebhookEvent, 'id' | 'type' | 'at' | 'subject'> {
  attempt: number;
  isDelivered: boolean;
  status: string;
  sentAt: number;
  tookMs: number;
}

const sentIn = (view: Snapshot, endpointId: string, of: EventClass): StoredDocument<SentEvent[]> =>
  documentIn(view, sentKey(endpointId, of), []);

/** Returns the step that keeps the attempts of a round, the newest first; none if nothing was sent. */
export function keepStep(
  view: Snapshot,
  endpointId: string,
  of: EventClass,
  attempts: readonly DeliveryAttempt[],
): Step[] {
  const stored = sentIn(view, endpointId, of);
  const known = new Set(stored.value.map(attemptName));
  // A write whose outcome was unknown may have happened.
  const fresh = attempts.flatMap(sentEvent).filter((sent) => !known.has(attemptName(sent)));
  if (fresh.length === 0) return [];
  const kept = [...fresh.sort(byTime), ...stored.value].slice(0, DELIVERIES_KEPT_MAX);
  return [putDocument(sentKey(endpointId, of), stored, kept)];
}

const attemptName = ({ id, attempt, sentAt }: SentEvent): string => `${id} ${attempt} ${sentAt}`;
const byTime = (a: SentEvent, b: SentEvent): number => b.sentAt - a.sentAt;

function sentEvent({ event, delivered, sent }: DeliveryAttempt): SentEvent[] {
  if (!sent || !('status' in delivered)) return [];
  const { id, type, at, subject, attempts = 0 } = event;
  const isDelivered = delivered.outcome === 'delivered';
  const { status } = delivered;
  return [{ id, type, at, subject, attempt: attempts + 1, isDelivered, status, sentAt: sent.at, tookMs: sent.tookMs }];
}

/** Returns the last attempts to deliver events to an endpoint, the newest first. */
export async function recentDeliveries(
  { shop, read }: DeadLetterParts,
  { endpointId }: { endpointId: string },
): Promise<Result<{ items: WebhookDelivery[] }>> {
  const view = await read({ documents: [ENDPOINTS_KEY, ...sentKeys(endpointId)] });
  if (!endpointsIn(view).value.some((one) => one.endpointId === endpointId)) {
    return refuse(unknownEndpoint(endpointId));
  }
  const all = EVENT_CLASSES.flatMap((of) => sentIn(view, endpointId, of).value).sort(byTime);
  return ok({ items: all.map(({ id, ...sent }) => ({ eventId: eventIdOf(shop, id), ...sent })) });
}
