import type { ReclaimBounds } from '../../../domain/machine/overdue.ts';
import type { Step } from '../../../domain/steps.ts';
import type { Answer, Transaction } from '../../../domain/transaction.ts';
import type { KnownWrite } from '../../loss-recovery.ts';
import type { Raise } from './lost-writes.ts';

/**
 * How long batches are remembered. A failover is noticed within seconds. Five minutes also cover a replica that a slow
 * network has delayed. A restored backup would need far more.
 */
const KEPT_MS = 300_000;
/** Enough for 10,000 to 15,000 transactions. If there are more in five minutes, the oldest are forgotten earlier. */
const KEPT_BYTES_MAX = 16 * 1_048_576;
/** With these values the estimate is 1,070 bytes for a cart and 1,840 for an order; measured: 1,070 and 1,540. */
const TRANSACTION_BYTES = 500;
const KEPT_STEP_BYTES = 250;
/** The number of empty elements at the front of the array that are removed together. */
const DROPPED_TOGETHER = 1_024;

interface RecentBatch {
  /** `after` is the sequence before the batch, `through` its last one. */
  after: number;
  through: number;
  at: number;
  call: RecentCall;
  answers: readonly Answer[];
  bytes: number;
}

/** The parts of a batch that decide what it changes. */
interface RecentCall {
  transactions: readonly Transaction[];
  bounds: ReclaimBounds;
}

/** A batch that a process knows: its sequences, and its applied transactions. A gap of an epoch has only sequences. */
export interface KnownBatch {
  after: number;
  through: number;
  at: number;
  /** The overdue holds that it ended; null for a gap. */
  bounds: ReclaimBounds | null;
  writes: KnownWrite[];
}

/** Remembers the batches of the last minutes that this process has acknowledged, to apply them again after a loss. */
export class RecentWrites {
  /** The elements before `#first` are empty. */
  #batches: (RecentBatch | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  /** Remembers an acknowledged batch. It is called for each batch, so it copies nothing. */
  note(
    { sequence: through, at, answers }: { sequence: number; at: number; answers: readonly Answer[] },
    after: number,
    call: RecentCall,
  ): void {
    if (through === after) return;
    const bytes = bytesOf(call.transactions);
    this.#batches.push({ after, through, at, call, answers, bytes });
    this.#bytes += bytes;
    this.#prune(at - KEPT_MS);
  }

  /** Forgets what the store lost before one of these epochs. */
  follow(raises: readonly Raise[]): void {
    const isLost = ({ through }: RecentBatch) => raises.some(({ first, kept }) => through > kept && through < first);
    const kept = this.#kept.filter((batch) => !isLost(batch));
    this.#batches = kept;
    this.#first = 0;
    this.#bytes = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Returns the batches after sequence `kept`, oldest first. */
  after(kept: number): KnownBatch[] {
    return this.#kept.filter(({ through }) => through > kept).map(knownBatch);
  }

  get #kept(): RecentBatch[] {
    return this.#batches.flatMap((batch) => batch ?? []);
  }

  #prune(before: number): void {
    for (;;) {
      const oldest = this.#batches[this.#first];
      if (!oldest || (oldest.at >= before && this.#bytes <= KEPT_BYTES_MAX)) break;
      this.#bytes -= oldest.bytes;
      this.#batches[this.#first] = undefined;
      this.#first += 1;
    }
    if (this.#first < DROPPED_TOGETHER) return;
    this.#batches = this.#batches.slice(this.#first);
    this.#first = 0;
  }
}

function bytesOf(transactions: readonly Transaction[]): number {
  let bytes = TRANSACTION_BYTES;
  for (const { steps } of transactions) {
    bytes += TRANSACTION_BYTES + steps.length * KEPT_STEP_BYTES;
    for (const step of steps) if (step.kind === 'put' && step.body !== undefined) bytes += step.body.length;
  }
  return bytes;
}

function knownBatch({ after, through, at: time, call: { transactions, bounds }, answers }: RecentBatch): KnownBatch {
  const writes = transactions.flatMap((transaction, index) => {
    const answer = answers[index];
    if (answer?.status !== 'applied') return [];
    const { sequence, at, granted } = answer;
    return { sequence, at, transaction, granted };
  });
  const refused = transactions.filter((_, index) => answers[index]?.status !== 'applied');
  const skus = new Set([...bounds.skus, ...refused.flatMap(({ steps }) => steps.flatMap(skusOfStep))]);
  return { after, through, at: time, bounds: { ...bounds, skus: [...skus] }, writes };
}

/** A refused transaction is not applied again, but the batch has ended the overdue holds of its SKUs as well. */
const skusOfStep = (step: Step): string[] => ('sku' in step ? [step.sku] : []);
