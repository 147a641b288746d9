import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PostgresCluster, startPostgres } from '../../bench/postgres/cluster.ts';
import { ArchiveDatabase } from '../../src/cli/archive/archive-database.ts';
import { loadArchivePackages } from '../../src/cli/archive/archive-packages.ts';
import type { LedgerLine } from '../../src/contract/outputs/ledger-lines.ts';
import { archiveOnce, ledgerOf, newDatabase, startArchive } from '../support/archived-shop.ts';
import { HttpCaller } from '../support/http-caller.ts';
import { OPERATOR_KEY, startServerProcess } from '../support/server-process.ts';
import { inShop, startShops } from '../support/several-shops.ts';
import { type ShopServer, startShop } from '../support/shop-server.ts';
import { tempDir } from '../support/temp-dir.ts';

/** On a fresh machine PostgreSQL is installed first. */
const SETUP_TIMEOUT_MS = 300_000;
const IS_FULL = process.env['HOLDFAST_FAULTS'] === 'full';
const KILLS = IS_FULL ? 20 : 3;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
}, SETUP_TIMEOUT_MS);
afterAll(() => cluster?.close());

async function rowsOf(databaseUrl: string, query: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(query);
    return rows;
  } finally {
    await client.end();
  }
}

const POSITIONS = `SELECT sequence || '-' || index AS position FROM`;

/** The archive has exactly the entries of the ledger, with the same content. */
async function demandSame(url: string, databaseUrl: string): Promise<number> {
  const lines = await ledgerOf(url);
  const movements = lines.filter((line) => line.type === 'movement');
  const statuses = lines.filter((line) => line.type === 'orderStatus');
  const columns = 'sku, kind, quantity, on_hand_after, reserved_after, hold_id, order_id, caused_by';
  const order = 'ORDER BY sequence, index';
  const archived = await rowsOf(databaseUrl, `${POSITIONS} holdfast.movements ${order}`);
  expect(archived.map(({ position }) => position)).toEqual(movements.map(({ position }) => position));
  const contents = await rowsOf(databaseUrl, `SELECT ${columns} FROM holdfast.movements ${order}`);
  expect(contents).toEqual(
    movements.map(({ sku, kind, quantity, onHand, reserved, holdId = null, orderId = null, cause }) => ({
      sku,
      kind,
      quantity: String(quantity),
      on_hand_after: String(onHand.after),
      reserved_after: String(reserved.after),
      hold_id: holdId,
      order_id: orderId,
      caused_by: cause.by,
    })),
  );
  const kept = await rowsOf(databaseUrl, `${POSITIONS} holdfast.order_statuses ${order}`);
  expect(kept.map(({ position }) => position)).toEqual(statuses.map(({ position }) => position));
  const orders = new Map(
    lines.flatMap((line) => (line.type === 'order' ? [[line.order.orderId, line.order] as const] : [])),
  );
  const documents = await rowsOf(databaseUrl, 'SELECT order_id, document FROM holdfast.orders ORDER BY order_id');
  expect(documents.map(({ document }) => document)).toEqual(
    [...orders.values()].sort((a, b) => (a.orderId < b.orderId ? -1 : 1)),
  );
  return movements.length;
}

/** A shopper who buys until the signal aborts. */
async function buyOn(caller: HttpCaller, name: string, signal: AbortSignal): Promise<void> {
  for (let visit = 0; !signal.aborted; visit += 1) {
    const session = `${name}-${String(visit).padStart(8, '0')}`;
    const line = { sku: visit % 3 === 0 ? 'cup' : 'mug', quantity: 1 + (visit % 2) };
    await caller.as(session).mutate('cart.add', line);
    await caller.as(session).mutate('checkout.place', { idempotencyKey: 'pay' });
    await delay(5);
  }
}

test(`archives each entry once although the process is killed ${KILLS} times while the shop sells`, {
  timeout: 300_000,
}, async () => {
  const databaseUrl = await newDatabase(cluster, 'kills');
  await using dir = await tempDir();
  await using server = await startServerProcess({ DATA_DIR: dir.path });
  const caller = new HttpCaller(server.url);
  const operator = caller.asOperator();
  for (const sku of ['cup', 'mug']) {
    await operator.mutate('stock.define', { sku });
    await operator.mutate('stock.receive', { sku, quantity: 1_000_000 });
  }
  const closed = new AbortController();
  const shoppers = ['ann', 'bob', 'cid'].map((name) => buyOn(caller, name, closed.signal));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const archive = startArchive(server.url, databaseUrl);
    await archive.said('following');
    if (kill % 2 === 0) await archive.said('archived');
    await delay(Math.random() * 60);
    await archive.end('SIGKILL');
  }
  closed.abort();
  await Promise.all(shoppers);
  await archiveOnce(server.url, databaseUrl);
  expect(await demandSame(server.url, databaseUrl)).toBeGreaterThan(50);
  const levels = await rowsOf(databaseUrl, 'SELECT sku, on_hand, reserved FROM holdfast.stock_levels ORDER BY sku');
  for (const { sku, on_hand, reserved } of levels) {
    const level = await operator.query('stock.level', { sku: sku as string });
    expect(level).toMatchObject({ value: { onHand: Number(on_hand), reserved: Number(reserved) } });
  }
  caller.close();
});

describe('an archive', () => {
  let shop: ShopServer;
  let databaseUrl: string;
  const asOperator = { operator: true };

  beforeAll(async () => {
    databaseUrl = await newDatabase(cluster, 'archive');
  });
  beforeEach(async () => {
    await rowsOf(databaseUrl, 'DROP SCHEMA IF EXISTS holdfast CASCADE');
    shop = await startShop({ LOG_LEVEL: 'error', LEDGER_RETENTION_DAYS: '1' });
    await shop.mutate('stock.define', { sku: 'cup', unitPrice: { amount: 500, currency: 'EUR' } }, asOperator);
    await shop.mutate('stock.receive', { sku: 'cup', quantity: 20, reason: 'a\\b\tc\nd' }, asOperator);
  });
  afterEach(() => shop[Symbol.asyncDispose]());

  async function sell(session: string, quantity: number): Promise<string> {
    await shop.mutate('cart.add', { sku: 'cup', quantity }, { session });
    const contact = { email: 'ann@x.example' };
    const { data } = await shop.mutate('checkout.place', { idempotencyKey: 'pay', contact }, { session });
    return (data as { orderId: string }).orderId;
  }

  test('has views for finance, and orders without contacts', async () => {
    const orderId = await sell('session-of-ann', 3);
    const back = { orderId, lines: [{ sku: 'cup', quantity: 1 }], restock: false, reason: 'broken' };
    await archiveOnce(shop.url, databaseUrl);
    await shop.mutate('orders.return', { ...back, idempotencyKey: 'back' }, asOperator);
    const off = { sku: 'cup', quantity: 2, reason: 'fell', takeFrom: 'available' };
    await shop.mutate('stock.writeOff', off, asOperator);
    await shop.mutate('cart.add', { sku: 'cup', quantity: 4 }, { session: 'session-of-bob' });
    await archiveOnce(shop.url, databaseUrl);
    const day = { shop: 'main', sku: 'cup', location: 'main' };
    const columns = 'shop, sku, location';
    expect(await rowsOf(databaseUrl, `SELECT ${columns}, sold, returned FROM holdfast.sold_by_day`)).toEqual([
      { ...day, sold: '3', returned: '1' },
    ]);
    expect(await rowsOf(databaseUrl, `SELECT ${columns}, reason, lost, found FROM holdfast.shrinkage_by_day`)).toEqual([
      { ...day, reason: 'fell', lost: '2', found: '0' },
    ]);
    const reserved = await rowsOf(databaseUrl, `SELECT sku, reserved, on_hand FROM holdfast.reserved_by_hour`);
    expect(reserved.at(-1)).toEqual({ sku: 'cup', reserved: '4', on_hand: '15' });
    expect(await rowsOf(databaseUrl, 'SELECT status, currency, orders, amount FROM holdfast.orders_by_day')).toEqual([
      { status: 'placed', currency: 'EUR', orders: '1', amount: '1500' },
    ]);
    const [order] = await rowsOf(databaseUrl, 'SELECT document FROM holdfast.orders');
    expect(order?.['document']).toMatchObject({ orderId, lines: [{ returned: 1 }] });
    expect(JSON.stringify(order)).not.toContain('ann@x.example');
    const [received] = await rowsOf(databaseUrl, `SELECT reason FROM holdfast.movements WHERE kind = 'received'`);
    expect(received).toEqual({ reason: 'a\\b\tc\nd' });
    await demandSame(shop.url, databaseUrl);
  });

  test('has each entry once if its mark is lost, and keeps the newest version of an order', async () => {
    await sell('session-of-ann', 3);
    await archiveOnce(shop.url, databaseUrl);
    await rowsOf(databaseUrl, 'UPDATE holdfast.marks SET sequence = NULL, index = NULL');
    await rowsOf(databaseUrl, `UPDATE holdfast.orders SET version = version + 1, status = 'cancelled'`);
    await archiveOnce(shop.url, databaseUrl);
    await demandSame(shop.url, databaseUrl);
    expect(await rowsOf(databaseUrl, 'SELECT status FROM holdfast.orders')).toEqual([{ status: 'cancelled' }]);
  });

  test('has nothing of an answer that was cut, and continues at its mark over the same connection', async () => {
    await using database = await ArchiveDatabase.open(databaseUrl, await loadArchivePackages());
    const all = await ledgerOf(shop.url);
    const answer = (lines: LedgerLine[]) => ({
      shop: 'main',
      lines: Readable.from(lines) as AsyncIterable<LedgerLine>,
    });
    const accept = { acceptGap: false };
    expect(await database.claim('main', () => undefined)).toBeNull();
    await expect(database.archive(answer(all.slice(0, -1)), null, accept)).rejects.toThrow(/cut/);
    expect(await rowsOf(databaseUrl, 'SELECT * FROM holdfast.movements')).toEqual([]);
    await database.archive(answer(all), null, accept);
    const written = 'SELECT xmin::text AS transaction FROM holdfast';
    expect(await rowsOf(databaseUrl, `${written}.marks UNION ${written}.movements`)).toHaveLength(1);
    // Another process has moved the mark.
    await expect(database.archive(answer(all), null, accept)).rejects.toThrow(/another process/);
    await demandSame(shop.url, databaseUrl);
  });

  test('stops at a gap unless it is accepted, and where the shop is older than the archive', async () => {
    await archiveOnce(shop.url, databaseUrl);
    await using database = await ArchiveDatabase.open(databaseUrl, await loadArchivePackages());
    const mark = await database.claim('main', () => undefined);
    const lines: LedgerLine[] = [
      { type: 'gap', through: '7-0' },
      { type: 'end', after: mark, more: false },
    ];
    const answer = () => ({ shop: 'main', lines: Readable.from(lines) as AsyncIterable<LedgerLine> });
    await expect(database.archive(answer(), mark, { acceptGap: false })).rejects.toThrow(/--accept-gap/);
    await database.archive(answer(), mark, { acceptGap: true });
    expect(await rowsOf(databaseUrl, 'SELECT after, through FROM holdfast.gaps')).toEqual([
      { after: mark, through: '7-0' },
    ]);
    await database[Symbol.asyncDispose]();
    await rowsOf(databaseUrl, 'UPDATE holdfast.marks SET sequence = 900000');
    await expect(archiveOnce(shop.url, databaseUrl)).rejects.toThrow(/newest entry/);
  });

  test('waits while another process archives the shop', async () => {
    const packages = await loadArchivePackages();
    const first = await ArchiveDatabase.open(databaseUrl, packages);
    await first.claim('main', () => undefined);
    let isWaiting = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      isWaiting = resolve;
    });
    const second = archiveOnce(shop.url, databaseUrl, { log: (line) => line.startsWith('another') && isWaiting() });
    await waiting;
    await first[Symbol.asyncDispose]();
    await second;
    expect(await demandSame(shop.url, databaseUrl)).toBe(1);
  });

  test('needs a key with the scope, and a database that no newer version has changed', async () => {
    const { data } = await shop.mutate('keys.create', { name: 'other', scopes: ['audit:read'] }, asOperator);
    const { key } = data as { key: string };
    const server = { url: shop.url, operatorKey: key, headers: {} };
    await expect(archiveOnce(shop.url, databaseUrl, { server })).rejects.toThrow(/ledger:read/);
    await rowsOf(databaseUrl, 'INSERT INTO holdfast.versions VALUES (99)');
    await expect(archiveOnce(shop.url, databaseUrl)).rejects.toThrow(/version 99/);
  });

  test('keeps the shops of a process apart', async () => {
    await using several = await startShops({ SHOPS: 'main,berlin' });
    for (const [name, quantity] of [['main', 1] as const, ['berlin', 2] as const]) {
      await several.mutate('stock.define', { sku: 'cup' }, { operator: true, ...inShop(name) });
      await several.mutate('stock.receive', { sku: 'cup', quantity }, { operator: true, ...inShop(name) });
      const server = { url: several.running.url, operatorKey: OPERATOR_KEY, headers: inShop(name).headers };
      await archiveOnce(several.running.url, databaseUrl, { server });
    }
    expect(await rowsOf(databaseUrl, 'SELECT shop, on_hand FROM holdfast.stock_levels ORDER BY shop')).toEqual([
      { shop: 'berlin', on_hand: '2' },
      { shop: 'main', on_hand: '1' },
    ]);
  });
});
