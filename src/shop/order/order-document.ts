import { type DocumentRecord, type HoldRecord, type Money, ORDER_LISTS } from '../../domain/records.ts';
import { KNOWN_CUSTOMER_PREFIX } from '../../domain/limits.ts';
import type { DropStep, PutStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import type { LineState } from '../cart/cart-document.ts';
import { assertReadable, ServiceFailure } from '../../contract/failures.ts';
import { orderIdOf, orderKey, ownedKey } from '../../transact/names.ts';
import type { Contact, Order, OrderLine } from '../../contract/order-outputs.ts';
import type { OrderStatus } from '../../contract/output-fields.ts';

export interface BodyLine extends OrderLine {
  /** The customer in whose count of a limited SKU the units are. */
  countedFor?: string;
}

/** An order as it is kept. What holds do not tell any more once they have ended is repeated here. */
export interface OrderBody {
  /** The session's hash: whose order it is. */
  session: string;
  /** Where a cancelled order's holds may go back to, and whom units count for that are reserved anew. */
  origin: { cartId: string; customer: string };
  createdAt: number;
  contact?: Contact;
  paymentReference?: string;
  notRestored?: { sku: string; quantity: number }[];
  total: Money | null;
  lines: BodyLine[];
}

/** An order as one snapshot shows it. */
export interface OrderState {
  orderId: string;
  /** Both the document's key and the owner of the lines' holds. */
  key: string;
  at: number;
  record: DocumentRecord;
  body: OrderBody;
  status: OrderStatus;
  /** Each with its hold while that is the order's own and live, else null. */
  lines: { line: BodyLine; hold: HoldRecord | null }[];
}

/**
 * The order that is the first document of a snapshot; null: none. Throws `ServiceFailure` for one that cannot be read.
 */
export function orderState(orderId: string, view: Snapshot): OrderState | null {
  const key = orderKey(orderId);
  assertReadable(view, `document:${key}`);
  const found = view.documents[0];
  if (!found) return null;
  const { record, holds } = found;
  const body = parseOrder(record);
  const status = statusOf(record, view.at);
  if (!body || status === null) throw new ServiceFailure(`the order ${key} cannot be read`);
  const lines = body.lines.map((line, index) => ({ line, hold: liveHold(holds[index] ?? null, key, view.at) }));
  return { orderId, key, at: view.at, record, body, status, lines };
}

function liveHold(hold: HoldRecord | null, owner: string, at: number): HoldRecord | null {
  if (!hold || hold.owner !== owner || hold.expiresAt <= at) return null;
  return hold.state === 'held' || hold.state === 'pinned' ? hold : null;
}

/** What the order is at `at`: one whose payment is overdue has expired, even before anybody wrote so. */
export function statusOf({ list: kept, dueAt }: DocumentRecord, at: number): OrderStatus | null {
  const list = ORDER_LISTS.find((status) => status === kept) ?? null;
  return list === 'awaiting_payment' && dueAt !== null && dueAt <= at ? 'expired' : list;
}

export function orderLine({ sku, unitPrice, repriced, hold }: LineState): BodyLine {
  return {
    sku,
    quantity: hold?.quantity ?? 0,
    returned: 0,
    ...(unitPrice === null ? {} : { unitPrice }),
    ...(repriced ? { repriced } : {}),
    ...(hold?.counted ? { countedFor: hold.customer } : {}),
  };
}

/** Null for a body that this code did not write. */
export function parseOrder(record: DocumentRecord): OrderBody | null {
  try {
    const body = JSON.parse(record.body) as Partial<OrderBody> | null;
    return typeof body?.session === 'string' && Array.isArray(body.lines) ? (body as OrderBody) : null;
  } catch {
    return null;
  }
}

/** `payBefore` is shown of an order that awaits its payment, and means nothing for others. */
export function orderView(
  orderId: string,
  body: OrderBody,
  { status, payBefore }: { status: OrderStatus; payBefore?: number | null },
): Order {
  const { createdAt, paymentReference, contact, notRestored, total, lines } = body;
  return {
    orderId,
    status,
    createdAt,
    ...(status === 'awaiting_payment' && typeof payBefore === 'number' ? { payBefore } : {}),
    ...(paymentReference === undefined ? {} : { paymentReference }),
    ...(contact === undefined ? {} : { contact }),
    ...(notRestored === undefined ? {} : { notRestored }),
    total,
    lines: lines.map(({ countedFor: _, ...line }) => line),
  };
}

export const stateView = ({ orderId, body, status, record }: OrderState): Order =>
  orderView(orderId, body, { status, payBefore: record.dueAt });

/** The order of a record as it is at `at`; null for a record that is none. */
export function recordView(record: DocumentRecord, at: number): Order | null {
  const body = parseOrder(record);
  const status = statusOf(record, at);
  return body && status !== null ? orderView(orderIdOf(record.key), body, { status, payBefore: record.dueAt }) : null;
}

/** The order's document, and its entry in the list of its owner's orders. */
export const newOrder = (
  orderId: string,
  body: OrderBody,
  standing: { list: 'placed' | 'awaiting_payment'; dueInMs: number; holds?: readonly string[] },
): PutStep[] => [
  { kind: 'put', key: orderKey(orderId), expect: 'absent', body: JSON.stringify(body), ...standing },
  { kind: 'put', key: ownedKey(ownerOf(body), orderId), expect: 'absent', body: '', list: 'by_owner' },
];

/**
 * Whose an order is: the customer whom the session was bound to, so that all their sessions have it, else the session.
 */
export const ownerOf = ({ session, origin: { customer } }: OrderBody): string =>
  customer.startsWith(KNOWN_CUSTOMER_PREFIX) ? customer : session;

/** What a transaction that makes an order says of it. */
export const aboutOrder = (orderId: string) => ({ address: null, reference: orderId, orderId });

/** What is to become of an order: it is refused if the order changed since `record`. */
export interface OrderChange {
  list: OrderStatus;
  body?: OrderBody;
  /** When the order is forgotten, from now; absent: as before. */
  dueInMs?: number;
}

/** An order that has come to an end holds nothing any more. */
export function putOrder(record: DocumentRecord, { list, body, dueInMs }: OrderChange): PutStep {
  return {
    kind: 'put',
    key: record.key,
    expect: record.version,
    body: body ? JSON.stringify(body) : record.body,
    list,
    ...(dueInMs === undefined ? {} : { dueInMs }),
  };
}

/**
 * Ends an order whose payment did not come; it needs no body that can be read. Nothing happens to what ended already.
 */
export function expireOrder(
  { record, holds }: NonNullable<Snapshot['documents'][number]>,
  retentionMs: number,
): [...Step[], PutStep] {
  const own = holds.filter((hold) => hold?.owner === record.key && (hold.state === 'held' || hold.state === 'pinned'));
  const released = own.flatMap((hold): Step[] =>
    hold ? [{ kind: 'release', holdId: hold.holdId, owner: record.key, expiredIsFine: true }] : [],
  );
  return [...released, putOrder(record, { list: 'expired', dueInMs: retentionMs })];
}

/** Deletes an order that is too old to keep; its units count no more for the customers that bought them. */
export function forgetOrder(record: DocumentRecord): DropStep[] {
  const body = parseOrder(record);
  const sold = record.list === 'placed' ? (body?.lines ?? []) : [];
  const forget = sold.flatMap(({ sku, quantity, returned, countedFor }) =>
    countedFor === undefined || quantity <= returned
      ? []
      : [{ sku, customer: countedFor, quantity: quantity - returned }],
  );
  const order: DropStep = { kind: 'drop', key: record.key, expect: record.version, forget };
  return body ? [order, { kind: 'drop', key: ownedKey(ownerOf(body), orderIdOf(record.key)), expect: 'any' }] : [order];
}
