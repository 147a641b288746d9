import { componentsOf } from '../../../domain/kits.ts';
import type { StockRecord } from '../../../domain/records.ts';
import {
  givenSettings,
  INITIAL_SETTINGS,
  isSameSetting,
  pickSettings,
  SETTING_NAMES,
  type SettingName,
  type SettingsChange,
  sharedSettings,
  SKU_SETTINGS,
  type SkuSettings,
  skuSettingsOf,
} from '../../../domain/sku-settings.ts';
import { MAIN_LOCATION, locationOf, skuOf } from '../../../domain/stock-keys.ts';
import type { ConfigureStep } from '../../../domain/steps.ts';

/** A step that the store refuses if the settings are not those that were read, so that its event is true. */
export type ExactConfigure = ConfigureStep & Required<Pick<ConfigureStep, 'expect'>>;

/** The subject of an event: a SKU, and the location if it is not `main`. */
interface Named {
  sku: string;
  location?: string;
}

/** The settings that change, as an event shows them. `before` is null for a new SKU. */
export interface SettingsChanged {
  before: Named | null;
  after: Named;
}

/** Returns the step that changes the settings of a stock key from those in its record; null if it does not exist. */
export const configureStep = (change: SettingsChange & { sku: string }, record: StockRecord | null): ExactConfigure =>
  configureOf(change.sku, change, record);

function configureOf(sku: string, change: SettingsChange, record: StockRecord | null): ExactConfigure {
  const given = givenSettings(change);
  return { ...given, kind: 'configure', sku, expect: record ? currentValues(record, given) : 'absent' };
}

/** Returns a record's values of the settings in a change. */
const currentValues = (record: SkuSettings, given: SettingsChange): SettingsChange =>
  pickSettings(Object.keys(given) as SettingName[], (name) => record[name]);

/** The data of a SKU that `definingSteps` needs. */
export interface DefinedSku {
  sku: string;
  /** The stock key whose settings `perLocation` change. */
  key: string;
  /** The records of the keys of all locations; null where there is none. */
  records: ReadonlyMap<string, StockRecord | null>;
}

/**
 * Returns the steps that change the settings of a SKU at all its locations: those `perLocation` of one key, and all
 * others of each record. They create the records of the SKU and of that key. The steps are refused if one of the
 * records is created or changed meanwhile.
 */
export function definingSteps(change: SettingsChange, { sku, key, records }: DefinedSku): ExactConfigure[] {
  const main = records.get(sku) ?? null;
  if (key === sku && records.size === 1 && records.has(sku)) return [configureOf(sku, change, main)];
  const shared = givenSettings(sharedSettings(change));
  const steps = [configureStep({ ...(key === sku ? change : shared), sku }, main)];
  for (const [each, record] of records) {
    if (each === sku) continue;
    if (each === key) steps.push(...keySteps(change, each, record, main));
    else if (!record) steps.push({ kind: 'configure', sku: each, expect: 'absent', checkOnly: true });
    else if (Object.keys(shared).length > 0) steps.push(configureStep({ ...shared, sku: each }, record));
  }
  return steps;
}

/**
 * Returns the steps for the record of one key. A new record gets the shared settings of the other records, which must
 * not change in the meantime.
 */
function keySteps(
  change: SettingsChange,
  key: string,
  record: StockRecord | null,
  main: StockRecord | null,
): ExactConfigure[] {
  if (record) return [configureStep({ ...change, sku: key }, record)];
  const known = main ? skuSettingsOf(main) : INITIAL_SETTINGS;
  const settings = { ...sharedSettings(known), ...givenSettings(change) };
  const created: ExactConfigure = { kind: 'configure', sku: key, ...givenSettings(settings), expect: 'absent' };
  const { sku } = main ?? { sku: skuOf(key) };
  // The step before has changed them already.
  const expect = { ...givenSettings(sharedSettings(known)), ...givenSettings(sharedSettings(change)) };
  return [{ kind: 'configure', sku, expect, checkOnly: true }, created];
}

/**
 * Returns the settings that a step changes, with their values before and after it; null if there are none. Settings
 * that all locations share belong to the step of `main`.
 */
export function changedSettings(step: ExactConfigure): SettingsChanged | null {
  const { sku: key, expect, checkOnly } = step;
  if (checkOnly) return null;
  const location = locationOf(key);
  const isMain = location === MAIN_LOCATION;
  const named: Named = { sku: skuOf(key), ...(isMain ? {} : { location }) };
  const own = SHOWN_SETTINGS.filter((name) => step[name] !== undefined && (isMain || SKU_SETTINGS[name].perLocation));
  const some = (settings: SettingsChange, names: readonly SettingName[]) => ({
    ...named,
    ...pickSettings(names, (name) => shownValue(settings, name)),
  });
  if (!isMain && own.length === 0) return null;
  if (expect === 'absent') return { before: null, after: some(step, own) };
  const names = own.filter((name) => !isSameSetting(expect[name] ?? null, step[name] ?? null));
  return names.length === 0 ? null : { before: some(expect, names), after: some(step, names) };
}

/** `inKits` is left out, because it follows from the definitions of the kits. */
const SHOWN_SETTINGS = SETTING_NAMES.filter((name) => name !== 'inKits');

const shownValue = (settings: SettingsChange, name: SettingName): unknown =>
  name === 'components' ? componentsOf({ components: settings.components ?? null }) : settings[name];
