import type { Cause, MovementId } from '../domain/records.ts';

export const WEBHOOK_EVENTS = [
  'order.awaiting_payment',
  'order.placed',
  'order.cancelled',
  'order.expired',
  'order.refund_due',
  'order.partially_fulfilled',
  'order.fulfilled',
  'order.changed',
  'order.returned',
  'stock.low',
  'stock.out',
  'stock.back_in_stock',
  'backorder.filled',
] as const;
type WebhookEventType = (typeof WEBHOOK_EVENTS)[number];

/** The personal fields of an order. An event has one only for an endpoint that requests it. */
export const WEBHOOK_FIELDS = ['contact'] as const;
export type WebhookField = (typeof WEBHOOK_FIELDS)[number];

/**
 * Money events are sent first, from a queue of their own. They report that units were sold, dispatched, cancelled or
 * returned, or that a refund is due. A shopper can cause them only by buying, so anonymous shoppers cannot delay the
 * money events of others.
 */
export const EVENT_CLASSES = ['money', 'other'] as const;
export type EventClass = (typeof EVENT_CLASSES)[number];
const MONEY_EVENTS: ReadonlySet<WebhookEventType> = new Set([
  'order.placed',
  'order.partially_fulfilled',
  'order.fulfilled',
  'order.changed',
  'order.refund_due',
  'order.returned',
]);

export const classOf = (type: WebhookEventType): EventClass => (MONEY_EVENTS.has(type) ? 'money' : 'other');

export const WEBHOOK_ENDPOINTS_MAX = 20;
export const WEBHOOK_URL_CHARS_MAX = 2_048;
/**
 * The most events of one endpoint and class that wait for a retry. At this limit no new events are read from the ledger
 * for the queue. The events share a document of at most `DOCUMENT_BODY_BYTES_MAX`, and so do the dead letters.
 */
export const PENDING_MAX = 500;
export const STATUS_CHARS_MAX = 40;
/** An endpoint with this many dead letters is disabled, so that no event is lost silently. */
export const DEAD_LETTERS_MAX = 500;

/** An event for an endpoint. The rest of the payload is read when the event is sent. */
export interface WebhookEvent {
  /**
   * The id of the event's ledger entry, then `o` (order), `s` (stock) or `b` (backorder). It is the same in every
   * attempt.
   */
  id: string;
  at: number;
  type: WebhookEventType;
  /** The order's id, or the SKU. */
  subject: string;
  /** Stock events: the units available after the change. */
  available?: number;
  /** Stock events: the version of the SKU's record after the change, as in `StockUpdate`. */
  version?: number;
  /** `backorder.filled`: the hold, its owner, the units that it got, and where, if not at `main`. */
  fill?: { holdId: string; owner: string; units: number; location?: string };
  /** The origin of the event's ledger entry. It is not stored, so an event that was read from a queue has none. */
  origin?: EventOrigin;
}

/** The call that caused an event. Empty if no call did. */
export type EventOrigin = Pick<Cause, 'requestId' | 'traceparent'>;

export const originOf = ({ requestId, traceparent }: Cause): EventOrigin => ({
  ...(requestId === undefined ? {} : { requestId }),
  ...(traceparent === undefined ? {} : { traceparent }),
});

/** An event that waits for a retry. */
export interface WaitingEvent extends WebhookEvent {
  attempts: number;
  /** When the next attempt is due, in epoch milliseconds. */
  nextAt: number;
  /** The HTTP status of the last attempt, or a word for the failure if there was no response. */
  lastStatus: string;
}

export interface DeadLetter extends WebhookEvent {
  attempts: number;
  lastStatus: string;
  diedAt: number;
}

export type DisabledReason = 'operator' | 'gone' | 'dead_letters_full';

/** The stored form of an endpoint, secrets included. */
export interface Endpoint {
  endpointId: string;
  url: string;
  /** Absent: all types. */
  events?: WebhookEventType[];
  description?: string;
  /** Absent: none. */
  fields?: WebhookField[];
  /** Null: enabled. */
  disabled: DisabledReason | null;
  createdAt: number;
  /** The newest first. Every valid secret signs. Each is sealed if the shop has a data key. */
  secrets: { secret: string; validUntil: number | null }[];
}

/** The delivery state of one endpoint for one class of events. */
export interface Queue {
  /** The last ledger entry that has been processed. */
  cursor: MovementId;
  waiting: WaitingEvent[];
  /** Nothing is sent to the endpoint before this time, in epoch milliseconds. */
  restUntil: number;
}

export const isSubscribed = ({ events }: Endpoint, type: WebhookEventType): boolean =>
  events === undefined || events.includes(type);

export const wantsClass = ({ events = [...WEBHOOK_EVENTS] }: Endpoint, of: EventClass): boolean =>
  events.some((type) => classOf(type) === of);

export const wantsStock = ({ events }: Endpoint): boolean =>
  events === undefined || events.some((type) => type.startsWith('stock.'));

export const isAboutOrder = ({ type }: WebhookEvent): boolean => type.startsWith('order.');

/** Returns the id of the ledger entry that caused an event. */
export const movementOf = ({ id }: WebhookEvent): MovementId => id.slice(0, -1);

/**
 * Returns the `webhook-id`, unique across shops. It has no dot, because dots separate the parts of the signed content.
 */
export const eventIdOf = (shop: string, id: string): string => `evt_${shop.replaceAll('.', '~')}_${id}`;
