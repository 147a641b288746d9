import type { Step } from '../domain/steps.ts';
import type { Answer, Transaction } from '../domain/transaction.ts';
import type { Composed } from './mutation.ts';

/** An estimate of a step's size, good enough to bound a batch. */
export const STEP_BYTES = 160;

/** The answer to a call that could not be composed without a read. It makes the call read and compose again. */
export const UNCOMPOSED: Answer = {
  status: 'refused',
  step: null,
  refusal: { reason: 'conflict', meta: { key: 'unread' } },
};

/** Returns a transaction of `noopStep` alone. Its answer is the unchanged state of the snapshot. */
export const withoutEffect = <T>({ unchanged, noopStep }: { unchanged: T; noopStep: Step }): Composed<T> => ({
  steps: [noopStep],
  address: null,
  answerFromCommit: () => unchanged,
});

/** Returns an estimate of the size of steps, good enough to bound a batch. */
export function sizeOfSteps(steps: readonly Step[]): number {
  let bytes = 0;
  for (const step of steps) bytes += STEP_BYTES + (step.kind === 'put' ? (step.body?.length ?? 0) : 0);
  return bytes;
}

/** Counts the holds that applied transactions have ended. */
export function countEnds(
  counts: { holdsSold: number; holdsReleased: number },
  transactions: readonly Transaction[],
  answers: readonly Answer[],
): void {
  for (const [index, { steps }] of transactions.entries()) {
    if (answers[index]?.status !== 'applied') continue;
    for (const step of steps) {
      if (step.kind === 'consume' || step.kind === 'commit') counts.holdsSold += 1;
      else if (step.kind === 'release' && !step.committed) counts.holdsReleased += 1;
    }
  }
}
