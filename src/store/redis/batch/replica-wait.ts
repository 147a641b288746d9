import { Command } from 'ioredis';
import type { BatchDone } from '../decide/batch-decider.ts';
import type { RedisLink } from '../link/redis-link.ts';
import type { WaitPolicy } from '../link/requirements.ts';
import { ATTEMPT_SHARE } from '../scripts/script-reader.ts';
import type { BatchJob, SenderOptions } from './batch-job.ts';

interface WaitCallbacks {
  /** Called when enough replicas have a batch. */
  confirmed: (job: BatchJob, done: BatchDone) => void;
  /** Called with applied batches when the connection is lost, because it is unknown whether replicas have them. */
  lost: (jobs: readonly BatchJob[], error: Error) => void;
}

interface ReplicaWaitOptions extends WaitCallbacks {
  link: RedisLink;
  wait: WaitPolicy;
  /** The longest time of one `WAIT`, in milliseconds: the connection answers nothing meanwhile. */
  waitMs: number;
}

interface AwaitedBatch {
  job: BatchJob;
  done: BatchDone;
  /** The number of the `WAIT` that was sent behind it. */
  number: number;
}

/**
 * Waits until replicas have a batch (`DURABILITY=replicated`). A `WAIT` follows each batch in the same pipeline, and
 * covers everything that the connection has written before. Each batch writes at least its fencing token. So even a
 * batch that only repeats an answer over a new connection waits for everything that the master had written before.
 */
export class ReplicaWait {
  readonly #options: ReplicaWaitOptions;
  #applied: AwaitedBatch[] = [];
  #number = 0;
  #unanswered = 0;

  constructor(options: ReplicaWaitOptions) {
    this.#options = options;
  }

  /** Sends a `WAIT` behind a batch. Returns its number. */
  follow(): number {
    this.#number += 1;
    this.#unanswered += 1;
    const number = this.#number;
    this.#options.link.sendCommand(this.#command()).then(
      (reply) => this.#answered(number, reply),
      (error: Error) => this.#failed(error),
    );
    return number;
  }

  /** Adds a batch that the server has applied. */
  add(applied: AwaitedBatch): void {
    this.#applied.push(applied);
    if (this.#unanswered === 0) this.follow();
  }

  #command(): Command {
    const { wait, waitMs } = this.#options;
    const [word, ...before] = wait.isFlushed ? ['WAITAOF', '1'] : ['WAIT'];
    return new Command(word ?? 'WAIT', [...before, String(wait.replicas), String(Math.ceil(waitMs))]);
  }

  #answered(number: number, reply: unknown): void {
    this.#unanswered -= 1;
    const [local, replicas] = Array.isArray(reply) ? (reply as [number, number]) : [1, Number(reply)];
    if (local > 0 && replicas >= this.#options.wait.replicas) {
      const confirmed = this.#applied.filter((applied) => applied.number <= number);
      this.#applied = this.#applied.filter((applied) => applied.number > number);
      for (const { job, done } of confirmed) this.#options.confirmed(job, done);
    }
    this.#applied = this.#applied.filter(({ job }) => !job.settled);
    if (this.#unanswered === 0 && this.#applied.length > 0) this.follow();
  }

  #failed(error: Error): void {
    this.#unanswered -= 1;
    const jobs = this.#applied.map(({ job }) => job);
    this.#applied = [];
    if (jobs.length > 0) this.#options.lost(jobs, error);
  }
}

/** Returns null where a batch waits for no replica. */
export function replicaWaitOf(
  { link, wait, batchDeadlineMs }: SenderOptions,
  callbacks: WaitCallbacks,
): ReplicaWait | null {
  if (!wait) return null;
  // A batch behind it is answered after the `WAIT`, and must not look late meanwhile.
  return new ReplicaWait({ link, wait, waitMs: (batchDeadlineMs * ATTEMPT_SHARE) / 2, ...callbacks });
}
