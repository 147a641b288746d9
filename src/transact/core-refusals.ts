import type { CoreRefusal } from '../domain/refusal.ts';
import { skuOf } from '../domain/stock-keys.ts';
import { ServiceFailure, type Refusal } from '../contract/calls/call.ts';
import type { Issue } from '../contract/calls/wire-refusals.ts';

/**
 * Returns a refusal of the machine as the wire names it, with the SKU instead of the key of its stock. Throws
 * `ServiceFailure` for a refusal that only a bug can cause.
 */
export function wireRefusal(refusal: CoreRefusal, idempotencyKey: string): Refusal {
  switch (refusal.reason) {
    case 'invalid_transaction':
      return {
        reason: 'invalid_input',
        meta: { issues: refusal.meta.issues.map(uncheckedIssue) },
      };
    case 'idempotency_mismatch':
      return { reason: 'idempotency_mismatch', meta: { idempotencyKey } };
    case 'conflict':
      return { reason: 'conflict', meta: {} };
    case 'hold_exists':
      throw new ServiceFailure(`a generated hold id was taken: ${refusal.meta.holdId}`);
    case 'insufficient_stock':
      return { ...refusal, meta: { lines: refusal.meta.lines.map(withSku) } };
    case 'unknown_sku':
    case 'stock_overflow':
    case 'kit_stock':
    case 'kit_in_use':
    case 'return_exceeds_sold':
    case 'customer_required':
    case 'admission_required':
      return { ...refusal, meta: withSku(refusal.meta) };
    case 'limit_exceeded':
      return { ...refusal, meta: withSku(refusal.meta) };
    case 'hold_cap':
      return { ...refusal, meta: withSku(refusal.meta) };
    default:
      return refusal;
  }
}

/** The machine names stock by its key, which callers never see. */
const withSku = <M extends { sku: string }>(meta: M): M => ({ ...meta, sku: skuOf(meta.sku) });

/** Reached only by inputs that no schema has checked. The input field that led to the step is not known here. */
const uncheckedIssue = (part: string): Issue => ({
  path: '',
  message: `a value is out of bounds: the store refuses ${part} of the transaction`,
});
