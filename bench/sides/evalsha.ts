import { Redis } from 'ioredis';
import type { Figure, Side } from '../core/types.ts';
import { cpuUs } from '../http/processes.ts';
import { redisBenchmark } from '../support/redis-benchmark.ts';
import { startBenchRedis } from '../support/redis-shop.ts';
import { PLENTY_UNITS } from '../support/goods.ts';

/** What is mostly written where a shop reserves in Redis: no expiry, no ledger, no carts, nothing that makes it safe to repeat. */
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
/** Of random ids that came twice: of a million, about 233 do. */
const REPEATED_SHARE_MAX = 0.002;

/** What the clients of redis-benchmark send, and how it is measured. */
interface BareLoad {
  name: string;
  unit: string;
  clients: number;
  pipeline: number;
  /** Of one round: what redis-benchmark reports, and what Redis's processor time was for each request. */
  figure(perSecond: number, redisCpuUs: number): Figure;
}

/** redis-benchmark asking for one unit with each EVALSHA, over the same socket and AOF as the other side. */
export function evalshaSide(pipeline: number): Side {
  const pipelining = pipeline === 1 ? 'no pipelining' : `pipelining of ${pipeline}`;
  return bareSide({
    name: `redis-benchmark, a bare EVALSHA a reservation, ${CLIENTS} clients, ${pipelining}`,
    unit: 'reservations/s',
    clients: CLIENTS,
    pipeline,
    figure: (perSecond) => ({ value: perSecond }),
  });
}

/** The same script, one at a time: what Redis spends on a request that is alone. */
export const loneEvalshaSide = (): Side =>
  bareSide({
    name: 'redis-benchmark, a bare EVALSHA a reservation, one client, no pipelining',
    unit: 'CPU us of Redis a reservation',
    clients: 1,
    pipeline: 1,
    figure: (perSecond, redisCpuUs) => ({ value: redisCpuUs, details: { perSecond } }),
  });

function bareSide({ name, unit, clients, pipeline, figure }: BareLoad): Side {
  return {
    name,
    unit,
    open: async (plan) => {
      const redis = await startBenchRedis('everysec');
      const admin = new Redis(redis.socketPath);
      admin.on('error', () => undefined);
      await admin.set(STOCK, PLENTY_UNITS);
      const sha = String(await admin.script('LOAD', BARE_SCRIPT));
      // redis-benchmark's seed is its process id and the second, in which rounds may be alike: so each has a name.
      const command = (round: number) => ['EVALSHA', sha, '2', STOCK, HOLDS, `hld_${round}:__rand_int__`];
      const load = { socketPath: redis.socketPath, clients, pipeline };
      // In whole pipelines: of a part, redis-benchmark sends more than it was asked for.
      const whole = (wanted: number): number => Math.ceil(wanted / pipeline) * pipeline;
      let requests = whole(plan.smoke ? 1_000 : PROBE_REQUESTS);
      let done = 0;
      return {
        round: async (round) => {
          const before = cpuUs(redis.pid);
          const value = await redisBenchmark({ ...load, requests, command: command(round) });
          const redisCpuUs = (cpuUs(redis.pid) - before) / requests;
          done += requests;
          requests = whole(Math.max(1_000, (value * plan.roundMs) / 1_000));
          return figure(value, redisCpuUs);
        },
        verify: async () => verifyHolds(admin, done),
        close: async () => {
          admin.disconnect();
          await redis[Symbol.asyncDispose]();
        },
      };
    },
  };
}

async function verifyHolds(admin: Redis, done: number): Promise<void> {
  const taken = PLENTY_UNITS - Number(await admin.get(STOCK));
  const holds = await admin.hlen(HOLDS);
  if (taken !== done || holds > done || holds < done * (1 - REPEATED_SHARE_MAX))
    throw new Error(`${done} reservations took ${taken} units and left ${holds} holds`);
}
