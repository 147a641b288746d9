import { Redis } from 'ioredis';
import { BATCH_KEYS, type KeyName, shopKey } from '../../src/store/redis/link/redis-keys.ts';
import type { Report, ReportResult, ReportRow } from '../core/types.ts';
import { addOne, shopper } from '../sides/cart-adding.ts';
import { openStockedShop } from '../sides/reserving.ts';
import { skuName } from '../support/goods.ts';
import { type BenchShop, SHOP } from '../support/redis-shop.ts';

const HOLD_BYTES_MAX = 320;
const SKUS = 100;
const ASKING = 64;

type Sizes = Record<KeyName, number>;

/** Bytes of each key, including all its values. */
async function sizesOf({ redis }: BenchShop): Promise<Sizes> {
  const admin = new Redis(redis.socketPath);
  try {
    const size = async (name: KeyName): Promise<[KeyName, number]> => [
      name,
      (await admin.memory('USAGE', shopKey(SHOP, name), 'SAMPLES', 0)) ?? 0,
    ];
    return Object.fromEntries(await Promise.all(BATCH_KEYS.map(size))) as Sizes;
  } finally {
    admin.disconnect();
  }
}

/** Runs `count` calls, each index once. */
async function each(count: number, call: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await call(next - 1);
    }
  };
  await Promise.all(Array.from({ length: ASKING }, worker));
}

async function placeOne({ holdfast }: BenchShop, number: number): Promise<void> {
  const placed = await holdfast.checkout.place({}, { caller: shopper(number), idempotencyKey: 'order' });
  if (!placed.ok) throw new Error(`refused: ${JSON.stringify(placed.refusal)}`);
}

async function measure(shop: BenchShop, count: number): Promise<ReportResult> {
  const supplied = await sizesOf(shop);
  await each(count, (number) => addOne(shop.holdfast, skuName(number % SKUS), shopper(number)));
  const held = await sizesOf(shop);
  await each(count, (number) => placeOne(shop, number));
  const placed = await sizesOf(shop);
  await shop.audit({ reserved: 0, sold: count });
  const grown = (from: Sizes, to: Sizes, names: KeyName[]): number =>
    Math.round(names.reduce((sum, name) => sum + to[name] - from[name], 0) / count);
  const row = (name: string, value: number, reach?: string): ReportRow => ({
    name,
    value,
    unit: 'bytes',
    ...(reach === undefined ? {} : { reach }),
  });
  const holds: KeyName[] = ['holds', 'due:holds', 'due:skus'];
  const ended: KeyName[] = ['ended:0', 'ended:1'];
  const requests = BATCH_KEYS.filter((name) => name.startsWith('requests:'));
  const rows = [
    row('a live hold with all its indexes', grown(supplied, held, holds), `at most ${HOLD_BYTES_MAX}`),
    row('its cart, of one line', grown(supplied, held, ['docs', 'due:docs'])),
    row('a placed order of one line, with its indexes', grown(supplied, placed, ['docs', 'due:docs', 'orders:placed'])),
    row('an ended hold, for 24 to 48 hours', grown(held, placed, ended)),
    row('request records of both calls, for as long as they can be repeated', grown(supplied, placed, requests)),
    row('ledger entries of both calls, as long as orders are kept', grown(supplied, placed, ['ledger'])),
  ];
  return { rows };
}

export const memory: Report = {
  key: 'memory',
  about: 'bytes of Redis memory for a live hold with its indexes and for a placed order',
  seconds: 20,
  run: async (plan) => {
    const shop = await openStockedShop({ name: 'memory', skus: SKUS }, plan);
    try {
      return await measure(shop, plan.smoke ? 400 : 20_000);
    } finally {
      await shop.close();
    }
  },
};
