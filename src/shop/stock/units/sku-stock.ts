import type { Location } from '../../../contract/outputs/location-outputs.ts';
import type { LocationLevel, ShownSettings, StockLevel } from '../../../contract/outputs/stock-outputs.ts';
import { componentsOf, isKit } from '../../../domain/kits.ts';
import type { StockRecord } from '../../../domain/records.ts';
import { plainSettingsOf } from '../../../domain/sku-settings.ts';
import { locationOf } from '../../../domain/stock-keys.ts';
import { keysOfComponents, type SellableUnits, sellableUnits, type StockByKey } from './sellable-units.ts';

/** The stock of a SKU at all locations, from one snapshot. */
export interface SkuStock {
  sku: string;
  /** The record of the location `main`. It always exists, and has the settings of the SKU. */
  main: StockRecord;
  /** The records of the locations that have one, `main` included, in the order of the locations. */
  records: readonly StockRecord[];
  /** The records of a kit's components at the same locations. */
  components: StockByKey;
}

const NO_COMPONENTS: StockByKey = new Map();

/**
 * Returns the stock of a SKU from the stock of a snapshot that has its keys, and those of its components if it is a
 * kit; null without a record of `main`.
 */
export function skuStockOf(sku: string, keys: readonly string[], stock: StockByKey): SkuStock | null {
  const records = keys.flatMap((key) => stock.get(key) ?? []);
  const main = stock.get(sku);
  if (!main) return null;
  return { sku, main, records, components: records.some(isKit) ? componentStock(records, stock) : NO_COMPONENTS };
}

const componentStock = (records: readonly StockRecord[], stock: StockByKey): StockByKey =>
  new Map(
    records
      .flatMap((record) => keysOfComponents(record.sku, componentsOf(record) ?? []))
      .flatMap((key) => [stock.get(key) ?? []].flat().map((record) => [key, record] as const)),
  );

const unitsAt = ({ components }: SkuStock, record: StockRecord): SellableUnits => sellableUnits(record, components);

const isAt = (record: StockRecord, locations: readonly Location[]): boolean =>
  locations.some(({ id }) => id === locationOf(record.sku));

/** Returns the units that buyers at these locations could get. */
export const availableAt = (stock: SkuStock, locations: readonly Location[]): number =>
  unitsAtAll(stock, locations).reduce((sum, { available }) => sum + available, 0);

/** Returns the units on hand that buyers at these locations could get. */
export const onHandAt = (stock: SkuStock, locations: readonly Location[]): number =>
  unitsAtAll(stock, locations).reduce((sum, { onHand }) => sum + onHand, 0);

const unitsAtAll = (stock: SkuStock, locations: readonly Location[]): SellableUnits[] =>
  stock.records.filter((record) => isAt(record, locations)).map((record) => unitsAt(stock, record));

/** Returns when backordered units are expected first at one of these locations; null if that is not known. */
export function earliestShipping(stock: SkuStock, locations: readonly Location[]): number | null {
  const times = unitsAtAll(stock, locations)
    .map(({ shipsAt }) => shipsAt)
    .filter((shipsAt) => shipsAt !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** Returns the sequence of the newest change of a SKU at any location. */
export const newestVersion = ({ records }: SkuStock): number => Math.max(...records.map(({ version }) => version));

/** Returns the sequence of the newest change of the units that buyers could get: of a kit also that of a component. */
export const newestUnits = (stock: SkuStock): number =>
  Math.max(newestVersion(stock), ...[...stock.components.values()].map(({ version }) => version));

type Counter = 'onHand' | 'reserved' | 'committed' | 'sold' | 'safetyStock';

/** Returns the sum of a counter over all locations. */
export const counterSum = ({ records }: SkuStock, counter: Counter): number =>
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
  if (!several) return plainLevel(sku, settings, main, unitsAt(stock, main).available);
  return {
    sku,
    ...settings,
    ...backorderSettings(stock, active),
    safetyStock: counterSum(stock, 'safetyStock'),
    onHand: counterSum(stock, 'onHand'),
    reserved: counterSum(stock, 'reserved'),
    committed: counterSum(stock, 'committed'),
    sold: counterSum(stock, 'sold'),
    backordered: records.reduce((sum, record) => sum + shownBackorders(record), 0),
    available: availableAt(stock, active),
    version: newestVersion(stock),
    updatedAt: Math.max(...records.map(({ updatedAt }) => updatedAt)),
    locations: records.map((record) => locationLevel(stock, record, active)),
  };
}

function locationLevel(stock: SkuStock, record: StockRecord, active: readonly Location[]): LocationLevel {
  const { sku: key, onHand, reserved, committed, sold, safetyStock, version } = record;
  const available = isAt(record, active) ? unitsAt(stock, record).available : 0;
  const { backorderLimit, shipsAt } = record;
  return {
    location: locationOf(key),
    onHand,
    reserved,
    committed,
    sold,
    backordered: shownBackorders(record),
    safetyStock,
    ...(backorderLimit === null ? {} : { backorderLimit }),
    ...(shipsAt === null ? {} : { shipsAt }),
    available,
    version,
  };
}

/** Returns the level of a SKU at one location. The location may never have had units of it. */
export function levelAt(stock: SkuStock, location: string, active: readonly Location[]): StockLevel {
  const { sku, main, records } = stock;
  const { updatedAt } = main;
  const record = records.find((each) => locationOf(each.sku) === location);
  const nothing = { onHand: 0, reserved: 0, committed: 0, sold: 0, backordered: 0, version: 0, updatedAt };
  const settings = shownSettings(record ?? { ...main, safetyStock: 0, backorderLimit: null, shipsAt: null });
  if (!record) return { ...plainLevel(sku, settings, nothing, 0), location };
  const available = isAt(record, active) ? unitsAt(stock, record).available : 0;
  return { ...plainLevel(sku, settings, record, available), location };
}

type SummedCounters = Pick<StockRecord, 'onHand' | 'reserved' | 'committed' | 'sold' | 'backordered'>;
type Figures = SummedCounters & Pick<StockRecord, 'version' | 'updatedAt'>;

type LevelSettings = ShownSettings & Pick<StockLevel, 'components'>;

const plainLevel = (sku: string, settings: LevelSettings, figures: Figures, available: number): StockLevel => {
  const { onHand, reserved, committed, sold, version, updatedAt } = figures;
  const backordered = shownBackorders(figures);
  return { sku, ...settings, onHand, reserved, committed, sold, backordered, available, version, updatedAt };
};

/** Overdue holds are not among the reserved units, but still among the backordered ones. */
const shownBackorders = ({ reserved, committed, backordered }: Omit<SummedCounters, 'onHand' | 'sold'>): number =>
  Math.min(backordered, reserved + committed);

/** Returns the settings of backorders. The limit of a SKU is the sum of the limits of its locations. */
function backorderSettings(
  stock: SkuStock,
  active: readonly Location[],
): Pick<StockLevel, 'backorderLimit' | 'shipsAt'> {
  const backorderLimit = stock.records.reduce((sum, record) => sum + (record.backorderLimit ?? 0), 0);
  const shipsAt = earliestShipping(stock, active);
  return { ...(backorderLimit === 0 ? {} : { backorderLimit }), ...(shipsAt === null ? {} : { shipsAt }) };
}

/** Returns the settings, and the components of a kit. */
function shownSettings(record: StockRecord): LevelSettings {
  const given = Object.entries(plainSettingsOf(record)).filter(([, value]) => value !== null);
  const settings = Object.fromEntries(given) as unknown as ShownSettings;
  const components = componentsOf(record);
  return components ? { ...settings, components: [...components] } : settings;
}
