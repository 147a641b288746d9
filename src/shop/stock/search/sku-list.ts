import type { StockRecord } from '../../../domain/records.ts';
import { namesLocation } from '../../../domain/stock-keys.ts';
import type { Store } from '../../../store/store.ts';

/** Records that each further call of the store lists. */
const MORE_RECORDS = 500;

/**
 * Returns the records of `main` after the SKU `after`, in lexical order, at most `limit`. A list of the store has the
 * records of all locations, in between those of other SKUs.
 */
export async function listSkus(
  store: Pick<Store, 'listStock'>,
  after: string | undefined,
  limit: number,
): Promise<StockRecord[]> {
  const records: StockRecord[] = [];
  let wanted = limit;
  for (let last = after; records.length < limit; wanted = MORE_RECORDS) {
    const listed = await store.listStock({ ...(last === undefined ? {} : { after: last }), limit: wanted });
    for (const record of listed) if (!namesLocation(record.sku)) records.push(record);
    last = listed.at(-1)?.sku;
    if (listed.length < wanted || last === undefined) break;
  }
  return records.length > limit ? records.slice(0, limit) : records;
}
