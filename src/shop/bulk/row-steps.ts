import type { StockRecord } from '../../domain/records.ts';
import { givenSettings, sameSettings } from '../../domain/sku-settings.ts';
import type { Step } from '../../domain/steps.ts';
import { configureStep } from '../stock/stock-service.ts';
import type { RowProblem } from '../../contract/stock-outputs.ts';
import type { ImportRow } from './bulk-api.ts';

/**
 * The steps that bring a SKU to what its row says; none when it is there already. A count is judged by the stock of the same
 * view: had it been written then, sales since would have led to the same units.
 */
export function stepsOf(row: ImportRow, record: StockRecord | null): Step[] {
  const { sku, onHand, expectedOnHand } = row;
  const steps: Step[] = [];
  const isKnown = record !== null && sameSettings(record, { ...record, ...givenSettings(row) });
  if (!isKnown) steps.push(configureStep(row));
  if (onHand !== undefined && onHand !== (record?.onHand ?? 0)) {
    steps.push(
      expectedOnHand === undefined ? { kind: 'count', sku, onHand } : { kind: 'count', sku, onHand, expectedOnHand },
    );
  }
  return steps;
}

/** Returns what the store would refuse, as far as a view shows it; null for nothing. A SKU that is new has 0 units. */
export function refusalSeen(
  { sku, onHand, expectedOnHand }: ImportRow,
  record: StockRecord | null,
  isBehind: boolean,
): Omit<RowProblem, 'row'> | null {
  if (onHand === undefined) return null;
  const found = record ?? { onHand: 0, reserved: 0 };
  if (expectedOnHand !== undefined && expectedOnHand !== found.onHand) return countMismatch(sku, found);
  // Overdue holds still count as reserved in the view: only the store, which ends them first, knows.
  return onHand >= found.reserved || isBehind ? null : belowReserved(sku, found);
}

export const countMismatch = (sku: string, { onHand }: { onHand: number }): Omit<RowProblem, 'row'> => ({
  sku,
  column: 'expectedOnHand',
  reason: 'count_mismatch',
  message: `${onHand} units are on hand`,
});

export const belowReserved = (sku: string, { reserved }: { reserved: number }): Omit<RowProblem, 'row'> => ({
  sku,
  column: 'onHand',
  reason: 'below_reserved',
  message: `${reserved} units are reserved`,
});
