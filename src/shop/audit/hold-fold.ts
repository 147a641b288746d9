import { sequenceOf } from '../../domain/movement-ids.ts';
import type { Movement, MovementKind } from '../../domain/records.ts';

/** The state of a live hold according to the ledger. */
export interface HoldFold {
  sku: string;
  quantity: number;
  backordered: number;
  owner: string;
  isCommitted: boolean;
  /** The sequence at which the hold began, and at which its present owner got it. */
  since: number;
  ownedSince: number;
  isSeen: boolean;
  /** Whether its owner's document refers to it. */
  isReferenced: boolean;
}

export const NEW_HOLD = { isCommitted: false, backordered: 0 };

/** Kinds of movements that end a hold, and those that only a committed one has. */
export const ENDS: ReadonlySet<MovementKind> = new Set(['released', 'expired', 'consumed', 'fulfilled', 'uncommitted']);
export const COMMITTED_ONLY: ReadonlySet<MovementKind> = new Set(['fulfilled', 'uncommitted', 'recommitted']);
/** Kinds of movements that held and committed holds have. */
export const OF_BOTH: ReadonlySet<MovementKind> = new Set(['transferred', 'filled']);

export function newHold({ id, sku, quantity, owner, backordered }: Movement): HoldFold {
  const since = sequenceOf(id);
  const units = { quantity, backordered: backordered.after - backordered.before };
  const times = { since, ownedSince: since };
  return { ...NEW_HOLD, sku, ...units, owner: owner ?? '', ...times, isSeen: false, isReferenced: false };
}
