import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { HoldRecord } from '../../domain/records.ts';
import type { HoldPosition, Store } from '../../store/store.ts';

/** Yields the live holds of a SKU, or of all SKUs, in the order of their deadlines. */
export async function* liveHolds(
  store: Pick<Store, 'listHolds'>,
  sku: string | undefined,
  limit: number,
): AsyncGenerator<HoldRecord[]> {
  for (let after: HoldPosition | undefined; ; ) {
    const page = await store.listHolds({ ...(sku === undefined ? {} : { sku }), ...(after ? { after } : {}), limit });
    if (page.length > 0) yield page;
    after = page.at(-1);
    if (page.length < limit) return;
    await yieldToOthers();
  }
}
