import type { StockRecord } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import { configureStep } from '../stock-service.ts';
import type { ImportRow, RowProblem } from './bulk-types.ts';

/**
 * The steps that bring a SKU to what its row says; none when it is there already. A count is judged by the stock of the same
 * view: had it been written then, sales since would have led to the same units.
 */
export function stepsOf({ onHand, ...definition }: ImportRow, record: StockRecord | null): Step[] {
  const steps: Step[] = [];
  if (!record || differs(definition, record)) steps.push(configureStep(definition));
  if (onHand !== undefined && onHand !== (record?.onHand ?? 0)) {
    steps.push({ kind: 'count', sku: definition.sku, onHand });
  }
  return steps;
}

function differs(row: Omit<ImportRow, 'onHand'>, record: StockRecord): boolean {
  const { title = record.title, unitPrice = record.unitPrice } = row;
  const { safetyStock = record.safetyStock, limitPerCustomer = record.limitPerCustomer } = row;
  return (
    title !== record.title ||
    unitPrice?.amount !== record.unitPrice?.amount ||
    unitPrice?.currency !== record.unitPrice?.currency ||
    safetyStock !== record.safetyStock ||
    limitPerCustomer !== record.limitPerCustomer
  );
}

/** What the store would refuse, as far as a view can tell; null for nothing. */
export function refusalSeen({ sku, onHand }: ImportRow, record: StockRecord | null): Omit<RowProblem, 'row'> | null {
  if (onHand === undefined || !record || onHand >= record.reserved) return null;
  return belowReserved(sku, record);
}

export const belowReserved = (sku: string, { reserved }: { reserved: number }): Omit<RowProblem, 'row'> => ({
  sku,
  column: 'onHand',
  reason: 'below_reserved',
  message: `${reserved} units are reserved`,
});
