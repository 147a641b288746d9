import { StoreError } from '../../store.ts';

interface JobOptions {
  /** Writes. Runs in a transaction that rolls back what throws. */
  body: () => void;
  resolve: () => void;
  reject: (error: StoreError) => void;
  deadlineMs: number;
  /** Takes a job whose time is over out of the queue. */
  forget: (job: Job) => void;
}

/** Something to write, and who waits for it. It settles once and in time, whatever happens to the disk. */
export class Job {
  readonly #options: JobOptions;
  readonly #timer: NodeJS.Timeout;
  #performed = false;

  constructor(options: JobOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#expire(), options.deadlineMs);
  }

  perform(transaction: (body: () => void) => unknown): void {
    this.#performed = true;
    try {
      transaction(this.#options.body);
    } catch (error) {
      this.reject(error instanceof StoreError ? error : failed(error));
    }
  }

  /** After a rejection without effect. */
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

function failed(error: unknown): StoreError {
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError('batch_failed', `the batch could not be written: ${message}`, { cause: error });
}
