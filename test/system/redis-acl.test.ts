import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { OPERATOR_KEY, startServerProcess } from '../support/server-process.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const DEADLINE_MS = 20_000;
const PASSWORD = 'PASSWORD';

/** The words after `ACL` in the only such line of docs/redis.md. */
function documentedUser(): string[] {
  const text = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8');
  const lines = [...text.matchAll(/^ACL (SETUSER .*)$/gm)].map(([, words]) => words ?? '');
  expect(lines).toHaveLength(1);
  return lines[0]!.split(' ');
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
