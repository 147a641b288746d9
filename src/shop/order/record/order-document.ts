import { holdPhase } from '../../../domain/machine/live-hold.ts';
import type { DocumentRecord, HoldRecord, Money } from '../../../domain/records.ts';
import { isSold, ORDER_STATUSES, type OrderStatus } from '../../../domain/order-states.ts';
import { KNOWN_CUSTOMER_PREFIX } from '../../../domain/limits.ts';
import type { DropStep, PutStep, Step } from '../../../domain/steps.ts';
import type { Snapshot } from '../../../store/store.ts';
import type { LiveLine } from '../../cart/cart-document.ts';
import { assertReadable, ServiceFailure, type Refusal } from '../../../contract/calls/call.ts';
import type { Decision } from '../../../transact/mutation.ts';
import { orderIdOf, orderKey, ownedKey, paidKey } from '../../../transact/documents/names.ts';
import { type Backorders, backordersIn, NO_BACKORDERS } from '../../line/line-backorders.ts';
import { openContact, renewContact, type StoredContact } from './order-contact.ts';
import { allocationsOf, groupByLine, lineOf, type LineParts, type Part, sumOf } from '../../line/line-parts.ts';
import type { DataSeal } from '../../../transact/documents/data-seal.ts';
import type { Order, OrderLine } from '../../../contract/outputs/order-outputs.ts';

/** A part of a line. Its `sku` is the key of the stock at one location. */
export interface BodyLine extends Omit<OrderLine, 'allocations'>, Part {
  /** The customer whose count of a limited SKU has the units. */
  countedFor?: string;
}

/** The stored body of an order. It has the data that ended holds do not show any more. */
export interface OrderBody {
  /** The hash of the session that created the order. */
  session: string;
  /** The cart to which a cancelled order's holds may return, and the customer for whom units are reserved anew. */
  origin: { cartId: string; customer: string };
  /** The client of the checkout: see `Caller.client`. Present only while the order awaits its payment. */
  client?: string;
  createdAt: number;
  /** The id of the request that created the order. */
  requestId?: string;
  contact?: StoredContact;
  /**
   * How long the order is kept after its contact was deleted. Present in an ended order whose contact is not deleted
   * yet.
   */
  keptAfterContactMs?: number;
  paymentReference?: string;
  notRestored?: { sku: string; quantity: number }[];
  trackingReferences?: string[];
  total: Money | null;
  lines: BodyLine[];
}

export interface OrderLineState {
  line: BodyLine;
  /** Null if the order has no live hold for the line. */
  hold: HoldRecord | null;
}

/** The document of an order, with its holds. */
export type OrderFound = NonNullable<Snapshot['documents'][number]>;

/** An order in one snapshot. */
export interface OrderState {
  orderId: string;
  /** Both the document's key and the owner of the lines' holds. */
  key: string;
  at: number;
  record: DocumentRecord;
  body: OrderBody;
  status: OrderStatus;
  lines: OrderLineState[];
  /** Its live holds. */
  holds: readonly HoldRecord[];
  seal: DataSeal;
}

/** Returns the order that is the first document of a snapshot. Throws `ServiceFailure` if its record cannot be read. */
export function orderState(orderId: string, view: Snapshot, seal: DataSeal): OrderState | null {
  const key = orderKey(orderId);
  assertReadable(view, `document:${key}`);
  const found = view.documents[0];
  if (!found) return null;
  const { record, holds } = found;
  const body = renewed(seal, orderId, parseOrder(record));
  const status = statusOf(record, view.at);
  if (!body || status === null) throw new ServiceFailure(`the order ${key} cannot be read`);
  const lines = body.lines.map((line, index) => ({ line, hold: ownLiveHold(holds[index] ?? null, key, view.at) }));
  return { orderId, key, at: view.at, record, body, status, lines, holds: liveHoldsOf(found, view.at), seal };
}

/** Seals the contact with the current key, so that the next write of the body replaces what an older key has sealed. */
const renewed = (seal: DataSeal, orderId: string, body: OrderBody | null): OrderBody | null =>
  body?.contact === undefined ? body : { ...body, contact: renewContact(seal, orderId, body.contact) };

const liveHoldsOf = ({ record, holds }: OrderFound, at: number): HoldRecord[] =>
  holds.map((hold) => ownLiveHold(hold, record.key, at)).filter((hold) => hold !== null);

const ownLiveHold = (hold: HoldRecord | null, owner: string, at: number): HoldRecord | null =>
  hold && hold.owner === owner && holdPhase(hold, at) === 'live' ? hold : null;

/** Returns the status in the record: the name of its list. Null for a document that is in no list of orders. */
export const storedStatus = ({ list }: Pick<DocumentRecord, 'list'>): OrderStatus | null =>
  ORDER_STATUSES.find((status) => status === list) ?? null;

/** Returns the status at `at`: an order whose payment is overdue is expired, even if its record is not updated yet. */
export function statusOf(record: DocumentRecord, at: number): OrderStatus | null {
  const status = storedStatus(record);
  const { dueAt } = record;
  return status === 'awaiting_payment' && dueAt !== null && dueAt <= at ? 'expired' : status;
}

export const orderLine = ({ sku, sourced, unitPrice, repriced, hold }: LiveLine): BodyLine => ({
  sku,
  quantity: hold.quantity,
  returned: 0,
  ...(unitPrice === null ? {} : { unitPrice }),
  ...(repriced ? { repriced } : {}),
  ...(hold.counted ? { countedFor: hold.customer } : {}),
  ...(sourced ? { sourced } : {}),
});

/** Returns the units of a line that have left the stock. */
export const fulfilledOf = ({ fulfilled, quantity }: Pick<BodyLine, 'fulfilled' | 'quantity'>, status: string | null) =>
  fulfilled ?? (isSold(status) ? quantity : 0);

/** Returns the units of a line that were sold and have not left the stock. */
export const openUnits = ({ fulfilled, quantity }: Pick<BodyLine, 'fulfilled' | 'quantity'>): number =>
  fulfilled === undefined ? 0 : quantity - fulfilled;

/** Returns the body of an order; null for a body that this code did not write. */
export function parseOrder(record: DocumentRecord): OrderBody | null {
  try {
    const body = JSON.parse(record.body) as Partial<OrderBody> | null;
    return typeof body?.session === 'string' && Array.isArray(body.lines) ? (body as OrderBody) : null;
  } catch {
    return null;
  }
}

/** The data of an order that its body does not have. */
interface OrderFacts {
  status: OrderStatus;
  payBefore?: number | null;
  /** Absent: none. */
  backorders?: Backorders;
}

/** Returns the order as callers see it. Only an order that awaits its payment has `payBefore`. */
export function orderView(
  orderId: string,
  body: OrderBody,
  { status, payBefore, backorders = NO_BACKORDERS }: OrderFacts,
  seal: DataSeal,
): Order {
  const { createdAt, requestId, paymentReference, notRestored, trackingReferences, total, lines } = body;
  const contact = body.contact === undefined ? undefined : openContact(seal, orderId, body.contact);
  return {
    orderId,
    status,
    createdAt,
    ...(requestId === undefined ? {} : { requestId }),
    ...(status === 'awaiting_payment' && typeof payBefore === 'number' ? { payBefore } : {}),
    ...(paymentReference === undefined ? {} : { paymentReference }),
    ...(contact === undefined ? {} : { contact }),
    ...(notRestored === undefined ? {} : { notRestored }),
    ...(trackingReferences === undefined ? {} : { trackingReferences }),
    total,
    lines: groupByLine(lines).map((parts) => shownLine(parts, backorders)),
  };
}

function shownLine(parts: LineParts<BodyLine>, backorders: Backorders): OrderLine {
  const [first] = parts;
  const backordered = sumOf(parts, ({ sku }) => backorders.get(sku) ?? 0);
  const { countedFor: _, sourced: _sourced, ...line } = first;
  return {
    ...line,
    sku: lineOf(first),
    quantity: sumOf(parts, ({ quantity }) => quantity),
    ...(line.fulfilled === undefined ? {} : { fulfilled: sumOf(parts, ({ fulfilled = 0 }) => fulfilled) }),
    returned: sumOf(parts, ({ returned }) => returned),
    ...(backordered === 0 ? {} : { backordered }),
    ...allocationsOf(parts),
  };
}

export const stateView = ({ orderId, body, status, record, holds, seal }: OrderState): Order =>
  orderView(orderId, body, { status, payBefore: record.dueAt, backorders: backordersIn(holds) }, seal);

/** Changes nothing. */
export const unchangedOrder = (state: OrderState): Decision<Order> => ({
  unchanged: stateView(state),
  noopStep: { kind: 'put', key: state.key, expect: state.record.version },
});

export const wrongStatus = ({ orderId, status }: OrderState): Refusal => ({
  reason: 'order_state',
  meta: { orderId, status },
});

/** Returns the order of a record at `at`; null for a record that is not an order. */
export function recordView(found: OrderFound, at: number, seal: DataSeal): Order | null {
  const { record } = found;
  const body = parseOrder(record);
  const status = statusOf(record, at);
  if (!body || status === null) return null;
  const facts = { status, payBefore: record.dueAt, backorders: backordersIn(liveHoldsOf(found, at)) };
  return orderView(orderIdOf(record.key), body, facts, seal);
}

/** Writes a new order, with its contact sealed, and its entry in the list of its owner's orders. */
export const newOrder = (
  orderId: string,
  body: OrderBody,
  { status, ...rest }: { status: 'placed' | 'awaiting_payment'; dueInMs: number | null; holds?: readonly string[] },
  seal: DataSeal,
): PutStep[] => [
  { kind: 'put', key: orderKey(orderId), expect: 'absent', body: newText(orderId, body, seal), list: status, ...rest },
  { kind: 'put', key: ownedKey(ownerOf(body), orderId), expect: 'absent', body: '', list: 'by_owner' },
  ...(body.paymentReference === undefined ? [] : [paidEntry(orderId, body.paymentReference)]),
];

const paidEntry = (orderId: string, paymentReference: string): PutStep => ({
  kind: 'put',
  key: paidKey(paymentReference, orderId),
  expect: 'any',
  body: '',
  list: 'by_owner',
});

/** Returns the step that removes the entry of an order's payment. Orders of older versions have none. */
export const dropPaidEntry = (
  orderId: string,
  { paymentReference }: Pick<OrderBody, 'paymentReference'>,
): DropStep[] =>
  paymentReference === undefined ? [] : [{ kind: 'drop', key: paidKey(paymentReference, orderId), expect: 'any' }];

/** Returns the steps that replace the payment by which an order is found. */
export const movePaidEntry = ({ orderId, body }: OrderState, paymentReference: string): Step[] =>
  body.paymentReference === paymentReference
    ? [paidEntry(orderId, paymentReference)]
    : [...dropPaidEntry(orderId, body), paidEntry(orderId, paymentReference)];

const newText = (orderId: string, body: OrderBody, seal: DataSeal): string =>
  JSON.stringify(body.contact === undefined ? body : { ...body, contact: renewContact(seal, orderId, body.contact) });

/**
 * Returns the owner of an order: the customer of its session, so that all sessions of the customer see it, or else the
 * session.
 */
export const ownerOf = ({ session, origin: { customer } }: OrderBody): string =>
  customer.startsWith(KNOWN_CUSTOMER_PREFIX) ? customer : session;

/** The fields of a composition that point to the order. */
export const aboutOrder = (orderId: string) => ({ address: null, effectReference: orderId, orderId });

/** A change of an order. Refused if the order changed since `record`. */
export interface OrderChange {
  status: OrderStatus;
  body?: OrderBody;
  /** The order is due this long from now; null: never; absent: its due time does not change. */
  dueInMs?: number | null;
  /** The holds of its units. Absent: as before if the status does not change, else none. */
  holds?: readonly string[];
}

export function putOrder(record: DocumentRecord, { status, body, dueInMs, holds }: OrderChange): PutStep {
  return {
    kind: 'put',
    key: record.key,
    expect: record.version,
    body: status === 'awaiting_payment' ? textOf(body, record) : withoutClient(textOf(body, record)),
    list: status,
    holds: holds ?? (status === record.list ? record.holds : []),
    ...(dueInMs === undefined ? {} : { dueInMs }),
  };
}

const textOf = (body: OrderBody | undefined, record: DocumentRecord): string =>
  body ? JSON.stringify(body) : record.body;

/** Returns the text of an order's body without the client. A text that is not a body stays as it is. */
function withoutClient(text: string): string {
  if (!text.includes('"client":')) return text;
  try {
    const { client: _, ...body } = JSON.parse(text) as OrderBody;
    return JSON.stringify(body);
  } catch {
    return text;
  }
}
