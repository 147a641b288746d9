import type { MovementId } from './records.ts';

/** The sequence of the transaction that a ledger entry belongs to. */
export const sequenceOf = (id: MovementId): number => Number(id.slice(0, id.indexOf('-')));

/** Negative, 0 or positive, as `a` happened before, is, or happened after `b`. */
export function compareMovements(a: MovementId, b: MovementId): number {
  const bySequence = sequenceOf(a) - sequenceOf(b);
  return bySequence === 0 ? Number(a.slice(a.indexOf('-') + 1)) - Number(b.slice(b.indexOf('-') + 1)) : bySequence;
}
