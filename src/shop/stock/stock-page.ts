import { type Result, invalid, ok } from '../../contract/call.ts';
import type { StockListInput } from '../../contract/inputs.ts';
import type { Page } from '../../contract/output-fields.ts';
import { decodeCursor, encodeCursor, pageLimit } from '../../contract/paging.ts';
import type { StockLevel } from '../../contract/stock-outputs.ts';
import { isSku } from '../../domain/skus.ts';
import type { Store } from '../../store/store.ts';
import { listSkus } from './sku-list.ts';
import type { StockReader } from './stock-reader.ts';

/** SKUs that one call reads to find those that meet its conditions. The next page goes on after them. */
const SCANNED_SKUS_MAX = 2_000;
const SCANNED_AT_ONCE = 500;

interface StockPageParts {
  store: Pick<Store, 'listStock'>;
  reader: StockReader;
}

/**
 * Returns the levels of the SKUs that meet the conditions, in lexical order. A prefix is found through the order of the
 * list. The other conditions are checked SKU by SKU, at most `SCANNED_SKUS_MAX` for a page: so a page with a
 * `nextCursor` may have fewer items than its limit, or none.
 */
export async function pageOfStock(parts: StockPageParts, input: StockListInput): Promise<Result<Page<StockLevel>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string]>('stock', ['string'], input.cursor);
  if (!cursor.ok) return cursor;
  const after = cursor.value?.[0];
  if (after !== undefined && !isSku(after)) return invalid('cursor', 'is not a cursor of this list');
  return ok(await scannedPage(parts, input, { after, limit: limit.value }));
}

async function scannedPage(
  parts: StockPageParts,
  input: StockListInput,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Page<StockLevel>> {
  const { reader } = parts;
  const isScan = input.availableMax !== undefined || input.contains !== undefined;
  // One more than the page shows whether another page follows.
  const atOnce = isScan ? SCANNED_AT_ONCE : limit + 1;
  const items: StockLevel[] = [];
  let last = after;
  for (let scanned = 0; ; ) {
    const skus = await skusAfter(parts, input.prefix, last, atOnce);
    const stocks = await reader.shown(skus);
    for (const [index, sku] of skus.entries()) {
      if (items.length === limit) return { items, nextCursor: encodeCursor('stock', [last ?? '']) };
      last = sku;
      const stock = stocks[index];
      const level = stock ? reader.levelOf(stock) : null;
      if (level && meets(level, input)) items.push(level);
    }
    scanned += skus.length;
    if (skus.length < atOnce || last === undefined) return { items };
    if (scanned >= SCANNED_SKUS_MAX) return { items, nextCursor: encodeCursor('stock', [last]) };
  }
}

function meets({ sku, title = '', available }: StockLevel, { availableMax, contains }: StockListInput): boolean {
  if (availableMax !== undefined && available > availableMax) return false;
  if (contains === undefined) return true;
  const wanted = contains.toLowerCase();
  return sku.toLowerCase().includes(wanted) || title.toLowerCase().includes(wanted);
}

/** Returns the next SKUs with the prefix. All of them follow the prefix itself, which may be a SKU. */
async function skusAfter(
  { store, reader }: StockPageParts,
  prefix: string | undefined,
  after: string | undefined,
  limit: number,
): Promise<string[]> {
  if (prefix === undefined) return (await listSkus(store, after, limit)).map(({ sku }) => sku);
  const isFirst = after === undefined && isSku(prefix);
  const [own = null] = isFirst ? await reader.stocks([prefix]) : [];
  const listed = (await listSkus(store, after ?? prefix, limit)).map(({ sku }) => sku);
  const skus = own ? [prefix, ...listed] : listed;
  const end = skus.findIndex((sku) => !sku.startsWith(prefix));
  return end < 0 ? skus.slice(0, limit) : skus.slice(0, Math.min(end, limit));
}
