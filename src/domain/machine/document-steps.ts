import { ORDER_STATUSES, type OrderStatus } from '../order-states.ts';
import type { DocumentList, DocumentRecord } from '../records.ts';
import type { DropStep, SoldUnits, ExpectedVersion, PutStep } from '../steps.ts';
import { kitParts } from './kit-parts.ts';
import { conflict, type StepContext, type StepResult } from './step-context.ts';

export function performPut(context: StepContext, step: PutStep): StepResult {
  const before = context.buffer.documents.get(step.key);
  if (!isExpectedVersion(context, before, step.expect)) return conflict(step.key);
  const dueAt = dueOf(context.at, step.dueInMs, before);
  if (step.body === undefined) {
    if (!before) return conflict(step.key);
    context.buffer.documents.set(step.key, { ...before, dueAt });
    return null;
  }
  const list = step.list ?? null;
  context.buffer.documents.set(step.key, {
    key: step.key,
    body: step.body,
    holds: step.holds ?? [],
    dueAt,
    list,
    version: context.sequence,
  });
  if (orderList(list) !== orderList(before?.list)) recordListChange(context, step.key, orderList(list));
  return null;
}

export function performDrop(context: StepContext, step: DropStep): StepResult {
  const before = context.buffer.documents.get(step.key);
  if (!isExpectedVersion(context, before, step.expect)) return conflict(step.key);
  if (before) {
    context.buffer.documents.set(step.key, undefined);
    if (orderList(before.list) !== null) recordListChange(context, step.key, null);
  }
  for (const sold of step.forget ?? []) forget(context, sold);
  return null;
}

/** Lowers the count of sold units, and those of the components of a kit. */
function forget(context: StepContext, { customer, sku, quantity }: SoldUnits): void {
  const { buffer } = context;
  buffer.addToCount(customer, sku, -quantity);
  const stock = buffer.stock.get(sku);
  for (const { key, perKit } of (stock && kitParts(context, stock)) ?? []) {
    buffer.addToCount(customer, key, -quantity * perKit);
  }
}

function isExpectedVersion(
  { buffer, sequenceBefore }: StepContext,
  document: DocumentRecord | undefined,
  expect: ExpectedVersion,
): boolean {
  if (expect === 'any') return true;
  if (expect === 'absent') return document === undefined;
  if (expect === 'present') return document !== undefined;
  if (document && document.version > sequenceBefore) buffer.assumptions.isOnSequence = true;
  return document?.version === expect;
}

function dueOf(at: number, dueInMs: number | null | undefined, before: DocumentRecord | undefined): number | null {
  if (dueInMs === undefined) return before?.dueAt ?? null;
  return dueInMs === null ? null : at + dueInMs;
}

/** Returns the list as the ledger records it: only lists of orders. */
const orderList = (list: DocumentList | null | undefined): OrderStatus | null => (isOrderList(list) ? list : null);

const ORDER_LISTS: ReadonlySet<unknown> = new Set(ORDER_STATUSES);
const isOrderList = (list: DocumentList | null | undefined): list is OrderStatus => ORDER_LISTS.has(list);

function recordListChange({ buffer, at, sequence, cause }: StepContext, key: string, list: OrderStatus | null): void {
  buffer.ledger.push({ id: buffer.nextLedgerId(sequence), at, kind: 'document', key, list, cause });
}
