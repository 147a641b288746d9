import { componentsOf, isKit, type KitComponent } from '../../../domain/kits.ts';
import type { StockRecord } from '../../../domain/records.ts';
import { skuOf } from '../../../domain/stock-keys.ts';
import type { ReadRequest, Snapshot } from '../../../store/store.ts';
import { growingCache } from '../../../store/growing-cache.ts';
import { keysOfComponents } from './sellable-units.ts';
import type { Read } from './stock-reader.ts';

const KNOWN_KITS_MAX = 10_000;
/** Reads of kits whose components keep changing. */
const KIT_READS_MAX = 8;

/**
 * Returns a read that adds the stock of components: a snapshot with the record of a kit also has those of its
 * components, at each location of which a stock key of the kit is requested, behind the requested ones. Only the first
 * read of a kit, or of one whose components have changed, is repeated.
 */
export function withComponents(read: Read): Read {
  const known = growingCache<readonly KitComponent[]>(KNOWN_KITS_MAX);

  const expected = (keys: readonly string[]): readonly string[] =>
    known.size === 0
      ? keys
      : distinct(
          keys,
          keys.flatMap((key) => keysOfComponents(key, known.get(skuOf(key)) ?? [])),
        );

  const learn = (records: readonly (StockRecord | null)[]): void => {
    for (const record of records) {
      const components = record && componentsOf(record);
      if (components) known.set(skuOf(record.sku), components);
      else if (record) known.delete(skuOf(record.sku));
    }
  };

  const repeated = async (request: ReadRequest, first: Snapshot, keys: readonly string[]): Promise<Snapshot> => {
    let [view, present] = [first, keys];
    for (let attempts = 1; ; attempts += 1) {
      learn(view.stock.slice(0, request.skus?.length));
      const all = expected(present);
      if (all.length === present.length || attempts === KIT_READS_MAX) return view;
      view = await read({ ...request, skus: all });
      present = all;
    }
  };

  return (request) => {
    if (!request.skus || request.skus.length === 0) return read(request);
    const keys = expected(request.skus);
    const reading = read(keys === request.skus ? request : { ...request, skus: keys });
    const isPlain = (view: Snapshot): boolean =>
      keys === request.skus && !view.stock.some((record) => record && isKit(record));
    return reading.then((view) => (isPlain(view) ? view : repeated(request, view, keys)));
  };
}

/** Returns `keys` with those of `more` that are not among them, behind the others. */
function distinct(keys: readonly string[], more: readonly string[]): readonly string[] {
  const present = new Set(keys);
  const added = new Set(more.filter((key) => !present.has(key)));
  return added.size === 0 ? keys : [...keys, ...added];
}
