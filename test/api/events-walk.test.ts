import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AdminEvent } from '../../src/contract/outputs/admin-outputs.ts';
import type { ShownMovement } from '../../src/contract/outputs/stock-outputs.ts';
import { ACCESS } from '../../src/contract/calls/scopes.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { PROCEDURES } from './input-table.ts';
import { type Credentials, headersOf, type ShopServer, startShop } from '../support/shop-server.ts';
import { tempDir } from '../support/temp-dir.ts';

const KEY: Credentials = { operator: true };
const session = 'a-shopper-of-the-walk';
const BOTH: Credentials = { ...KEY, session };

/** The changes that accept a reason. */
const EXPLAINED = new Set(PROCEDURES.filter(({ fields }) => fields['reason']).map(({ path }) => path));
const whyOf = (path: string): string => `why ${path}`;

/** Changes by a key that leave no event, and why. */
const WITHOUT_EVENT: Readonly<Record<string, string>> = {
  'stock.receive': 'the ledger has it, with the key and the reason',
  'stock.adjust': 'the ledger has it, with the key and the reason',
  'stock.count': 'the ledger has it, with the key and the reason',
  'holds.release': 'the ledger has it, with the key and the reason',
  'checkout.confirm': 'the ledger has the sale, with the key and the reason',
  'checkout.cancel': 'the ledger has the released units, with the key and the reason',
  'orders.return': 'the ledger has the return, with the key and the reason; the order has it as well',
  'orders.fulfil': 'the ledger has the dispatch, with the key, the reason and the tracking reference',
  'orders.cancelLine': 'the ledger has it, with the key and the reason',
  'orders.setLineQuantity': 'the ledger has it, with the key and the reason',
  'reservations.create': 'the ledger has the units, with the key, the reference and the reason',
  'reservations.resize': 'the ledger has the units, with the key and the reason',
  'reservations.commit': 'the ledger has the sale, with the key and the reason',
  'reservations.fulfil': 'the ledger has the dispatch, with the key and the reason',
  'reservations.release': 'the ledger has the released units, with the key and the reason',
  'checkout.attachPayment': 'the order has the reference; no stock, money or right changes',
  'checkout.place': 'a sale to a shopper: the ledger has it, with the session',
  'checkout.begin': 'a checkout of a shopper: the ledger has it, with the session',
};
/** Only a store that has lost writes accepts it: test/system/lost-writes.test.ts. */
const NOT_WALKED = new Set(['admin.recover']);

let shop: ShopServer;
let close: () => Promise<void>;
beforeAll(async () => {
  const dir = await tempDir();
  const store = await openEmbeddedStore({ dir: dir.path, shop: 'main' });
  shop = await startShop({ LOG_LEVEL: 'error', SELL_AT: 'dispatch', SHOPS: '*' }, store, {
    backup: () => store.backup(),
  });
  close = async () => {
    await shop[Symbol.asyncDispose]();
    await store.close();
    await dir[Symbol.asyncDispose]();
  };
});
afterAll(() => close());

const events = async (): Promise<AdminEvent[]> => {
  const { data } = await shop.query('admin.events', { limit: 500 }, KEY);
  return (data as { items: AdminEvent[] }).items;
};

/** Returns who moved units of `tea`, and why. */
const causes = async (): Promise<ShownMovement['cause'][]> => {
  const found: ShownMovement['cause'][] = [];
  for (const sku of ['tea', 'cup']) {
    const { data } = await shop.query('stock.history', { sku, limit: 500 }, KEY);
    found.push(...(data as { movements: ShownMovement[] }).movements.map(({ cause }) => cause));
  }
  return found;
};

async function change<T = Record<string, string>>(path: string, input: object, who = KEY): Promise<T> {
  const { status, data, text } = await shop.mutate(path, input, who);
  expect([path, status, text]).toEqual([path, 200, text]);
  return data as T;
}

const importRows = async (key: string, rows: object[]): Promise<void> => {
  const headers = { 'content-type': 'application/jsonl', ...headersOf(KEY) };
  const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { status } = await shop.fetch(`/api/v1/stock/import?key=${key}&format=jsonl`, {
    method: 'POST',
    headers,
    body,
  });
  expect(status).toBe(200);
};

/** Returns the ids that later calls need, and calls `walk` for each change that an operator can make. */
async function walkAll(walk: <T>(path: string, run: () => Promise<T>) => Promise<T>): Promise<void> {
  const step = <T = Record<string, string>>(path: string, input: object, who = KEY): Promise<T> =>
    walk(path, () => change<T>(path, { ...input, ...(EXPLAINED.has(path) && { reason: whyOf(path) }) }, who));
  await step('stock.define', { sku: 'tea', title: 'Tea', unitPrice: { amount: 450, currency: 'EUR' } });
  await step('stock.receive', { sku: 'tea', quantity: 50 });
  await step('stock.adjust', { sku: 'tea', delta: 1 });
  await step('stock.count', { sku: 'tea', onHand: 50 });
  await walk('stock.import', () =>
    importRows('first', [
      { sku: 'tea', protected: true },
      { sku: 'cup', onHand: 0 },
    ]),
  );
  await step('stock.archive', { sku: 'cup' });
  await step('stock.writeOff', { sku: 'tea', quantity: 1, takeFrom: 'newest_holds' });
  await step('locations.define', { id: 'main', title: 'Main' });
  await change('locations.define', { id: 'depot', active: false });
  const transfer = async () =>
    (await step('transfers.create', { from: 'main', to: 'depot', lines: [{ sku: 'tea', quantity: 1 }] }))['transferId'];
  const transferId = await transfer();
  await step('transfers.dispatch', { transferId });
  await step('transfers.receive', { transferId, lines: [{ sku: 'tea', quantity: 1 }] });
  await step('transfers.cancel', { transferId: await transfer() });
  await change('stock.define', { sku: 'tea', protected: false });

  await change('cart.add', { sku: 'tea', quantity: 1 }, { session });
  const { data } = await shop.query('holds.list', {}, KEY);
  const [hold] = (data as { items: { holdId: string }[] }).items;
  await step('holds.release', { holdId: hold?.holdId });
  await change('cart.add', { sku: 'tea', quantity: 1 }, { session });
  await step('holds.releaseWhere', { sku: 'tea' });

  const order = async (path: string) => {
    await change('cart.add', { sku: 'tea', quantity: 1 }, { session });
    return (await step(path, { idempotencyKey: `${path}-${Math.random()}`, contact: { name: 'Ada' } }, BOTH))[
      'orderId'
    ];
  };
  await order('checkout.place');
  const orderId = await order('checkout.begin');
  await step('checkout.attachPayment', { orderId, paymentReference: 'pay_1' });
  await step('checkout.confirm', { orderId, paymentReference: 'pay_1' });
  const back = { orderId, lines: [{ sku: 'tea', quantity: 1 }], restock: true, idempotencyKey: 'return' };
  await step('orders.setLineQuantity', { orderId, sku: 'tea', quantity: 3 });
  await step('orders.cancelLine', { orderId, sku: 'tea', quantity: 2 });
  await step('orders.fulfil', { orderId });
  await step('orders.return', back);
  const cancelled = await order('checkout.begin');
  await step('checkout.cancel', { orderId: cancelled });
  await step('orders.redact', { orderId });
  await step('orders.purge', { status: 'cancelled', olderThanMs: 0 });

  const reserved = { reference: 'po-1', lines: [{ sku: 'tea', quantity: 1 }], ttlMs: 60_000 };
  const { reservationId } = (await step('reservations.create', reserved)) as { reservationId: string };
  await step('reservations.extend', { reservationId, ttlMs: null });
  await step('reservations.resize', { reservationId, lines: [{ sku: 'tea', quantity: 2 }] });
  await step('reservations.transfer', { reservationId, reference: 'po-2' });
  await step('reservations.commit', { reservationId });
  await step('reservations.fulfil', { reservationId, lines: [{ sku: 'tea', quantity: 1 }] });
  await step('reservations.release', { reservationId });

  const { sessionId } = await step('session.create', { customerId: 'alice' });
  await step('session.revoke', { sessionId });
  await step('sessions.block', { client: `clt_${'e'.repeat(22)}` });
  await step('sessions.unblock', { client: `clt_${'e'.repeat(22)}` });

  const { endpointId } = await step('webhooks.create', { url: 'https://1.1.1.1/' });
  await step('webhooks.update', { endpointId, enabled: false });
  await step('webhooks.rotateSecret', { endpointId });
  await step('webhooks.replay', { endpointId });
  await step('webhooks.delete', { endpointId });
  const { keyId } = await step('keys.create', { name: 'child', scopes: [] });
  await step('keys.revoke', { keyId });
  for (const change of ['create', 'suspend', 'resume']) await step(`shops.${change}`, { shop: 'other' });
  await step('ledger.removeFollower', { follower: 'archive' });
  await step('admin.acceptClock', {});
  await step('admin.repairIndexes', {});
  await walk('admin.backup', async () => {
    const { status } = await shop.fetch('/api/v1/admin/backup', { headers: headersOf(KEY) });
    expect(status).toBe(200);
  });
}

test('each change by a key leaves an event, except for those of the table', async () => {
  const walked = new Map<string, boolean>();
  let known = (await events()).length;
  await walkAll(async (path, run) => {
    const result = await run();
    const found = await events();
    const added = found.slice(0, found.length - known);
    known = found.length;
    for (const { by } of added) expect([path, by]).toEqual([path, 'operator']);
    const own = added.filter(({ what }) => what === path && EXPLAINED.has(path));
    for (const event of own) expect([path, event.reason]).toEqual([path, whyOf(path)]);
    const isNamed = added.length > 0 && added.every(({ what }) => what === path);
    walked.set(path, (walked.get(path) ?? false) || isNamed);
    return result;
  });
  const changing = PROCEDURES.filter(({ path, type }) => {
    const { who, scope } = ACCESS[path as keyof typeof ACCESS];
    return type === 'mutation' && (who === 'key' || who === 'root' || Boolean(scope));
  }).map(({ path }) => path);
  const expected = [...changing, 'stock.import', 'admin.backup'].filter((path) => !NOT_WALKED.has(path));
  expect([...walked.keys()].sort()).toEqual(expected.sort());
  const silent = [...walked].filter(([, leftAnEvent]) => !leftAnEvent).map(([path]) => path);
  expect(silent.sort()).toEqual(Object.keys(WITHOUT_EVENT).sort());
  const shown = new Set([...(await events()), ...(await causes())].flatMap(({ by, reason }) => `${by}: ${reason}`));
  const lost = [...EXPLAINED].filter((path) => walked.has(path) && !shown.has(`operator: ${whyOf(path)}`));
  expect(lost).toEqual([]);
});

test('an import records which settings it changes, with the values before and after', async () => {
  await change('stock.define', { sku: 'lamp', title: 'Lamp', unitPrice: { amount: 900, currency: 'EUR' } });
  const row = { sku: 'lamp', title: 'Lamp', price: 1, currency: 'EUR', requiresCustomer: true };
  await importRows('second', [row, { sku: 'new', limitPerCustomer: 2 }, { sku: 'tea', onHand: 60 }]);
  // Events of the same millisecond have no order among themselves.
  const [first, second] = await events();
  const [changed, sent] = first?.before === undefined ? [second, first] : [first, second];
  expect(changed).toMatchObject({
    what: 'stock.import',
    by: 'operator',
    before: { skus: [{ sku: 'lamp', unitPrice: { amount: 900, currency: 'EUR' }, requiresCustomer: false }] },
    after: {
      key: 'second',
      skus: [
        { sku: 'lamp', unitPrice: { amount: 1, currency: 'EUR' }, requiresCustomer: true },
        { sku: 'new', limitPerCustomer: 2 },
      ],
    },
  });
  expect(JSON.stringify(changed)).not.toContain('title');
  expect(sent).toMatchObject({ what: 'stock.import', after: { key: 'second', fromRow: 1 } });
  await importRows('third', [row]);
  expect((await events())[0]).toMatchObject({ after: { key: 'third', fromRow: 1 } });
});

test('a whole catalog is recorded in few events of a bounded size', async () => {
  const known = (await events()).length;
  const skus = Array.from({ length: 600 }, (_, n) => ({ sku: `catalog-${n}`, title: 'x'.repeat(200) }));
  await importRows('catalog', skus);
  const found = await events();
  const added = found.slice(0, found.length - known);
  const named = added.flatMap(({ after }) => (after as { skus?: unknown[] }).skus ?? []);
  expect(named).toHaveLength(600);
  expect(added.length).toBeLessThan(40);
  for (const event of added) expect(JSON.stringify(event).length).toBeLessThan(10_000);
});
