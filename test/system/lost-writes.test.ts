import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { keepLog } from '../support/older-log.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { watch } from '../support/watcher.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const UNITS = 100;
const SLOW = { timeoutMs: 30_000 };

/** Tries to sell one unit to each of `count` shoppers at once. Resolves to the acknowledged orders and all refusals. */
async function sell(server: ServerProcess, name: string, count: number) {
  const caller = new HttpCaller(server.url);
  const orders: string[] = [];
  const refused = new Map<string, number>();
  const buy = async (shopper: HttpCaller): Promise<void> => {
    const items = [{ sku: 'mug', quantity: 1 }];
    const answer = await shopper.mutate('checkout.place', { idempotencyKey: 'pay', items });
    if (answer.ok) orders.push(answer.value.orderId);
    else refused.set(answer.reason, (refused.get(answer.reason) ?? 0) + 1);
  };
  await Promise.all(Array.from({ length: count }, (_, n) => buy(caller.as(`${name}-shopper-${n}`))));
  caller.close();
  return { orders, refused: Object.fromEntries(refused) };
}

async function recover(server: ServerProcess, sequence: string) {
  const lines: string[] = [];
  const line = (text: string): void => {
    lines.push(text);
  };
  const env = { HOLDFAST_URL: server.url, OPERATOR_KEY };
  const code = await runCli({ args: ['recover', '--accept', sequence], env, out: line, err: line });
  return { code, text: lines.join('\n') };
}

const ready = async ({ url }: ServerProcess) => {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, text: await response.text() };
};

const lostIn = async ({ url }: ServerProcess): Promise<number> => {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^holdfast_store_lost_sequences_total (\d+)$/m.exec(metrics)?.[1]);
};

/** Resolves when the servers serve again after a Redis outage. */
const isBack = (server: ServerProcess) => poll(async () => (await ready(server)).status === 200, SLOW);

test('an older log under two servers sells nothing twice, repeats no event id, and raises watch versions', {
  timeout: 120_000,
}, async () => {
  await using dir = await tempDir();
  await using redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  await using receiver = await WebhookReceiver.open();
  const settings = (name: string) => ({
    REDIS_URL: redis.url,
    DURABILITY: 'local',
    MARK_FILE: join(dir.path, name),
    WEBHOOK_ALLOW_PRIVATE: 'yes',
  });
  await using server = await startServerProcess(settings('one.mark'));
  await using second = await startServerProcess(settings('two.mark'));
  const operator = new HttpCaller(server.url).asOperator();
  must(await operator.mutate('stock.define', { sku: 'mug' }));
  must(await operator.mutate('stock.receive', { sku: 'mug', quantity: UNITS }));
  const hook = must(await operator.mutate('webhooks.create', { url: receiver.url, events: ['order.placed'] }));
  receiver.secret = hook.secret;
  const watcher = watch(server.url, ['mug']);

  const kept = await sell(server, 'kept', 20);
  expect(kept.orders).toHaveLength(20);
  const restore = await keepLog(redis);
  await Promise.all([isBack(server), isBack(second)]);
  // Each process detects a loss only by what it has seen, so each sells a part of what will be lost.
  const lost = await sell(server, 'lost', 40);
  expect(lost.orders).toHaveLength(40);
  const lostToo = await sell(second, 'lost-too', 20);
  expect(lostToo.orders).toHaveLength(20);
  const lostOrders = [...lost.orders, ...lostToo.orders];
  const eventsOf = (orders: readonly string[]) =>
    receiver.received.filter(({ payload }) => orders.includes(String(payload.data['orderId']))).map(({ id }) => id);
  await poll(() => new Set(eventsOf([...kept.orders, ...lostOrders])).size === 80, SLOW);
  await poll(() => watcher.states.at(-1)?.available === 20, SLOW);
  await poll(async () => (await operator.query('stock.level', { sku: 'mug' })).ok);

  await second.stop();
  await restore();
  await using restarted = await startServerProcess(settings('two.mark'));
  for (const frozen of [server, restarted]) {
    await poll(async () => (await ready(frozen)).text.includes('recover --accept'), SLOW);
    expect((await ready(frozen)).status).toBe(503);
    expect(await sell(frozen, 'frozen', 80)).toEqual({ orders: [], refused: { store_regressed: 80 } });
    expect(await lostIn(frozen)).toBeGreaterThanOrEqual(frozen === server ? 40 : 60);
    expect(frozen.output()).toMatch(/"level":50.*lost writes of shop main: .*recover --accept \d+/);
  }
  expect(await operator.query('stock.level', { sku: 'mug' })).toMatchObject({ ok: false, reason: 'store_regressed' });

  const acceptable = /recover --accept (\d+)/.exec((await ready(server)).text)?.[1] ?? '';
  const refused = await recover(server, '7');
  expect(refused).toMatchObject({ code: 1, text: expect.stringContaining(`or --accept ${acceptable}`) });
  expect((await ready(server)).status).toBe(503);
  const accepted = await recover(restarted, acceptable);
  expect(accepted).toMatchObject({
    code: 0,
    text: expect.stringMatching(/lost +first +last[^]*these writes are gone/),
  });
  await Promise.all([isBack(server), isBack(restarted)]);
  expect(await recover(server, '7')).toMatchObject({ code: 0, text: expect.stringContaining('nothing to recover') });

  const after = await sell(server, 'after', UNITS);
  expect(after).toMatchObject({ refused: { insufficient_stock: 20 } });
  expect(after.orders).toHaveLength(UNITS - kept.orders.length);
  await poll(() => new Set(eventsOf(after.orders)).size === after.orders.length, SLOW);
  const before = new Set(eventsOf([...kept.orders, ...lostOrders]));
  expect(eventsOf(after.orders).filter((id) => before.has(id))).toEqual([]);
  await poll(() => watcher.states.at(-1)?.available === 0, SLOW);
  const versions = watcher.states.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  expect(watcher.states.some(({ available }) => available === 80)).toBe(true);
  expect(must(await operator.query('admin.audit', {})).violations).toEqual([]);
  watcher.leave();
});
