import type { RowProblem } from '../../contract/outputs/stock-outputs.ts';
import { givenSettings, LOCAL_SETTINGS, type SettingsChange } from '../../domain/sku-settings.ts';
import type { Step } from '../../domain/steps.ts';
import { kitChange } from '../stock/settings/kit-definition.ts';
import { definingSteps } from '../stock/settings/settings-change.ts';
import type { ImportRow } from './bulk-api.ts';
import type { ChunkStock } from './chunk-stock.ts';
import { rowSettings } from './row-settings.ts';

/** Rows of kits. */

type Problem = Omit<RowProblem, 'row'>;

/**
 * Returns the key whose settings `perLocation` a row changes. A row that only has settings of all locations does not
 * create a record at its location.
 */
export function settingsKey(row: ImportRow, key: string, stock: ChunkStock): string {
  if (key === row.sku || stock.record(key) !== null) return key;
  const change = rowSettings(row);
  return LOCAL_SETTINGS.some((name) => change[name] !== undefined) ? key : row.sku;
}

const kitChangeOf = (row: ImportRow, key: string, stock: ChunkStock) =>
  kitChange({
    input: row,
    key: settingsKey(row, key, stock),
    records: stock.recordsOf(row.sku),
    recordsOf: (component) => stock.recordsOf(component),
    createsComponents: true,
  });

/** Returns the steps that change the settings of a row. `kitProblem` has found none. */
export function rowDefinition(row: ImportRow, key: string, stock: ChunkStock): Step[] {
  const sku = { sku: row.sku, key: settingsKey(row, key, stock), records: stock.recordsOf(row.sku) };
  const isPlain = !row.components && !isKitBefore(row, stock) && !hasLocal(row);
  if (isPlain) return definingSteps(rowSettings(row), sku);
  const kit = kitChangeOf(row, key, stock);
  return 'refusal' in kit ? [] : [...definingSteps(givenSettings(kit.change), sku), ...kit.steps];
}

const hasLocal = ({ safetyStock, backorderLimit, shipsAt }: ImportRow): boolean =>
  [safetyStock || null, backorderLimit, shipsAt].some((value) => value !== undefined && value !== null);

const isKitBefore = ({ sku }: ImportRow, stock: ChunkStock): boolean =>
  (stock.record(sku)?.components ?? null) !== null;

/** Returns the problem of a row for a kit, or for a SKU that becomes one; null if there is none. */
export function kitProblem(row: ImportRow, key: string, stock: ChunkStock): Problem | null {
  const { sku, components, onHand } = row;
  const isKit = components === undefined ? isKitBefore(row, stock) : components !== null;
  if (isKit && onHand !== undefined) return kitStockProblem(sku);
  if (!isKit && !isKitBefore(row, stock)) return null;
  const changed = kitChangeOf(row, key, stock);
  if (!('refusal' in changed)) return changesUnits(changed.change, sku, stock) ? kitInUseProblem(sku) : null;
  const { reason, meta } = changed.refusal;
  const [issue] = reason === 'invalid_input' ? meta.issues : [];
  const column = issue?.path.split('.')[0] ?? 'components';
  return { sku, column, reason: 'invalid_input', message: issue?.message ?? 'cannot be the components of a kit' };
}

/**
 * Returns whether the components of a SKU with units change. Only the store can decide about overdue holds that have
 * not ended.
 */
function changesUnits({ components }: SettingsChange, sku: string, stock: ChunkStock): boolean {
  return [...stock.recordsOf(sku).values()].some(
    (record) =>
      record !== null &&
      components !== undefined &&
      components !== record.components &&
      !stock.isBehind(record.sku) &&
      record.onHand + record.reserved + record.committed + record.sold > 0,
  );
}

export const kitStockProblem = (sku: string): Problem => ({
  sku,
  column: 'onHand',
  reason: 'kit_stock',
  message: 'has to be empty: the units of a kit are those of its components',
});

export const kitInUseProblem = (sku: string): Problem => ({
  sku,
  column: 'components',
  reason: 'kit_in_use',
  message: 'cannot change: the SKU has units, or units of it are held or were sold',
});
