import type { Caller } from '../contract/calls/call.ts';
import type { CustomerExport } from '../contract/outputs/admin-outputs.ts';
import type { Order } from '../contract/outputs/order-outputs.ts';
import type { Page } from '../contract/output-fields.ts';
import type { EventDetails } from '../shop/event/event-document.ts';
import { type Context, keyHolderOf } from './callers/context.ts';
import type { IssuedSession } from './callers/sessions.ts';

/** The most orders that one event names. The event always has the number of all orders. */
const ORDERS_NAMED_MAX = 20;

/** Records an event that has no transaction of its own, because it changes no record. Rejects as a mutation does. */
export const record = (
  { holdfast, caller }: Pick<Context, 'holdfast'> & { caller: Caller },
  event: EventDetails,
): Promise<void> => holdfast.events.record({ caller }, event);

/** Resolves with a session that is bound to a customer, after this has been recorded. */
export async function issueBound(ctx: Context, customerId: string): Promise<IssuedSession> {
  const issued = ctx.api.sessions.issue({ customerId });
  const session = ctx.api.sessions.open(issued.sessionId);
  const after = { session: session?.hash, customer: session?.customer, expiresAt: issued.expiresAt };
  if (ctx.key) await record({ ...ctx, caller: keyHolderOf(ctx.key, ctx) }, { what: 'session.create', after });
  return issued;
}

type Reader = Pick<Context, 'holdfast' | 'caller' | 'key'>;

/**
 * Resolves with orders as the caller may see them. Only a key with the scope sees the contacts of other people, and
 * only after an event has recorded it.
 */
async function withVisibleContacts({ caller, key, holdfast }: Reader, orders: readonly Order[]): Promise<Order[]> {
  const withContact = orders.filter(({ contact }) => contact !== undefined);
  if (caller?.kind !== 'operator' || withContact.length === 0) return [...orders];
  if (!key?.scopes.has('orders:read:contact')) return orders.map(({ contact: _, ...rest }) => rest);
  const orderIds = withContact.slice(0, ORDERS_NAMED_MAX).map(({ orderId }) => orderId);
  await record({ holdfast, caller }, { what: 'contacts.read', after: { orders: withContact.length, orderIds } });
  return [...orders];
}

/** Returns a resolver whose answer is the order as the caller may see it. */
export const shownOrder =
  <O>(resolve: (options: O) => Promise<Order>) =>
  async (options: O & { ctx: Reader }): Promise<Order> => {
    const order = await resolve(options);
    const [only = order] = await withVisibleContacts(options.ctx, [order]);
    return only;
  };

/** Returns a resolver whose answer is a list of orders as the caller may see them. */
export const shownOrders =
  <O>(resolve: (options: O) => Promise<Page<Order>>) =>
  async (options: O & { ctx: Reader }): Promise<Page<Order>> => {
    const page = await resolve(options);
    return { ...page, items: await withVisibleContacts(options.ctx, page.items) };
  };

/** Returns a resolver whose answer is the export as the caller may see it. An event records that contacts were read. */
export const shownCustomer =
  <O>(resolve: (options: O) => Promise<CustomerExport>) =>
  async (options: O & { ctx: Reader }): Promise<CustomerExport> => {
    const known = await resolve(options);
    return { ...known, orders: await withVisibleContacts(options.ctx, known.orders) };
  };
