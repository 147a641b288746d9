import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { createHoldfast, type Holdfast } from '../../src/index.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { Plan, Report, ReportRow } from '../core/types.ts';
import { addOne, shopper } from '../sides/cart-adding.ts';
import { BARE_SCRIPT } from '../sides/evalsha.ts';
import { reserveOne } from '../sides/reserving.ts';
import { PLENTY_UNITS, skuName, supply } from '../support/goods.ts';
import { SHOP } from '../support/redis-shop.ts';

const run = promisify(execFile);
/** Under an instrument a server starts and ends slowly. */
const TIMEOUT_MS = 120_000;
const BATCH = 64;

/** Work for Redis, `atOnce` requests together, wave after wave. */
interface Work {
  name: string;
  atOnce: number;
  /** The waves of a short and of a long run. The difference excludes startup, supply and shutdown. */
  waves: readonly [short: number, long: number];
  skus: number;
  call(
    server: { holdfast: Holdfast; bare: (number: number) => Promise<unknown> },
    sku: string,
    number: number,
  ): Promise<unknown>;
}

const lone = { atOnce: 1, waves: [20, 220], skus: 1 } as const;
const batch = { atOnce: BATCH, waves: [5, 25], skus: 1 } as const;
const reserve: Work['call'] = ({ holdfast }, sku, number) => reserveOne(holdfast, sku, number);
const addToCart: Work['call'] = ({ holdfast }, sku, number) => addOne(holdfast, sku, shopper(number));

const WORKS: readonly Work[] = [
  { name: 'a bare EVALSHA, alone', ...lone, call: ({ bare }, _, number) => bare(number) },
  { name: 'a reservation, alone in its batch', ...lone, call: reserve },
  { name: 'a new cart with a line, alone in its batch', ...lone, call: addToCart },
  { name: `a reservation, ${BATCH} at once, one SKU`, ...batch, call: reserve },
  { name: `a reservation, ${BATCH} at once, 1,000 SKUs`, ...batch, skus: 1_000, call: reserve },
  { name: `a new cart with a line, ${BATCH} at once, one SKU`, ...batch, call: addToCart },
];

const SMOKE_WORKS: readonly Work[] = [{ ...lone, name: 'a reservation', waves: [1, 3], call: reserve }];

/** User-space instructions of a redis-server from its start to its end, with so many waves of the work between. */
async function instructionsOf(work: Work, waves: number): Promise<number> {
  await using dir = await tempDir();
  const out = join(dir.path, 'cachegrind.out');
  const under = ['valgrind', '--tool=cachegrind', '--cache-sim=no', `--cachegrind-out-file=${out}`];
  // `hz`: periodic work of Redis does not belong to the measured work.
  const settings = { appendonly: 'yes', appendfsync: 'everysec', 'auto-aof-rewrite-percentage': '0', hz: '1' } as const;
  await using redis = await startRedis(settings, { readyTimeoutMs: TIMEOUT_MS, stopTimeoutMs: TIMEOUT_MS, under });
  await perform(redis, work, waves);
  await redis.stop();
  const [, total] = /^summary:\s*(\d+)/m.exec(await readFile(out, 'utf8')) ?? [];
  if (total === undefined) throw new Error('valgrind has counted nothing');
  return Number(total);
}

async function perform(
  { url, socketPath }: { url: string; socketPath: string },
  work: Work,
  waves: number,
): Promise<void> {
  const store = await openRedisStore({ url, shop: SHOP, durability: 'relaxed' });
  const holdfast = createHoldfast({ store, inputs: 'trusted' });
  const admin = new Redis(socketPath);
  try {
    await supply(holdfast, work.skus);
    await admin.set('{bare}:available', PLENTY_UNITS);
    const sha = String(await admin.script('LOAD', BARE_SCRIPT));
    const bare = (number: number): Promise<unknown> =>
      admin.evalsha(sha, 2, '{bare}:available', '{bare}:holds', `hld_${number}`);
    for (let wave = 0; wave < waves; wave += 1) {
      const numbers = Array.from({ length: work.atOnce }, (_, index) => wave * work.atOnce + index);
      // The step shares no factor with the number of SKUs, so that each SKU is used equally often.
      const call = (number: number) => work.call({ holdfast, bare }, skuName((number * 7) % work.skus), number);
      await Promise.all(numbers.map(call));
    }
  } finally {
    admin.disconnect();
    await holdfast.close();
    await store.close();
  }
}

async function rowOf(work: Work): Promise<ReportRow> {
  const [short, long] = work.waves;
  const difference = (await instructionsOf(work, long)) - (await instructionsOf(work, short));
  return { name: work.name, value: difference / (long - short) / work.atOnce, unit: 'instructions' };
}

const hasValgrind = (): Promise<boolean> =>
  run('valgrind', ['--version']).then(
    () => true,
    () => false,
  );

async function count({ smoke, say }: Plan): Promise<{ rows: ReportRow[] }> {
  if (!(await hasValgrind())) return { rows: [{ name: 'not counted', value: 'valgrind is not installed', unit: '' }] };
  const rows: ReportRow[] = [];
  for (const work of smoke ? SMOKE_WORKS : WORKS) {
    const row = await rowOf(work);
    rows.push(row);
    say(`${row.name}: ${Math.round(Number(row.value)).toLocaleString('en')} ${row.unit}`);
  }
  return { rows };
}

/** Instruction counts do not depend on other load of the machine, so they can compare two builds where times cannot. */
export const redisInstructions: Report = {
  key: 'redis_instructions',
  about: 'instructions of redis-server for each call, without those of the kernel',
  seconds: 90,
  run: count,
};
