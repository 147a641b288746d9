import { reclaimBounds } from '../../bounds.ts';
import type { Answer } from '../../../domain/transaction.ts';
import type { KnownWrite, ReplayOutcome } from '../../loss-recovery.ts';
import type { BatchSender } from '../batch/batch-sender.ts';
import type { StoreClock } from '../clock/store-clock.ts';
import type { KnownBatch } from '../loss/recent-writes.ts';
import type { ReplayTranslation } from './translation.ts';

/** Holds whose end was lost are overdue again, so a batch may first have to end many of them. */
const RECLAIM_ROUNDS_MAX = 100;
const RECLAIM_HOLDS = 500;

interface ReplayParts {
  sender: Pick<BatchSender, 'send'>;
  /** A clock only for the replay, which has the original time of each batch. */
  clock: StoreClock;
  translation: ReplayTranslation;
}

/**
 * Applies known batches again, in the order of their sequences and each at its time. So holds that have expired since
 * then are live for the transactions that used them, and every deadline is what the shopper has seen. Time never runs
 * back, so a batch gets the last time that the shop has used if that is later. Each batch first ends the overdue holds
 * that it ended before, because they may count for a limit. Rejects as `BatchSender.send` does.
 */
export async function replayBatches(
  parts: ReplayParts,
  batches: readonly KnownBatch[],
): Promise<(KnownWrite & { outcome: ReplayOutcome })[]> {
  const outcomes: (KnownWrite & { outcome: ReplayOutcome })[] = [];
  for (const batch of batches) {
    const answers = await applied(parts, batch);
    for (const [index, write] of batch.writes.entries()) {
      const outcome = outcomeOf(parts, write, answers[index]);
      if (outcome.status === 'restored') parts.translation.restored(write.sequence, outcome.sequence);
      outcomes.push({ ...write, outcome });
    }
  }
  return outcomes;
}

async function applied(
  { sender, clock, translation }: ReplayParts,
  { at, bounds, writes }: KnownBatch,
): Promise<readonly Answer[]> {
  if (!bounds) return [];
  const transactions = writes.map((write) => translation.translated(write));
  clock.floor = Math.max(clock.floor, at);
  for (let round = 0; ; round += 1) {
    const { answers } = await sender.send({ transactions, bounds, dueMax: 0 });
    const skus = answers.flatMap((answer) => (answer.status === 'overdue_pending' ? answer.skus : []));
    if (skus.length === 0 || round >= RECLAIM_ROUNDS_MAX) return answers;
    await sender.send({ transactions: [], bounds: reclaimBounds({ skus, limit: RECLAIM_HOLDS }), dueMax: 0 });
  }
}

function outcomeOf({ translation }: ReplayParts, write: KnownWrite, answer: Answer | undefined): ReplayOutcome {
  switch (answer?.status) {
    case 'applied':
    case 'replayed':
      return { status: 'restored', sequence: answer.sequence };
    case 'refused':
      return { status: 'refused', refusal: answer.refusal, needs: translation.missing(write) };
    default: {
      const problem = answer?.status === 'failed' ? answer.detail : 'overdue holds could not be ended';
      return {
        status: 'refused',
        refusal: { reason: 'invalid_transaction', meta: { issues: [problem] } },
        needs: null,
      };
    }
  }
}
