import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScriptName } from '../../../src/store/redis/scripts/lua-scripts.ts';
import { ScriptCalls } from '../../../src/store/redis/scripts/script-calls.ts';
import { configure, receive } from '../../support/transactions.ts';
import { applySteps, openRedisShop, type RedisShop } from './redis-shop.ts';

/** The scripts that a process runs when it opens a shop or moves its clock. Two processes may do so at once. */
let shop: RedisShop;
const scripts = new ScriptCalls('shop');
const run = (name: ScriptName, ...args: string[]) => scripts.run(shop.admin, name, args);
const meta = () => shop.admin.hgetall(shop.key('meta'));

beforeAll(async () => {
  shop = await openRedisShop();
  await applySteps(shop.store, configure('A'), receive('A', 3));
});
afterAll(() => shop[Symbol.asyncDispose]());

test('does not replace the metadata of a shop that exists', async () => {
  const before = await meta();
  await run('open', 'another-incarnation', '1', 'another-run');
  expect(await meta()).toEqual(before);
});

test('begins an epoch only after the last sequence, and once if two processes begin it', async () => {
  const { epoch = '0', sequence = '' } = await meta();
  const begin = (known: string, first: number) =>
    run('raise', known, String(Number(known) + 1), String(first), 'run', '', '', '[]', '');
  const before = await meta();
  expect(await begin(epoch, Number(sequence))).toBe(0);
  expect(await begin(String(Number(epoch) + 7), 1_000)).toBe(0);
  expect(await meta()).toEqual(before);
  expect([await begin(epoch, 1_000), await begin(epoch, 2_000)]).toEqual([1, 0]);
  expect(await meta()).toMatchObject({ sequence: '1000', raises: `1000:${sequence}` });
});

test('changes the clock once if two processes change it, and never moves time back', async () => {
  const { at = '', clock = '' } = await meta();
  const later = String(Number(at) + 1_000);
  expect([await run('set-clock', clock, '5 - 0', later), await run('set-clock', clock, '9 - 0', '')]).toEqual([1, 0]);
  expect(await meta()).toMatchObject({ clock: '5 - 0', at: later });
  expect(await run('set-clock', '5 - 0', '0 - 0', at)).toBe(1);
  expect(await meta()).toMatchObject({ clock: '0 - 0', at: later });
});

test('adds the committed units to a record of format 5 once', async () => {
  const record = () => shop.admin.hgetBuffer(shop.key('stock'), 'A');
  const wide = await record();
  const narrow = Buffer.concat([wide?.subarray(0, 32) ?? Buffer.alloc(0), wide?.subarray(40) ?? Buffer.alloc(0)]);
  await shop.admin.hset(shop.key('stock'), 'A', narrow);
  for (let time = 0; time < 2; time += 1) {
    expect(String(await run('widen-stock', '0', '100'))).toBe('0');
    expect(await record()).toEqual(wide);
  }
});
