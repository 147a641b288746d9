import { APPLY_BOUNDS, reclaimBounds } from '../../bounds.ts';
import type { Answer } from '../../../domain/transaction.ts';
import type { KnownWrite, ReplayOutcome } from '../../loss-recovery.ts';
import type { BatchSender } from '../batch/batch-sender.ts';
import type { StoreClock } from '../clock/store-clock.ts';
import type { ReplayTranslation } from './translation.ts';

/** Holds that were ended before are overdue again, so a batch may have to end many of them first. */
const RECLAIM_ROUNDS_MAX = 100;
const RECLAIM_HOLDS = 500;
const WRITES_TOGETHER_MAX = 64;

interface ReplayParts {
  sender: Pick<BatchSender, 'send'>;
  /** A clock of the replay alone: a batch has the time of its first application. */
  clock: StoreClock;
  translation: ReplayTranslation;
}

/**
 * Applies known writes again, in the order of their sequences and each at its time. So holds that have expired since
 * then are live for the transactions that used them, and every deadline is what the shopper has seen. Time never runs
 * back, so if the shop has used a later time, that applies. Rejects as `BatchSender.send` does.
 */
export async function replayWrites(
  parts: ReplayParts,
  writes: readonly KnownWrite[],
): Promise<(KnownWrite & { outcome: ReplayOutcome })[]> {
  const outcomes: (KnownWrite & { outcome: ReplayOutcome })[] = [];
  for (const together of batches(writes)) {
    const answers = await applied(parts, together);
    for (const [index, write] of together.entries()) {
      const answer = answers[index];
      const outcome = outcomeOf(parts, write, answer);
      if (outcome.status === 'restored') parts.translation.restored(write.sequence, outcome.sequence);
      outcomes.push({ ...write, outcome });
    }
  }
  return outcomes;
}

/** Yields writes that were applied at one time, and of which none expects a version that another one wrote. */
function* batches(writes: readonly KnownWrite[]): Generator<KnownWrite[]> {
  let together: KnownWrite[] = [];
  for (const write of writes) {
    const [first] = together;
    const isFull = together.length === WRITES_TOGETHER_MAX;
    if (first && (isFull || first.at !== write.at || latestVersion(write) >= first.sequence)) {
      yield together;
      together = [];
    }
    together.push(write);
  }
  if (together.length > 0) yield together;
}

/** Returns the newest version that a write expects of a document; 0 for none. */
const latestVersion = ({ transaction }: KnownWrite): number =>
  Math.max(0, ...transaction.steps.map((step) => ('key' in step && typeof step.expect === 'number' ? step.expect : 0)));

async function applied({ sender, clock, translation }: ReplayParts, writes: KnownWrite[]): Promise<readonly Answer[]> {
  const transactions = writes.map((write) => translation.translated(write));
  clock.floor = Math.max(clock.floor, writes[0]?.at ?? 0);
  for (let round = 0; ; round += 1) {
    const { answers } = await sender.send({ transactions, bounds: APPLY_BOUNDS, dueMax: 0 });
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
