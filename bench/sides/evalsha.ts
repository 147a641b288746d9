import { Redis } from 'ioredis';
import type { RedisServer } from '../../test/support/redis-server.ts';
import type { Side } from '../core/types.ts';
import { closedLoop } from '../support/callers.ts';
import { redisBenchmark } from '../support/redis-benchmark.ts';
import { redisCpuUs } from '../support/redis-cpu.ts';
import { startBenchRedis } from '../support/redis-shop.ts';
import { PLENTY_UNITS } from '../support/goods.ts';

/** The usual script of a shop that reserves in Redis: without expiry, ledger, carts or idempotency. */
export const BARE_SCRIPT = `
local available = tonumber(redis.call('GET', KEYS[1]))
if available < 1 then return 0 end
redis.call('DECR', KEYS[1])
redis.call('HSET', KEYS[2], ARGV[1], 1)
return 1`;

const STOCK = '{bench}:available';
const HOLDS = '{bench}:holds';
const CLIENTS = 50;
const PROBE_REQUESTS = 20_000;
/** The number of random ids that may occur twice: of a million, about 233 do. */
const REPEATED_SHARE_MAX = 0.002;

/** redis-benchmark, which requests one unit with each EVALSHA, over the same socket and AOF as the other side. */
export function evalshaSide(pipeline: number): Side {
  const pipelining = pipeline === 1 ? 'no pipelining' : `pipelining of ${pipeline}`;
  return {
    name: `redis-benchmark, a bare EVALSHA per reservation, ${CLIENTS} clients, ${pipelining}`,
    unit: 'reservations/s',
    open: async (plan) => {
      const { redis, admin, sha, close } = await openBareShop();
      // redis-benchmark derives its seed from its process id and the second, which two rounds may share. So each round
      // has a name.
      const command = (round: number) => ['EVALSHA', sha, '2', STOCK, HOLDS, `hld_${round}:__rand_int__`];
      const load = { socketPath: redis.socketPath, clients: CLIENTS, pipeline };
      // In whole pipelines: for a partial one, redis-benchmark sends more requests than the given number.
      const whole = (wanted: number): number => Math.ceil(wanted / pipeline) * pipeline;
      let requests = whole(plan.smoke ? 1_000 : PROBE_REQUESTS);
      let done = 0;
      return {
        round: async (round) => {
          const value = await redisBenchmark({ ...load, requests, command: command(round) });
          done += requests;
          requests = whole(Math.max(1_000, (value * plan.roundMs) / 1_000));
          return { value };
        },
        verify: () => verifyHolds(admin, done),
        close,
      };
    },
  };
}

/** The same script, called by this process, which waits for each answer: the cost of a request to an idle Redis. */
export const loneEvalshaSide: Side = {
  name: 'a bare EVALSHA per reservation, one caller',
  unit: 'CPU us of Redis per reservation',
  open: async (plan) => {
    const { redis, admin, sha, close } = await openBareShop();
    let done = 0;
    return {
      round: async () => {
        const before = await redisCpuUs(redis.socketPath);
        const { calls, seconds } = await closedLoop({ callers: 1, ms: plan.roundMs, from: done }, async (number) => {
          await admin.evalsha(sha, 2, STOCK, HOLDS, `hld_${number}`);
        });
        done += calls;
        const spentUs = (await redisCpuUs(redis.socketPath)) - before;
        return { value: spentUs / calls, details: { perSecond: calls / seconds } };
      },
      verify: () => verifyHolds(admin, done),
      close,
    };
  },
};

interface BareShop {
  redis: RedisServer;
  admin: Redis;
  sha: string;
  close(): Promise<void>;
}

async function openBareShop(): Promise<BareShop> {
  const redis = await startBenchRedis('everysec');
  const admin = new Redis(redis.socketPath);
  admin.on('error', () => undefined);
  await admin.set(STOCK, PLENTY_UNITS);
  const sha = String(await admin.script('LOAD', BARE_SCRIPT));
  const close = async (): Promise<void> => {
    admin.disconnect();
    await redis[Symbol.asyncDispose]();
  };
  return { redis, admin, sha, close };
}

async function verifyHolds(admin: Redis, done: number): Promise<void> {
  const taken = PLENTY_UNITS - Number(await admin.get(STOCK));
  const holds = await admin.hlen(HOLDS);
  if (taken !== done || holds > done || holds < done * (1 - REPEATED_SHARE_MAX))
    throw new Error(`${done} reservations took ${taken} units and left ${holds} holds`);
}
