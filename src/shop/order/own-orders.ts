import type { ServiceParts } from '../stock/service-parts.ts';
import { ID_PATTERN } from '../../domain/limits.ts';
import type { Store } from '../../store/store.ts';
import type { Call } from '../../contract/call.ts';
import type { PageInput } from '../../contract/inputs.ts';
import { orderKey, ownedKey, ownedOrderId } from '../../transact/names.ts';
import { type OrderBody, parseOrder, recordView } from './order-document.ts';
import { isShownTo } from './order-reader.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/paging.ts';
import { invalid, ok, type Result } from '../../contract/refusals.ts';
import type { Read } from '../stock/stock-reader.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';

/** Sorts after every order id. */
const AFTER_ALL_IDS = '~';
/** Orders per read. Each may have the holds of 100 lines. */
const READ_MAX = 50;

/**
 * Returns the orders of the caller's session and of its customer in any status, newest first. Omits an order that
 * cannot be read (the audit reports it), so a page may have fewer than `limit` orders although another page follows.
 */
export async function listOwnOrders(
  { store, read }: ServiceParts,
  input: PageInput,
  { caller }: Call,
): Promise<Result<Page<Order>>> {
  if (caller.kind !== 'session') return invalid('', 'only a session has orders of its own');
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string]>('orders.mine', ['string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [before = AFTER_ALL_IDS] = cursor.value ?? [];
  if (!ID_PATTERN.test(before)) return invalid('cursor', 'is not a cursor of this list');
  const owners = caller.customer === null ? [caller.principal] : [caller.principal, caller.customer];
  const page = { before, limit: limit.value + 1 };
  const found = await Promise.all(owners.map((owner) => orderIdsOf(store, owner, page)));
  const newestFirst = found.flat().sort((a, b) => (a < b ? 1 : -1));
  const cut = cutPage(
    newestFirst,
    limit.value,
    (orderId) => orderId,
    (last) => encodeCursor('orders.mine', [last]),
  );
  const { items: orderIds, ...next } = cut;
  return ok({ items: await readOrders(read, orderIds, (order) => isShownTo(caller, order)), ...next });
}

async function orderIdsOf(store: Store, owner: string, page: { before: string; limit: number }): Promise<string[]> {
  const before = ownedKey(owner, page.before);
  const records = await store.listDocuments({ list: 'by_owner', before, limit: page.limit });
  // After this owner's orders, the list continues with those of the owner that sorts before it.
  return records.flatMap(({ key }) => {
    const orderId = ownedOrderId(key);
    return key === ownedKey(owner, orderId) ? [orderId] : [];
  });
}

async function readOrders(
  read: Read,
  orderIds: readonly string[],
  isShown: (state: { body: OrderBody }) => boolean,
): Promise<Order[]> {
  const orders: Order[] = [];
  for (let first = 0; first < orderIds.length; first += READ_MAX) {
    const documents = orderIds.slice(first, first + READ_MAX).map(orderKey);
    const view = await read({ documents });
    for (const found of view.documents) {
      const body = found && parseOrder(found.record);
      const order = found && body && isShown({ body }) ? recordView(found.record, view.at) : null;
      if (order) orders.push(order);
    }
  }
  return orders;
}
