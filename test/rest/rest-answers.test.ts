import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedEngine, type Engine, type Opened, redisEngine } from '../support/engines.ts';
import { REST_OPERATIONS } from '../../src/api/rest/rest-operations.ts';
import { call, must } from '../support/rest-caller.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';

const OPERATOR = { operator: true };
const ADA = { session: 'ada-over-plain-rest' };
const BOB = { session: 'bob-over-plain-rest' };

/** Starts a server with some data on a store of the engine. */
async function openShop(engine: Engine): Promise<{ shop: ShopServer; opened: Opened }> {
  await engine.start();
  const opened = await engine.open({ now: Date.now() });
  const shop = await startShop(
    { LOG_LEVEL: 'error', WEBHOOK_ALLOW_PRIVATE: 'yes', SELL_AT: 'dispatch', SHOPS: '*' },
    opened.store,
  );
  await must(shop.url, 'stock.define', { sku: 'tea', unitPrice: { amount: 450, currency: 'EUR' } }, OPERATOR);
  await must(shop.url, 'stock.define', { sku: 'pot', title: 'A pot', limitPerCustomer: 3, safetyStock: 1 }, OPERATOR);
  for (const sku of ['tea', 'pot']) await must(shop.url, 'stock.receive', { sku, quantity: 50 }, OPERATOR);
  return { shop, opened };
}

describe.each([embeddedEngine, redisEngine])('REST on $name', (engine) => {
  let shop: ShopServer;
  let opened: Opened;
  beforeAll(async () => ({ shop, opened } = await openShop(engine)));
  afterAll(async () => {
    await shop[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
    await engine.stop();
  });

  test('every procedure answers as the document describes', async () => {
    const asked = new Set<string>();
    const ask = <T>(procedure: string, input?: Record<string, unknown>, who = OPERATOR as object): Promise<T> => {
      asked.add(procedure);
      return must<T>(shop.url, procedure, input, who);
    };
    const { url } = shop;
    await ask('session.create', {}, {});
    await ask('session.create', { customerId: 'ada@shop.example' });
    await ask('session.revoke', { customerId: 'ada@shop.example' });
    await ask('sessions.block', { session: 's'.repeat(22), reason: 'hoards' });
    await ask('sessions.blocks', { limit: 1 });
    await ask('sessions.unblock', { session: 's'.repeat(22) });
    await ask('stock.define', { sku: 'tea', title: 'Tea' });
    await ask('stock.receive', { sku: 'tea', quantity: 1, reference: 'delivery-17' });
    await ask('stock.adjust', { sku: 'tea', delta: -1, reason: 'damaged' });
    await ask('stock.define', { sku: 'typo' });
    await ask('stock.archive', { sku: 'typo', reason: 'mistyped' });
    await ask('stock.count', { sku: 'tea', onHand: 50, expectedOnHand: 50 });
    await ask('stock.writeOff', { sku: 'tea', quantity: 1, reason: 'torn', takeFrom: 'available' });
    await ask('stock.receive', { sku: 'tea', quantity: 1 });
    await ask('locations.define', { id: 'main', title: 'Warehouse', channels: ['web'] });
    await ask('locations.define', { id: 'main', channels: null });
    await ask('locations.list');
    await ask('locations.define', { id: 'depot', active: false });
    const leaves = { from: 'main', to: 'depot', lines: [{ sku: 'tea', quantity: 2 }], reference: 'truck-7' };
    const { transferId } = await ask<{ transferId: string }>('transfers.create', leaves);
    await ask('transfers.dispatch', { transferId });
    await ask('transfers.receive', { transferId, lines: [{ sku: 'tea', quantity: 0, lost: 1 }], reason: 'torn' });
    await ask('transfers.cancel', { transferId, reason: 'late' });
    await ask('transfers.get', { transferId });
    await ask('transfers.list', { status: 'cancelled', limit: 1 });
    await ask('stock.receive', { sku: 'tea', quantity: 1 });
    await ask('cart.add', { sku: 'tea', quantity: 2 }, ADA);
    await ask('cart.add', { sku: 'pot', quantity: 5, mode: 'best_effort' }, BOB);
    await ask('cart.setQuantity', { sku: 'tea', quantity: 3 }, ADA);
    await ask('cart.extend', {}, ADA);
    await ask('cart.get', {}, ADA);
    await ask('cart.merge', { fromSessionId: BOB.session }, ADA);
    await ask('cart.remove', { sku: 'pot' }, ADA);
    const { items: holds } = await ask<{ items: { holdId: string }[] }>('holds.list', { sku: 'tea', limit: 10 });
    expect(holds).toHaveLength(1);
    const placed = await ask<{ orderId: string }>(
      'checkout.place',
      { idempotencyKey: 'ada-1', contact: { name: 'Ada' } },
      ADA,
    );
    const { orderId } = placed;
    await ask('orders.setLineQuantity', { orderId, sku: 'tea', quantity: 5, reason: 'the buyer asked' });
    await ask('orders.cancelLine', { orderId, sku: 'tea', quantity: 2, reason: 'the buyer asked' });
    await ask('orders.fulfil', { orderId, lines: [{ sku: 'tea', quantity: 2 }], trackingReference: 'parcel-1' });
    await ask('orders.return', {
      orderId: placed.orderId,
      lines: [{ sku: 'tea', quantity: 1 }],
      restock: true,
      reason: 'too strong',
      idempotencyKey: 'return-1',
    });
    const reserved = { reference: 'po-1', lines: [{ sku: 'tea', quantity: 2, mode: 'exact' }], ttlMs: 60_000 };
    const { reservationId } = await ask<{ reservationId: string }>('reservations.create', reserved);
    await ask('reservations.get', { reservationId });
    await ask('reservations.list', { status: 'reserved', limit: 1 });
    await ask('reservations.extend', { reservationId, ttlMs: null });
    await ask('reservations.resize', { reservationId, lines: [{ sku: 'tea', quantity: 3 }] });
    await ask('reservations.transfer', { reservationId, reference: 'po-2' });
    await ask('reservations.commit', { reservationId });
    await ask('reservations.fulfil', { reservationId, lines: [{ sku: 'tea', quantity: 1 }] });
    await ask('reservations.release', { reservationId });
    await ask('cart.add', { sku: 'tea', quantity: 1 }, ADA);
    const begun = await ask<{ orderId: string }>('checkout.begin', { idempotencyKey: 'ada-2' }, ADA);
    await ask('orders.get', { orderId: begun.orderId }, ADA);
    const mine = await ask<{ items: { orderId: string }[] }>('orders.mine', { limit: 1 }, ADA);
    expect(mine).toMatchObject({ items: [{ orderId: begun.orderId, status: 'awaiting_payment' }] });
    await ask('checkout.cancel', { orderId: begun.orderId, restoreCart: true }, ADA);
    const again = await ask<{ orderId: string }>('checkout.begin', { idempotencyKey: 'ada-3' }, ADA);
    await ask('checkout.attachPayment', { orderId: again.orderId, paymentReference: 'cs_1' }, ADA);
    await ask('checkout.confirm', { orderId: again.orderId, paymentReference: 'pi_1' });
    await ask('cart.clear', {}, ADA);
    await ask('cart.add', { sku: 'tea', quantity: 1 }, BOB);
    const [held] = (await ask<{ items: { holdId: string }[] }>('holds.list', {})).items;
    await ask('holds.release', { holdId: held?.holdId, reason: 'called off' });
    await ask('holds.top', { sku: 'tea', by: 'session' });
    await ask('holds.releaseWhere', { sku: 'tea', reason: 'called off' });
    await ask('stock.level', { sku: 'tea' });
    await ask('stock.list', { limit: 1 });
    await ask('stock.history', { sku: 'tea', limit: 100 });
    await ask('stock.availability', { skus: 'tea,pot,none' }, {});
    await ask('stock.importStatus', { key: 'delivery-17' });
    await ask('orders.list', { status: 'placed' });
    await ask('customers.export', { customerId: 'ada@shop.example' });
    expect(await ask('orders.redact', { orderId: placed.orderId })).toEqual({ count: 1 });
    expect(await ask('orders.purge', { status: 'cancelled', olderThanMs: 0 })).toEqual({ count: 1 });
    const hook = await ask<{ endpointId: string }>('webhooks.create', { url: `${url}/hook` });
    const { endpointId } = hook;
    await ask('webhooks.update', { endpointId, enabled: false, events: ['order.placed'] });
    await ask('webhooks.rotateSecret', { endpointId });
    await ask('webhooks.list');
    await ask('webhooks.waiting', { endpointId, limit: 5 });
    await ask('webhooks.deliveries', { endpointId });
    await ask('webhooks.deadLetters', { endpointId, limit: 5 });
    await ask('webhooks.replay', { endpointId });
    await ask('webhooks.delete', { endpointId });
    const { keyId } = await ask<{ keyId: string }>('keys.create', { name: 'printer', scopes: ['orders:read'] });
    await ask('keys.list');
    await ask('keys.whoami');
    await ask('keys.revoke', { keyId });
    await ask('shops.create', { shop: 'other' });
    await ask('shops.suspend', { shop: 'other' });
    await ask('shops.resume', { shop: 'other' });
    await ask('shops.list');
    expect(await ask('admin.audit')).toMatchObject({ ok: true });
    await ask('ledger.removeFollower', { follower: 'archive' });
    await ask('admin.repairIndexes', {});
    await ask('admin.events', { limit: 5 });
    expect(await ask('admin.status')).toMatchObject({ ready: true, fill: expect.any(Number) });
    expect(await ask('admin.loss')).toEqual({ loss: null, known: 0, writes: [], unknown: [] });
    expect(await ask('admin.clock')).toMatchObject({ offsetMs: 0, slewing: false });
    expect(await ask('admin.acceptClock', {})).toMatchObject({ offsetMs: 0 });
    // It succeeds only after a store has lost writes: test/system/lost-writes.test.ts.
    asked.add('admin.recover');
    expect([...asked].sort()).toEqual(REST_OPERATIONS.map(({ procedure }) => procedure).sort());
  });

  test('queries answer as tRPC does', async () => {
    const same: [string, Record<string, unknown>, Record<string, unknown>?][] = [
      ['stock.level', { sku: 'tea' }],
      ['stock.list', { limit: 1 }],
      ['stock.history', { sku: 'tea', limit: 3 }],
      ['stock.availability', { skus: ['tea', 'none'] }, { skus: 'tea,none' }],
      ['holds.list', {}],
      ['orders.list', { status: 'placed' }],
      ['webhooks.list', {}],
    ];
    for (const [procedure, input, query = input] of same) {
      const { data } = await shop.query(procedure, input, OPERATOR);
      expect(data, procedure).toBeDefined();
      expect((await call(shop.url, procedure, query, OPERATOR)).body, procedure).toEqual(data);
    }
  });

  const fieldsOf = (path: string) =>
    Object.fromEntries([...path.matchAll(/\{(.+?)\}/g)].map(([, name = '']) => [name, 'x']));
  const wrongs = (path: string): [string, Record<string, unknown>][] => [
    ['nothing', fieldsOf(path)],
    ['an unknown field', { ...fieldsOf(path), nope: 'x' }],
    [
      'a path field out of bounds',
      Object.fromEntries(Object.keys(fieldsOf(path)).map((name) => [name, 'x y/z'.repeat(60)])),
    ],
  ];
  const callers: [string, object][] = [
    ['nobody', {}],
    ['a shopper', ADA],
    ['the operator', OPERATOR],
    ['a stranger with a key', { operator: 'not-the-key-at-all' }],
  ];

  test('refusals equal those of tRPC, for every procedure, caller and fault', { timeout: 120_000 }, async () => {
    const seen = new Set<string>();
    for (const { procedure, path, type } of REST_OPERATIONS) {
      if (procedure === 'session.create') continue;
      for (const [fault, input] of wrongs(path)) {
        for (const [name, who] of callers) {
          if (fault === 'nothing' && (name === 'a shopper' || name === 'the operator')) continue;
          const [rest, trpc] = await Promise.all([
            call(shop.url, procedure, input, who),
            type === 'query' ? shop.query(procedure, input, who) : shop.mutate(procedure, input, who),
          ]);
          const { reason, meta, code, httpStatus } = rest.error ?? {};
          const { path: _, requestId: __, ...expected } = trpc.error?.data ?? {};
          expect(
            { status: rest.status, reason, meta, code, httpStatus },
            `${procedure}: ${fault} from ${name}`,
          ).toEqual({
            status: trpc.status,
            ...expected,
          });
          if (reason) seen.add(reason);
        }
      }
    }
    expect([...seen].sort()).toEqual(expect.arrayContaining(['invalid_input', 'not_authorized', 'session_required']));
  });
});
