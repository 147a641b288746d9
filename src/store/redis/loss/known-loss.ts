import type { KnownLoss, KnownWrite, LostWrites, SequenceRange } from '../../loss-recovery.ts';
import type { KnownBatch } from './recent-writes.ts';

/** The field with the time of the last upload. Each other field has a batch, and is named by its last sequence. */
const ADDED_AT = 'at';

/** The known part of a loss, from the key `lost`, in the order of the sequences. */
export interface FoundLoss extends Omit<KnownLoss, 'at' | 'sequence'> {
  batches: KnownBatch[];
}

/** Returns the known part of a loss from the fields of the key `lost`. */
export function knownLossIn(loss: LostWrites, fields: ReadonlyMap<string, string>): FoundLoss {
  const added = fields.get(ADDED_AT);
  const batches = [...fields]
    .filter(([field]) => field !== ADDED_AT)
    .map(([, text]) => JSON.parse(text) as KnownBatch)
    .filter(({ through }) => through > loss.kept)
    .sort((a, b) => a.after - b.after);
  return {
    loss,
    batches,
    writes: oncePerTransaction(batches.flatMap(({ writes }) => writes)),
    unknown: unknownIn(loss, batches),
    addedAt: added === undefined ? null : Number(added),
  };
}

/**
 * Returns the first write of each transaction. A replay that was interrupted by another loss has applied some of them a
 * second time, and its process knows both.
 */
export function oncePerTransaction<T extends KnownWrite>(writes: readonly T[]): T[] {
  const seen = new Set<string>();
  return writes.filter(({ transaction: { id } }) => !seen.has(id) && seen.add(id));
}

function unknownIn({ kept, last }: LostWrites, batches: readonly KnownBatch[]): SequenceRange[] {
  const unknown: SequenceRange[] = [];
  let reached = kept;
  for (const { after, through } of batches) {
    if (after > reached && reached < last) unknown.push({ first: reached + 1, last: Math.min(after, last) });
    reached = Math.max(reached, through);
  }
  if (reached < last) unknown.push({ first: reached + 1, last });
  return unknown;
}
