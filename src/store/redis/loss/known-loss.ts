import type { KnownLoss, KnownWrite, LostWrites, SequenceRange } from '../../loss-recovery.ts';
import type { KnownBatch } from './recent-writes.ts';

/** The field with the time of the last upload; the others have a batch each, by its last sequence. */
const ADDED_AT = 'at';

/** Returns what the fields of the key `lost` say of a loss. */
export function knownLossIn(loss: LostWrites, fields: ReadonlyMap<string, string>): Omit<KnownLoss, 'at' | 'sequence'> {
  const added = fields.get(ADDED_AT);
  const batches = [...fields]
    .filter(([field]) => field !== ADDED_AT)
    .map(([, text]) => JSON.parse(text) as KnownBatch)
    .filter(({ through }) => through > loss.kept);
  const bySequence = new Map<number, KnownWrite>();
  for (const write of batches.flatMap(({ writes }) => writes)) bySequence.set(write.sequence, write);
  return {
    loss,
    writes: [...bySequence.values()].sort((a, b) => a.sequence - b.sequence),
    unknown: unknownIn(loss, batches),
    addedAt: added === undefined ? null : Number(added),
  };
}

function unknownIn({ kept, last }: LostWrites, batches: readonly KnownBatch[]): SequenceRange[] {
  const unknown: SequenceRange[] = [];
  let reached = kept;
  for (const { after, through } of batches.toSorted((a, b) => a.after - b.after)) {
    if (after > reached && reached < last) unknown.push({ first: reached + 1, last: Math.min(after, last) });
    reached = Math.max(reached, through);
  }
  if (reached < last) unknown.push({ first: reached + 1, last });
  return unknown;
}
