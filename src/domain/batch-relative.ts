/**
 * Numbers that a process decides before it knows them. The store gives a batch its time and its sequences; what is made
 * from them meanwhile has a form of its own, so that it is not taken for what it is not.
 *
 * A time that is made from the batch's time carries half a millisecond. All others are whole, and comparing, adding and
 * taking the least of both kinds is right as it is.
 */
const HALF_MS = 0.5;

/** The batch's time, of which `estimate` in whole epoch milliseconds is the best that is known. */
export const batchTime = (estimate: number): number => estimate + HALF_MS;

/** Whether a time moves with the batch's. */
export const movesWithBatch = (time: number): boolean => !Number.isInteger(time);

/** Returns a time as it is once the batch's time is known; `decidedAt` is the batch's time as it was estimated. */
export const settledTime = (time: number, decidedAt: number, at: number): number =>
  movesWithBatch(time) ? time - decidedAt + at : time;

/**
 * A batch's sequences are counted from the last that the process knows of. Returns the number of a sequence in its batch, from
 * 1; 0 for one that was given before.
 */
export const numberInBatch = (sequence: number, decidedAfter: number): number => Math.max(0, sequence - decidedAfter);

/** Returns a sequence as it is once the sequence before the batch is known. */
export const settledSequence = (sequence: number, decidedAfter: number, before: number): number =>
  sequence > decidedAfter ? sequence - decidedAfter + before : sequence;
