import { type HttpCaller, must } from '../../test/support/http-caller.ts';
import { type Good, skuOf } from '../lib/words.ts';
import type { GoodSpec } from './definition.ts';

const AT_ONCE = 16;

/** Defines the SKUs and receives their units, through the API; resolves with what is there to sell. */
export async function stockUp(operator: HttpCaller, run: string, specs: readonly GoodSpec[]): Promise<Good[]> {
  await inParallel(specs, async ({ name, units, ...definition }) => {
    const sku = skuOf(run, name);
    must(await operator.mutate('stock.define', { sku, ...definition }));
    must(await operator.mutate('stock.receive', { sku, quantity: units, idempotencyKey: `stock-up-${sku}` }));
  });
  return specs.map(({ name, units }) => ({ sku: skuOf(run, name), units }));
}

/** So many at once as the connections that there are. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
