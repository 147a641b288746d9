/**
 * Sequences per millisecond of the clock. A shop applies about ten transactions per millisecond, so the first sequence
 * of an epoch is higher than every sequence that was assigned before.
 */
const SEQUENCES_PER_MS = 2 ** 11;
/** 2025-01-01. Sequences stay below 2^53 until the year 2161. */
const EPOCHS_BEGIN_MS = 1_735_689_600_000;

export interface Epoch {
  /** 0 in a shop that has lost no writes. Each later epoch of a shop has a higher number. */
  epoch: number;
  /** The shop's sequence when the epoch begins. Every transaction of the epoch has a higher one. */
  sequence: number;
}

/**
 * Returns the epoch that follows a loss of writes, for a shop whose highest known sequence is `sequence`.
 *
 * An epoch is a millisecond of the clock, so its sequences differ from all that were assigned before. This includes
 * sequences that this process does not know: those of writes that another process acknowledged, or of a second restore
 * of one backup. Even with a clock that is behind, the epoch is above `sequence`. `now` is in epoch milliseconds.
 */
export function nextEpoch(sequence: number, now: number): Epoch {
  const byClock = Math.floor(now - EPOCHS_BEGIN_MS);
  const bySequence = Math.floor(sequence / SEQUENCES_PER_MS) + 1;
  const epoch = Math.max(byClock, bySequence);
  return { epoch, sequence: firstSequence(epoch) };
}

/** Returns when an epoch began, in epoch milliseconds; a later time if the clock was behind. */
export const epochBeganAt = (epoch: number): number => EPOCHS_BEGIN_MS + epoch;

/** Returns the sequence of the shop at the start of an epoch. */
export const firstSequence = (epoch: number): number => epoch * SEQUENCES_PER_MS;
