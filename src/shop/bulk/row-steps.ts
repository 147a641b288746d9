import type { StockRecord } from '../../domain/records.ts';
import { givenSettings, sameSettings } from '../../domain/sku-settings.ts';
import type { Step } from '../../domain/steps.ts';
import { configureStep } from '../stock/settings-change.ts';
import type { RowProblem } from '../../contract/stock-outputs.ts';
import type { ImportRow } from './bulk-api.ts';

/**
 * Returns the steps that bring a SKU to the state of its row; none if it has that state. Whether a count is needed
 * depends on the stock in the view: if the count had been written then, sales since would have led to the same units.
 */
export function stepsOf(row: ImportRow, record: StockRecord | null): Step[] {
  const { sku, onHand, expectedOnHand } = row;
  const steps: Step[] = [];
  const isKnown = record !== null && sameSettings(record, { ...record, ...givenSettings(row) });
  if (!isKnown) steps.push(configureStep(row, record));
  if (onHand !== undefined && onHand !== (record?.onHand ?? 0)) {
    steps.push(
      expectedOnHand === undefined ? { kind: 'count', sku, onHand } : { kind: 'count', sku, onHand, expectedOnHand },
    );
  }
  return steps;
}

/** Returns the problem for which the store would refuse a row, as far as the view shows it; null if there is none. */
export function refusalSeen(
  { sku, onHand, expectedOnHand }: ImportRow,
  record: StockRecord | null,
  isBehind: boolean,
): Omit<RowProblem, 'row'> | null {
  if (onHand === undefined) return null;
  const found = record ?? { onHand: 0, reserved: 0, committed: 0 };
  if (expectedOnHand !== undefined && expectedOnHand !== found.onHand) return countMismatchProblem(sku, found);
  // Overdue holds still count as reserved in the view. The store ends them first, so only it can decide.
  return onHand >= found.reserved + found.committed || isBehind ? null : belowReservedProblem(sku, found);
}

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
