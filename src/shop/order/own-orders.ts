import { ID_PATTERN } from '../../domain/limits.ts';
import type { ReadRequest, Snapshot, Store } from '../../store/store.ts';
import type { Call } from '../../contract/call.ts';
import type { PageInput } from '../../contract/inputs.ts';
import { orderKey, ownedKey, ownedOrderId } from '../../transact/names.ts';
import { parseOrder, recordView } from './order-document.ts';
import { isShownTo } from './order-reader.ts';
import { cutPage, decodeCursor, encodeCursor, pageLimit } from '../../contract/paging.ts';
import { invalid, ok, type Result } from '../../contract/refusals.ts';
import type { Order } from '../../contract/order-outputs.ts';
import type { Page } from '../../contract/output-fields.ts';

/** After every order id. */
const LAST = '~';
/** Orders that are read at once: each may come with the holds of 100 lines. */
const READ_MAX = 50;

export interface OwnOrderParts {
  store: Store;
  read: (request: ReadRequest) => Promise<Snapshot>;
}

/**
 * The orders of the caller's session and of its customer, newest first, whatever their status. An order that cannot be
 * read is left out and reported by the audit, so a page may hold fewer than `limit` orders though another follows.
 */
export async function listOwnOrders(
  { store, read }: OwnOrderParts,
  input: PageInput,
  { caller }: Call,
): Promise<Result<Page<Order>>> {
  if (caller.kind !== 'session') return invalid('', 'only a session has orders of its own');
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string]>('orders.mine', ['string'], input.cursor);
  if (!cursor.ok) return cursor;
  const [before = LAST] = cursor.value ?? [];
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
  // The owner before this one in the order of the keys follows in the list.
  return records.flatMap(({ key }) => {
    const orderId = ownedOrderId(key);
    return key === ownedKey(owner, orderId) ? [orderId] : [];
  });
}

async function readOrders(
  read: OwnOrderParts['read'],
  orderIds: readonly string[],
  isShown: (state: { body: NonNullable<ReturnType<typeof parseOrder>> }) => boolean,
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
