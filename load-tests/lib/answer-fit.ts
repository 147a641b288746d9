import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { Path } from '../../src/contract/outputs/outputs.ts';

/** Procedures that return an order. */
const ORDERS: ReadonlySet<Path> = new Set([
  'checkout.place',
  'checkout.begin',
  'checkout.attachPayment',
  'checkout.confirm',
  'checkout.cancel',
  'orders.get',
  'orders.return',
  'orders.fulfil',
  'orders.cancelLine',
  'orders.setLineQuantity',
]);
/** Procedures that either sell or are refused. */
const SELLS: ReadonlySet<Path> = new Set(['checkout.place', 'checkout.confirm']);

const SOLD: ReadonlySet<Order['status']> = new Set(['placed', 'partially_fulfilled', 'fulfilled']);

/** Whether the units of an order were sold, dispatched or not: a repeated checkout may show it after its dispatch. */
export const isSold = ({ status }: Pick<Order, 'status'>): boolean => SOLD.has(status);

export const isAboutOrder = (path: Path): boolean => ORDERS.has(path);

/**
 * Returns whether an order can be the answer to a call: it is the requested order, it has units, and a sale is sold.
 * This check or the order oracle finds a proxy that returns another shopper's order.
 */
export function orderFits(path: Path, input: unknown, order: Order): boolean {
  const { orderId } = (input ?? {}) as { orderId?: string };
  const { lines } = order;
  return (
    typeof order.orderId === 'string' &&
    (orderId === undefined || orderId === order.orderId) &&
    (!SELLS.has(path) || isSold(order)) &&
    Array.isArray(lines) &&
    lines.length > 0 &&
    lines.every(({ quantity }) => Number.isSafeInteger(quantity) && quantity > 0)
  );
}

/** Returns whether an order has exactly these units of each SKU. */
export const isOrderOf = (wanted: ReadonlyMap<string, number>, { lines }: Order): boolean =>
  lines.length === wanted.size && lines.every(({ sku, quantity }) => wanted.get(sku) === quantity);
