import type { ProcedureName } from '../../../src/contract/inputs/inputs.ts';
import { TEXT } from '../text.ts';

interface Screen {
  to: string;
  title: string;
  /** Without all of these a screen has nothing to show. */
  reads: readonly ProcedureName[];
}

/** The screens of the navigation, in its order. */
export const SCREENS = [
  { to: '/sale', title: TEXT.screens.sale, reads: ['stock.level'] },
  { to: '/overview', title: TEXT.screens.overview, reads: ['admin.status'] },
  { to: '/stock', title: TEXT.screens.stock, reads: ['stock.list'] },
  { to: '/orders', title: TEXT.screens.orders, reads: ['orders.list'] },
  { to: '/webhooks', title: TEXT.screens.webhooks, reads: ['webhooks.list'] },
  { to: '/audit', title: TEXT.screens.audit, reads: ['admin.audit'] },
  { to: '/access', title: TEXT.screens.access, reads: ['keys.list', 'sessions.blocks', 'admin.events'] },
] as const satisfies readonly Screen[];

/** Those that only links and addresses lead to, and those of which an address shows a part. */
const LINKED: readonly Screen[] = [
  { to: '/stock/import', title: TEXT.import.title, reads: ['stock.define', 'stock.list'] },
  { to: '/stock/$sku', title: TEXT.screens.stock, reads: ['stock.level'] },
  { to: '/orders', title: TEXT.screens.orders, reads: ['orders.list', 'reservations.list', 'holds.list'] },
  { to: '/orders/$orderId', title: TEXT.screens.orders, reads: ['orders.list'] },
  { to: '/reservations/$reservationId', title: TEXT.screens.orders, reads: ['reservations.get'] },
  { to: '/carts/$cartId', title: TEXT.screens.orders, reads: ['holds.list', 'orders.list'] },
  { to: '/webhooks/$endpointId', title: TEXT.screens.webhooks, reads: ['webhooks.list'] },
];

/** Returns the screen of a route, such as `/stock/$sku`; undefined: it is for every key. */
export const screenOf = (route: string | undefined): Screen | undefined =>
  [...LINKED, ...SCREENS].find(({ to }) => to === route);
