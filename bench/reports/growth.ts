import { Redis } from 'ioredis';
import { createHoldfast } from '../../src/index.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { percentile, rounded } from '../core/ratio.ts';
import type { Plan, Plot, Report, ReportResult, ReportRow } from '../core/types.ts';
import { CALLERS, openStockedShop, reserveOne } from '../sides/reserving.ts';
import { auditShop } from '../support/audit-shop.ts';
import { closedLoop, openLoop } from '../support/callers.ts';
import { skuName } from '../support/goods.ts';
import { type BenchShop, SHOP } from '../support/redis-shop.ts';
import { timeToReady } from '../support/restart.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const SMOKE_SIZES = [200];
/** Low enough for every size: the report is about the latency of a shop that is not busy. */
const PER_SECOND = 500;

interface Grown {
  size: number;
  perSecond: number;
  p99Ms: number;
  bytesEach: number;
  redisReadySeconds: number;
  serverReadySeconds: number;
  auditSeconds: number;
}

async function redisBytes({ redis }: BenchShop): Promise<number> {
  const admin = new Redis(redis.socketPath);
  try {
    return Number(/^used_memory_dataset:(\d+)/m.exec(await admin.info('memory'))?.[1]);
  } finally {
    admin.disconnect();
  }
}

/** Both start after a clean shutdown: Redis with its data to load, then a new server process on it. */
async function restarted({ redis }: BenchShop): Promise<{ redis: number; server: number }> {
  await redis.stop();
  const startedAt = performance.now();
  await redis.restart();
  const seconds = (performance.now() - startedAt) / 1_000;
  const server = await timeToReady({ REDIS_URL: redis.url, SHOP, LOG_LEVEL: 'info' });
  return { redis: seconds, server: server.seconds };
}

async function audited({ redis }: BenchShop, reserved: number): Promise<number> {
  const store = await openRedisStore({ url: redis.url, shop: SHOP, durability: 'relaxed' });
  const holdfast = createHoldfast({ store });
  try {
    const startedAt = performance.now();
    await auditShop(holdfast, { reserved });
    return (performance.now() - startedAt) / 1_000;
  } finally {
    await holdfast.close();
    await store.close();
  }
}

async function grown(size: number, plan: Plan): Promise<Grown> {
  const shop = await openStockedShop({ name: 'growth', skus: size, holds: size, rewrites: true }, plan);
  try {
    const bytes = await redisBytes(shop);
    const call = (number: number): Promise<void> =>
      reserveOne(shop.holdfast, skuName(Math.floor(Math.random() * size)), number);
    const warm = await closedLoop({ callers: CALLERS, ms: plan.roundMs / 2, from: 0 }, call);
    const most = await closedLoop({ callers: CALLERS, ms: plan.roundMs * 2, from: warm.calls }, call);
    const done = warm.calls + most.calls;
    const load = { perSecond: PER_SECOND, ms: plan.roundMs * 2, from: done };
    const { latencies } = await openLoop(load, call);
    await shop.leave();
    const ready = await restarted(shop);
    return {
      size,
      perSecond: most.calls / most.seconds,
      p99Ms: percentile(latencies, 0.99),
      bytesEach: bytes / size,
      redisReadySeconds: ready.redis,
      serverReadySeconds: ready.server,
      auditSeconds: await audited(shop, size + done + latencies.length),
    };
  } finally {
    await shop.close();
  }
}

type Measure = Exclude<keyof Grown, 'size'>;

const NAMES: readonly [Measure, string, string][] = [
  ['perSecond', `reservations, ${CALLERS} callers, uniformly`, '/s'],
  ['p99Ms', `p99 of a reservation at ${PER_SECOND}/s`, 'ms'],
  ['bytesEach', 'Redis memory for each SKU with one live hold and their ledger', 'bytes'],
  ['redisReadySeconds', 'Redis ready after a restart', 's'],
  ['serverReadySeconds', 'a server ready after its start', 's'],
  ['auditSeconds', 'a whole audit', 's'],
];

const sized = (size: number): string => `${size.toLocaleString('en')} SKUs and holds`;

const rowsOf = (all: readonly Grown[]): ReportRow[] =>
  NAMES.flatMap(([measure, name, unit]) =>
    all.map((one) => ({ name: `${name}: ${sized(one.size)}`, value: rounded(one[measure]), unit })),
  );

function plotsOf(all: readonly Grown[]): Plot[] {
  const line = (name: string, measure: Measure) => ({
    name,
    points: all.map((one): [number, number] => [one.size, rounded(one[measure])]),
  });
  const plot = (file: string, title: string, y: string, series: Plot['series']): Plot => ({
    file,
    title,
    x: 'SKUs, and as many live holds',
    y,
    series,
  });
  return [
    plot('growth-speed', 'How speed changes with the size of the shop', 'reservations per second', [
      line('reservations/s', 'perSecond'),
    ]),
    plot('growth-latency', 'How latency changes with the size of the shop', 'ms', [line('p99 in ms', 'p99Ms')]),
    plot('growth-restart', 'How long a restart and an audit take', 'seconds', [
      line('Redis ready', 'redisReadySeconds'),
      line('server ready', 'serverReadySeconds'),
      line('audit', 'auditSeconds'),
    ]),
  ];
}

async function run(plan: Plan): Promise<ReportResult> {
  const all: Grown[] = [];
  for (const size of plan.smoke ? SMOKE_SIZES : SIZES) {
    const one = await grown(size, plan);
    all.push(one);
    plan.say(`${sized(size)}: ${NAMES.map(([measure, , unit]) => `${rounded(one[measure])} ${unit}`).join(', ')}`);
  }
  return { rows: rowsOf(all), plots: plotsOf(all) };
}

export const growth: Report = {
  key: 'growth',
  about: 'how speed, latency, memory, time to ready after a restart and the audit grow with SKUs and live holds',
  seconds: 150,
  run,
};
