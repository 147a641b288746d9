import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import Redlock, { ExecutionError } from 'redlock';
import type { Leadership } from '../leadership.ts';
import { LeadState } from './lead-state.ts';
import { shopKey } from './link/redis-keys.ts';
import type { ScriptReader } from './scripts/script-reader.ts';

const LOCK_MS = 5_000;
/** PTTL of a key that has no end. */
const NEVER_ENDS = -1;
const RENEW_BEFORE_MS = 3_000;
const ASK_AGAIN_MS = 1_000;
/** A Redis that is away does not hold up a shutdown: a lock that was not given back runs out. */
const RESIGN_MS = 2_000;
/** redlock renews without a pause while its lock lasts, so that its attempts need a pause of their own. */
const SETTINGS = { retryCount: 1, retryDelay: 200, retryJitter: 50, automaticExtensionThreshold: RENEW_BEFORE_MS };

/** Leads by a lock in Redis, which it renews for as long as it leads. */
export function redisLeadership(
  reader: ScriptReader,
  options: { shop: string; name: string; warn: (line: string) => void },
): Leadership {
  const redlock = new Redlock([redlockClient(reader)], SETTINGS);
  const resource = shopKey(options.shop, `leader:${options.name}`);
  const state = new LeadState();
  return {
    get isLeading() {
      return state.isLeading;
    },
    get unledMs() {
      return state.unledMs;
    },
    whileLeading(run) {
      const stopping = new AbortController();
      const { signal } = stopping;
      const leading = (async () => {
        while (!signal.aborted) {
          // Nobody is seen to lead while Redis does not answer.
          state.saw(await isLed(reader, resource).catch(() => false));
          const lead = (lost: AbortSignal) => state.during(lost, () => run(AbortSignal.any([lost, signal])));
          await leadOnce(redlock, resource, lead).catch((error: unknown) => {
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
 * Returns whether a process holds the lock, and deletes a lock that no living process can hold. Redis counts a key's time
 * on its wall clock: one that stepped back lets the lock of a process that is gone outlive its time by as much. A lock without an
 * end never was one of ours. If the lock was a living process's own, two lead for a moment, which does no harm.
 */
async function isLed(reader: ScriptReader, resource: string): Promise<boolean> {
  const leftMs = Number(await reader.raw('PTTL', [resource]));
  const isStuck = leftMs > 2 * LOCK_MS || leftMs === NEVER_ENDS;
  if (isStuck) await reader.raw('DEL', [resource]);
  return leftMs > 0 && !isStuck;
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
