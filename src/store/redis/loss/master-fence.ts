import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { StoreError } from '../../store.ts';
import { firstSequence, nextEpoch } from '../../../domain/epoch.ts';
import { CLIENT_OPTIONS } from '../link/client-options.ts';
import { shopKey } from '../link/redis-keys.ts';
import type { RedisAddress } from '../link/redis-target.ts';
import { readInfo, serverRun } from '../link/requirements.ts';
import { reachedAddressOf } from '../link/server-address.ts';
import { withoutCommand } from '../link/server-errors.ts';
import { evalScript } from '../scripts/lua-scripts.ts';
import { replacedLine } from './loss-lines.ts';
import type { Raise } from './lost-writes.ts';
import type { Fence, ShopRecord } from './shop-record.ts';

interface MasterFenceOptions {
  shop: string;
  /** The credentials and the TLS options of the servers. */
  redis: RedisAddress;
  warn: (line: string) => void;
}

/** The server that a new connection has reached. */
export interface FoundServer {
  generation: string;
  /** The server's run; '' where it is unknown. */
  server: string;
  /** See `reachedAddress`. */
  address: string;
  /** The history of the master whose replica the server was; '' where it was none. */
  formerHistory: string;
  /** The server's time in epoch milliseconds. */
  now: number;
}

/** The data to fence a server that was replaced. */
interface Replacement {
  generation: string;
  /** The run of the new master. */
  server: string;
  epoch: number;
  fence: Fence;
}

/** How long the new master waits until the former one is fenced. */
const CONTACT_MS = 500;
const ATTEMPT_MS = 10_000;
const RETRY_MS = 200;
const RETRY_FOR_MS = 60_000;

/**
 * Keeps two masters from selling the same units (docs/decisions/fenced-masters.md). The process that begins an epoch at
 * a promoted replica first fences the former master, so that it no longer serves the shop.
 */
export class MasterFence {
  readonly #options: MasterFenceOptions;
  readonly #closing = new AbortController();
  /** The server by which this process was last served. */
  #server = '';
  #address = '';

  constructor(options: MasterFenceOptions) {
    this.#options = options;
  }

  /** Rejects with `StoreError` `unavailable` for a server that was replaced as the master of the shop. */
  async refuseReplaced(
    redis: Redis,
    { generation, server, now }: FoundServer,
    { record, raises }: { record: ShopRecord; raises: readonly Raise[] },
  ): Promise<void> {
    if (record.fence) throw this.#refusal(record.fence);
    const latest = Math.max(0, ...raises.map(({ first }) => first));
    // A server loses no writes during one run. So a known epoch that it lacks has begun at another server, which
    // replaced it.
    const isStale = latest > firstSequence(record.epoch) && server !== '' && server === record.server;
    if (!isStale || server === this.#server) return;
    const fence = { by: this.#address, at: now };
    const epoch = Math.floor(latest / firstSequence(1));
    // This process refuses the server in any case. The fence makes other processes refuse it too.
    await this.#send(redis, { generation, server: '', epoch, fence }).catch(() => undefined);
    throw this.#refusal(fence);
  }

  /**
   * Fences the master before this one, if the server was its replica. Settles within a bounded time: a master that
   * does not answer is presumably dead, and is contacted again for some time. Rejects if the server refuses writes.
   */
  async fencePredecessor(redis: Redis, found: FoundServer, record: ShopRecord, above: number): Promise<void> {
    const { server, address, formerHistory, generation, now } = found;
    // A server with a copy of the shop's data, for example for tests, must not fence the shop's master.
    const isPromoted = formerHistory !== '' && record.server.endsWith(`:${formerHistory}`);
    if (!isPromoted || record.address === '' || record.address === address) return;
    // Rejects on a server that refuses writes, because such a server must not fence another one.
    await redis.unlink(shopKey(this.#options.shop, 'fence'));
    const { epoch } = nextEpoch(Math.max(record.sequence, above), now);
    const replacement = { generation, server, epoch, fence: { by: address, at: now } };
    const attempt = this.#attempt(record.address, replacement);
    const soon = sleep(CONTACT_MS, new Error(`no answer within ${CONTACT_MS} ms`), { ref: false });
    const failure = await Promise.race([attempt, soon]);
    if (!failure) return;
    const { shop, warn } = this.#options;
    const former = `the former master of shop ${shop} at ${record.address}`;
    warn(`${former} cannot be fenced, and may be down: ${withoutCommand(failure).message}`);
    void this.#retry(attempt, record.address, replacement);
  }

  /** Records the server that serves this process now. Adds its address to a shop that has none yet. */
  async admitted(redis: Redis, { server, address }: FoundServer, record: ShopRecord): Promise<void> {
    [this.#server, this.#address] = [server, address];
    if (record.address !== '' || server === '' || server !== record.server) return;
    // A server that refuses writes can still be read.
    await redis.hset(shopKey(this.#options.shop, 'meta'), 'address', address).catch(() => undefined);
  }

  close(): void {
    this.#closing.abort();
  }

  #refusal(fence: Fence): StoreError {
    const problem = replacedLine(this.#options.shop, fence);
    return new StoreError('unavailable', problem, { problem });
  }

  /**
   * Attempts it again after the first attempt has failed. So a server that was only suspended is fenced when it
   * continues.
   */
  async #retry(first: Promise<Error | null>, address: string, replacement: Replacement): Promise<void> {
    const { signal } = this.#closing;
    const until = performance.now() + RETRY_FOR_MS;
    let failure = await first;
    while (failure && performance.now() < until) {
      await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      failure = await this.#attempt(address, replacement);
    }
  }

  /** Resolves with null if the server at the address no longer serves the shop, or never did; else with the error. */
  async #attempt(address: string, replacement: Replacement): Promise<Error | null> {
    const { shop, warn } = this.#options;
    try {
      const isFenced = await this.#contact(address, (redis) => this.#send(redis, replacement));
      if (isFenced) warn(`${address} was replaced as the master of shop ${shop}, and no longer serves it`);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  async #contact<T>(address: string, work: (redis: Redis) => Promise<T>): Promise<T> {
    const { redis: base } = this.#options;
    const redis = new Redis({
      ...reachedAddressOf(address, base),
      ...CLIENT_OPTIONS,
      connectionName: 'holdfast-fence',
    });
    let problem: Error | undefined;
    redis.on('error', (error: Error) => {
      problem ??= error;
    });
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    const timeout = sleep(ATTEMPT_MS, undefined, { signal, ref: false }).then(() =>
      Promise.reject(new Error(`no answer within ${ATTEMPT_MS} ms`)),
    );
    const working = redis.connect().then(() => work(redis));
    for (const promise of [timeout, working]) promise.catch(() => undefined);
    try {
      return await Promise.race([working, timeout]);
    } catch (error) {
      throw problem ?? error;
    } finally {
      late.abort();
      redis.disconnect();
    }
  }

  /** Returns whether the server was a master with an older epoch, and is fenced now. */
  async #send(redis: Redis, { generation, server, epoch, fence }: Replacement): Promise<boolean> {
    const info = await readInfo((command, args) => redis.call(command, ...args));
    const run = serverRun({ info });
    if (run === '' || run === server || info.get('role') === 'slave') return false;
    const key = shopKey(this.#options.shop, 'meta');
    const { text } = evalScript('fence');
    return (await redis.eval(text, 1, key, generation, epoch, JSON.stringify(fence))) === 1;
  }
}
