import type { Order } from '../contract/order-outputs.ts';
import type { Page } from '../contract/output-fields.ts';
import type { Context } from './context.ts';

type Reader = Pick<Context, 'caller' | 'key'>;

/** Whether the caller may see the contacts of other people: only a key with the scope may. */
const seesContacts = ({ caller, key }: Reader): boolean =>
  caller?.kind !== 'operator' || key?.scopes.has('orders:read:contact') === true;

const withoutContact = ({ contact: _, ...order }: Order): Order => order;

/** Returns the resolver, whose order is as the caller may see it. */
export const shownOrder =
  <O>(resolve: (options: O) => Promise<Order>) =>
  async (options: O & { ctx: Reader }): Promise<Order> => {
    const order = await resolve(options);
    return seesContacts(options.ctx) ? order : withoutContact(order);
  };

/** Returns the resolver of a list, whose orders are as the caller may see them. */
export const shownOrders =
  <O>(resolve: (options: O) => Promise<Page<Order>>) =>
  async (options: O & { ctx: Reader }): Promise<Page<Order>> => {
    const page = await resolve(options);
    return seesContacts(options.ctx) ? page : { ...page, items: page.items.map(withoutContact) };
  };
