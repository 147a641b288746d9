import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import Redlock, { ExecutionError } from 'redlock';
import { shopKey } from './redis-keys.ts';
import type { ScriptReader } from './script-reader.ts';

export interface Leadership {
  /**
   * Runs `run` whenever this process leads; the signal that `run` gets is aborted when the lead is lost. A `run` that returns
   * or rejects gives the lead up for a while. Returns how to stop: resolves when a running `run` has returned,
   * or after two seconds.
   *
   * Two processes may lead at once for a moment (a stalled process learns late that its lock ran out), or none for a few
   * seconds: what leaders do has to be harmless when done twice, and must not be needed.
   */
  whileLeading(run: (signal: AbortSignal) => Promise<void>): () => Promise<void>;
}

const LOCK_MS = 5_000;
const RENEW_BEFORE_MS = 3_000;
const ASK_AGAIN_MS = 1_000;
/** A Redis that is away does not hold up a shutdown: a lock that was not given back runs out. */
const RESIGN_MS = 2_000;
/** redlock renews without a pause while its lock lasts, so that its attempts need a pause of their own. */
const SETTINGS = { retryCount: 1, retryDelay: 200, retryJitter: 50, automaticExtensionThreshold: RENEW_BEFORE_MS };

export function redisLeadership(
  reader: ScriptReader,
  options: { shop: string; name: string; warn: (line: string) => void },
): Leadership {
  const redlock = new Redlock([redlockClient(reader)], SETTINGS);
  const resource = shopKey(options.shop, `leader:${options.name}`);
  return {
    whileLeading(run) {
      const stopping = new AbortController();
      const { signal } = stopping;
      const leading = (async () => {
        while (!signal.aborted) {
          await dropStuckLock(reader, resource).catch(() => undefined);
          await leadOnce(redlock, resource, (lost) => run(AbortSignal.any([lost, signal]))).catch((error: unknown) => {
            options.warn(`leading ${resource}: ${String(error)}`);
          });
          // An aborted wait is the end of waiting.
          await sleep(ASK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
        }
      })();
      return async () => {
        stopping.abort();
        await atMost(RESIGN_MS, leading);
      };
    },
  };
}

/**
 * Redis counts a key's time on its wall clock: one that stepped back lets the lock of a process that is gone outlive its
 * time by as much. Nothing is harmed where the lock was a living process's own: two may lead for a moment.
 */
async function dropStuckLock(reader: ScriptReader, resource: string): Promise<void> {
  const leftMs = Number(await reader.raw('PTTL', [resource]));
  if (leftMs > 2 * LOCK_MS) await reader.raw('DEL', [resource]);
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  // It is aborted when nobody waits for it any more.
  const waited = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([work, waited]);
  over.abort();
}

/** Rejects with what `run` rejects with. That another process leads, or that Redis is away, is no error. */
async function leadOnce(redlock: Redlock, resource: string, run: (lost: AbortSignal) => Promise<void>): Promise<void> {
  let failure: unknown;
  try {
    await redlock.using([resource], LOCK_MS, SETTINGS, (lost) =>
      run(lost).catch((error: unknown) => {
        failure = error;
      }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionError)) throw error;
  }
  if (failure !== undefined) throw failure;
}

/**
 * redlock was written for ioredis 4 and asks two methods of its client, in the form that they have kept. These two go over
 * the store's own connection, which settles every call, also when Redis is away.
 */
function redlockClient(reader: ScriptReader): Redis {
  const client = {
    evalsha: (sha: string, keys: number, args: (string | number)[]) => reader.raw('EVALSHA', [sha, keys, ...args]),
    eval: (text: string, keys: number, args: (string | number)[]) => reader.raw('EVAL', [text, keys, ...args]),
  };
  return client as unknown as Redis;
}
