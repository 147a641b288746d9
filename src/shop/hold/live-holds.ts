import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { isReserving } from '../../domain/machine/held-counts.ts';
import type { HoldRecord } from '../../domain/records.ts';
import type { HoldPosition, Store } from '../../store/store.ts';

/** Yields the holds of a SKU, or of all SKUs, that are held or pinned, in the order of their deadlines. */
export async function* liveHolds(
  store: Pick<Store, 'listHolds'>,
  sku: string | undefined,
  limit: number,
): AsyncGenerator<HoldRecord[]> {
  for (let after: HoldPosition | undefined; ; ) {
    const page = await store.listHolds({ ...(sku === undefined ? {} : { sku }), ...(after ? { after } : {}), limit });
    const reserving = page.filter(isReserving);
    if (reserving.length > 0) yield reserving;
    after = page.at(-1);
    if (page.length < limit) return;
    await yieldToOthers();
  }
}
