import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadAnswer, LoadOrder, LoadResult } from './load-order.ts';

const ENTRY = join(import.meta.dirname, 'load-main.js');

/** The load generator, in a process of its own. */
export class LoadGenerator {
  readonly #child: ChildProcess = fork(ENTRY, [], { execArgv: [] });
  readonly #ended = once(this.#child, 'exit');

  /** Rejects where a request was answered with anything but 200. */
  async run(order: LoadOrder): Promise<LoadResult> {
    const answered = once(this.#child, 'message') as Promise<[LoadAnswer]>;
    const ended = this.#ended.then(() => Promise.reject(new Error('the load generator ended')));
    this.#child.send(order);
    const [answer] = await Promise.race([answered, ended]);
    if ('error' in answer) throw new Error(answer.error);
    return answer.result;
  }

  close(): void {
    this.#child.disconnect();
  }
}
