import {
  givenSettings,
  hasSettings,
  INITIAL_SETTINGS,
  localSettings,
  type SettingsChange,
} from '../../domain/sku-settings.ts';
import type { Step } from '../../domain/steps.ts';
import { emptyStock } from '../../domain/machine/stock-steps.ts';
import { openingSteps } from '../stock/supply/located-steps.ts';
import type { RowProblem } from '../../contract/outputs/stock-outputs.ts';
import type { ImportRow } from './bulk-api.ts';
import type { ChunkStock } from './chunk-stock.ts';
import { kitProblem, rowDefinition } from './kit-rows.ts';
import { rowSettings } from './row-settings.ts';

/**
 * Returns the steps that bring a SKU to the state of its row; none if it has that state. Whether a count is needed
 * depends on the stock in the view, although units may have been sold since: a count at the time of the view, followed
 * by these sales, leads to the same number of units.
 */
export function stepsOf(row: ImportRow, key: string, stock: ChunkStock): Step[] {
  const { sku, onHand, expectedOnHand } = row;
  const steps: Step[] = settingSteps(row, key, stock);
  // A kit is sold where it has a record, and no count creates one.
  const isKit = (stock.record(sku)?.components ?? null) !== null;
  if (!isKit && (onHand === undefined || onHand === (stock.record(key)?.onHand ?? 0))) return steps;
  const opening = openingSteps(key, stock.record(sku), stock.record(key));
  for (const step of opening) if (step.kind === 'configure' && !step.checkOnly) noteSettings(stock, step.sku, step);
  if (onHand === undefined) return [...steps, ...opening];
  const record = stock.record(key);
  if (record) stock.note(key, { ...record, onHand });
  const expected = expectedOnHand === undefined ? {} : { expectedOnHand };
  return [...steps, ...opening, { kind: 'count', sku: key, onHand, ...expected }];
}

/** Returns the steps that change settings. Notes the new settings for later rows of the chunk. */
function settingSteps(row: ImportRow, key: string, stock: ChunkStock): Step[] {
  const { sku } = row;
  const [main, record] = [stock.record(sku), stock.record(key)];
  const settings = record ?? (main && { ...main, ...localSettings(INITIAL_SETTINGS) });
  if (main !== null && settings !== null && hasSettings(settings, rowSettings(row))) return [];
  const steps = rowDefinition(row, key, stock);
  for (const step of steps) if (step.kind === 'configure' && !step.checkOnly) noteSettings(stock, step.sku, step);
  return steps;
}

const noteSettings = (stock: ChunkStock, key: string, change: SettingsChange): void =>
  stock.note(key, { ...(stock.record(key) ?? emptyStock(key)), ...givenSettings(change) });

/** Returns the problem because of which the store would refuse a row, if the view shows one; else null. */
export function refusalSeen(row: ImportRow, key: string, stock: ChunkStock): Omit<RowProblem, 'row'> | null {
  const { sku, onHand, expectedOnHand } = row;
  const problem = kitProblem(row, key, stock);
  if (problem || onHand === undefined) return problem;
  const found = stock.record(key) ?? { onHand: 0, reserved: 0, committed: 0, backordered: 0 };
  if (expectedOnHand !== undefined && expectedOnHand !== found.onHand) return countMismatchProblem(sku, found);
  // Overdue holds still count as reserved in the view. The store ends them first, so only it can decide.
  const isEnough = onHand >= found.reserved + found.committed - found.backordered;
  return isEnough || stock.isBehind(key) ? null : belowReservedProblem(sku, found);
}

export const unknownLocationProblem = (sku: string): Omit<RowProblem, 'row'> => ({
  sku,
  column: 'location',
  reason: 'unknown_location',
  message: 'has to be the id of a location, or the title of only one',
});

export const countMismatchProblem = (sku: string, { onHand }: { onHand: number }): Omit<RowProblem, 'row'> => ({
  sku,
  column: 'expectedOnHand',
  reason: 'count_mismatch',
  message: `${onHand} units are on hand`,
});

export const belowReservedProblem = (
  sku: string,
  { reserved, committed }: { reserved: number; committed: number },
): Omit<RowProblem, 'row'> => ({
  sku,
  column: 'onHand',
  reason: 'below_reserved',
  message: `${reserved} units are reserved, and ${committed} committed`,
});
