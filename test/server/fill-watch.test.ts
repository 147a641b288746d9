import { expect, test } from 'vitest';
import { FillWatch } from '../../src/health/fill-watch.ts';
import { openShop } from '../store/embedded/shops.ts';
import { openRedisShop } from '../store/redis/redis-shop.ts';
import { listeningLog } from '../support/listening-log.ts';

const usedBytes = async (admin: { info(section: string): Promise<string> }): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(await admin.info('memory'))?.[1]);

test('warns once when Redis approaches maxmemory, stays ready, and reports when memory is free again', async () => {
  await using shop = await openRedisShop();
  const { lines, log } = listeningLog();
  const watch = new FillWatch(shop.store, log);
  await watch.check();
  expect([watch.ratio, lines]).toEqual([0, []]);
  const used = await usedBytes(shop.admin);
  const fill = (ratio: number) => shop.admin.config('SET', 'maxmemory', String(Math.round(used / ratio)));
  await fill(0.84);
  await watch.check();
  await watch.check();
  expect(watch.ratio).toBeGreaterThan(0.8);
  expect(watch.isFull).toBe(false);
  expect(lines).toEqual([expect.stringMatching(/^warn: the store is nearly full/)]);
  const { problems, details } = await shop.store.health();
  expect(problems).toEqual([]);
  expect(details['filledPercent']).toBeGreaterThan(80);
  await fill(0.95);
  await watch.check();
  expect(watch.isFull).toBe(true);
  expect(lines.splice(1)).toEqual([expect.stringMatching(/^warn: the store is full, so writes of shoppers/)]);
  await shop.admin.config('SET', 'maxmemory', '1gb');
  await watch.check();
  expect([watch.ratio < 0.8, watch.isFull]).toEqual([true, false]);
  expect(lines.slice(1)).toEqual([
    'info: the store has room again',
    'info: the store accepts writes of shoppers again',
  ]);
});

test('a disk with much room is not full, whatever its percentage', async () => {
  const disk = { filledPercent: 95, availableBytes: 2 ** 30 };
  const health = async () => ({ at: 0, sequence: 0, problems: [], details: disk });
  const watch = new FillWatch({ health }, listeningLog().log);
  await watch.check();
  expect(watch.isFull).toBe(false);
  disk.availableBytes -= 1;
  await watch.check();
  expect(watch.isFull).toBe(true);
});

test('reads how full the disk of an embedded store is', async () => {
  await using shop = await openShop();
  const watch = new FillWatch(shop.store, listeningLog().log);
  await watch.check();
  expect((await shop.store.health()).details['filledPercent']).toBeCloseTo(watch.ratio * 100, 0);
  expect(watch.ratio).toBeGreaterThanOrEqual(0);
  expect(watch.ratio).toBeLessThanOrEqual(1);
});
