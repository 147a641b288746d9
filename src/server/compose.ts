import { join } from 'node:path';
import type { PaymentAdapter } from '../adapters/payment-adapter.ts';
import { openStripeAdapter, StripeMissing } from '../adapters/stripe-adapter.ts';
import type { ClockNotice } from '../store/time/clock-notices.ts';
import type { EmbeddedStore } from '../store/embedded/embedded-engine.ts';
import type { EmbeddedStoreOptions } from '../store/embedded/embedded-store.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import type { RedisStore } from '../store/redis/redis-engine.ts';
import type { RedisStoreOptions } from '../store/redis/redis-store.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import { StoreError } from '../store/store.ts';
import type { Log } from '../transact/log.ts';
import { type Config, ConfigError } from './settings/config.ts';
import { readRedisTls } from './settings/redis-tls.ts';

export { openMemoryStore };

// A process uses one store, so the modules of the others, and their packages, are not loaded.

/**
 * Opens the shop's data in `dir`. Rejects with `StoreError`: `locked` where another process holds the directory (the
 * message names the lock file and the process); `unavailable` where it cannot be used, holds another shop, is damaged,
 * is a copy of a directory in use, or has lost its data (the message has the remedy).
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const embedded = await import('../store/embedded/embedded-store.ts');
  return embedded.openEmbeddedStore(options);
}

/**
 * Connects, checks the server and its durability, and creates the shop if it is new. Rejects with `StoreError`
 * `unavailable`, whose message has the cause: at once where an operator has to act, otherwise after `openDeadlineMs`.
 * Throws `TypeError` for an invalid URL or shop name. A frozen shop is opened, so that an operator can accept its loss.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const redis = await import('../store/redis/redis-store.ts');
  return redis.openRedisStore(options);
}

/**
 * Opens the store of the configuration. Only this file names concrete stores. Rejects with `ConfigError` if a retry
 * does not help, and with `StoreError` if the store is locked or unavailable. `onFatal` is called once if the store can
 * continue only in a new process. `clock` returns epoch milliseconds; the store follows each of its steps. Redis has a
 * clock of its own, and refuses another one.
 */
export async function openStore(
  config: Config,
  log: Log,
  onFatal: (error: StoreError) => void,
  clock?: () => number,
): Promise<OpenedStore> {
  const { REDIS_URL, DATA_DIR, SHOP } = config;
  const notices = noticesTo(log);
  if (REDIS_URL !== undefined) {
    if (clock)
      throw new ConfigError('REDIS_URL cannot be combined with a clock: a shop in Redis uses the time of Redis');
    return openRedis(REDIS_URL, config, notices);
  }
  const alarm = (line: string): void => log.error({}, line);
  const store = await openEmbeddedStore({
    dir: DATA_DIR,
    shop: SHOP,
    ...notices,
    alarm,
    onFatal,
    ...(clock && { clock }),
  });
  return { store, backup: () => store.backup() };
}

interface Notices {
  warn: (line: string) => void;
  error: (line: string) => void;
  onClockNotice: (notice: ClockNotice) => void;
}

const noticesTo = (log: Log): Notices => ({
  warn: (line) => log.warn({}, line),
  error: (line) => log.error({}, line),
  onClockNotice: ({ level, message, ...fields }) => log[level](fields, message),
});

async function openRedis(url: string, config: Config, notices: Notices): Promise<OpenedStore> {
  const { SHOP: shop, DURABILITY: durability = 'relaxed', REDIS_SCRIPTS: scripts, DATA_DIR, MARK_FILE } = config;
  const { REDIS_WAIT_REPLICAS: waitReplicas } = config;
  const markFile = { path: MARK_FILE ?? join(DATA_DIR, `redis-${shop}.mark`), isBinding: MARK_FILE !== undefined };
  const tls = readRedisTls(config);
  try {
    const store = await openRedisStore({ url, tls, shop, durability, waitReplicas, scripts, markFile, ...notices });
    return {
      store,
      leadership: store.leadership('expiry'),
      sharedCounter: store.sharedCounter(),
      sharedNotes: store.sharedNotes(),
      lostSequences: () => store.lostSequences,
    };
  } catch (error) {
    if (error instanceof TypeError || (await isRequirement(error))) {
      throw new ConfigError(`REDIS_URL: ${(error as Error).message}`, { cause: error });
    }
    throw error;
  }
}

/** Returns the payment providers of the configuration. Rejects with `ConfigError` if the library of one is missing. */
export async function openPayments(config: Config): Promise<PaymentAdapter[]> {
  const { STRIPE_WEBHOOK_SECRET, STRIPE_LIVE_MODE, NODE_ENV } = config;
  if (STRIPE_WEBHOOK_SECRET === undefined) return [];
  try {
    const stripe = await openStripeAdapter({
      webhookSecret: STRIPE_WEBHOOK_SECRET,
      shop: config.SHOP,
      accounts: config.STRIPE_ACCOUNTS,
      liveOnly: (STRIPE_LIVE_MODE ?? (NODE_ENV === 'production' ? 'required' : 'any')) === 'required',
      clientReference: config.STRIPE_CLIENT_REFERENCE === 'yes',
    });
    return [stripe];
  } catch (error) {
    if (!(error instanceof StripeMissing)) throw error;
    throw new ConfigError('STRIPE_WEBHOOK_SECRET needs the package stripe beside holdfast: npm install stripe', {
      cause: error,
    });
  }
}

/** Whether Redis is available, but its configuration does not meet the requirements. */
async function isRequirement(error: unknown): Promise<boolean> {
  const { RequirementError } = await import('../store/redis/link/requirements.ts');
  return error instanceof StoreError && error.cause instanceof RequirementError;
}
