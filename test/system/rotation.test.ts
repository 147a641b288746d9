import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisShop, type RedisShop } from '../store/redis/redis-shop.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

/** All that docs/rotation.md says, with servers on one Redis that have the settings of each step. */
let redis: RedisShop;
let dir: TempDir;
beforeAll(async () => {
  redis = await openRedisShop({ shop: 'main' });
  dir = await tempDir();
  await using server = await serve({});
  await server.mutate('stock.define', { sku: 'fan' }, ROOT);
  await server.mutate('stock.receive', { sku: 'fan', quantity: 100 }, ROOT);
  await server.mutate('stock.define', { sku: 'drop', protected: true }, ROOT);
  await server.mutate('stock.receive', { sku: 'drop', quantity: 100 }, ROOT);
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const ROOT = { operator: true };
const secret = (): string => randomBytes(32).toString('base64');
const [OLD, NEW] = [secret(), secret()];
const serve = async (env: Record<string, string>): Promise<ShopServer> =>
  startShop({ LOG_LEVEL: 'error', ...env }, await redis.open());
const issue = async (server: ShopServer, customerId: string): Promise<string> =>
  ((await server.mutate('session.create', { customerId }, ROOT)).data as { sessionId: string }).sessionId;
const readsCart = async (server: ShopServer, session: string): Promise<number> =>
  (await server.query('cart.get', undefined, { session })).status;

test('sessions outlive their secret: every server accepts what any other one signs, at each step', async () => {
  await using before = await serve({ SESSION_SECRET: OLD });
  await using prepared = await serve({ SESSION_SECRET: OLD, SESSION_SECRET_PREVIOUS: NEW });
  await using exchanged = await serve({ SESSION_SECRET: NEW, SESSION_SECRET_PREVIOUS: OLD });
  await using after = await serve({ SESSION_SECRET: NEW });
  const [old, renewed] = [await issue(before, 'ann'), await issue(exchanged, 'ann')];
  const statuses = (session: string): Promise<number[]> =>
    Promise.all([before, prepared, exchanged, after].map((server) => readsCart(server, session)));
  expect(await statuses(old)).toEqual([200, 200, 200, 401]);
  expect(await statuses(renewed)).toEqual([401, 200, 200, 200]);
  expect(await statuses(await issue(prepared, 'ann'))).toEqual([200, 200, 200, 401]);
});

test('the key of operators has a previous one', async () => {
  await using exchanged = await serve({ OPERATOR_KEY: NEW, OPERATOR_KEY_PREVIOUS: OLD });
  await using after = await serve({ OPERATOR_KEY: NEW });
  const statuses = (operator: string): Promise<number[]> =>
    Promise.all([exchanged, after].map(async (server) => (await server.query('stock.list', {}, { operator })).status));
  expect([await statuses(OLD), await statuses(NEW)]).toEqual([
    [200, 403],
    [200, 200],
  ]);
});

test('a program changes its key while both are valid', async () => {
  await using server = await serve({});
  const create = async (): Promise<{ keyId: string; key: string }> =>
    (await server.mutate('keys.create', { name: 'printer', scopes: ['stock:read'] }, ROOT)).data as never;
  const [old, renewed] = [await create(), await create()];
  const statuses = (): Promise<number[]> =>
    Promise.all(
      [old, renewed].map(async ({ key }) => (await server.query('stock.list', {}, { operator: key })).status),
    );
  expect(await statuses()).toEqual([200, 200]);
  await server.mutate('keys.revoke', { keyId: old.keyId }, ROOT);
  expect(await statuses()).toEqual([403, 200]);
});

test('contacts and secrets of webhooks stay readable until the old data key may go', async () => {
  await using receiver = await WebhookReceiver.open();
  const common = { WEBHOOK_ALLOW_PRIVATE: 'yes', SESSION_SECRET: OLD };
  const begin = async (server: ShopServer, customer: string): Promise<string> => {
    const session = await issue(server, customer);
    await server.mutate('cart.add', { sku: 'fan', quantity: 1 }, { session });
    const input = { idempotencyKey: 'pay', contact: { name: customer } };
    return ((await server.mutate('checkout.begin', input, { session })).data as { orderId: string }).orderId;
  };
  const contactOf = async (server: ShopServer, orderId: string): Promise<unknown> =>
    ((await server.query('orders.get', { orderId }, ROOT)).data as { contact?: unknown }).contact;
  await using before = await serve({ ...common, DATA_KEY: OLD });
  const created = await before.mutate('webhooks.create', { url: receiver.url, events: ['stock.low'] }, ROOT);
  const endpoint = created.data as { endpointId: string; secret: string };
  receiver.secret = endpoint.secret;
  const first = await begin(before, 'ann');
  await before.running.close();
  await using exchanged = await serve({ ...common, DATA_KEY: NEW, DATA_KEY_PREVIOUS: OLD });
  const second = await begin(exchanged, 'bob');
  expect([await contactOf(exchanged, first), await contactOf(exchanged, second)]).toEqual([
    { name: 'ann' },
    { name: 'bob' },
  ]);
  const put = { method: 'PUT', headers: { authorization: 'Bearer operator-key-of-the-tests' }, body: '{}' };
  const updated = await exchanged.fetch(`/api/v1/webhooks/${endpoint.endpointId}`, {
    ...put,
    headers: { ...put.headers, 'content-type': 'application/json' },
  });
  expect(updated.status).toBe(200);
  await exchanged.running.close();
  await using after = await serve({ ...common, DATA_KEY: NEW });
  expect([await contactOf(after, first), await contactOf(after, second)]).toEqual([undefined, { name: 'bob' }]);
  await after.mutate('stock.count', { sku: 'fan', onHand: 4 }, ROOT);
  await receiver.got(1);
  expect(receiver.forged).toEqual([]);
});

test('the secret of a webhook: events carry both signatures for a day', async () => {
  await using receiver = await WebhookReceiver.open();
  await using server = await serve({ WEBHOOK_ALLOW_PRIVATE: 'yes' });
  const created = await server.mutate('webhooks.create', { url: receiver.url, events: ['stock.out'] }, ROOT);
  const { endpointId, secret: old } = created.data as { endpointId: string; secret: string };
  const rotated = await server.mutate('webhooks.rotateSecret', { endpointId }, ROOT);
  receiver.secret = (rotated.data as { secret: string }).secret;
  await server.mutate('stock.define', { sku: 'cup' }, ROOT);
  await server.mutate('stock.receive', { sku: 'cup', quantity: 1 }, ROOT);
  await server.mutate('stock.adjust', { sku: 'cup', delta: -1, reason: 'broken' }, ROOT);
  await receiver.got(1);
  expect(receiver.received[0]?.signatures.split(' ')).toHaveLength(2);
  expect(old).not.toBe(receiver.secret);
});

async function admits(server: ShopServer, alg: 'HS256' | 'EdDSA', key: KeyObject): Promise<boolean> {
  const { data } = await server.mutate('session.create', {}, {});
  const { sessionId, subject } = data as { sessionId: string; subject: string };

  const admission = await new SignJWT({ skus: ['drop'] })
    .setProtectedHeader({ alg })
    .setAudience('main')
    .setSubject(subject)
    .setJti(randomBytes(12).toString('hex'))
    .setExpirationTime('5m')
    .sign(key);
  const added = await server.mutate('cart.add', { sku: 'drop', quantity: 1, admission }, { session: sessionId });
  return added.status === 200;
}

test('the secret of admission has a previous one, and leads from one public key to another', async () => {
  const [old, renewed] = [OLD, NEW].map((text) => createSecretKey(Buffer.from(text)));
  const pairs = [0, 1].map((nth) => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const file = join(dir.path, `admission-${nth}.pem`);
    writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
    return { privateKey, file };
  });
  const [first, second] = pairs;
  const common = { SESSION_SECRET: OLD };
  await using exchanged = await serve({ ...common, ADMISSION_SECRET: NEW, ADMISSION_SECRET_PREVIOUS: OLD });
  await using after = await serve({ ...common, ADMISSION_SECRET: NEW });
  expect([await admits(exchanged, 'HS256', old!), await admits(exchanged, 'HS256', renewed!)]).toEqual([true, true]);
  expect([await admits(after, 'HS256', old!), await admits(after, 'HS256', renewed!)]).toEqual([false, true]);
  await using between = await serve({ ...common, ADMISSION_SECRET: NEW, ADMISSION_PUBLIC_KEY: first!.file });
  await using last = await serve({ ...common, ADMISSION_SECRET: NEW, ADMISSION_PUBLIC_KEY: second!.file });
  const ways = (server: ShopServer): Promise<boolean[]> =>
    Promise.all([
      admits(server, 'EdDSA', first!.privateKey),
      admits(server, 'HS256', renewed!),
      admits(server, 'EdDSA', second!.privateKey),
    ]);
  expect([await ways(between), await ways(last)]).toEqual([
    [true, true, false],
    [false, true, true],
  ]);
});

test('a user of Redis has two passwords while processes restart', async () => {
  const user = (...rules: string[]): Promise<unknown> => redis.admin.call('ACL', 'SETUSER', 'shopkeeper', ...rules);
  const urlOf = (password: string): string => `${redis.redis.url}?username=shopkeeper&password=${password}`;
  const opens = async (password: string): Promise<boolean> => {
    const opening = redis.open({ url: urlOf(password), openDeadlineMs: 2_000 });
    return opening.then(
      () => true,
      () => false,
    );
  };
  await user('on', '>old-one', '~*', '&*', '+@all');
  const running = await redis.open({ url: urlOf('old-one') });
  await user('>new-one');
  expect([await opens('old-one'), await opens('new-one')]).toEqual([true, true]);
  await user('<old-one');
  expect([await opens('old-one'), await opens('new-one')]).toEqual([false, true]);
  expect((await running.health()).details).toBeDefined();
});
