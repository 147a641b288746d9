import type { Snapshot } from '../../store/store.ts';
import { documentIn, type StoredDocument } from '../../transact/documents/json-document.ts';
import type { StockState } from './stock-hysteresis.ts';
import {
  type DeadLetter,
  type Endpoint,
  EVENT_CLASSES,
  type EventClass,
  type Queue,
} from '../../contract/webhook-records.ts';

/**
 * One document lists all endpoints. Each endpoint has five more: two queues, its last deliveries of both classes, and
 * its dead letters.
 */
export const ENDPOINTS_KEY = 'webhook:endpoints';
const QUEUES: Record<EventClass, string> = { money: 'webhook:money:', other: 'webhook:queue:' };
export const queueKey = (endpointId: string, of: EventClass): string => QUEUES[of] + endpointId;
export const queueKeys = (endpointId: string): string[] => EVENT_CLASSES.map((of) => queueKey(endpointId, of));
/** The last deliveries of one class of an endpoint's events. */
export const sentKey = (endpointId: string, of: EventClass): string => `webhook:sent:${of}:${endpointId}`;
export const sentKeys = (endpointId: string): string[] => EVENT_CLASSES.map((of) => sentKey(endpointId, of));
export const deadKey = (endpointId: string): string => `webhook:dead:${endpointId}`;

/** The stored state of a SKU that cannot be derived from its level alone. */
export interface StockMemory {
  state: StockState;
  /** The safety stock at that time. A change of it creates no movement. */
  safetyStock: number;
}

/** The place of an endpoint's secrets, for the seal. */
export const secretsPlace = (endpointId: string): string => `${ENDPOINTS_KEY}/${endpointId}`;

export const endpointsIn = (view: Snapshot): StoredDocument<Endpoint[]> => documentIn(view, ENDPOINTS_KEY, []);

/**
 * Returns the queue of one class from a snapshot of both `queueKeys`; null only if the endpoint has been deleted. If an
 * older version created the endpoint, before money events had their own queue, the money queue starts at the other
 * queue's cursor.
 */
export function queueIn(view: Snapshot, endpointId: string, of: EventClass): StoredDocument<Queue | null> {
  const own = documentIn<Queue | null>(view, queueKey(endpointId, of), null);
  if (own.value || of === 'other') return own;
  const other = queueIn(view, endpointId, 'other').value;
  return { value: other && { ...other, waiting: [], restUntil: 0 }, version: own.version };
}

/** Returns the shop time until which neither queue sends to the endpoint; 0 if both may send. */
export const restUntil = (view: Snapshot, endpointId: string): number =>
  Math.max(...EVENT_CLASSES.map((of) => queueIn(view, endpointId, of).value?.restUntil ?? 0));

export const deadLettersIn = (view: Snapshot, endpointId: string): StoredDocument<DeadLetter[]> =>
  documentIn(view, deadKey(endpointId), []);

export const stockMemoryIn = (view: Snapshot, key: string): StoredDocument<StockMemory | null> =>
  documentIn<StockMemory | null>(view, key, null);
