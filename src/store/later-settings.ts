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

/** Appends the settings that were added later. In both stores they follow all other columns. */
export function pushLaterSettings(columns: Row, settings: SkuSettings): void {
  for (const name of LATER_SETTINGS) {
    const value = settings[name];
    if (SKU_SETTINGS[name].type !== 'money') columns.push(value as Row[number]);
    else columns.push((value as Money | null)?.amount ?? null, (value as Money | null)?.currency ?? null);
  }
}

/** Adds the later settings to a record. A record that is older than a setting gets its initial value. */
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
  if (type === 'text') return isNullable ? columns.textOrNull() : columns.text();
  return isNullable ? columns.integerOrNull() : columns.integer();
}
