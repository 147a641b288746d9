import type { MovementId } from './records.ts';

/** Returns the sequence of a ledger entry's transaction. */
export const sequenceOf = (id: MovementId): number => Number(id.slice(0, id.indexOf('-')));

/** Returns an id after all ledger entries up to and including a sequence. No transaction has an entry of that index. */
export const idAfter = (sequence: number): MovementId => `${sequence}-99999999`;

/** Returns an id after which the entry `id` is the next one. */
export function idBefore(id: MovementId): MovementId {
  const [sequence, index] = [sequenceOf(id), Number(id.slice(id.indexOf('-') + 1))];
  return index === 0 ? idAfter(sequence - 1) : `${sequence}-${index - 1}`;
}

/** Returns a negative number if `a` happened before `b`, a positive number if after, and 0 if they are equal. */
export function compareMovements(a: MovementId, b: MovementId): number {
  const bySequence = sequenceOf(a) - sequenceOf(b);
  return bySequence === 0 ? Number(a.slice(a.indexOf('-') + 1)) - Number(b.slice(b.indexOf('-') + 1)) : bySequence;
}
