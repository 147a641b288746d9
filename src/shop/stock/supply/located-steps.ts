import { refuse, type Result, ok } from '../../../contract/calls/call.ts';
import type { StockRecord } from '../../../domain/records.ts';
import { sharedSettings, skuSettingsOf } from '../../../domain/sku-settings.ts';
import { stockKey } from '../../../domain/stock-keys.ts';
import type { Step } from '../../../domain/steps.ts';
import type { ReadRequest, Snapshot } from '../../../store/store.ts';
import type { ShopLocations } from '../../location/shop-locations.ts';

/** The location of an input without `location`. */
export const LOCATED_DEFAULTS = { location: 'main' } as const;

interface Located {
  sku: string;
  /** Absent: `main`. */
  location?: string | undefined;
}

/** Returns the stock key of a SKU at a location. Refused: `unknown_location`. */
export async function keyAt(locations: ShopLocations, { sku, location }: Located): Promise<Result<string>> {
  if (location === undefined) return ok(sku);
  const isKnown = (await locations.named(location)) !== null;
  return isKnown ? ok(stockKey(sku, location)) : refuse({ reason: 'unknown_location', meta: { location } });
}

/**
 * Returns the steps that create the record of a SKU at a location, if it has none. The record gets the settings that
 * all locations share. They are refused if another call changes these settings meanwhile. Returns none if `main` has no
 * record: the shop does not have the SKU, so the next step is refused.
 */
export function openingSteps(key: string, main: StockRecord | null, record: StockRecord | null): Step[] {
  if (record || !main || key === main.sku) return [];
  const shared = sharedSettings(skuSettingsOf(main));
  return [
    { kind: 'configure', sku: main.sku, expect: shared, checkOnly: true },
    { kind: 'configure', sku: key, ...shared, expect: 'absent' },
  ];
}

/** The read of the records of SKUs at all locations, for a transaction that changes all of them. */
export interface KeysRead {
  reads: () => Promise<ReadRequest>;
  /** Returns the records of a SKU in a snapshot by their keys. Default: those of the first SKU. */
  recordsIn: (view: Snapshot, sku?: string) => Map<string, StockRecord | null>;
  /** The steps that are refused `conflict` if a location was defined since, so that no record is left out. */
  readonly unchanged: Step[];
}

export function keysRead(locations: ShopLocations, ...skus: [string, ...string[]]): KeysRead {
  let [keys, unchanged]: [Map<string, string[]>, Step[]] = [new Map(), []];
  let isRepeated = false;
  return {
    async reads() {
      await (isRepeated ? locations.refresh() : locations.prepare());
      isRepeated = true;
      keys = new Map(skus.map((sku) => [sku, locations.keysOf(sku)]));
      unchanged = [locations.unchangedStep()];
      return { skus: [...keys.values()].flat() };
    },
    recordsIn({ stock }, of = skus[0]) {
      const records = new Map(stock.flatMap((record) => (record ? [[record.sku, record]] : [])));
      return new Map((keys.get(of) ?? []).map((key) => [key, records.get(key) ?? null]));
    },
    get unchanged() {
      return unchanged;
    },
  };
}
