import type { CoreRefusal } from '../domain/refusal.ts';
import { ServiceFailure } from '../contract/failures.ts';
import type { Issue, Refusal } from '../contract/refusals.ts';

/** A refusal of the machine in the words of the wire. Throws `ServiceFailure` for what only a bug brings about. */
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
    default:
      return refusal;
  }
}

/** Only an input that no schema has checked gets here. Which of its fields made the step is not known any more. */
const uncheckedIssue = (part: string): Issue => ({
  path: '',
  message: `a value is out of bounds: the store refuses ${part} of the transaction`,
});
