import type { MovementId } from '../../domain/records.ts';
import type { PutStep } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable, ServiceFailure } from '../../contract/failures.ts';
import type { StockState } from './stock-hysteresis.ts';
import {
  type DeadLetter,
  type Endpoint,
  EVENT_CLASSES,
  type EventClass,
  type Queue,
} from '../../contract/webhook-words.ts';

/** The documents of webhooks: one of all endpoints, and three of each endpoint. */
const PREFIX = 'webhook:';
export const ENDPOINTS_KEY = `${PREFIX}endpoints`;
const QUEUES: Record<EventClass, string> = { money: `${PREFIX}money:`, other: `${PREFIX}queue:` };
export const queueKey = (endpointId: string, of: EventClass): string => QUEUES[of] + endpointId;
export const queueKeys = (endpointId: string): string[] => EVENT_CLASSES.map((of) => queueKey(endpointId, of));
export const deadKey = (endpointId: string): string => `${PREFIX}dead:${endpointId}`;
const ENDPOINT_PATTERN = /^whk_[-\w]{1,40}$/;

export const isEndpointId = (text: string): boolean => ENDPOINT_PATTERN.test(text);

/** A document of ours within a snapshot; `version` is what a change has to expect. */
export interface Kept<T> {
  value: T;
  version: number | 'absent';
}

/** Of an SKU whose state does not follow from its level alone. */
export interface StockMemory {
  state: StockState;
  /** The safety stock that the state was found with: changing it makes no movement. */
  safetyStock: number;
}

export const keptEndpoints = (view: Snapshot): Kept<Endpoint[]> => kept(view, ENDPOINTS_KEY, []);

/**
 * Returns the queue of one class from a snapshot of both `queueKeys`; null only where the endpoint is being deleted. An
 * endpoint that was created before money had a queue of its own has one from where the other queue is.
 */
export function keptQueue(view: Snapshot, endpointId: string, of: EventClass): Kept<Queue | null> {
  const own = kept<Queue | null>(view, queueKey(endpointId, of), null);
  if (own.value || of === 'other') return own;
  const other = keptQueue(view, endpointId, 'other').value;
  return { value: other && { ...other, waiting: [], restUntil: 0 }, version: own.version };
}

/** Returns the shop time until which neither queue sends to the endpoint; 0 where both may. */
export const restUntil = (view: Snapshot, endpointId: string): number =>
  Math.max(...EVENT_CLASSES.map((of) => keptQueue(view, endpointId, of).value?.restUntil ?? 0));

export const keptDead = (view: Snapshot, endpointId: string): Kept<DeadLetter[]> => kept(view, deadKey(endpointId), []);

export const keptStock = (view: Snapshot, key: string): Kept<StockMemory | null> =>
  kept<StockMemory | null>(view, key, null);

/** Throws `ServiceFailure` for a document that cannot be read. */
function kept<T>(view: Snapshot, key: string, nothing: T): Kept<T> {
  assertReadable(view, `document:${key}`);
  const found = view.documents.find((document) => document?.record.key === key);
  if (!found) return { value: nothing, version: 'absent' };
  try {
    return { value: JSON.parse(found.record.body) as T, version: found.record.version };
  } catch (error) {
    throw new ServiceFailure(`the document ${key} cannot be read`, { cause: error });
  }
}

export const putKept = <T>(key: string, { version }: Kept<T>, value: T): PutStep => ({
  kind: 'put',
  key,
  expect: version,
  body: JSON.stringify(value),
});

/** Behind all entries of the ledger as the snapshot saw it. */
export const endOfLedger = ({ sequence }: Snapshot): MovementId => `${sequence}-${LAST_INDEX}`;
const LAST_INDEX = 99_999_999;
