import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../store.ts';
import type { ScriptName } from './lua-scripts.ts';
import type { ScriptCalls } from './script-calls.ts';
import { shopKey } from '../link/redis-keys.ts';
import { type Argument, LinkDown, type RedisLink } from '../link/redis-link.ts';
import { describeFault, judgeReply, unavailable } from '../link/server-errors.ts';

/** The pause before a call is sent again to a server that cannot serve it yet. */
export const RESEND_MS = 50;

/** The part of the deadline after which a silent connection is dropped, so that there is time for another one. */
export const ATTEMPT_SHARE = 0.4;

/**
 * The least time that a read waits for the link, even if the link has been down for long. It exceeds the longest pause
 * between two attempts to connect.
 */
const PATIENCE_MS_MIN = 1_500;

type Words = readonly [command: string, ...args: Argument[]];

export interface ReaderOptions {
  shop: string;
  link: RedisLink;
  calls: ScriptCalls;
  deadlineMs: number;
}

/**
 * Sends calls that may be repeated: each is resent after a lost connection, until its deadline. Rejects with
 * `StoreError` `unavailable`, `closed`, or `undecodable` where the reply depends on such a record.
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

  /** Like `run`, with new arguments for each attempt. */
  runFresh(name: ScriptName, args: () => readonly Argument[]): Promise<unknown> {
    return this.#call(() => [...this.#options.calls.words(name), ...args()], true);
  }

  /** Sends a command for a key of the shop. */
  command(command: string, key: string, args: readonly Argument[]): Promise<unknown> {
    return this.#call(() => [command, shopKey(this.#options.shop, key), ...args]);
  }

  /** Sends a command whose arguments include its full keys. */
  raw(command: string, args: readonly Argument[]): Promise<unknown> {
    return this.#call(() => [command, ...args]);
  }

  /** Accepts no more calls. Resolves when all pending ones have settled, by their deadlines. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
  }

  #call(words: () => Words, isOwnScript = false): Promise<unknown> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'the store is closed'));
    const reply = this.#untilDeadline(words, isOwnScript).finally(() => this.#underWay.delete(reply));
    this.#underWay.add(reply);
    return reply;
  }

  async #untilDeadline(words: () => Words, isOwnScript: boolean): Promise<unknown> {
    const { link, deadlineMs } = this.#options;
    // A call makes several reads, one after the other. In a long outage each of them would wait for the whole deadline.
    const patienceMs = Math.min(deadlineMs, Math.max(PATIENCE_MS_MIN, deadlineMs - link.downForMs));
    const deadline = performance.now() + patienceMs;
    for (;;) {
      await link.whenReady(deadline - performance.now());
      try {
        return await this.#attempt(words(), deadline);
      } catch (error) {
        const failure = error as Error;
        if (performance.now() >= deadline) throw lateness(failure, patienceMs);
        await this.#recover(failure, deadline, isOwnScript);
      }
    }
  }

  #attempt([command, ...args]: Words, deadline: number): Promise<unknown> {
    const { link, deadlineMs } = this.#options;
    return link.sendWithin(Math.min(deadlineMs * ATTEMPT_SHARE, deadline - performance.now()), command, args);
  }

  /** Resolves where another attempt may succeed. Otherwise rejects with the error of the call. */
  async #recover(failure: Error, deadline: number, isOwnScript: boolean): Promise<void> {
    if (failure instanceof LinkDown) return;
    const verdict = judgeReply(failure);
    if (verdict === 'no_script' && isOwnScript) {
      const send = (command: string, args: readonly Argument[]) => this.#attempt([command, ...args], deadline);
      await this.#options.calls.load(send).catch(() => undefined);
      return;
    }
    if (verdict === 'other_epoch') {
      this.#options.link.drop('the shop has begun another epoch');
      return;
    }
    if (verdict === 'moving') {
      // An attempt with hardly any time left would drop a connection that works.
      if (deadline - performance.now() < 2 * RESEND_MS) throw unavailable(failure);
      await sleep(RESEND_MS);
      return;
    }
    if (verdict === 'unavailable') throw unavailable(failure);
    const fault = failure.message.startsWith('UNDECODABLE') ? 'undecodable' : 'unavailable';
    throw new StoreError(fault, describeFault(failure), { cause: failure });
  }
}

function lateness(failure: Error, patienceMs: number): StoreError {
  if (judgeReply(failure) === 'moving') return unavailable(failure);
  return new StoreError('unavailable', `no answer within ${Math.round(patienceMs)} ms`);
}
