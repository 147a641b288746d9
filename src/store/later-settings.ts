import type { Money } from '../domain/money.ts';
import type { StockRecord } from '../domain/records.ts';
import {
  LATER_SETTINGS,
  type Setting,
  type SettingName,
  SKU_SETTINGS,
  type SkuSettings,
} from '../domain/sku-settings.ts';
import type { Columns, Row } from './columns.ts';

/** The settings that records of all formats have. Each store keeps them in its own columns. */
type FirstSetting = 'title' | 'unitPrice' | 'safetyStock' | 'limitPerCustomer';

/**
 * Appends the settings that were added later, up to the last one that differs from its initial value: most SKUs have
 * none. In both stores they follow all other columns.
 */
export function pushLaterSettings(columns: Row, settings: SkuSettings): void {
  const last = LATER_SETTINGS.findLastIndex((name) => settings[name] !== SKU_SETTINGS[name].initial);
  if (last < 0) return;
  for (const name of LATER_SETTINGS.slice(0, last + 1)) {
    const value = settings[name];
    if (SKU_SETTINGS[name].type !== 'money') columns.push(value as Row[number]);
    else columns.push((value as Money | null)?.amount ?? null, (value as Money | null)?.currency ?? null);
  }
}

/** Adds the later settings to a record. A setting that the record does not have gets its initial value. */
export function readLaterSettings(
  columns: Columns,
  record: Omit<StockRecord, Exclude<SettingName, FirstSetting>>,
): StockRecord {
  const values = record as Record<string, unknown>;
  for (const name of LATER_SETTINGS) {
    const setting = SKU_SETTINGS[name];
    values[name] = columns.isAtEnd ? setting.initial : readSetting(columns, setting);
  }
  return record as StockRecord;
}

function readSetting(columns: Columns, { type, initial }: Setting): unknown {
  const isNullable = initial === null;
  if (type === 'money') return columns.moneyOrNull();
  if (type === 'flag') return columns.flag();
  if (type === 'text') return isNullable ? columns.textOrNull() : columns.text();
  return isNullable ? columns.integerOrNull() : columns.integer();
}
