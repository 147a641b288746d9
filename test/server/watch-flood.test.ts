import { Agent } from 'node:http';
import { expect, test } from 'vitest';
import { poll } from '../support/poll.ts';
import { startShop } from '../support/shop-server.ts';
import { watch, type Watcher } from '../support/watcher.ts';

const operator = { operator: true };
const agent = new Agent({ keepAlive: false, maxSockets: Infinity });

const from = (address: string, more: Record<string, string> = {}) => ({
  agent,
  headers: { 'x-forwarded-for': address, ...more },
});
const isRefused = ({ text }: Watcher): boolean => text().includes('"reason":"overloaded"');

test('bounds the connections of one client on both paths, and not those of others', async () => {
  await using shop = await startShop({ TRUST_PROXY: 'loopback' });
  await shop.mutate('stock.define', { sku: 'fan' }, operator);
  const many = Array.from({ length: 200 }, (_, n) => watch(shop.url, ['fan'], from(`2600:1:2:3::${n}`)));
  await poll(() => many.every(({ states }) => states.length === 1), { timeoutMs: 60_000 });
  const byTrpc = { 'trpc-accept': 'text/event-stream' };
  const refused = [
    watch(shop.url, ['fan'], from('2600:1:2:3::a')),
    watch(shop.url, ['fan'], from('2600:1:2:3::b', byTrpc)),
  ];
  const others = [watch(shop.url, ['fan'], from('2600:1:2:4::1')), watch(shop.url, ['fan'], from('8.8.8.8', byTrpc))];
  await poll(() => refused.every(isRefused) && others.every(({ states }) => states.length === 1));
  many[0]?.leave();
  await poll(() => shop.running.holdfast.stats().watchSubscribers === 201);
  const next = watch(shop.url, ['fan'], from('2600:1:2:3::c'));
  await poll(() => next.states.length === 1);
  expect(shop.running.holdfast.stats().watchSubscribers).toBe(202);
  for (const watcher of [...many, ...refused, ...others, next]) watcher.leave();
});
