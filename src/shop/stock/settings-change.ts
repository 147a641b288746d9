import type { StockRecord } from '../../domain/records.ts';
import {
  givenSettings,
  isSameSetting,
  SETTING_NAMES,
  type SettingName,
  type SettingsChange,
  type SkuSettings,
} from '../../domain/sku-settings.ts';
import type { ConfigureStep } from '../../domain/steps.ts';

/** A step that the store refuses if the settings are not those that were read, so that its event is true. */
export type ExactConfigure = ConfigureStep & Required<Pick<ConfigureStep, 'expect'>>;

/** The settings of a SKU that change, as an event shows them. `before` is null for a new SKU. */
export interface SettingsChanged {
  before: { sku: string } | null;
  after: { sku: string };
}

/** Returns the step that changes the settings of a SKU from those in its record; null if it does not exist. */
export const configureStep = (
  change: SettingsChange & { sku: string },
  record: StockRecord | null,
): ExactConfigure => ({
  kind: 'configure',
  sku: change.sku,
  ...givenSettings(change),
  expect: record ? settingsIn(record, change) : 'absent',
});

/** Returns the values that a record has for the settings that a change gives. */
const settingsIn = (record: SkuSettings, change: SettingsChange): SettingsChange =>
  Object.fromEntries(Object.keys(givenSettings(change)).map((name) => [name, record[name as SettingName]]));

/** Returns the settings that a step gives another value, before and after it; null if there are none. */
export function changedSettings({ sku, expect, ...change }: ExactConfigure): SettingsChanged | null {
  const given = givenSettings(change);
  if (expect === 'absent') return { before: null, after: { sku, ...given } };
  const names = SETTING_NAMES.filter(
    (name) => name in given && !isSameSetting(expect[name] ?? null, given[name] ?? null),
  );
  const some = (settings: SettingsChange) => ({
    sku,
    ...Object.fromEntries(names.map((name) => [name, settings[name]])),
  });
  return names.length === 0 ? null : { before: some(expect), after: some(given) };
}
