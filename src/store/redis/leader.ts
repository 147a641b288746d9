import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import Redlock, { ExecutionError } from 'redlock';
import type { Leadership } from '../leadership.ts';
import { shopKey } from './link/redis-keys.ts';
import type { ScriptReader } from './scripts/script-reader.ts';

/** How long a lock lives without a renewal, and how long before its end it is renewed. Milliseconds. */
export interface LockTimes {
  lockMs: number;
  renewBeforeMs: number;
}

const LOCK_TIMES: LockTimes = { lockMs: 5_000, renewBeforeMs: 3_000 };
/** PTTL of a key that never expires. */
const NEVER_ENDS = -1;
const RETRY_LEAD_MS = 1_000;
/** An unreachable Redis must not delay a shutdown: a lock that was not released expires. */
const RESIGN_MS = 2_000;
/** redlock renews its lock without a pause, so its attempts need a pause of their own. */
const ATTEMPTS = { retryCount: 1, retryDelay: 200, retryJitter: 50 };

export interface LeaderOptions {
  shop: string;
  name: string;
  warn: (line: string) => void;
  /** Absent: 5 seconds, renewed every 2. */
  times?: LockTimes | undefined;
}

/** Elects a leader by a lock in Redis, which the leader renews. */
export class RedisLeadership implements Leadership {
  readonly #reader: ScriptReader;
  readonly #resource: string;
  readonly #redlock: Redlock;
  readonly #warn: (line: string) => void;
  readonly #times: LockTimes;
  #isLeading = false;
  #unledSince: number | null = null;

  constructor(reader: ScriptReader, { shop, name, warn, times = LOCK_TIMES }: LeaderOptions) {
    this.#reader = reader;
    this.#resource = shopKey(shop, `leader:${name}`);
    this.#redlock = new Redlock([redlockClient(reader)], ATTEMPTS);
    this.#warn = warn;
    this.#times = times;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  get unledMs(): number {
    return this.#unledSince === null ? 0 : performance.now() - this.#unledSince;
  }

  whileLeading(run: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
    const stopping = new AbortController();
    const leading = this.#leadUntil(stopping.signal, run);
    return async () => {
      stopping.abort();
      await atMost(RESIGN_MS, leading);
    };
  }

  async #leadUntil(stopped: AbortSignal, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!stopped.aborted) {
      // While Redis does not respond, it is unknown whether a process leads, which counts as no leader.
      this.#noteLeader(await this.#isLed().catch(() => false));
      await this.#leadOnce((lost) => run(AbortSignal.any([lost, stopped]))).catch((error: unknown) => {
        this.#warn(`leading ${this.#resource}: ${String(error)}`);
      });
      // An abort ends the wait early.
      await sleep(RETRY_LEAD_MS, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  /**
   * Records whether a leader was seen. The time without a leader begins at the first check that finds none, and not at
   * the last check that found one: if this process was stopped in between, that check is too old.
   */
  #noteLeader(isLed: boolean): void {
    this.#unledSince = isLed ? null : (this.#unledSince ?? performance.now());
  }

  /**
   * Returns whether a process holds the lock, and deletes a lock that no live process can hold. Redis measures a key's
   * lifetime with its wall clock. If that clock steps back, the lock of a dead process lives longer by as much. A lock
   * that never expires was not created by Holdfast. If a live process holds the deleted lock, two processes lead for a
   * moment, which is harmless.
   */
  async #isLed(): Promise<boolean> {
    const leftMs = Number(await this.#reader.raw('PTTL', [this.#resource]));
    const isStuck = leftMs > 2 * this.#times.lockMs || leftMs === NEVER_ENDS;
    if (isStuck) await this.#reader.raw('DEL', [this.#resource]);
    return leftMs > 0 && !isStuck;
  }

  /** Rejects as `run` does. Returns at once if another process leads, or if Redis is unreachable. */
  async #leadOnce(run: (lost: AbortSignal) => Promise<void>): Promise<void> {
    let failure: unknown;
    const { lockMs, renewBeforeMs } = this.#times;
    const settings = { ...ATTEMPTS, automaticExtensionThreshold: renewBeforeMs };
    try {
      await this.#redlock.using([this.#resource], lockMs, settings, (lost) =>
        this.#during(lost, () => run(lost)).catch((error: unknown) => {
          failure = error;
        }),
      );
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
    }
    if (failure !== undefined) throw failure;
  }

  /** This process leads until `run` has settled or `lost` aborts. */
  async #during(lost: AbortSignal, run: () => Promise<void>): Promise<void> {
    const end = (): void => {
      if (!this.#isLeading) return;
      this.#isLeading = false;
      this.#noteLeader(false);
    };
    this.#isLeading = true;
    this.#noteLeader(true);
    lost.addEventListener('abort', end, { once: true });
    try {
      await run();
    } finally {
      lost.removeEventListener('abort', end);
      end();
    }
  }
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  // The timer is aborted once `work` has settled.
  const waited = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([work, waited]);
  over.abort();
}

/**
 * redlock was written for ioredis 4 and calls two methods of its client, whose signatures have not changed. These two
 * use the store's own connection, which settles every call, also when Redis is unreachable.
 */
function redlockClient(reader: ScriptReader): Redis {
  const client = {
    evalsha: (sha: string, keys: number, args: (string | number)[]) => reader.raw('EVALSHA', [sha, keys, ...args]),
    eval: (text: string, keys: number, args: (string | number)[]) => reader.raw('EVAL', [text, keys, ...args]),
  };
  return client as unknown as Redis;
}
