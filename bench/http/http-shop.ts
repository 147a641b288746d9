import { join, resolve } from 'node:path';
import { createHoldfast } from '../../src/index.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Figure, Plan } from '../core/types.ts';
import { auditShop } from '../support/audit-shop.ts';
import { fill, skuName } from '../support/goods.ts';
import { type Fsync, SHOP, startBenchRedis } from '../support/redis-shop.ts';
import { LoadGenerator } from './load-generator.ts';
import type { LoadOrder, LoadResult } from './load-order.ts';
import { cpuUs, type ServiceProcess, startService } from './processes.ts';

export const CONNECTIONS = 50;

/** The requests to a server: the whole load but its target, its SKUs and its duration. */
export type Request = Pick<LoadOrder, 'path' | 'body'>;

export const CART_ADD: Request = { path: '/trpc/cart.add', body: { before: '{"json":{', after: '}}' } };
export const NOOP: Request = { ...CART_ADD, path: '/trpc/bench.noop' };

export const skuNames = (count: number): string[] => Array.from({ length: count }, (_, index) => skuName(index));

/** Started as `npm start` does. */
export const BUILT_SERVER = resolve('dist/server/main.js');
export const SERVER_WITH_NOOP = join(import.meta.dirname, 'noop-main.js');

export interface HttpShopOptions {
  skus: number;
  fsync: Fsync;
  /** Server processes over the one Redis. */
  servers: number;
  entry: string;
  /** More settings of the servers. */
  env?: Record<string, string>;
}

/** Server processes over a Redis of their own, and a load generator in another process. */
export interface HttpShop {
  /** `only`: the index of the one process that receives requests. Absent: all of them. */
  load(request: Request, plan: Plan, only?: number): Promise<Loaded>;
  /** Throws unless the audit finds no violation and exactly so many reserved units. */
  audit(reserved: number): Promise<void>;
  close(): Promise<void>;
}

export interface Loaded extends LoadResult {
  perSecond: number;
  /** Of the server processes that received requests, and of Redis, for each request. */
  serverCpuUs: number;
  redisCpuUs: number;
}

export async function openHttpShop(options: HttpShopOptions): Promise<HttpShop> {
  const { skus, fsync, servers: count, entry, env: more = {} } = options;
  const redis = await startBenchRedis(fsync);
  const durability = fsync === 'always' ? 'local' : 'relaxed';
  const withStore = async (use: (store: Store) => Promise<void>): Promise<void> => {
    const store = await openRedisStore({ url: redis.url, shop: SHOP, durability });
    await use(store).finally(() => store.close());
  };
  const env = {
    REDIS_URL: redis.url,
    SHOP,
    DURABILITY: durability,
    PORT: '0',
    OPERATOR_KEY: 'operator-of-the-bench',
    // In production, sessions have to be issued. The shoppers of the benchmark invent theirs.
    NODE_ENV: 'benchmark',
    ...more,
  };
  const servers: ServiceProcess[] = [];
  const generator = new LoadGenerator();
  const close = async (): Promise<void> => {
    generator.close();
    await Promise.all(servers.map((server) => server.close()));
    await redis[Symbol.asyncDispose]();
  };
  try {
    await withStore((store) => fill(store, { skus, holds: 0 }));
    while (servers.length < count) servers.push(await startService(entry, env));
  } catch (error) {
    await close();
    throw error;
  }
  const names = skuNames(skus);
  return {
    load: (request, { roundMs: ms }, only) => {
      const asked = servers.filter((_, index) => only === undefined || index === only);
      return loaded(generator, { ...request, skus: names, connections: CONNECTIONS, ms }, asked, redis.pid);
    },
    audit: (reserved) => withStore(async (store) => auditShop(createHoldfast({ store }), { reserved })),
    close,
  };
}

async function loaded(
  generator: LoadGenerator,
  order: Omit<LoadOrder, 'ports'>,
  servers: readonly ServiceProcess[],
  redisPid: number,
): Promise<Loaded> {
  const pids = servers.map(({ pid }) => pid);
  const before = { servers: cpuUs(...pids), redis: cpuUs(redisPid) };
  const result = await generator.run({ ...order, ports: servers.map(({ port }) => port) });
  const { requests, seconds } = result;
  return {
    ...result,
    perSecond: requests / seconds,
    serverCpuUs: (cpuUs(...pids) - before.servers) / requests,
    redisCpuUs: (cpuUs(redisPid) - before.redis) / requests,
  };
}

/** Requests per second, and the processor time of each process. */
export const perSecond = ({ perSecond, serverCpuUs, redisCpuUs, ...load }: Loaded): Figure => ({
  value: perSecond,
  details: detailsOf({ serverCpuUs, redisCpuUs, ...load }),
});

/** Rounds to four digits. Leaves out values that the system does not report. */
export function detailsOf(values: Partial<Record<keyof Loaded | 'postgresCpuUs', number>>): Record<string, number> {
  const { p50Ms, p99Ms, generatorCpuShare, serverCpuUs, redisCpuUs, postgresCpuUs } = values;
  const reported = Object.entries({ p50Ms, p99Ms, generatorCpuShare, serverCpuUs, redisCpuUs, postgresCpuUs });
  return Object.fromEntries(
    reported.flatMap(([name, value = Number.NaN]) =>
      Number.isNaN(value) ? [] : [[name, Number(value.toPrecision(4))]],
    ),
  );
}
