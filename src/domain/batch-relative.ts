/**
 * Times and sequences that a process computes before the store assigns the real ones to the batch. They have a form of
 * their own, so that they cannot be mistaken for real ones.
 *
 * A time that is derived from the batch's time has an extra half millisecond. All other times are integers. Both kinds
 * can be compared, added and passed to `Math.min` without a conversion.
 */
const HALF_MS = 0.5;

/** Returns the estimated time of the batch. `estimate` is in whole epoch milliseconds. */
export const batchTime = (estimate: number): number => estimate + HALF_MS;

/** Returns whether a time is derived from the batch's time. */
export const movesWithBatch = (time: number): boolean => !Number.isInteger(time);

/** Returns the real time once the batch's time `at` is known. `decidedAt` is the estimated time of the batch. */
export const settledTime = (time: number, decidedAt: number, at: number): number =>
  movesWithBatch(time) ? time - decidedAt + at : time;

/**
 * Returns the number of a sequence in its batch, from 1; 0 for a sequence that was assigned before the batch. The
 * sequences of a batch are counted from the last one that the process knows.
 */
export const numberInBatch = (sequence: number, decidedAfter: number): number => Math.max(0, sequence - decidedAfter);

/** Returns the real sequence once the sequence before the batch is known. */
export const settledSequence = (sequence: number, decidedAfter: number, before: number): number =>
  sequence > decidedAfter ? sequence - decidedAfter + before : sequence;
