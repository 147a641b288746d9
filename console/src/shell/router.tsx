import { createRootRoute, createRoute, createRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorText } from '../parts/error-text.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import { Page } from '../parts/page.tsx';
import { CONSOLE_PATH } from '../places.ts';
import { TEXT } from '../text.ts';
import type { CartOrigin } from '../screens/cart-origin.ts';
import type { StockSearch } from '../screens/stock/stock-tools.tsx';
import { FirstScreen } from './first-screen.tsx';
import { Frame } from './frame.tsx';

const NotFound = () => (
  <Page title={TEXT.app.notFound}>
    <EmptyState title={TEXT.app.notFoundLead} />
  </Page>
);

const Broken = ({ error, reset }: ErrorComponentProps) => (
  <Page title={TEXT.app.broken}>
    <ErrorText error={error} onRetry={reset} />
  </Page>
);

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: Broken });

/** A parameter of the URL as text. An absent one is not in the URL. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
const natural = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
/** A list of texts, such as SKUs, which may have blanks and commas. */
const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.flatMap((each) => text(each) ?? []) : undefined;
const oneOf = <T extends string>(value: unknown, all: readonly T[]): T | undefined =>
  all.find((each) => each === value);

/** What the screen of orders shows: one of its lists, with its filter. */
interface OrdersSearch {
  view?: 'reservations' | 'holds' | undefined;
  status?: string | undefined;
  find?: string | undefined;
  sku?: string | undefined;
  holder?: string | undefined;
  /** Minutes. */
  older?: number | undefined;
}

const ordersSearch = ({ view, status, find, sku, holder, older }: Record<string, unknown>): OrdersSearch => ({
  view: oneOf(view, ['reservations', 'holds']),
  status: text(status),
  find: text(find),
  sku: text(sku),
  holder: text(holder),
  older: typeof older === 'number' && older > 0 ? older : undefined,
});

/** Keys are shown without `part`. The others filter the events. */
interface AccessSearch {
  part?: 'sessions' | 'events' | undefined;
  what?: string | undefined;
  by?: string | undefined;
  find?: string | undefined;
}

const orderScreens = () => import('../screens/orders/order-screens.ts');

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: FirstScreen,
});
const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  component: lazyPart(async () => ({
    default: (await import('../screens/overview/overview-screen.tsx')).OverviewScreen,
  })),
});
const stock = createRoute({
  getParentRoute: () => root,
  path: '/stock',
  validateSearch: ({ find, within, show, max }: Record<string, unknown>): StockSearch => ({
    find: text(find),
    within: oneOf(within, ['all']),
    show: oneOf(show, ['low', 'out']),
    max: natural(max),
  }),
  component: lazyPart(async () => ({ default: (await import('../screens/stock/stock-screen.tsx')).StockScreen })),
});
const stockImport = createRoute({
  getParentRoute: () => root,
  path: '/stock/import',
  component: lazyPart(async () => ({ default: (await import('../screens/bulk/import-screen.tsx')).ImportScreen })),
});
const sku = createRoute({
  getParentRoute: () => root,
  path: '/stock/$sku',
  validateSearch: ({ since }: Record<string, unknown>): { since?: 'hour' | 'day' | 'week' | undefined } => ({
    since: oneOf(since, ['hour', 'day', 'week']),
  }),
  component: lazyPart(async () => ({ default: (await import('../screens/sku/sku-screen.tsx')).SkuScreen })),
});
const sale = createRoute({
  getParentRoute: () => root,
  path: '/sale',
  validateSearch: ({ skus }: Record<string, unknown>): { skus?: string[] | undefined } => ({ skus: texts(skus) }),
  component: lazyPart(async () => ({ default: (await import('../screens/sale/sale-screen.tsx')).SaleScreen })),
});
const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  validateSearch: ordersSearch,
  component: lazyPart(async () => ({ default: (await orderScreens()).OrdersScreen })),
});
const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyPart(async () => ({ default: (await orderScreens()).OrderScreen })),
});
const reservation = createRoute({
  getParentRoute: () => root,
  path: '/reservations/$reservationId',
  component: lazyPart(async () => ({ default: (await orderScreens()).ReservationScreen })),
});
const cart = createRoute({
  getParentRoute: () => root,
  path: '/carts/$cartId',
  validateSearch: ({ sku, location }: Record<string, unknown>): CartOrigin => ({
    sku: text(sku),
    location: text(location),
  }),
  component: lazyPart(async () => ({ default: (await orderScreens()).CartScreen })),
});
const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  component: lazyPart(async () => ({
    default: (await import('../screens/webhooks/webhooks-screen.tsx')).WebhooksScreen,
  })),
});
const endpoint = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$endpointId',
  component: lazyPart(async () => ({
    default: (await import('../screens/webhooks/endpoint-screen.tsx')).EndpointScreen,
  })),
});
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  component: lazyPart(async () => ({ default: (await import('../screens/audit/audit-screen.tsx')).AuditScreen })),
});
const access = createRoute({
  getParentRoute: () => root,
  path: '/access',
  validateSearch: ({ part, what, by, find }: Record<string, unknown>): AccessSearch => ({
    part: oneOf(part, ['sessions', 'events']),
    what: text(what),
    by: text(by),
    find: text(find),
  }),
  component: lazyPart(async () => ({ default: (await import('../screens/access/access-screen.tsx')).AccessScreen })),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    overview,
    stock,
    stockImport,
    sku,
    sale,
    orders,
    order,
    reservation,
    cart,
    webhooks,
    endpoint,
    audit,
    access,
  ]),
  basepath: CONSOLE_PATH,
  defaultPreload: 'intent',
  // Within the frame, so that the navigation stays.
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
