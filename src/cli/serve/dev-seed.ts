import { AS_OPERATOR } from '../../contract/calls/access-key.ts';
import type { Result } from '../../contract/calls/call.ts';
import type { Holdfast } from '../../shop/holdfast-api.ts';

const EUR = 'EUR';

/** The SKU that the examples buy. */
export const EXAMPLE_SKU = 'TSHIRT-M';

/** The SKUs of a development shop: with plenty of units, with few, with a limit, and without units. */
const GOODS = [
  { sku: 'MUG', title: 'Mug', unitPrice: { amount: 1_290, currency: EUR }, units: 250 },
  { sku: 'POSTER', title: 'Poster, sold out', unitPrice: { amount: 900, currency: EUR }, units: 0 },
  { sku: 'SNEAKER', title: 'Sneaker, one day only', unitPrice: { amount: 8_990, currency: EUR }, units: 3 },
  { sku: 'TICKET', title: 'Ticket', unitPrice: { amount: 5_900, currency: EUR }, units: 100, limitPerCustomer: 2 },
  { sku: EXAMPLE_SKU, title: 'T-shirt, M', unitPrice: { amount: 1_900, currency: EUR }, units: 100 },
] as const;

const SEED_REASON = 'seed of holdfast dev';

/** Adds the SKUs and their units to a shop without SKUs. Resolves with the names of its SKUs, at most 100. */
export async function seedShop({ stock }: Pick<Holdfast, 'stock'>): Promise<string[]> {
  const { items } = done(await stock.list({ limit: 100 }));
  if (items.length > 0) return items.map(({ sku }) => sku);
  for (const { units, ...goods } of GOODS) {
    done(await stock.define(goods, AS_OPERATOR));
    if (units > 0) done(await stock.receive({ sku: goods.sku, quantity: units, reason: SEED_REASON }, AS_OPERATOR));
  }
  return GOODS.map(({ sku }) => sku);
}

function done<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`the shop cannot be stocked: ${result.refusal.reason}`);
}
