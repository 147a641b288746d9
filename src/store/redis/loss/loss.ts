import { type Loss, findLostWrites, type MarkRecord } from './lost-writes.ts';
import type { FileMark } from './mark-file.ts';
import type { ShopRecord } from './shop-record.ts';

/** Returns the writes that `known` has seen acknowledged and that the shop no longer has, or null. */
export function partLost(known: MarkRecord, record: ShopRecord): Loss | null {
  const lost = findLostWrites(known, record);
  return lost && { ...lost, keys: [String(lost.kept)] };
}

/** Returns the loss of a whole shop of which only the mark is left; null where it was empty. */
export function shopLost(mark: FileMark, record: ShopRecord): Loss | null {
  const lost = findLostWrites(mark, { sequence: 0, raises: [] });
  const { incarnation: generation } = mark;
  return lost && { ...lost, kept: record.sequence, keys: [generation], replaced: generation };
}

/** Returns whether a shop that is frozen by `frozen` is frozen by `loss` as well. */
export const covers = (frozen: Loss | null, loss: Loss): boolean =>
  frozen !== null && frozen.kept <= loss.kept && frozen.last >= loss.last;

/** Returns the loss that covers both. */
export function merged(frozen: Loss | null, loss: Loss): Loss {
  if (frozen === null) return loss;
  const lower = frozen.kept <= loss.kept ? frozen : loss;
  const [earlier, later] = frozen.first <= loss.first ? [frozen, loss] : [loss, frozen];
  return {
    ...lower,
    first: Math.min(frozen.first, loss.first),
    last: Math.max(frozen.last, loss.last),
    count: Math.max(frozen.count, loss.count),
    since: earlier.since ?? (earlier.first === later.first ? later.since : null),
    until: Math.max(frozen.until, loss.until),
    keys: [...new Set([...frozen.keys, ...loss.keys])],
  };
}
