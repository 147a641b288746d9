import { DOCUMENT_LISTS, type DocumentList, type DocumentRecord } from '../domain/records.ts';
import { ID_PATTERN } from '../domain/limits.ts';
import type { Store } from '../store/store.ts';
import { demandDecoded } from './failures.ts';
import type { OrderService } from './services.ts';
import type { OrdersListInput } from './inputs.ts';
import { isOrder, orderIdOf, orderKey } from './names.ts';
import { orderOf, orderView, parseOrder } from './order-document.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from './paging.ts';
import { invalid, ok, type Result, refuse } from './refusals.ts';
import type { Read } from './stock-reader.ts';
import type { Order, Page } from './views.ts';

export interface OrderParts {
  store: Store;
  read: Read;
}

export function createOrderService(parts: OrderParts): OrderService {
  return {
    async get({ orderId }, { caller }) {
      const key = orderKey(orderId);
      const view = await parts.read({ documents: [key] });
      demandDecoded(view, `document:${key}`);
      const [found] = view.documents;
      const unknown = refuse({ reason: 'unknown_order', meta: { orderId } });
      if (!found) return unknown;
      const { session, order } = orderOf(found.record);
      // Another's order is as unknown as one that never was: ids are no secret, and must tell nothing.
      return caller.kind === 'operator' || caller.principal === session ? ok(order) : unknown;
    },
    list: (input) => listOrders(parts, input),
  };
}

/** Newest first. Without a status the lists are merged: each is in the same order already. */
async function listOrders({ store }: OrderParts, input: OrdersListInput): Promise<Result<Page<Order>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const status = input.status ?? '';
  const cursor = decodeCursor<[string, string]>('orders', ['string', 'string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [cursorStatus, before] = cursor.value ?? [status];
  if (cursorStatus !== status || (before !== undefined && !(isOrder(before) && ID_PATTERN.test(before)))) {
    return invalid('cursor', 'is not a cursor of this list');
  }
  const lists: readonly DocumentList[] = input.status === undefined ? DOCUMENT_LISTS : [input.status];
  const page = { ...(before === undefined ? {} : { before }), limit: limit.value + 1 };
  const found = await Promise.all(lists.map((list) => store.listDocuments({ list, ...page })));
  const newestFirst = found.flat().sort((a, b) => (a.key < b.key ? 1 : -1));
  const { items, ...next } = cutPage(newestFirst, limit.value, listed, ({ key }) =>
    encodeCursor('orders', [status, key]),
  );
  return ok({ items: items.flat(), ...next });
}

/** An order that cannot be read is left out here, and reported by the audit. */
function listed(record: DocumentRecord): Order[] {
  const body = parseOrder(record);
  return body && record.list !== null ? [orderView(orderIdOf(record.key), record.list, body)] : [];
}
