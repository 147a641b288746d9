import { StoreError } from '../../store.ts';
import { library, type ScriptName, script } from './lua-scripts.ts';
import { shopKey } from '../link/redis-keys.ts';
import { type Argument, LinkDown, type RedisLink } from '../link/redis-link.ts';
import { describeFault, judgeReply, unavailable } from '../link/server-errors.ts';

/** The part of the deadline after which a silent connection is dropped, so that another one can be tried. */
export const ATTEMPT_SHARE = 0.4;

export interface ReaderOptions {
  shop: string;
  link: RedisLink;
  deadlineMs: number;
}

/**
 * Calls that may be made any number of times: each is repeated over lost connections until its deadline.
 * Rejects with `StoreError` `unavailable`, `closed`, or `undecodable` where the answer hangs on such a record.
 */
export class ScriptReader {
  readonly #options: ReaderOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  run(name: ScriptName, args: readonly Argument[]): Promise<unknown> {
    return this.runFresh(name, () => args);
  }

  /** As `run`, with arguments that are made anew for each attempt. */
  runFresh(name: ScriptName, args: () => readonly Argument[]): Promise<unknown> {
    const { keys, functionName } = script(name);
    const named = [functionName, keys.length, ...this.#keys(keys)];
    return this.#call('FCALL', () => [...named, ...args()]);
  }

  /** A plain command; `args` begin with the key's name within the shop. */
  command(command: string, key: string, args: readonly Argument[]): Promise<unknown> {
    return this.#call(command, () => [shopKey(this.#options.shop, key), ...args]);
  }

  /** A command that names its keys in full. */
  raw(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#call(command, () => args);
  }

  /** Resolves when what was asked for is answered, by its deadline. Takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
  }

  #call(command: string, args: () => readonly Argument[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'the store is closed'));
    const reply = this.#untilDeadline(command, args).finally(() => this.#underWay.delete(reply));
    this.#underWay.add(reply);
    return reply;
  }

  #keys(names: readonly string[]): string[] {
    return names.map((name) => shopKey(this.#options.shop, name));
  }

  async #untilDeadline(command: string, args: () => readonly Argument[]): Promise<unknown> {
    const { link, deadlineMs } = this.#options;
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      await link.whenReady(deadline - performance.now());
      try {
        return await this.#attempt(command, args(), deadline);
      } catch (error) {
        if (performance.now() >= deadline) throw new StoreError('unavailable', `no answer within ${deadlineMs} ms`);
        await this.#recover(error as Error, deadline);
      }
    }
  }

  async #attempt(command: string, args: readonly Argument[], deadline: number): Promise<unknown> {
    const { link, deadlineMs } = this.#options;
    const attemptMs = Math.min(deadlineMs * ATTEMPT_SHARE, deadline - performance.now());
    const timer = setTimeout(() => link.drop(`no answer to ${command}`), attemptMs);
    try {
      return await link.send(command, args);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Returns where another attempt makes sense. */
  async #recover(failure: Error, deadline: number): Promise<void> {
    if (failure instanceof LinkDown) return;
    const verdict = judgeReply(failure);
    if (verdict === 'no_function') {
      await this.#attempt('FUNCTION', ['LOAD', 'REPLACE', library().text], deadline).catch(() => undefined);
      return;
    }
    if (verdict === 'other_epoch') {
      this.#options.link.drop('the shop has begun another epoch');
      return;
    }
    if (verdict === 'unavailable') throw unavailable(failure);
    const fault = failure.message.startsWith('UNDECODABLE') ? 'undecodable' : 'unavailable';
    throw new StoreError(fault, describeFault(failure), { cause: failure });
  }
}
