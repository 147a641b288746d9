import type { ServiceParts } from '../stock/service-parts.ts';
import { type DocumentRecord, ORDER_LISTS } from '../../domain/records.ts';
import { ID_PATTERN } from '../../domain/limits.ts';
import type { OrderService } from './order-api.ts';
import type { OrdersListInput } from '../../contract/inputs.ts';
import { isOrder } from '../../transact/names.ts';
import { listOwnOrders } from './own-orders.ts';
import { recordView, stateView } from './order-document.ts';
import { isShownTo, readOrderState, unknownOrder } from './order-reader.ts';
import { returnUnits } from './order-return.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/paging.ts';
import { invalid, ok, type Result, refuse } from '../../contract/refusals.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { OrderStatus, Page } from '../../contract/output-fields.ts';

export function createOrderService(parts: ServiceParts): OrderService {
  return {
    async get({ orderId }, { caller }) {
      const state = await readOrderState(parts.read, orderId);
      return state && isShownTo(caller, state) ? ok(stateView(state)) : refuse(unknownOrder(orderId));
    },
    list: (input) => listOrders(parts, input),
    mine: (input, call) => listOwnOrders(parts, input, call),
    return: (input, call) => returnUnits(parts, input, call),
  };
}

/**
 * Returns the newest orders first, merged from the lists of the statuses. Overdue orders count as expired, so a page of
 * one status may have fewer than `limit` orders although another page follows.
 */
async function listOrders({ store, read }: ServiceParts, input: OrdersListInput): Promise<Result<Page<Order>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const status = input.status ?? '';
  const cursor = decodeCursor<[string, string]>('orders', ['string', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [cursorStatus, before] = cursor.value ?? [status];
  if (cursorStatus !== status || (before !== undefined && !(isOrder(before) && ID_PATTERN.test(before)))) {
    return invalid('cursor', 'is not a cursor of this list');
  }
  const { at } = await read({});
  const page = { ...(before === undefined ? {} : { before }), limit: limit.value + 1 };
  const found = await Promise.all(listsOf(input.status).map((list) => store.listDocuments({ list, ...page })));
  const newestFirst = found.flat().sort((a, b) => (a.key < b.key ? 1 : -1));
  const { items, ...next } = cutPage(
    newestFirst,
    limit.value,
    (record) => orderOf(record, at, input.status),
    ({ key }) => encodeCursor('orders', [status, key]),
  );
  return ok({ items: items.flat(), ...next });
}

/** Omits an order that cannot be read. The audit reports it. */
function orderOf(record: DocumentRecord, at: number, status: OrderStatus | undefined): Order[] {
  const order = recordView(record, at);
  return order && (status === undefined || order.status === status) ? [order] : [];
}

/** Returns the lists that may have orders of a status. */
function listsOf(status: OrderStatus | undefined): readonly OrderStatus[] {
  if (status === undefined) return ORDER_LISTS;
  return status === 'expired' ? ['expired', 'awaiting_payment'] : [status];
}
