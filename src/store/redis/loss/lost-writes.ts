import type { LostWrites } from '../../loss-recovery.ts';
import type { Durability } from '../link/requirements.ts';

/** The beginning of an epoch: its first sequence, and the last sequence before it. */
export interface Raise {
  first: number;
  kept: number;
}

export interface Sample {
  sequence: number;
  at: number;
}

/** The highest sequence of a shop that was acknowledged, with its history. */
export interface MarkRecord extends Sample {
  /** The epochs up to `sequence`, oldest first. */
  raises: readonly Raise[];
  /** Sequences of the last seconds with their times, oldest first. */
  samples: readonly Sample[];
}

/** A loss in the shop's record, until an operator accepts it and for some time after. */
export interface Loss extends LostWrites {
  /** Identifies it: `kept` of each loss that was merged into it, or the generation that was lost. */
  keys: string[];
  /** The generation that was lost as a whole; absent where writes of this shop were lost. */
  replaced?: string;
}

/** The writes that `DURABILITY=relaxed` may lose in a crash, because Redis flushes its log once a second. */
const RELAXED_LOSS_MS = 1_000;

/**
 * Returns the writes that were acknowledged up to `known` and that the store no longer has; null where it has them all.
 *
 * Epochs make this exact, whatever other processes have written since: the store records its sequence at the beginning
 * of each epoch. So the first epoch that began above `known` shows how much of that history the store has.
 */
export function findLostWrites(
  known: MarkRecord,
  stored: { sequence: number; raises: readonly Raise[] },
): LostWrites | null {
  const kept = stored.raises.find(({ first }) => first > known.sequence)?.kept ?? stored.sequence;
  if (kept >= known.sequence) return null;
  const lost = segments(known)
    .map(({ from, through }) => ({ from: Math.max(from, kept), through }))
    .filter(({ from, through }) => through > from);
  const count = lost.reduce((sum, { from, through }) => sum + through - from, 0);
  if (count === 0) return null;
  const first = (lost[0]?.from ?? kept) + 1;
  return { kept, first, last: known.sequence, count, since: timeOf(first, known), until: known.at };
}

/** Returns the used sequences as ranges, because each epoch leaves a gap. `from` is exclusive. */
function segments({ sequence, raises }: MarkRecord): { from: number; through: number }[] {
  const within = raises.filter(({ first }) => first <= sequence);
  return [0, ...within.map(({ first }) => first)].map((from, index) => ({
    from,
    through: within[index]?.kept ?? sequence,
  }));
}

/** Returns the time at which a sequence was used; null where it is older than the samples. */
function timeOf(sequence: number, { samples, at }: MarkRecord): number | null {
  const index = samples.findIndex((sample) => sample.sequence >= sequence);
  const found = samples[index];
  if (index === 0 && found && found.sequence > sequence) return null;
  return found?.at ?? at;
}

/** Returns whether the configured durability permits such a loss, so that the shop continues by itself. */
export function isAllowed({ since, until }: LostWrites, durability: Durability): boolean {
  if (durability === 'none') return true;
  return durability === 'relaxed' && since !== null && until - since <= RELAXED_LOSS_MS;
}

export const parseRaises = (text: string | null | undefined): Raise[] =>
  (text ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [first = 0, kept = 0] = part.split(':').map(Number);
      return { first, kept };
    });

export const formatRaises = (raises: readonly Raise[]): string =>
  raises.map(({ first, kept }) => `${first}:${kept}`).join(',');
