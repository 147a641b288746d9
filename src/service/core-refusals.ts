import type { CoreRefusal } from '../domain/refusal.ts';
import { ServiceFailure } from './failures.ts';
import type { Refusal } from './refusals.ts';

/** A refusal of the machine in the words of the wire. Throws `ServiceFailure` for what only a bug brings about. */
export function wireRefusal(refusal: CoreRefusal, idempotencyKey: string): Refusal {
  switch (refusal.reason) {
    case 'invalid_transaction':
      return {
        reason: 'invalid_input',
        meta: { issues: refusal.meta.issues.map((path) => ({ path, message: 'is out of bounds' })) },
      };
    case 'idempotency_mismatch':
      return { reason: 'idempotency_mismatch', meta: { idempotencyKey } };
    case 'conflict':
      return { reason: 'conflict', meta: {} };
    case 'hold_exists':
      throw new ServiceFailure(`a generated hold id was taken: ${refusal.meta.holdId}`);
    default:
      return refusal;
  }
}
