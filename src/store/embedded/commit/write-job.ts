import { StoreError } from '../../store.ts';

interface WriteJobOptions {
  /** Writes. Runs in a transaction that is rolled back if it throws. */
  body: () => void;
  resolve: () => void;
  reject: (error: StoreError) => void;
  deadlineMs: number;
  /** Removes an expired job from the queue. */
  forget: (job: WriteJob) => void;
}

/** A write and its promise, which settles once and within the deadline even if the disk does not respond. */
export class WriteJob {
  readonly #options: WriteJobOptions;
  readonly #timer: NodeJS.Timeout;
  #performed = false;

  constructor(options: WriteJobOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#expire(), options.deadlineMs);
  }

  perform(transaction: (body: () => void) => unknown): void {
    this.#performed = true;
    try {
      transaction(this.#options.body);
    } catch (error) {
      this.reject(error instanceof StoreError ? error : batchFailed(error));
    }
  }

  /** Has no effect after a rejection. */
  resolve(): void {
    clearTimeout(this.#timer);
    this.#options.resolve();
  }

  reject(error: StoreError): void {
    clearTimeout(this.#timer);
    this.#options.reject(error);
  }

  #expire(): void {
    const { deadlineMs, forget } = this.#options;
    forget(this);
    const what = this.#performed ? 'has not answered' : 'has been busy';
    const problem = `the disk ${what} for ${deadlineMs} ms`;
    this.reject(new StoreError(this.#performed ? 'outcome_unknown' : 'unavailable', problem, { problem }));
  }
}

function batchFailed(error: unknown): StoreError {
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError('batch_failed', `the batch could not be written: ${message}`, { cause: error });
}
