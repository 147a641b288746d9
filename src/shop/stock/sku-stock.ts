import type { Location } from '../../contract/location-outputs.ts';
import type { LocationLevel, ShownSettings, StockLevel } from '../../contract/stock-outputs.ts';
import { availableOf, availableOnHand } from '../../domain/machine/step-context.ts';
import type { StockRecord } from '../../domain/records.ts';
import { plainSettingsOf } from '../../domain/sku-settings.ts';
import { locationOf } from '../../domain/stock-keys.ts';

/** The stock of a SKU at all locations, from one snapshot. */
export interface SkuStock {
  sku: string;
  /** The record of the location `main`. It always exists, and has the settings of the SKU. */
  main: StockRecord;
  /** The records of the locations that have one, `main` included, in the order of the locations. */
  records: readonly StockRecord[];
}

/** Returns the stock of a SKU from the records of its keys, in their order; null without a record of `main`. */
export function skuStockOf(sku: string, found: readonly (StockRecord | null | undefined)[]): SkuStock | null {
  const records = found.filter((record) => record !== null && record !== undefined);
  const main = records.find((record) => record.sku === sku);
  return main ? { sku, main, records } : null;
}

const isAt = (record: StockRecord, locations: readonly Location[]): boolean =>
  locations.some(({ id }) => id === locationOf(record.sku));

/** Returns the units that buyers at these locations could get. */
export function availableAt({ records }: SkuStock, locations: readonly Location[]): number {
  let units = 0;
  for (const record of records) if (isAt(record, locations)) units += availableOf(record);
  return units;
}

/** Returns the units on hand that buyers at these locations could get. */
export const onHandAt = ({ records }: SkuStock, locations: readonly Location[]): number =>
  records.reduce((units, record) => units + (isAt(record, locations) ? availableOnHand(record) : 0), 0);

/** Returns when backordered units are expected first at one of these locations; null if that is not known. */
export function earliestShipping({ records }: SkuStock, locations: readonly Location[]): number | null {
  const times = records
    .filter((record) => isAt(record, locations) && record.backorderLimit !== null)
    .map(({ shipsAt }) => shipsAt)
    .filter((shipsAt) => shipsAt !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** Returns the sequence of the newest change of a SKU at any location. */
export const newestVersion = ({ records }: SkuStock): number => Math.max(...records.map(({ version }) => version));

type Counter = 'onHand' | 'reserved' | 'committed' | 'safetyStock';

/** Returns the sum of a counter over all locations. */
export const sumOf = ({ records }: SkuStock, counter: Counter): number =>
  records.reduce((sum, record) => sum + record[counter], 0);

/** The locations as levels show them. */
export interface LevelLocations {
  /** Whether levels have a part for each location. */
  several: boolean;
  /** The locations that sell. */
  active: readonly Location[];
}

/** Returns the level of a SKU: the sums over its locations, and each of them if the shop has several. */
export function levelOf(stock: SkuStock, { several, active }: LevelLocations): StockLevel {
  const { sku, main, records } = stock;
  const settings = shownSettings(main);
  if (!several) return plainLevel(sku, settings, main, availableOf(main));
  return {
    sku,
    ...settings,
    ...backorderSettings(stock, active),
    safetyStock: sumOf(stock, 'safetyStock'),
    onHand: sumOf(stock, 'onHand'),
    reserved: sumOf(stock, 'reserved'),
    committed: sumOf(stock, 'committed'),
    backordered: records.reduce((sum, record) => sum + shownBackorders(record), 0),
    available: availableAt(stock, active),
    version: newestVersion(stock),
    updatedAt: Math.max(...records.map(({ updatedAt }) => updatedAt)),
    locations: records.map((record) => locationLevel(record, active)),
  };
}

function locationLevel(record: StockRecord, active: readonly Location[]): LocationLevel {
  const { sku: key, onHand, reserved, committed, safetyStock, version } = record;
  const available = isAt(record, active) ? availableOf(record) : 0;
  const { backorderLimit, shipsAt } = record;
  return {
    location: locationOf(key),
    onHand,
    reserved,
    committed,
    backordered: shownBackorders(record),
    safetyStock,
    ...(backorderLimit === null ? {} : { backorderLimit }),
    ...(shipsAt === null ? {} : { shipsAt }),
    available,
    version,
  };
}

/** Returns the level of a SKU at one location. `record` is null if the location never had units of it. */
export function levelAt(
  { sku, main }: SkuStock,
  location: string,
  { record, active }: { record: StockRecord | null; active: readonly Location[] },
): StockLevel {
  const { updatedAt } = main;
  const nothing = { onHand: 0, reserved: 0, committed: 0, backordered: 0, version: 0, updatedAt };
  const settings = shownSettings(record ?? { ...main, safetyStock: 0, backorderLimit: null, shipsAt: null });
  if (!record) return { ...plainLevel(sku, settings, nothing, 0), location };
  const available = isAt(record, active) ? availableOf(record) : 0;
  return { ...plainLevel(sku, settings, record, available), location };
}

type Figures = Pick<StockRecord, 'onHand' | 'reserved' | 'committed' | 'backordered' | 'version' | 'updatedAt'>;

const plainLevel = (sku: string, settings: ShownSettings, figures: Figures, available: number): StockLevel => {
  const { onHand, reserved, committed, version, updatedAt } = figures;
  const backordered = shownBackorders(figures);
  return { sku, ...settings, onHand, reserved, committed, backordered, available, version, updatedAt };
};

/** Overdue holds are not among the reserved units, but still among the backordered ones. */
const shownBackorders = ({ reserved, committed, backordered }: Omit<Figures, 'version' | 'updatedAt'>): number =>
  Math.min(backordered, reserved + committed);

/** The limit of all locations is the sum of theirs. */
function backorderSettings(
  stock: SkuStock,
  active: readonly Location[],
): Pick<StockLevel, 'backorderLimit' | 'shipsAt'> {
  const backorderLimit = stock.records.reduce((sum, record) => sum + (record.backorderLimit ?? 0), 0);
  const shipsAt = earliestShipping(stock, active);
  return { ...(backorderLimit === 0 ? {} : { backorderLimit }), ...(shipsAt === null ? {} : { shipsAt }) };
}

const shownSettings = (record: StockRecord): ShownSettings =>
  Object.fromEntries(
    Object.entries(plainSettingsOf(record)).filter(([, value]) => value !== null),
  ) as unknown as ShownSettings;
