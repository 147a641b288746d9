import type { LostWrites } from '../../store.ts';
import type { Durability } from '../link/requirements.ts';

/** The beginning of an epoch: the shop's sequence then, and the last sequence that was there before it. */
export interface Raise {
  first: number;
  kept: number;
}

export interface Sample {
  sequence: number;
  at: number;
}

/** The highest sequence of a shop that somebody has seen acknowledged, and how the shop came there. */
export interface MarkRecord extends Sample {
  /** The epochs up to `sequence`, oldest first. */
  raises: readonly Raise[];
  /** Sequences of the last seconds with their times, oldest first. */
  samples: readonly Sample[];
}

/** A loss as the shop's record keeps it, until an operator accepts it and for some time after. */
export interface Loss extends LostWrites {
  /** What it is known by: `kept` of each loss that went into it, or the incarnation that was lost. */
  keys: string[];
  /** The incarnation that was lost as a whole; absent where writes of this shop were lost. */
  replaced?: string;
}

/** Work that `DURABILITY=relaxed` may lose in a crash: Redis flushes its log once a second. */
const RELAXED_LOSS_MS = 1_000;

/**
 * Returns the writes that were acknowledged up to `known` and that the store has no more; null where it has them all.
 *
 * Epochs make this exact, whatever others have written since: the store keeps how far it was when each epoch began. The
 * first epoch that began above `known` therefore says how much of its history the store has.
 */
export function lostWrites(
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

/** The sequences that were handed out, as ranges: each epoch leaves a gap. `from` is not among them. */
function segments({ sequence, raises }: MarkRecord): { from: number; through: number }[] {
  const within = raises.filter(({ first }) => first <= sequence);
  return [0, ...within.map(({ first }) => first)].map((from, index) => ({
    from,
    through: within[index]?.kept ?? sequence,
  }));
}

/** When a sequence was handed out; null where that is longer ago than the samples reach. */
function timeOf(sequence: number, { samples, at }: MarkRecord): number | null {
  const index = samples.findIndex((sample) => sample.sequence >= sequence);
  const found = samples[index];
  if (index === 0 && found && found.sequence > sequence) return null;
  return found?.at ?? at;
}

/** Whether the configured durability allows for such a loss, so that the shop goes on by itself. */
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
