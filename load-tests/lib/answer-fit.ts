import type { Order } from '../../src/contract/order-outputs.ts';
import type { Path } from '../../src/contract/outputs.ts';

/** Procedures that are answered with an order. */
const ORDERS: ReadonlySet<Path> = new Set([
  'checkout.place',
  'checkout.begin',
  'checkout.attachPayment',
  'checkout.confirm',
  'checkout.cancel',
  'orders.get',
  'orders.return',
]);
/** Procedures that sell, or they are refused. */
const SELLS: ReadonlySet<Path> = new Set(['checkout.place', 'checkout.confirm']);

export const isAboutOrder = (path: Path): boolean => ORDERS.has(path);

/**
 * Returns whether an order can be the answer to a call: it is the order that was asked for, it has units, and a sale is
 * sold. A proxy that answers with somebody else's order is caught here, or by the till.
 */
export function orderFits(path: Path, input: unknown, order: Order): boolean {
  const { orderId } = (input ?? {}) as { orderId?: string };
  const { lines } = order;
  return (
    typeof order.orderId === 'string' &&
    (orderId === undefined || orderId === order.orderId) &&
    (!SELLS.has(path) || order.status === 'placed') &&
    Array.isArray(lines) &&
    lines.length > 0 &&
    lines.every(({ quantity }) => Number.isSafeInteger(quantity) && quantity > 0)
  );
}

/** Returns whether an order is of exactly these units, by SKU. */
export const isOrderOf = (wanted: ReadonlyMap<string, number>, { lines }: Order): boolean =>
  lines.length === wanted.size && lines.every(({ sku, quantity }) => wanted.get(sku) === quantity);
