import { type Result, invalid, ok } from '../../../contract/calls/call.ts';
import type { StockListInput } from '../../../contract/inputs/inputs.ts';
import type { Page } from '../../../contract/output-fields.ts';
import { decodeCursor, encodeCursor, pageLimit } from '../../../contract/calls/paging.ts';
import type { StockLevel } from '../../../contract/outputs/stock-outputs.ts';
import { isSku } from '../../../domain/skus.ts';
import type { Store } from '../../../store/store.ts';
import { listSkus } from './sku-list.ts';
import type { Find, SkuFinder } from './sku-finder.ts';
import type { StockReader } from '../units/stock-reader.ts';

/** The most SKUs that one call reads to find those that meet its conditions. The next page continues after them. */
const SCANNED_SKUS_MAX = 2_000;
const SCANNED_AT_ONCE = 500;
/** How long a call that has read that many SKUs waits for the index of the finder. */
const INDEX_WAIT_MS = 400;

interface StockPageParts {
  store: Pick<Store, 'listStock'>;
  reader: StockReader;
  finder: SkuFinder;
}

/**
 * Returns the levels of the SKUs that meet the conditions, in lexical order. A prefix is found through the order of the
 * list. The other conditions are checked SKU by SKU, at most `SCANNED_SKUS_MAX` for a page: so a page with a
 * `nextCursor` may have fewer items than its limit, or none. In a shop with more SKUs the finder knows which SKUs are
 * worth reading, as soon as it has its index.
 */
export async function pageOfStock(parts: StockPageParts, input: StockListInput): Promise<Result<Page<StockLevel>>> {
  const limit = pageLimit(input);
  if (!limit.ok) return limit;
  const cursor = decodeCursor<[string]>('stock', ['string'], input.cursor);
  if (!cursor.ok) return cursor;
  const after = cursor.value?.[0];
  if (after !== undefined && !isSku(after)) return invalid('cursor', 'is not a cursor of this list');
  const page = new StockPage(parts.reader, input, { after, limit: limit.value });
  const isScan = input.availableMax !== undefined || input.contains !== undefined;
  if (!isScan) return ok(await plainPage(parts, input.prefix, page));
  let find = await parts.finder.opened(0);
  if (!find) {
    await scanSkus(parts, input.prefix, page);
    if (page.isOver) return ok(page.result);
    find = await parts.finder.opened(INDEX_WAIT_MS);
  }
  if (find) await addFound(find, input, page);
  return ok(page.result);
}

/** A page of a list while it is filled. */
class StockPage {
  readonly #reader: StockReader;
  readonly #input: StockListInput;
  readonly #items: StockLevel[] = [];
  readonly limit: number;
  /** The last SKU that was read. */
  last: string | undefined;
  /** Whether it has all its items, or no SKU follows. */
  isOver = false;
  #hasMore = true;

  constructor(
    reader: StockReader,
    input: StockListInput,
    { after, limit }: { after?: string | undefined; limit: number },
  ) {
    this.#reader = reader;
    this.#input = input;
    this.last = after;
    this.limit = limit;
  }

  /** Adds those of the next SKUs that meet the conditions. */
  async add(skus: readonly string[]): Promise<void> {
    const stocks = await this.#reader.shown(skus);
    for (const [index, sku] of skus.entries()) {
      this.isOver = this.#items.length === this.limit;
      if (this.isOver) return;
      this.last = sku;
      const stock = stocks[index];
      const level = stock ? this.#reader.levelOf(stock) : null;
      if (level && meets(level, this.#input)) this.#items.push(level);
    }
  }

  /** No SKU follows. */
  end(): void {
    this.#hasMore = this.isOver;
    this.isOver = true;
  }

  get result(): Page<StockLevel> {
    if (!this.#hasMore || this.last === undefined) return { items: this.#items };
    return { items: this.#items, nextCursor: encodeCursor('stock', [this.last]) };
  }
}

/**
 * Returns a page without a search. If another page follows, it starts to build the index, because the operator may
 * search next.
 */
async function plainPage(
  parts: StockPageParts,
  prefix: string | undefined,
  page: StockPage,
): Promise<Page<StockLevel>> {
  // One more than the page shows whether another page follows.
  while (!page.isOver) await addNext(parts, prefix, page, page.limit + 1);
  const { result } = page;
  if (result.nextCursor !== undefined) parts.finder.prepare();
  return result;
}

async function scanSkus(parts: StockPageParts, prefix: string | undefined, page: StockPage): Promise<void> {
  for (let scanned = 0; !page.isOver && scanned < SCANNED_SKUS_MAX; scanned += SCANNED_AT_ONCE)
    await addNext(parts, prefix, page, SCANNED_AT_ONCE);
}

async function addNext(parts: StockPageParts, prefix: string | undefined, page: StockPage, count: number) {
  const skus = await skusAfter(parts, prefix, page.last, count);
  await page.add(skus);
  if (skus.length < count) page.end();
}

async function addFound(find: Find, input: StockListInput, page: StockPage): Promise<void> {
  const { prefix, availableMax, contains } = input;
  const conditions = { after: page.last, prefix, availableMax, contains: contains?.toLowerCase() };
  let read = 0;
  const waiting: string[] = [];
  for await (const skus of find(conditions)) {
    waiting.push(...skus);
    for (; waiting.length > page.limit; read += page.limit) {
      await page.add(waiting.splice(0, page.limit + 1));
      if (page.isOver || read >= SCANNED_SKUS_MAX) return;
    }
  }
  await page.add(waiting);
  page.end();
}

function meets({ sku, title = '', available }: StockLevel, { availableMax, contains }: StockListInput): boolean {
  if (availableMax !== undefined && available > availableMax) return false;
  if (contains === undefined) return true;
  const wanted = contains.toLowerCase();
  return sku.toLowerCase().includes(wanted) || title.toLowerCase().includes(wanted);
}

/** Returns the next SKUs with the prefix. All of them follow the prefix itself, which may be a SKU. */
async function skusAfter(
  { store, reader }: Pick<StockPageParts, 'store' | 'reader'>,
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
