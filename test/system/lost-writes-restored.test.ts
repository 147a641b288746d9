import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { keepLog } from '../support/older-log.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { Redis } from 'ioredis';

const SLOW = { timeoutMs: 30_000 };

interface Sale {
  shopper: string;
  orderId: string;
}

/** Sells one unit to each of `count` shoppers, one after the other. Resolves with the acknowledged orders. */
async function sell(server: ServerProcess, name: string, count: number): Promise<Sale[]> {
  const caller = new HttpCaller(server.url);
  const sales: Sale[] = [];
  for (let n = 0; n < count; n += 1) {
    const shopper = `${name}-shopper-${n}`;
    const answer = await caller.as(shopper).mutate('checkout.place', PLACE);
    if (answer.ok) sales.push({ shopper, orderId: answer.value.orderId });
  }
  caller.close();
  return sales;
}

const PLACE = { idempotencyKey: 'pay', items: [{ sku: 'mug', quantity: 1 }] };

/** Runs `holdfast recover` against a server. */
async function recover(server: ServerProcess, ...options: string[]) {
  const lines: string[] = [];
  const line = (text: string): void => {
    lines.push(text);
  };
  const env = { HOLDFAST_URL: server.url, OPERATOR_KEY };
  const code = await runCli({ args: ['recover', ...options], env, out: line, err: line });
  return { code, text: lines.join('\n') };
}

const readyText = async ({ url }: ServerProcess): Promise<string> => (await fetch(`${url}/health/ready`)).text();
const isBack = (server: ServerProcess) =>
  poll(async () => (await fetch(`${server.url}/health/ready`)).status === 200, SLOW);

async function frozenAt(...servers: ServerProcess[]): Promise<string> {
  for (const server of servers) await poll(async () => (await readyText(server)).includes('recover --accept'), SLOW);
  const [first] = servers;
  return /recover --accept (\d+)/.exec(first ? await readyText(first) : '')?.[1] ?? '';
}

async function openShop(units: number, policy?: string) {
  const dir = await tempDir();
  const redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  const start = (name: string, policy = 'freeze') =>
    startServerProcess({
      ON_LOST_WRITES: policy,
      REDIS_URL: redis.url,
      DURABILITY: 'local',
      MARK_FILE: join(dir.path, `${name}.mark`),
      WEBHOOK_ALLOW_PRIVATE: 'yes',
    });
  const server = await start('one', policy);
  const operator = new HttpCaller(server.url).asOperator();
  must(await operator.mutate('stock.define', { sku: 'mug' }));
  must(await operator.mutate('stock.receive', { sku: 'mug', quantity: units }));
  const close = async () => {
    await redis[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  };
  return { redis, start, server, operator, [Symbol.asyncDispose]: close };
}

test('restores all orders of two servers once, and sells only the rest', { timeout: 120_000 }, async () => {
  await using receiver = await WebhookReceiver.open();
  await using shop = await openShop(30);
  await using server = shop.server;
  await using second = await shop.start('two');
  const { operator } = shop;
  const hook = must(await operator.mutate('webhooks.create', { url: receiver.url, events: ['order.placed'] }));
  receiver.secret = hook.secret;
  const kept = await sell(server, 'kept', 3);
  const restore = await keepLog(shop.redis);
  await Promise.all([isBack(server), isBack(second)]);
  const [lost, lostToo] = await Promise.all([sell(server, 'lost', 8), sell(second, 'lost-too', 8)]);
  const shopper = new HttpCaller(server.url).as('cart-shopper-1');
  must(await shopper.mutate('cart.add', { sku: 'mug', quantity: 2 }));
  const cart = must(await shopper.mutate('cart.add', { sku: 'mug', quantity: 1 }));
  const all = [...kept, ...lost, ...lostToo];
  expect(all).toHaveLength(19);
  const eventsOf = (orderId: string) => receiver.received.filter(({ payload }) => payload.data['orderId'] === orderId);
  await poll(() => all.every(({ orderId }) => eventsOf(orderId).length > 0), SLOW);

  await restore();
  const sequence = await frozenAt(server, second);
  const shown = await recover(second);
  expect(shown.code).toBe(0);
  for (const { orderId } of [...lost, ...lostToo]) expect(shown.text).toContain(`order ${orderId}: placed, 1 of mug`);
  expect(shown.text).not.toContain('unknown:');
  const replayed = await recover(second, '--replay', sequence);
  expect(replayed).toMatchObject({ code: 0, text: expect.stringMatching(/known writes were restored, 0 were not/) });
  await Promise.all([isBack(server), isBack(second)]);
  expect(await recover(server)).toEqual({ code: 0, text: expect.stringContaining('is not frozen') });

  const { items } = must(await operator.query('orders.list', { status: 'placed', limit: 100 }));
  expect(items.map(({ orderId }) => orderId).sort()).toEqual(all.map(({ orderId }) => orderId).sort());
  for (const { shopper: session, orderId } of [...lost, ...lostToo]) {
    const again = await new HttpCaller(second.url).as(session).mutate('checkout.place', PLACE);
    expect(must(again).orderId).toBe(orderId);
  }
  expect(must(await shopper.query('cart.get', undefined)).lines).toEqual(cart.lines);
  const after = await sell(server, 'after', 20);
  expect(after).toHaveLength(30 - 19 - 3);
  await poll(() => after.every(({ orderId }) => eventsOf(orderId).length > 0), SLOW);
  // No receiver hears of a restored order a second time.
  for (const { orderId } of all) expect(new Set(eventsOf(orderId).map(({ id }) => id)).size).toBe(1);
  expect(must(await operator.query('admin.audit', {})).violations).toEqual([]);
  const events = must(await operator.query('admin.events', {}));
  expect(events.items.find(({ what }) => what === 'admin.recover')).toMatchObject({
    after: { replay: { refused: 0, unknown: [] } },
  });
});

test('goes on after a kill -9 in the middle of a replay, and names what a killed server knew', {
  timeout: 120_000,
}, async () => {
  const LOST = 70;
  // The policy restores nothing as long as something is unknown.
  await using shop = await openShop(LOST + 20, 'replay');
  await using server = shop.server;
  await using ended = await shop.start('two');
  await using replayer = await shop.start('three');
  const restore = await keepLog(shop.redis);
  await Promise.all([isBack(server), isBack(ended), isBack(replayer)]);
  const first = await sell(server, 'first', LOST - 10);
  const unknown = await sell(ended, 'unknown', 5);
  await ended.kill9();
  const last = await sell(server, 'last', 10);
  await restore();
  const sequence = await frozenAt(server, replayer);

  await poll(() => server.output().includes('not all lost writes are known'), SLOW);
  const admin = new Redis(shop.redis.socketPath);
  const replaying = recover(replayer, '--replay', sequence);
  await poll(async () => (await admin.hlen('{main}:docs')) > 15, SLOW);
  await replayer.kill9();
  expect((await replaying).code).not.toBe(0);
  const restored = await admin.zcard('{main}:orders:placed');
  admin.disconnect();
  expect(restored).toBeGreaterThan(0);
  expect(restored).toBeLessThan(LOST);
  expect(await readyText(server)).toContain('recover --accept');

  const again = await recover(server, '--replay', sequence);
  expect(again.code).toBe(0);
  expect(again.text).toMatch(/unknown: sequences \d+ to \d+, between/);
  await isBack(server);
  const { items } = must(await shop.operator.query('orders.list', { status: 'placed', limit: 500 }));
  const expected = [...first, ...last].map(({ orderId }) => orderId).sort();
  expect(items.map(({ orderId }) => orderId).sort()).toEqual(expected);
  expect(expected).not.toContain(unknown[0]?.orderId);
  expect(must(await shop.operator.query('stock.level', { sku: 'mug' })).available).toBe(20);
  expect(must(await shop.operator.query('admin.audit', {})).violations).toEqual([]);
});

test('with ON_LOST_WRITES=replay, restores what all servers know without an operator', {
  timeout: 120_000,
}, async () => {
  await using shop = await openShop(20, 'replay');
  await using server = shop.server;
  await using second = await shop.start('two', 'replay');
  const restore = await keepLog(shop.redis);
  await Promise.all([isBack(server), isBack(second)]);
  const sales = (await Promise.all([sell(server, 'one', 4), sell(second, 'two', 4)])).flat();
  expect(sales).toHaveLength(8);
  await restore();
  await frozenAt(server, second);
  await Promise.all([isBack(server), isBack(second)]);
  const outputs = [server, second].map(({ output }) => output()).join('\n');
  expect(outputs).toContain('all lost writes are known, and are applied again');
  expect(outputs).toContain('the known lost writes were applied again');
  const { items } = must(await shop.operator.query('orders.list', { status: 'placed', limit: 100 }));
  expect(items.map(({ orderId }) => orderId).sort()).toEqual(sales.map(({ orderId }) => orderId).sort());
  const events = await poll(async () => {
    const { items: found } = must(await shop.operator.query('admin.events', {}));
    return found.filter(({ what }) => what === 'admin.recover').length > 0 && found;
  }, SLOW);
  const event = events.find(({ what }) => what === 'admin.recover');
  expect(event).toMatchObject({
    by: 'recovery',
    reason: 'ON_LOST_WRITES=replay',
    after: { replay: { refused: 0, unknown: [] } },
  });
  // The position of the leader in the ledger can be among the lost writes.
  expect((event?.after as { count?: number } | undefined)?.count).toBeGreaterThanOrEqual(sales.length);
});

test('stays frozen when a replay knows none of the lost writes, and names the acceptance', {
  timeout: 60_000,
}, async () => {
  await using shop = await openShop(20);
  const restore = await keepLog(shop.redis);
  await isBack(shop.server);
  expect(await sell(shop.server, 'lost', 3)).toHaveLength(3);
  await shop.server.stop();
  await restore();
  await using server = await shop.start('one', 'replay');
  const sequence = await frozenAt(server);
  expect(await recover(server, '--replay', sequence, '--accept', sequence)).toMatchObject({ code: 2 });
  const shown = await recover(server);
  expect(shown.text).toMatch(/(\d+) writes after sequence \d+ are lost: 0 are known, \1 are unknown/);
  expect(shown.text).not.toContain('--replay');
  const refused = await recover(server, '--replay', sequence);
  expect(refused).toMatchObject({ code: 1, text: expect.stringMatching(/none of the \d+ lost writes is known/) });
  expect(refused.text).toContain(`--accept ${sequence}`);
  await poll(() => server.output().includes('not all lost writes are known'), SLOW);
  expect(await readyText(server)).toContain('recover --accept');
  expect(await recover(server, '--accept', sequence)).toMatchObject({ code: 0 });
  await isBack(server);
});
