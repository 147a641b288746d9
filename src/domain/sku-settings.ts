import { HOLD_QUANTITY_MAX, ON_HAND_UNITS_MAX } from './limits.ts';
import { type Money, isSamePrice } from './money.ts';

/** What an operator sets of a SKU. Null where nothing is set. */
export interface SkuSettings {
  title: string | null;
  unitPrice: Money | null;
  /** Units that are never sold. */
  safetyStock: number;
  /** Units that one customer may hold and buy in all. */
  limitPerCustomer: number | null;
}

export type SettingName = keyof SkuSettings;

/** What changes settings: null clears one, undefined leaves it as it is. */
export type SettingsChange = { [S in SettingName]?: SkuSettings[S] | undefined };

/** The values that a setting accepts. A setting that is null at first accepts null as well. */
export type SettingType = { type: 'text' } | { type: 'money' } | { type: 'whole'; min: number; max: number };

/** `since` is the first format whose records have the setting; absent for those that all formats have. */
export type Setting<V = unknown> = SettingType & { initial: V; since?: number };

/**
 * The one list of settings. The checks of the machine and of the API, the records of both stores, and the rows of imports and
 * exports follow from it. Append new ones, with `since`: CONTRIBUTING.md says what else belongs to one.
 */
export const SKU_SETTINGS: { readonly [S in SettingName]: Setting<SkuSettings[S]> } = {
  title: { type: 'text', initial: null },
  unitPrice: { type: 'money', initial: null },
  safetyStock: { type: 'whole', min: 0, max: ON_HAND_UNITS_MAX, initial: 0 },
  limitPerCustomer: { type: 'whole', min: 1, max: HOLD_QUANTITY_MAX, initial: null },
};

export const SETTING_NAMES = Object.keys(SKU_SETTINGS) as SettingName[];

/** Settings that records of the oldest formats do not have. Records have them behind all others, in this order. */
export const LATER_SETTINGS: readonly SettingName[] = SETTING_NAMES.filter(
  (name) => SKU_SETTINGS[name].since !== undefined,
);

/** Returns an object with a value for each setting. */
export function forEachSetting<T>(valueOf: (name: SettingName) => T): Record<SettingName, T> {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, valueOf(name)])) as Record<SettingName, T>;
}

/** The settings of a SKU that has just been created. */
export const INITIAL_SETTINGS = forEachSetting<unknown>((name) => SKU_SETTINGS[name].initial) as unknown as SkuSettings;

/** Returns the settings of a record without its other fields. */
export const skuSettingsOf = (record: SkuSettings): SkuSettings =>
  forEachSetting<unknown>((name) => record[name]) as unknown as SkuSettings;

/** Returns what a change sets, without what it leaves as it is. */
export function givenSettings(change: SettingsChange): Partial<SkuSettings> {
  const given: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) if (change[name] !== undefined) given[name] = change[name];
  return given as Partial<SkuSettings>;
}

/** Whether all settings are equal. */
export function sameSettings(one: SkuSettings, other: SkuSettings): boolean {
  for (const name of SETTING_NAMES) if (!isSame(one[name], other[name])) return false;
  return true;
}

function isSame(one: SkuSettings[SettingName], other: SkuSettings[SettingName]): boolean {
  if (one === other) return true;
  return typeof one === 'object' && typeof other === 'object' && isSamePrice(one, other);
}
