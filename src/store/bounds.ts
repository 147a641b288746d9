import { INTEGER_MAX, RECLAIM_NAMED_HOLDS_MAX, RECLAIM_OTHER_HOLDS_MAX } from '../domain/limits.ts';
import type { ReclaimBounds } from '../domain/machine/overdue.ts';

/** The overdue holds that a batch of transactions ends before it decides. */
export const APPLY_BOUNDS: ReclaimBounds = {
  skus: [],
  namedMax: RECLAIM_NAMED_HOLDS_MAX,
  othersMax: RECLAIM_OTHER_HOLDS_MAX,
  totalMax: INTEGER_MAX,
};

/** Returns the bounds of a `reclaim` call: holds of the named SKUs first, then others, at most `limit` in all. */
export function reclaimBounds(request: { skus?: readonly string[]; limit: number }): ReclaimBounds {
  const { skus = [], limit } = request;
  return { skus, namedMax: limit, othersMax: limit, totalMax: limit };
}
