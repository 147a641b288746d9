import type { Order } from '../../../contract/outputs/order-outputs.ts';
import type { Store } from '../../../store/store.ts';
import { orderKey, ownedKey, ownedOrderId } from '../../../transact/documents/names.ts';
import type { OrderReader } from './order-change.ts';
import { type OrderBody, parseOrder, recordView } from './order-document.ts';

/** Sorts after every order id. */
export const AFTER_ALL_IDS = '~';
/** Orders per read. Each may have the holds of 100 lines. */
const READ_MAX = 50;
const PAGE_MAX = 500;

/** Returns the key of the entry of an order in the list of an owner, or of a payment. */
export type EntryKey = (orderId: string) => string;

/** Returns the keys of the entries of an owner's orders. */
export const entriesOfOwner =
  (owner: string): EntryKey =>
  (orderId) =>
    ownedKey(owner, orderId);

/** Resolves with the ids of the orders before `before` that have such an entry, newest first. */
export async function listedOrderIds(
  store: Pick<Store, 'listDocuments'>,
  entryKey: EntryKey,
  page: { before: string; limit: number },
): Promise<string[]> {
  const records = await store.listDocuments({ list: 'by_owner', before: entryKey(page.before), limit: page.limit });
  // The list continues with the entries of other owners, which are left out.
  return records.flatMap(({ key }) => {
    const orderId = ownedOrderId(key);
    return key === entryKey(orderId) ? [orderId] : [];
  });
}

/** Yields the ids of all orders of an owner, newest first, some at a time. */
export async function* allOwnedOrderIds(store: Pick<Store, 'listDocuments'>, owner: string): AsyncGenerator<string[]> {
  for (let before = AFTER_ALL_IDS; ; ) {
    const orderIds = await listedOrderIds(store, entriesOfOwner(owner), { before, limit: PAGE_MAX });
    const last = orderIds.at(-1);
    if (last === undefined) return;
    yield orderIds;
    before = last;
  }
}

/** Resolves with the orders that exist and that `isShown` accepts. Omits an order that cannot be read. */
export async function readOrders(
  { read, seal }: OrderReader,
  orderIds: readonly string[],
  isShown: (state: { body: OrderBody }) => boolean = () => true,
): Promise<Order[]> {
  const orders: Order[] = [];
  for (let first = 0; first < orderIds.length; first += READ_MAX) {
    const documents = orderIds.slice(first, first + READ_MAX).map(orderKey);
    const view = await read({ documents });
    for (const found of view.documents) {
      const body = found && parseOrder(found.record);
      const order = found && body && isShown({ body }) ? recordView(found, view.at, seal) : null;
      if (order) orders.push(order);
    }
  }
  return orders;
}
