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

/** The backordered units are in the columns of settings, because most SKUs have none. */
type LaterColumn = SettingName | 'backordered';
const BACKORDERED_SINCE = 8;

const isBefore = (name: SettingName): boolean => (SKU_SETTINGS[name].since ?? 0) <= BACKORDERED_SINCE;

/** The columns in their order. */
const LATER_COLUMNS: readonly LaterColumn[] = [
  ...LATER_SETTINGS.filter(isBefore),
  'backordered',
  ...LATER_SETTINGS.filter((name) => !isBefore(name)),
];

/** `backordered` is encoded like a setting with a whole number that is never null. */
const BACKORDERED: Setting = { type: 'whole', min: 0, max: 0, initial: 0 };
const columnOf = (name: LaterColumn): Setting => (name === 'backordered' ? BACKORDERED : SKU_SETTINGS[name]);

/** The values in the later columns of a SKU. */
export type LaterFields = SkuSettings & Pick<StockRecord, 'backordered'>;

/**
 * Appends the columns that were added later, up to the last one that differs from its initial value: most SKUs have
 * none. In both stores they follow all other columns.
 */
export function pushLaterColumns(columns: Row, stock: LaterFields): void {
  const last = LATER_COLUMNS.findLastIndex((name) => stock[name] !== columnOf(name).initial);
  if (last < 0) return;
  for (const name of LATER_COLUMNS.slice(0, last + 1)) {
    const value = stock[name];
    if (columnOf(name).type !== 'money') columns.push(value as Row[number]);
    else columns.push((value as Money | null)?.amount ?? null, (value as Money | null)?.currency ?? null);
  }
}

/** Adds the later columns to a record. A column that the record does not have gets its initial value. */
export function readLaterColumns(
  columns: Columns,
  record: Omit<StockRecord, Exclude<LaterColumn, FirstSetting>>,
): StockRecord {
  const values = record as Record<string, unknown>;
  for (const name of LATER_COLUMNS) {
    const column = columnOf(name);
    values[name] = columns.isAtEnd ? column.initial : readColumn(columns, column);
  }
  return record as StockRecord;
}

function readColumn(columns: Columns, { type, initial }: Setting): unknown {
  const isNullable = initial === null;
  if (type === 'money') return columns.moneyOrNull();
  if (type === 'flag') return columns.flag();
  if (type === 'components') return columns.componentsOrNull();
  if (type === 'text') return isNullable ? columns.textOrNull() : columns.text();
  return isNullable ? columns.integerOrNull() : columns.integer();
}
