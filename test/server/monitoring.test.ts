import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runToEnd, type ServerProcess, startProcess } from '../support/built-server.ts';
import { OPERATOR_KEY, startShop } from '../support/shop-server.ts';
import { tempDir } from '../support/temp-dir.ts';

const BEARER = { headers: { authorization: `Bearer ${OPERATOR_KEY}` } };
const WRONG = { headers: { authorization: 'Bearer wrong-key-of-the-tests' } };
const PRODUCTION = {
  NODE_ENV: 'production',
  OPERATOR_KEY: randomBytes(24).toString('base64url'),
  SESSION_SECRET: randomBytes(32).toString('base64url'),
};

const adminUrlOf = (server: ServerProcess): string => {
  const { adminPort } = JSON.parse(/^.*"adminPort".*$/m.exec(server.stdout())?.[0] ?? '{}') as { adminPort: number };
  return `http://127.0.0.1:${adminPort}`;
};

describe('METRICS=private', () => {
  test('shows strangers only whether the server is ready', async () => {
    await using shop = await startShop({ METRICS: 'private' });
    for (const who of [{}, WRONG]) {
      expect((await shop.fetch('/health/live', who)).text).toBe('{"status":"live"}');
      expect(await shop.fetch('/health/ready', who)).toMatchObject({ status: 200, text: '{"status":"ready"}' });
      const { status, error, text } = await shop.fetch('/metrics', who);
      expect([status, error?.data['reason']]).toEqual([who === WRONG ? 403 : 401, 'not_authorized']);
      expect(text).not.toContain('holdfast_');
    }
    await shop.running.close();
    expect(shop.running.readiness.verdict.reasons).toEqual(['closing']);
  });

  test('shows all of it to callers with a key', async () => {
    await using shop = await startShop({ METRICS: 'private' });
    expect(JSON.parse((await shop.fetch('/health/ready', BEARER)).text)).toMatchObject({ store: expect.any(Object) });
    expect((await shop.fetch('/metrics', BEARER)).text).toContain('holdfast_ready 1');
  });
});

test('METRICS=public shows all of it to everyone, also by default outside of production', async () => {
  await using shop = await startShop();
  expect(JSON.parse((await shop.fetch('/health/ready')).text)).toMatchObject({ store: expect.any(Object) });
  expect((await shop.fetch('/metrics')).text).toContain('holdfast_ready 1');
});

describe('NODE_ENV=production', () => {
  test('closes metrics and reasons on the public port, and serves them on the admin port', async () => {
    await using dir = await tempDir();
    const defaults = { ...PRODUCTION, CHECKOUT_PLACE: 'operator', DATA_DIR: dir.path, ADMIN_PORT: '0' };
    const env = { ...defaults, HOLD_COOLDOWN_MS: '0' };
    await using server = await startProcess(env);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    expect(await (await fetch(`${server.url}/health/ready`)).json()).toEqual({ status: 'ready' });
    // Settings that protect less are logged, once each.
    expect(server.stdout().match(/"msg":"HOLD_COOLDOWN_MS is 0: /g)).toHaveLength(1);
    const admin = adminUrlOf(server);
    expect(await (await fetch(`${admin}/metrics`)).text()).toMatch(/^holdfast_ready 1$/m);
    expect(await (await fetch(`${admin}/health/ready`)).json()).toMatchObject({ status: 'ready', store: {} });
    const withKey = { headers: { authorization: `Bearer ${env.OPERATOR_KEY}` } };
    for (const path of ['/', '/docs', '/payments/stripe'])
      expect((await fetch(admin + path, withKey)).status).toBe(404);
    // The console is here and nowhere else. Its calls need a key as on any port.
    for (const [origin, status] of [
      [admin, 200],
      [server.url, 404],
    ] as const) {
      expect((await fetch(`${origin}/console`)).status).toBe(status);
    }
    expect((await fetch(`${admin}/trpc/stock.list`)).status).toBe(401);
    expect((await fetch(`${admin}/trpc/stock.list`, withKey)).status).toBe(200);
    expect((await server.end('SIGTERM')).code).toBe(0);
  });

  test('sells nothing to an anonymous call if only the operator places orders', async () => {
    await using dir = await tempDir();
    await using server = await startProcess({ ...PRODUCTION, CHECKOUT_PLACE: 'operator', DATA_DIR: dir.path });
    const operator = { authorization: `Bearer ${PRODUCTION.OPERATOR_KEY}` };
    const json = { 'content-type': 'application/json' };
    const post = async (path: string, body: object, headers: Record<string, string>): Promise<number> => {
      const init = { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) };
      return (await fetch(`${server.url}/api/v1${path}`, init)).status;
    };
    await fetch(`${server.url}/api/v1/stock/drop`, { method: 'PUT', headers: { ...json, ...operator }, body: '{}' });
    expect(await post('/stock/drop/receive', { quantity: 500 }, operator)).toBe(200);
    const issued = await fetch(`${server.url}/api/v1/sessions`, { method: 'POST', headers: json, body: '{}' });
    const { sessionId } = (await issued.json()) as { sessionId: string };
    const order = { items: [{ sku: 'drop', quantity: 500 }] };
    const key = { 'idempotency-key': 'order-1' };
    expect(await post('/orders/checkout', order, key)).toBe(401);
    expect(await post('/orders/checkout', order, { ...key, 'x-session-id': 'any-text-is-not-a-session' })).toBe(401);
    expect(await post('/orders/checkout', order, { ...key, 'x-session-id': sessionId })).toBe(401);
    const level = await fetch(`${server.url}/api/v1/stock/drop`, { headers: operator });
    expect(await level.json()).toMatchObject({ onHand: 500, available: 500 });
  });
});

test('an ADMIN_PORT that is taken ends the start, which names the setting', async () => {
  await using dir = await tempDir();
  await using taken = await startProcess({ DATA_DIR: join(dir.path, 'one') });
  const { port } = new URL(taken.url);
  const second = await runToEnd({ DATA_DIR: join(dir.path, 'two'), PORT: '0', ADMIN_PORT: port });
  expect(second).toMatchObject({ code: 3, err: expect.stringMatching(/see ADMIN_HOST and ADMIN_PORT: .*EADDRINUSE/) });
});
