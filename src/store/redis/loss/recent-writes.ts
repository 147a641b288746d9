import type { Answer, Transaction } from '../../../domain/transaction.ts';
import type { KnownWrite } from '../../loss-recovery.ts';
import type { Raise } from './lost-writes.ts';

/**
 * A failover is noticed within seconds, and a restored backup is older than any memory. Five minutes also cover a
 * replica that a slow network has left behind.
 */
const KEPT_MS = 300_000;
/** About 20,000 transactions. With more traffic the memory reaches less far back. */
const KEPT_BYTES_MAX = 16 * 1_048_576;
/** Measured with the transactions of carts and orders: docs/decisions/lost-writes.md. */
const TRANSACTION_BYTES = 500;
const STEP_BYTES = 250;
/** Batches at the front that are no longer needed are deleted together. */
const DROPPED_TOGETHER = 1_024;

interface RecentBatch {
  /** The sequence before it, and its last one. */
  after: number;
  through: number;
  at: number;
  transactions: readonly Transaction[];
  answers: readonly Answer[];
  bytes: number;
}

/** Sequences that a process knows, with the transactions among them: a batch also ends holds, and epochs leave gaps. */
export interface KnownBatch {
  after: number;
  through: number;
  writes: KnownWrite[];
}

/** The acknowledged batches of this process of the last minutes, so that they can be applied again after a loss. */
export class RecentWrites {
  #batches: RecentBatch[] = [];
  #first = 0;
  #bytes = 0;

  /** Remembers an acknowledged batch. It is called for each batch, so it copies nothing. */
  note(
    { sequence: through, at, answers }: { sequence: number; at: number; answers: readonly Answer[] },
    after: number,
    transactions: readonly Transaction[],
  ): void {
    if (through === after) return;
    const bytes = bytesOf(transactions);
    this.#batches.push({ after, through, at, transactions, answers, bytes });
    this.#bytes += bytes;
    this.#prune(at - KEPT_MS);
  }

  /** Forgets what the store lost before one of these epochs. */
  follow(raises: readonly Raise[]): void {
    const isLost = ({ through }: RecentBatch) => raises.some(({ first, kept }) => through > kept && through < first);
    const [last] = this.#batches.slice(-1);
    if (!last || this.#first === this.#batches.length || raises.length === 0) return;
    this.#batches = this.#batches.slice(this.#first).filter((batch) => !isLost(batch));
    this.#first = 0;
    this.#bytes = this.#batches.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Returns the batches after sequence `kept`, oldest first. */
  after(kept: number): KnownBatch[] {
    return this.#batches
      .slice(this.#first)
      .filter(({ through }) => through > kept)
      .map(knownBatch);
  }

  #prune(before: number): void {
    for (;;) {
      const oldest = this.#batches[this.#first];
      if (!oldest || (oldest.at >= before && this.#bytes <= KEPT_BYTES_MAX)) break;
      this.#bytes -= oldest.bytes;
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
    bytes += TRANSACTION_BYTES + steps.length * STEP_BYTES;
    for (const step of steps) if (step.kind === 'put' && step.body !== undefined) bytes += step.body.length;
  }
  return bytes;
}

function knownBatch({ after, through, transactions, answers }: RecentBatch): KnownBatch {
  const writes = transactions.flatMap((transaction, index) => {
    const answer = answers[index];
    if (answer?.status !== 'applied') return [];
    const { sequence, at, granted } = answer;
    return { sequence, at, transaction, granted };
  });
  return { after, through, writes };
}
