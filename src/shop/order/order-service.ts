import { newestDocuments } from '../../transact/documents/document-pages.ts';
import type { ServiceParts } from '../stock/supply/service-parts.ts';
import { ORDER_STATUSES, type OrderStatus } from '../../domain/order-states.ts';
import type { DocumentRecord } from '../../domain/records.ts';
import { ID_PATTERN } from '../../domain/limits.ts';
import type { OrderService } from './order-api.ts';
import type { OrdersListInput, PageInput } from '../../contract/inputs/inputs.ts';
import { customerOwner, isOrder, orderIdOf, paidKey } from '../../transact/documents/names.ts';
import { type OrderBody, ownerOf, recordView, stateView } from './record/order-document.ts';
import { isShownTo, readOrderState, unknownOrder } from './record/order-change.ts';
import { fulfilOrder } from './after-sale/order-dispatch.ts';
import { cancelLine, setLineQuantity } from './after-sale/order-line-change.ts';
import { purgeOrders } from './after-sale/order-purge.ts';
import { redactOrders } from './after-sale/order-redact.ts';
import { AFTER_ALL_IDS, type EntryKey, entriesOfOwner, listedOrderIds, readOrders } from './record/owned-orders.ts';
import { returnUnits } from './after-sale/order-return.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/calls/paging.ts';
import { invalid, ok, type Result, refuse, type Call } from '../../contract/calls/call.ts';
import type { Order } from '../../contract/outputs/order-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';

export function createOrderService(parts: ServiceParts): OrderService {
  return {
    async get({ orderId }, { caller }) {
      const state = await readOrderState(parts, orderId);
      return state && isShownTo(caller, state) ? ok(stateView(state)) : refuse(unknownOrder(orderId));
    },
    list: (input) => listOrders(parts, input),
    mine: (input, call) => listOwnOrders(parts, input, call),
    return: (input, call) => returnUnits(parts, input, call),
    fulfil: (input, call) => fulfilOrder(parts, input, call),
    cancelLine: (input, call) => cancelLine(parts, input, call),
    setLineQuantity: (input, call) => setLineQuantity(parts, input, call),
    purge: (input, call) => purgeOrders(parts, input, call),
    redact: (input, call) => redactOrders(parts, input, call),
  };
}

async function listOrders(parts: ServiceParts, input: OrdersListInput): Promise<Result<Page<Order>>> {
  const page = await findOrders(parts, input);
  if (!page.ok || !input.omitContact) return page;
  return ok({ ...page.value, items: page.value.items.map(({ contact: _, ...order }) => order) });
}

/**
 * Returns the newest orders first, merged from the lists of the statuses. Overdue orders count as expired, so a page of
 * one status may have fewer than `limit` orders although another page follows.
 */
async function findOrders(parts: ServiceParts, input: OrdersListInput): Promise<Result<Page<Order>>> {
  const { status } = input;
  const entries = entriesFor(input);
  if (entries.length > 0) {
    const page = await listedOrders(parts, entries, input, ({ body }) => isWanted(body, input));
    if (!page.ok || status === undefined) return page;
    return ok({ ...page.value, items: page.value.items.filter((order) => order.status === status) });
  }
  const lists = orderLists(input.status);
  const page = await newestDocuments(parts.store, input, { name: 'orders', isKey: isOrder, lists });
  if (!page.ok) return page;
  const { items, ...next } = page.value;
  const { at } = await parts.read({});
  return ok({ items: await readShownOrders(parts, items, { at, status: input.status }), ...next });
}

const ownersOf = ({ session, customerId }: OrdersListInput): string[] => [
  ...(session === undefined ? [] : [session]),
  ...(customerId === undefined ? [] : [customerOwner(customerId)]),
];

/** Returns the keys of the entries of the requested orders; none if all orders are requested. */
const entriesFor = (input: OrdersListInput): EntryKey[] => {
  const { paymentReference } = input;
  if (paymentReference === undefined) return ownersOf(input).map(entriesOfOwner);
  return [(orderId) => paidKey(paymentReference, orderId)];
};

function isWanted(body: OrderBody, input: OrdersListInput): boolean {
  const { paymentReference } = input;
  const owners = ownersOf(input);
  if (owners.length > 0 && !owners.includes(ownerOf(body))) return false;
  return paymentReference === undefined || body.paymentReference === paymentReference;
}

/** Reads the holds of orders that have some, because only holds show which units are backordered. */
async function readShownOrders(
  parts: ServiceParts,
  records: readonly DocumentRecord[],
  { at, status }: { at: number; status: OrderStatus | undefined },
): Promise<Order[]> {
  const open = records.filter(({ holds }) => holds.length > 0).map(({ key }) => orderIdOf(key));
  const read = new Map((await readOrders(parts, open)).map((order) => [order.orderId, order]));
  return records.flatMap((record) =>
    onlyOfStatus(read.get(orderIdOf(record.key)) ?? recordView({ record, holds: [] }, at, parts.seal), status),
  );
}

/** Omits an order that cannot be read. The audit reports it. */
function onlyOfStatus(order: Order | null, status: OrderStatus | undefined): Order[] {
  return order && (status === undefined || order.status === status) ? [order] : [];
}

/** Returns the lists that may have orders of a status. */
function orderLists(status: OrderStatus | undefined): readonly OrderStatus[] {
  if (status === undefined) return ORDER_STATUSES;
  return status === 'expired' ? ['expired', 'awaiting_payment'] : [status];
}

/**
 * Returns the orders of the caller's session and of its customer in any status, newest first. Omits an order that
 * cannot be read (the audit reports it), so a page may have fewer than `limit` orders although another page follows.
 */
async function listOwnOrders(parts: ServiceParts, input: PageInput, { caller }: Call): Promise<Result<Page<Order>>> {
  if (caller.kind !== 'session') return invalid('', 'only a session has orders of its own');
  const owners = caller.customer === null ? [caller.principal] : [caller.principal, caller.customer];
  return listedOrders(parts, owners.map(entriesOfOwner), input, (order) => isShownTo(caller, order));
}

/** Returns the orders that have an entry, in any status, newest first. Its cursor is that of `orders.mine`. */
async function listedOrders(
  parts: ServiceParts,
  entries: readonly EntryKey[],
  input: PageInput,
  isShown?: Parameters<typeof readOrders>[2],
): Promise<Result<Page<Order>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string]>('orders.mine', ['string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [before = AFTER_ALL_IDS] = cursor.value ?? [];
  if (!ID_PATTERN.test(before)) return invalid('cursor', 'is not a cursor of this list');
  const page = { before, limit: limit.value + 1 };
  const found = await Promise.all(entries.map((entryKey) => listedOrderIds(parts.store, entryKey, page)));
  const newestFirst = found.flat().sort((a, b) => (a < b ? 1 : -1));
  const cut = cutPage(
    newestFirst,
    limit.value,
    (orderId) => orderId,
    (last) => encodeCursor('orders.mine', [last]),
  );
  const { items: orderIds, ...next } = cut;
  return ok({ items: await readOrders(parts, orderIds, isShown), ...next });
}
