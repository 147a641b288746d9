import { componentsText } from '../../domain/kits.ts';
import { givenSettings, type SettingsChange, sharedSettings } from '../../domain/sku-settings.ts';
import type { ImportRow } from './bulk-api.ts';

/** Returns the settings in a row. */
export function rowSettings(row: ImportRow): SettingsChange {
  const { components } = row;
  if (components === undefined) return row as SettingsChange;
  return { ...row, components: components && componentsText(components) };
}

/** Whether a row changes settings that all locations of its SKU share. */
export const isShared = (row: ImportRow): boolean =>
  Object.keys(givenSettings(sharedSettings(rowSettings(row)))).length > 0;

/** Returns the SKUs that a row makes components of a kit. */
export const componentsIn = ({ components }: ImportRow): string[] => (components ?? []).map(({ sku }) => sku);
