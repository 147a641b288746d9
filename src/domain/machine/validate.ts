import { ON_HAND_UNITS_MAX, REQUEST_ID_PATTERN, TRACEPARENT_PATTERN, TRANSACTION_STEPS_MAX } from '../limits.ts';
import type { Cause } from '../records.ts';
import type { Step } from '../steps.ts';
import type { Transaction } from '../transaction.ts';
import { idCheck, isOneOf, optional, patternCheck, textCheck } from './checks.ts';
import { checksOf } from './step-table.ts';

const isRetention = isOneOf('short', 'long');
const optionalId = optional(idCheck);
const optionalText = optional(textCheck);
const optionalRequestId = optional(patternCheck(REQUEST_ID_PATTERN));
const optionalTraceparent = optional(patternCheck(TRACEPARENT_PATTERN));

/**
 * Returns the invalid fields of a transaction, such as `steps[0].quantity`; empty if it is valid. Both engines validate
 * before they decide, so that the rules see only well-formed steps.
 */
export function validateTransaction(transaction: Transaction): string[] {
  const issues: string[] = [];
  if (!idCheck(transaction.id)) issues.push('id');
  if (!idCheck(transaction.fingerprint)) issues.push('fingerprint');
  if (!isRetention(transaction.retention)) issues.push('retention');
  if (!optionalId(transaction.reference)) issues.push('reference');
  checkCause(transaction.cause, issues);
  const count = transaction.steps.length;
  if (count < 1 || count > TRANSACTION_STEPS_MAX) issues.push('steps');
  else for (const [index, step] of transaction.steps.entries()) checkStep(step, index, issues);
  return issues;
}

function checkCause(cause: Cause, issues: string[]): void {
  for (const field of ['reason', 'reference', 'orderId'] as const) {
    if (!optionalText(cause[field])) issues.push(`cause.${field}`);
  }
  if (!idCheck(cause.by)) issues.push('cause.by');
  if (!optionalRequestId(cause.requestId)) issues.push('cause.requestId');
  if (!optionalTraceparent(cause.traceparent)) issues.push('cause.traceparent');
}

function checkStep(step: Step, index: number, issues: string[]): void {
  const checks = checksOf(step.kind);
  if (!checks) {
    issues.push(`steps[${index}].kind`);
    return;
  }
  const fields = step as unknown as Record<string, unknown>;
  for (const [field, check] of checks) if (!check(fields[field])) issues.push(`steps[${index}].${field}`);
  if (step.kind === 'reserve' && step.min > step.want) issues.push(`steps[${index}].min`);
  // The ledger must not record that a negative number of units was received.
  const isTaken = step.kind === 'adjust' && step.as === 'received' && step.delta < 0;
  if (isTaken && step.delta >= -ON_HAND_UNITS_MAX) issues.push(`steps[${index}].delta`);
}
