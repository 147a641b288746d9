import type { MovementId } from '../domain/records.ts';

export const WEBHOOK_EVENTS = [
  'order.awaiting_payment',
  'order.placed',
  'order.cancelled',
  'order.expired',
  'order.refund_due',
  'order.returned',
  'stock.low',
  'stock.out',
  'stock.back_in_stock',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/**
 * Events of money have a queue of their own and go first: units were sold, units came back, or money has to be given back. No
 * shopper can cause them without buying, so anonymous shoppers cannot make others wait for them.
 */
export const EVENT_CLASSES = ['money', 'other'] as const;
export type EventClass = (typeof EVENT_CLASSES)[number];
const MONEY_EVENTS: ReadonlySet<WebhookEvent> = new Set(['order.placed', 'order.refund_due', 'order.returned']);

export const classOf = (type: WebhookEvent): EventClass => (MONEY_EVENTS.has(type) ? 'money' : 'other');

export const WEBHOOK_ENDPOINTS_MAX = 20;
export const WEBHOOK_URL_CHARS_MAX = 2_048;
/**
 * Events of one endpoint and class that wait for another attempt: with so many, nothing new is taken from the ledger for it. They
 * share a document with at most `DOCUMENT_BODY_BYTES_MAX`, as the dead letters do.
 */
export const PENDING_MAX = 800;
export const STATUS_CHARS_MAX = 40;
/** With this many the endpoint is disabled, so that none is lost silently. */
export const DEAD_LETTERS_MAX = 800;

/** Something that an endpoint is told of. What is not in here is read when it is told. */
export interface Occurrence {
  /** The ledger entry that it comes from, and `o` or `s`: it never has another id, however often it is told. */
  id: string;
  at: number;
  type: WebhookEvent;
  /** The order's id, or the SKU. */
  subject: string;
  /** Units available afterwards, of a SKU. */
  available?: number;
  /** The version of the SKU's record afterwards, as `StockUpdate` has it. */
  version?: number;
}

/** An occurrence that was told in vain. */
export interface Waiting extends Occurrence {
  attempts: number;
  /** Epoch milliseconds. */
  nextAt: number;
  /** The HTTP status of the last attempt, or in a word what came instead. */
  lastStatus: string;
}

export interface DeadLetter extends Occurrence {
  attempts: number;
  lastStatus: string;
  diedAt: number;
}

export type DisabledReason = 'operator' | 'gone' | 'dead_letters_full';

/** What is kept of an endpoint, secrets included. */
export interface Endpoint {
  endpointId: string;
  url: string;
  /** Absent: all. */
  events?: WebhookEvent[];
  description?: string;
  /** Null: enabled. */
  disabled: DisabledReason | null;
  createdAt: number;
  /** The newest first; all that are valid sign. */
  secrets: { secret: string; validUntil: number | null }[];
}

/** How far an endpoint has come with one class of events. */
export interface Queue {
  /** The last ledger entry that needs no more looking at. */
  cursor: MovementId;
  waiting: Waiting[];
  /** The endpoint has asked for quiet until then. */
  restUntil: number;
}

export const isSubscribed = ({ events }: Endpoint, type: WebhookEvent): boolean =>
  events === undefined || events.includes(type);

export const wantsClass = ({ events = [...WEBHOOK_EVENTS] }: Endpoint, of: EventClass): boolean =>
  events.some((type) => classOf(type) === of);

export const wantsStock = ({ events }: Endpoint): boolean =>
  events === undefined || events.some((type) => type.startsWith('stock.'));

export const isAboutOrder = ({ type }: Occurrence): boolean => type.startsWith('order.');

/** Returns the ledger entry that an occurrence comes from. */
export const movementOf = ({ id }: Occurrence): MovementId => id.slice(0, -1);

/** The `webhook-id`: of one shop's and no other's, and without the dot that separates what is signed. */
export const eventIdOf = (shop: string, id: string): string => `evt_${shop.replaceAll('.', '~')}_${id}`;
