import { type Good, skuOf } from '../../lib/words.ts';
import type { GoodSpec } from './definition.ts';

/** The shop to stock. */
export interface Shelf {
  url: string;
  operatorKey: string;
}

/**
 * Defines the SKUs and counts their units with one import; resolves with the goods. Rejects unless all rows were
 * applied.
 */
export async function stockUp(shelf: Shelf, run: string, specs: readonly GoodSpec[]): Promise<Good[]> {
  const rows = specs.map(({ name, units, unitsAtMain, unitPrice: price, ...rest }) => ({
    sku: skuOf(run, name),
    onHand: unitsAtMain ?? units,
    ...(price ? { price: price.amount, currency: price.currency } : {}),
    ...rest,
  }));
  const response = await fetch(`${shelf.url}/api/v1/stock/import?key=${run}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shelf.operatorKey}`, 'content-type': 'application/jsonl' },
    body: rows.map((row) => JSON.stringify(row)).join('\n'),
  }).catch((error: Error) => {
    throw new Error(`${shelf.url} does not answer: ${reasonOf(error)}`, { cause: error });
  });
  const outcome = (await response.text()).trim().split('\n').at(-1) ?? '';
  if (response.status !== 200 || !isDone(outcome)) throw new Error(`the SKUs cannot be defined: ${outcome}`);
  return specs.map(({ name, units }) => ({ sku: skuOf(run, name), units }));
}

/** The error of `fetch` has no detail; its cause may have a code without a message. */
function reasonOf({ message, cause }: Error): string {
  const { message: words, code } = (cause ?? {}) as NodeJS.ErrnoException;
  return words || code || message;
}

function isDone(outcome: string): boolean {
  const { done, problemCount } = JSON.parse(outcome) as { done?: boolean; problemCount?: number };
  return done === true && problemCount === 0;
}
