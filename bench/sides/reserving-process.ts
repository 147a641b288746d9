import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface ReservingOrder {
  callers: number;
  ms: number;
}

export interface Reserved {
  calls: number;
  /** Processor time of the process, in microseconds. */
  cpuUs: number;
}

export type ReservingAnswer = Reserved | { error: string };

const ENTRY = join(import.meta.dirname, 'reserving-main.js');

/** A process that reserves one SKU over Redis on request. */
export class ReservingProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(url: string, name: string) {
    this.#child = fork(ENTRY, [url, name], { execArgv: [] });
    this.#ended = once(this.#child, 'exit').then(() => Promise.reject(new Error('a reserving process ended')));
    this.#ended.catch(() => undefined);
  }

  static async start(url: string, name: string): Promise<ReservingProcess> {
    const started = new ReservingProcess(url, name);
    await started.#answer();
    return started;
  }

  /** Rejects where a reservation was refused. */
  run(order: ReservingOrder): Promise<Reserved> {
    const answer = this.#answer();
    this.#child.send(order);
    return answer;
  }

  async #answer(): Promise<Reserved> {
    const answered = once(this.#child, 'message') as Promise<[ReservingAnswer]>;
    const [answer] = await Promise.race([answered, this.#ended]);
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
