import { GOODS } from './goods.ts';
import { receive } from './random-operator.ts';
import type { Shopper } from './random-shopper.ts';
import type { Scene, Visitor } from './scene.ts';

const CUSTOMERS = 100;
/** More than the safety stock and the request: the stock is checked before limits. */
const ENOUGH = 20;

function boughtBy({ orders }: Scene, customer: string, sku: string): number {
  let units = 0;
  for (const order of orders.orders.values()) {
    if (order.customer !== customer || order.status !== 'placed') continue;
    for (const line of order.first.lines) if (line.sku === sku) units += line.quantity;
    units -= order.returned.get(sku) ?? 0;
  }
  return units;
}

/**
 * Nothing is held any more. A request above the limit returns how many units count for the customer. That is exactly
 * what they have bought and not returned: nothing that was released, has expired or was cancelled counts.
 */
export async function reckonLimits(scene: Scene, shoppers: readonly Shopper[]): Promise<void> {
  const customers = new Map(shoppers.map(({ own }) => [own.customer, own]));
  const asked = [...customers.values()].sort((a, b) => (a.customer < b.customer ? -1 : 1)).slice(0, CUSTOMERS);
  for (const { sku, limitPerCustomer: limit } of GOODS) {
    if (limit === null) continue;
    await receive(scene, sku, ENOUGH);
    await Promise.all(asked.map((visitor) => ask(scene, visitor, sku, limit)));
  }
}

async function ask(scene: Scene, visitor: Visitor, sku: string, limit: number): Promise<void> {
  const answer = await scene.wire.mutate(visitor, 'cart.add', { sku, quantity: limit + 1 }, 'once');
  const already = boughtBy(scene, visitor.customer, sku);
  const isRight = !answer.ok && answer.reason === 'limit_exceeded' && answer.meta['already'] === already;
  const about = () =>
    `${visitor.name} has bought ${already} ${sku} and asks for ${limit + 1}: ${JSON.stringify(answer)}`;
  scene.faults.unless(isRight, about);
}
