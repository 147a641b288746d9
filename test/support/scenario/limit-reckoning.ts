import { allOrders } from '../books.ts';
import { GOODS } from './goods.ts';
import type { Order } from './known-order.ts';
import { receive } from './shelf-acts.ts';
import type { Shopper } from './random-shopper.ts';
import type { Scene, Visitor } from './scene.ts';

const CUSTOMERS = 100;
/** More than the safety stock and the request: the stock is checked before limits. */
const ENOUGH = 20;

/** Units in the orders that were sold to a customer, as they are now: without cancelled ones and returned ones. */
function boughtBy({ orders }: Scene, kept: readonly Order[], customer: string, sku: string): number {
  let units = 0;
  for (const { orderId, lines } of kept) {
    const known = orders.orders.get(orderId);
    if (known?.customer !== customer || !known.isSold) continue;
    for (const line of lines) if (line.sku === sku) units += line.quantity;
    units -= known.returned.get(sku) ?? 0;
  }
  return units;
}

/**
 * Nothing is held any more. A request above the limit returns how many units count for the customer. That is exactly
 * what they have bought, and neither cancelled nor returned: nothing that was released or has expired counts.
 */
export async function reckonLimits(scene: Scene, shoppers: readonly Shopper[]): Promise<void> {
  const kept = await allOrders(scene.shop.caller);
  const customers = new Map(shoppers.map(({ own }) => [own.customer, own]));
  const asked = [...customers.values()].sort((a, b) => (a.customer < b.customer ? -1 : 1)).slice(0, CUSTOMERS);
  for (const { sku, limitPerCustomer: limit } of GOODS) {
    if (limit === null) continue;
    await receive(scene, sku, ENOUGH);
    const bought = ({ customer }: Visitor) => ({ sku, limit, already: boughtBy(scene, kept, customer, sku) });
    await Promise.all(asked.map((visitor) => ask(scene, visitor, bought(visitor))));
  }
}

interface Bought {
  sku: string;
  limit: number;
  already: number;
}

async function ask(scene: Scene, visitor: Visitor, { sku, limit, already }: Bought): Promise<void> {
  const answer = await scene.wire.mutate(visitor, 'cart.add', { sku, quantity: limit + 1 }, 'once');
  const isRight = !answer.ok && answer.reason === 'limit_exceeded' && answer.meta['already'] === already;
  const about = () =>
    `${visitor.name} has bought ${already} ${sku} and asks for ${limit + 1}: ${JSON.stringify(answer)}`;
  scene.faults.unless(isRight, about);
}
