import type { Redis } from 'ioredis';
import type { ClockNotice } from '../time/clock-notices.ts';
import { type Monotonic, SYSTEM_MONOTONIC } from '../time/monotonic.ts';
import { StoreError } from '../store.ts';
import { AlarmListener } from './alarm-listener.ts';
import { BatchSender } from './batch/batch-sender.ts';
import { ClockKeeper } from './clock/clock-keeper.ts';
import { KnownRecords } from './decide/known-records.ts';
import { LossGuard } from './loss/loss-guard.ts';
import { MarkFile } from './loss/mark-file.ts';
import { MasterFence } from './loss/master-fence.ts';
import { addressAt } from './link/cluster-view.ts';
import { SHOP_PATTERN, shopKey } from './link/redis-keys.ts';
import { type RedisEndpoint, RedisLink } from './link/redis-link.ts';
import type { ScriptChoice } from './permissions.ts';
import { RedisRecovery } from './replay/redis-recovery.ts';
import { RedisStore } from './redis-engine.ts';
import type { RedisAddress, RedisTls } from './link/redis-target.ts';
import { parseRedisUrl } from './link/redis-url.ts';
import { SentinelWatch } from './link/sentinel-watch.ts';
import { type Durability, RequirementError, type WaitPolicy } from './link/requirements.ts';
import { ScriptCalls } from './scripts/script-calls.ts';
import { ScriptReader } from './scripts/script-reader.ts';
import { ServerWatch } from './link/server-watch.ts';
import { SlotMaster } from './link/slot-master.ts';
import { ShopOpening } from './shop-opening.ts';
import { StockPrefetch } from './batch/stock-prefetch.ts';
import { StoreClock } from './clock/store-clock.ts';

export interface RedisStoreOptions {
  /** `redis://`, `rediss://`, `redis+sentinel://`, `redis+cluster://` or `unix:`: see `parseRedisUrl`. */
  url: string;
  /** For `rediss://`. */
  tls?: RedisTls;
  /** Matches `SHOP_PATTERN`. */
  shop: string;
  /**
   * The durability that the server must have: `relaxed` an AOF, `local` an AOF with fsync always, `replicated` an AOF
   * and replicas, `none` nothing.
   */
  durability: Durability;
  /** At `replicated`, the number of replicas that have to confirm a write before it is answered. Default 1. */
  waitReplicas?: number;
  /** How the scripts are called. Default `auto`: as functions, or by `EVALSHA` where the user may not use functions. */
  scripts?: ScriptChoice;
  /** A test's own time in epoch milliseconds, in place of the server's. */
  clock?: () => number;
  /** With `clock`: its steps are absorbed like those of the server's clock. Default: shop time follows every step. */
  monotonic?: Monotonic;
  /** Called with each clock notice. Default: the message goes to `warn`. */
  onClockNotice?: (notice: ClockNotice) => void;
  /** Called with warnings for operators: unreadable settings, ledger entries that cannot be decoded. */
  warn?: (line: string) => void;
  /** Called with each loss of acknowledged writes, and with the remedy. */
  error?: (line: string) => void;
  /**
   * The file that records the shop's progress for the next process. With `isBinding` a shop other than the one in the
   * file is frozen; otherwise it is only reported.
   */
  markFile?: { path: string; isBinding: boolean };
  /** Every `apply` and `reclaim` settles within this time after the previous batch was answered. Default 5,000. */
  batchDeadlineMs?: number;
  /** Every other call settles within this time. Default 5,000. */
  readDeadlineMs?: number;
  /** How long to wait for a server that cannot be reached yet, or still loads its data. Default 5,000. */
  openDeadlineMs?: number;
  /** The records of each kind that the process caches between batches. Default 20,000. Fewer only cost round trips. */
  rememberedMax?: number;
  /** How often the server's settings are read again. Default 20,000. */
  settingsCheckMs?: number;
}

const DEFAULT_DEADLINE_MS = 5_000;
const DEFAULT_SETTINGS_CHECK_MS = 20_000;

/**
 * Connects, checks the server and its durability, and creates the shop if it is new. Rejects with `StoreError`
 * `unavailable`, whose message has the cause: at once where an operator has to act, otherwise after `openDeadlineMs`.
 * Throws `TypeError` for an invalid URL or shop name. A frozen shop is opened, so that an operator can accept its loss.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const { shop, durability } = options;
  const { openDeadlineMs, batchDeadlineMs, readDeadlineMs, everyMs, warn, notify, ownClock } = withDefaults(options);
  if (!SHOP_PATTERN.test(shop)) throw new TypeError(`the shop's name must match ${SHOP_PATTERN.source}`);
  const { db, ...endpoint } = endpointOf(options);
  const [clock, calls] = [clockOf(options), new ScriptCalls(shop)];
  const guard = guardOf(options, calls, endpoint.redis);
  await guard.assertFileReadable();
  const wait = waitPolicy(options);
  const shopOptions = { shop, calls, db, durability, wait, clock, guard };
  const opening = new ShopOpening({ ...shopOptions, scripts: options.scripts, ownClock, notify, warn });
  const prepare = (mayWrite: boolean) => (redis: Redis) => opening.prepare(redis, { mayWrite });
  const links: RedisLink[] = [];
  const leavable: Leavable[] = [];
  const onWrongServer = (reason: Error) => leavable.forEach((link) => link.leave(reason));
  const common = { ...endpoint, onWrongServer };
  let sender: BatchSender | null = null;
  const onChange = (link: RedisLink) => {
    if (link.frozen) dropReady(links);
    sender?.pump();
  };
  const batchLink = new RedisLink({ ...common, name: 'holdfast-batches', prepare: prepare(true), onChange });
  await untilOpen(batchLink, openDeadlineMs);
  const readLink = new RedisLink({ ...common, name: 'holdfast-reads', prepare: prepare(false), onChange });
  const alarm = new AlarmListener({ ...common, shop, db, warn });
  links.push(batchLink, readLink);
  leavable.push(...links, alarm);
  const sentinelWatch = new SentinelWatch({ ...common, onSwitch: (reason) => abandon(links, alarm, reason) });
  const known = new KnownRecords(options.rememberedMax);
  const keeper = new ClockKeeper({ calls, link: batchLink, clock, notify });
  const prefetch = new StockPrefetch({ shop, link: batchLink, calls, deadlineMs: batchDeadlineMs }, known);
  const deciding = { generation: () => opening.generation, known, prefetch, clock, guard, keeper, wait };
  sender = new BatchSender({ link: batchLink, calls, batchDeadlineMs, ...deciding });
  const reader = new ScriptReader({ shop, link: readLink, calls, deadlineMs: readDeadlineMs });
  const serverWatch = new ServerWatch({ link: readLink, durability, wait, warn, everyMs });
  const recovery = new RedisRecovery({ shop, calls, opening, guard, endpoint: common, deadlineMs: batchDeadlineMs });
  const serving = { batchLink, readLink, sender, prefetch, known, reader, guard, clock, alarm, recovery };
  const watching = { serverWatch, sentinelWatch, notify, warn };
  return new RedisStore({ shop, durability, opening, batchDeadlineMs, ...serving, ...watching });
}

function withDefaults({ warn = () => undefined, ...options }: RedisStoreOptions) {
  return {
    openDeadlineMs: options.openDeadlineMs ?? DEFAULT_DEADLINE_MS,
    batchDeadlineMs: options.batchDeadlineMs ?? DEFAULT_DEADLINE_MS,
    readDeadlineMs: options.readDeadlineMs ?? DEFAULT_DEADLINE_MS,
    everyMs: options.settingsCheckMs ?? DEFAULT_SETTINGS_CHECK_MS,
    warn,
    notify: options.onClockNotice ?? (({ message }: ClockNotice) => warn(message)),
    ownClock: options.clock ?? Date.now,
  };
}

function clockOf({ clock, monotonic }: RedisStoreOptions): StoreClock {
  const isGuarded = clock === undefined || monotonic !== undefined;
  return new StoreClock({ clock: clock ?? null, monotonic: monotonic ?? SYSTEM_MONOTONIC, isGuarded });
}

const waitPolicy = ({ durability, waitReplicas = 1 }: RedisStoreOptions): WaitPolicy | null =>
  durability === 'replicated' ? { replicas: waitReplicas, isFlushed: false } : null;

type Leavable = Pick<RedisLink, 'leave'>;

function endpointOf({ url, tls = {}, shop }: RedisStoreOptions): RedisEndpoint & { db: number } {
  const { options, db, seeds, description, connectTimeoutMs } = parseRedisUrl(url);
  const redis = options.tls ? { ...options, tls: { ...options.tls, ...tls } } : options;
  const endpoint = { redis, db, description, connectTimeoutMs };
  if (!seeds) return endpoint;
  const master = new SlotMaster({ seeds, redis, key: shopKey(shop, 'meta') });
  return { ...endpoint, locate: async () => addressAt(await master.find(), redis) };
}

function guardOf(
  { shop, durability, markFile, warn = () => undefined, error = warn }: RedisStoreOptions,
  calls: ScriptCalls,
  redis: RedisAddress,
): LossGuard {
  const file = markFile ? new MarkFile({ path: markFile.path, shop, warn }) : null;
  const fence = new MasterFence({ shop, redis, warn });
  const isFileBinding = markFile?.isBinding ?? false;
  return new LossGuard({ shop, calls, durability, markFile: file, isFileBinding, fence, error });
}

/**
 * Drops the connections to a master that was replaced. It will lose what it still answers, so the batches in flight are
 * sent again, to the new master.
 */
function abandon(links: readonly RedisLink[], alarm: AlarmListener, reason: Error): void {
  for (const link of links) link.drop(reason.message);
  alarm.leave(reason);
}

/** Drops all connections when one of them has found the shop frozen. */
function dropReady(links: readonly RedisLink[]): void {
  for (const link of links) if (link.ready) link.drop('the shop is frozen');
}

/** Waits for a server that is starting, but not for one with wrong settings. */
async function untilOpen(link: RedisLink, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  const stepMs = 20;
  while (!link.ready && !link.frozen) {
    const wrong = link.fault instanceof RequirementError;
    if (wrong || performance.now() >= deadline) {
      const error = link.unavailable();
      await link.close();
      throw error;
    }
    await link.whenReady(stepMs).catch((error: unknown) => {
      if (!(error instanceof StoreError)) throw error;
    });
  }
}
