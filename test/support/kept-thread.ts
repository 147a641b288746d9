import type { Plugin } from 'vitest/config';
import { type PoolOptions, type PoolWorker, ThreadsPoolWorker, type Vitest, type WorkerRequest } from 'vitest/node';

/** A new thread after this many runs bounds what mutants can leave behind. */
const RUNS_MAX = 40;

type Listener = (value: unknown) => void;

interface Thread {
  worker: ThreadsPoolWorker;
  runs: number;
}

/** The threads whose last run has ended. */
const idle: Thread[] = [];

/**
 * A worker of Vitest whose thread is used again by a later run, with the modules of `src` that it has loaded. Stryker
 * begins a run for each mutant, and switches mutants within the code. Loading the modules took most of the time.
 */
class KeptThread implements PoolWorker {
  readonly name = 'kept';
  readonly #listeners: [event: string, listener: Listener][] = [];
  #thread: Thread;
  #hasEnded = false;

  constructor(options: PoolOptions) {
    this.#thread = { worker: new ThreadsPoolWorker(options), runs: 0 };
  }

  async start(): Promise<void> {
    const kept = idle.pop();
    if (kept && kept.runs < RUNS_MAX) this.#thread = kept;
    else await Promise.all([kept?.worker.stop(), this.#thread.worker.start()]);
    this.#thread.runs += 1;
  }

  on(event: string, listener: Listener): void {
    this.#listeners.push([event, listener]);
    this.#thread.worker.on(event, listener);
  }

  off(event: string, listener: Listener): void {
    this.#thread.worker.off(event, listener);
  }

  /** The thread does not receive the end of its run, after which it would accept no other. */
  send(message: WorkerRequest): void {
    this.#hasEnded = message.type === 'stop';
    if (!this.#hasEnded) return this.#thread.worker.send(message);
    const stopped = { __vitest_worker_response__: true, type: 'stopped' };
    for (const [event, listener] of this.#listeners) if (event === 'message') listener(stopped);
  }

  /** Ends the thread of a run that did not end by itself. */
  async stop(): Promise<void> {
    for (const [event, listener] of this.#listeners) this.off(event, listener);
    if (this.#hasEnded) idle.push(this.#thread);
    else await this.#thread.worker.stop();
  }

  deserialize(data: unknown): unknown {
    return data;
  }
}

/** Lets Vitest run all tests in such threads. */
export const keptThreads: Plugin = {
  name: 'kept-threads',
  configureVitest({ project, vitest }: { project: { config: object }; vitest: Vitest }) {
    const createPoolWorker = (options: PoolOptions) => new KeptThread(options);
    Object.assign(project.config, { pool: 'kept', poolRunner: { name: 'kept', createPoolWorker } });
    vitest.onClose(async () => void (await Promise.all(idle.map(({ worker }) => worker.stop()))));
  },
};
