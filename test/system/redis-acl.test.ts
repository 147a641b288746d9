import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { frozenBy, isServing } from '../support/frozen-shop.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { keepLog } from '../support/older-log.ts';
import { poll } from '../support/poll.ts';
import { startChain } from '../support/redis-replicas.ts';
import { type RedisConfig, startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, startServerProcess } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const DEADLINE_MS = 20_000;
const PASSWORD = 'PASSWORD';

const PAGE = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8');

/** The words after `ACL` in the only such line of docs/redis.md. */
function documentedUser(): string[] {
  const lines = [...PAGE.matchAll(/^ACL (SETUSER .*)$/gm)].map(([, words]) => words ?? '');
  expect(lines).toHaveLength(1);
  return lines[0]!.split(' ');
}

/** What docs/redis.md says to add for a server that waits for its replicas. */
function waitRights(): string[] {
  const [, always = '', where72 = ''] = /add `(\+\w+)`, and `(\+\w+)` if the server has/.exec(PAGE) ?? [];
  expect([always, where72]).toEqual(['+wait', '+waitaof']);
  return [always, where72];
}

/** What docs/redis.md says to replace for a user without `FUNCTION`. */
const [FUNCTIONS, SCRIPTS] = ['+fcall +function|list +function|load', '+script|exists +script|load'];

test.each(['function', 'evalsha'])(
  'the user of docs/redis.md can do all that a shop needs, by %s',
  {
    timeout: 60_000,
  },
  async (mode) => {
    await using redis = await startRedis({ appendonly: 'yes', 'notify-keyspace-events': 'Ex' });
    const admin = new Redis(redis.socketPath);
    const documented = documentedUser().join(' ');
    expect(documented).toContain(FUNCTIONS);
    const words = (mode === 'evalsha' ? documented.replace(FUNCTIONS, SCRIPTS) : documented).split(' ');
    await admin.call('ACL', ...words);
    const url = `${redis.url}?username=${words[1]}&password=${PASSWORD}`;
    await using receiver = await WebhookReceiver.open();
    const settings = {
      REDIS_URL: url,
      REDIS_SCRIPTS: mode,
      HOLD_TTL_MS: '1500',
      WEBHOOK_ALLOW_PRIVATE: 'yes',
      SESSION_SECRET: randomBytes(32).toString('base64url'),
    };
    await using server = await startServerProcess(settings);
    const caller = new HttpCaller(server.url);
    const operator = caller.asOperator();
    const endpoint = must(await operator.mutate('webhooks.create', { url: receiver.url, events: ['order.placed'] }));
    receiver.secret = endpoint.secret;
    const rows = 'sku,onHand\ntea,10\nmug,5\n';
    const imported = await fetch(`${server.url}/api/v1/stock/import?format=csv&key=acl`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
      body: rows,
    });
    expect([imported.status, (await imported.text()).includes('"error"')]).toEqual([200, false]);
    const { sessionId } = must(await caller.mutate('session.create', {}));
    const shopper = caller.as(sessionId);
    must(await shopper.mutate('cart.add', { sku: 'tea', quantity: 2 }));
    must(await shopper.mutate('checkout.place', { idempotencyKey: 'one' }));
    must(await shopper.mutate('cart.add', { sku: 'mug', quantity: 5 }));
    await poll(() => receiver.received.length > 0, { timeoutMs: DEADLINE_MS, describe: server.output });
    const reserved = async () => must(await operator.query('stock.level', { sku: 'mug' })).reserved;
    await poll(async () => (await reserved()) === 0, { timeoutMs: DEADLINE_MS, describe: server.output });
    await poll(async () => must(await shopper.query('cart.get', {})).lines.length === 0);
    for (const path of ['stock.list', 'holds.list', 'orders.list'] as const) must(await operator.query(path, {}));
    must(await operator.query('stock.history', { sku: 'mug' }));
    expect(must(await operator.query('admin.audit', {}))).toMatchObject({ ok: true });
    const denied = (await admin.call('ACL', 'LOG')) as unknown[];
    expect(denied).toEqual([]);
    expect(server.output()).not.toMatch(/NOPERM|"level":(40|50)/);
    caller.close();
    admin.disconnect();
  },
);

test('the user of docs/redis.md can wait for a replica, and restore lost writes', { timeout: 60_000 }, async () => {
  await using dir = await tempDir();
  const aclfile = join(dir.path, 'users.acl');
  await writeFile(aclfile, '');
  const settings: RedisConfig = {
    aclfile,
    appendfsync: 'always',
    'min-replicas-to-write': '1',
    'notify-keyspace-events': 'Ex',
  };
  await using chain = await startChain(2, settings);
  const master = chain[0]!;
  const [wait = '', waitaof = ''] = waitRights();
  const hasWaitaof = ((await master.admin.call('COMMAND', 'INFO', 'WAITAOF')) as unknown[])[0] !== null;
  const words = documentedUser();
  await master.admin.call('ACL', ...words, wait, ...(hasWaitaof ? [waitaof] : []));
  await master.admin.call('ACL', 'SAVE');
  await using server = await startServerProcess({
    REDIS_URL: `${master.server.url}?username=${words[1]}&password=${PASSWORD}`,
    DURABILITY: 'replicated',
    ON_LOST_WRITES: 'freeze',
    MARK_FILE: join(dir.path, 'shop.mark'),
    SESSION_SECRET: randomBytes(32).toString('base64url'),
  });
  const operator = new HttpCaller(server.url).asOperator();
  must(await operator.mutate('stock.define', { sku: 'tea' }));
  must(await operator.mutate('stock.receive', { sku: 'tea', quantity: 9 }));
  const restore = await keepLog(master.server);
  const sold = await poll(
    async () => {
      const { sessionId } = must(await operator.mutate('session.create', {}));
      const items = [{ sku: 'tea', quantity: 1 }];
      const answer = await operator.as(sessionId).mutate('checkout.place', { idempotencyKey: sessionId, items });
      return answer.ok && answer.value.orderId;
    },
    { timeoutMs: DEADLINE_MS },
  );
  await restore();
  const { kept } = await frozenBy(server);
  const replay = { acceptSequence: kept, replay: true };
  expect(must(await operator.mutate('admin.recover', replay)).replay).toMatchObject({ refused: 0, unknown: [] });
  await isServing(server);
  const { items } = must(await operator.query('orders.list', {}));
  expect(items.map(({ orderId }) => orderId)).toContain(sold);
  expect(must(await operator.query('admin.audit', {}))).toMatchObject({ ok: true });
  expect(await master.admin.call('ACL', 'LOG')).toEqual([]);
  expect(server.output()).not.toContain('NOPERM');
  operator.close();
});
