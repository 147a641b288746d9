import { HOLD_QUANTITY_MAX, NEVER_AT, ON_HAND_UNITS_MAX } from './limits.ts';
import { type Money, isSamePrice } from './money.ts';

/** The settings of a SKU. Null if a setting has no value. */
export interface SkuSettings {
  title: string | null;
  unitPrice: Money | null;
  /** Units that are never sold. */
  safetyStock: number;
  /** The most units that one customer may hold and buy in total. */
  limitPerCustomer: number | null;
  /** The most units that one session or customer may hold at once. Null: the shop's setting applies. */
  holdUnitsMax: number | null;
  /** Only a session that is bound to a customer may hold units. */
  requiresCustomer: boolean;
  /** The first reserve of a session needs an admission. */
  protected: boolean;
  /** The most units that may be sold beyond those on hand. Null: none. */
  backorderLimit: number | null;
  /** When backordered units are expected, in epoch milliseconds. Null: not known. */
  shipsAt: number | null;
  /** The SKU is a component of a kit, or was one. It cannot become a kit. */
  inKits: boolean;
  /** The components of a kit: see `componentsOf`. Null: the SKU is not a kit. */
  components: string | null;
}

export type SettingName = keyof SkuSettings;

/** The settings that have the same form in inputs, answers and files. Those of kits have another form there. */
export type PlainSetting = Exclude<SettingName, 'inKits' | 'components'>;
export type PlainSettings = Pick<SkuSettings, PlainSetting>;

/** A change of settings. Null clears a setting, undefined leaves it unchanged. */
export type SettingsChange = { [S in SettingName]?: SkuSettings[S] | undefined };
export type PlainChange = Pick<SettingsChange, PlainSetting>;

/** The values that a setting accepts. A setting whose initial value is null also accepts null. */
export type SettingType = PlainType | { type: 'components' };
export type PlainType =
  | { type: 'text' }
  | { type: 'money' }
  | { type: 'flag' }
  | { type: 'whole'; min: number; max: number };

/**
 * `since` is the first record format that has the setting; absent if all formats have it. A setting `perLocation` has a
 * value for each location of a SKU. All others have one value, which the records of all its locations repeat.
 */
export type Setting<V = unknown, T = SettingType> = T & { initial: V; since?: number; perLocation?: true };

/**
 * The list of all settings. The checks of the machine and of the API, the records of both stores, and the rows of
 * imports and exports are derived from it. Append new settings, with `since`. CONTRIBUTING.md lists the other places to
 * change.
 */
export const SKU_SETTINGS: { readonly [S in PlainSetting]: Setting<SkuSettings[S], PlainType> } & {
  readonly [S in Exclude<SettingName, PlainSetting>]: Setting<SkuSettings[S]>;
} = {
  title: { type: 'text', initial: null },
  unitPrice: { type: 'money', initial: null },
  safetyStock: { type: 'whole', min: 0, max: ON_HAND_UNITS_MAX, initial: 0, perLocation: true },
  limitPerCustomer: { type: 'whole', min: 1, max: HOLD_QUANTITY_MAX, initial: null },
  holdUnitsMax: { type: 'whole', min: 1, max: HOLD_QUANTITY_MAX, initial: null, since: 4 },
  requiresCustomer: { type: 'flag', initial: false, since: 4 },
  protected: { type: 'flag', initial: false, since: 4 },
  backorderLimit: { type: 'whole', min: 1, max: ON_HAND_UNITS_MAX, initial: null, since: 8, perLocation: true },
  shipsAt: { type: 'whole', min: 0, max: NEVER_AT, initial: null, since: 8, perLocation: true },
  inKits: { type: 'flag', initial: false, since: 9 },
  components: { type: 'components', initial: null, since: 9 },
};

export const SETTING_NAMES = Object.keys(SKU_SETTINGS) as SettingName[];
export const PLAIN_SETTINGS = SETTING_NAMES.filter(
  (name): name is PlainSetting => name !== 'inKits' && name !== 'components',
);

/** Settings that records of the oldest formats lack. Records store them after all others, in this order. */
export const LATER_SETTINGS: readonly SettingName[] = SETTING_NAMES.filter(
  (name) => SKU_SETTINGS[name].since !== undefined,
);

const SHARED_SETTINGS = SETTING_NAMES.filter((name) => !SKU_SETTINGS[name].perLocation);
export const LOCAL_SETTINGS: readonly SettingName[] = SETTING_NAMES.filter((name) => SKU_SETTINGS[name].perLocation);

/** Returns an object with the values of some settings. An import does this several times for each row. */
export function pickSettings<V>(names: readonly SettingName[], valueOf: (name: SettingName) => V): SettingsChange {
  const picked: Partial<Record<SettingName, V>> = {};
  for (const name of names) picked[name] = valueOf(name);
  return picked as SettingsChange;
}

/** Returns the settings that have one value for all locations of a SKU. */
export const sharedSettings = (settings: SettingsChange): SettingsChange =>
  pickSettings(SHARED_SETTINGS, (name) => settings[name]);

/** Returns the settings that have a value for each location. */
export const localSettings = <C extends SettingsChange>(settings: C): Pick<C, SettingName & keyof C> =>
  pickSettings(LOCAL_SETTINGS, (name) => settings[name]) as Pick<C, SettingName & keyof C>;

/** Returns an object with a value for each setting. */
export function forEachSetting<T>(valueOf: (name: SettingName) => T): Record<SettingName, T> {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, valueOf(name)])) as Record<SettingName, T>;
}

/** The settings of a new SKU. */
export const INITIAL_SETTINGS = forEachSetting<unknown>((name) => SKU_SETTINGS[name].initial) as unknown as SkuSettings;

/** Returns the plain settings of a record without its other fields. */
export const plainSettingsOf = (record: PlainSettings): PlainSettings =>
  Object.fromEntries(PLAIN_SETTINGS.map((name) => [name, record[name]])) as unknown as PlainSettings;

/** Returns the settings of a record without its other fields. */
export const skuSettingsOf = (record: SkuSettings): SkuSettings =>
  forEachSetting<unknown>((name) => record[name]) as unknown as SkuSettings;

/** Returns the settings that a change sets, without those that it leaves unchanged. */
export function givenSettings(change: SettingsChange): Partial<SkuSettings> {
  const given: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) if (change[name] !== undefined) given[name] = change[name];
  return given as Partial<SkuSettings>;
}

/** Returns whether all settings are equal. */
export function sameSettings(one: SkuSettings, other: SkuSettings): boolean {
  for (const name of SETTING_NAMES) if (!isSameSetting(one[name], other[name])) return false;
  return true;
}

/** Returns whether the settings already have the values of a change. */
export function hasSettings(settings: SkuSettings, change: SettingsChange): boolean {
  for (const name of SETTING_NAMES) {
    const value = change[name];
    if (value !== undefined && !isSameSetting(settings[name], value)) return false;
  }
  return true;
}

/** Returns whether two values of one setting are equal. */
export function isSameSetting(one: SkuSettings[SettingName], other: SkuSettings[SettingName]): boolean {
  if (one === other) return true;
  return typeof one === 'object' && typeof other === 'object' && isSamePrice(one, other);
}
