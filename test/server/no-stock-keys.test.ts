import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { OUTPUTS } from '../../src/contract/outputs/outputs.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type Answer, type Credentials, headersOf, type ShopServer, startShop } from '../support/shop-server.ts';
import { commit, reserve, transaction } from '../support/transactions.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

/**
 * The stock of a SKU at a location has the key `SKU@location` in the store. No answer has such a key where a SKU is
 * expected.
 */

const KEY: Credentials = { operator: true };
const ANN: Credentials = { session: 'ann-of-the-keys' };
const reason = 'r';
const store = openMemoryStore({ shop: 'main' });
let shop: ShopServer;
beforeAll(async () => {
  shop = await startShop({ LOG_LEVEL: 'error', WEBHOOK_ALLOW_PRIVATE: 'yes', SELL_AT: 'dispatch' }, store);
});
afterAll(() => shop[Symbol.asyncDispose]());

/** Queries, with inputs that reach stock at a location. All others have no stock in their answers. */
const QUERIES: Record<string, object> = {
  'stock.level': { sku: 'tea' },
  'stock.list': {},
  'stock.history': { sku: 'tea', location: 'berlin' },
  'stock.availability': { skus: ['tea', 'pot'], location: 'berlin' },
  'stock.importStatus': { key: 'file' },
  'locations.list': {},
  'holds.list': {},
  'holds.top': { sku: 'tea', by: 'session' },
  'cart.get': {},
  'orders.list': {},
  'orders.mine': {},
  'reservations.list': {},
  'customers.export': { customerId: 'ada' },
  'admin.audit': {},
  'admin.events': { limit: 500 },
  'webhooks.list': {},
};

/** Calls that are refused because of stock at Berlin, or that change it. */
const CHANGES: [path: string, input: object][] = [
  ['stock.define', { sku: 'tea', safetyStock: 1, location: 'berlin' }],
  ['stock.receive', { sku: 'tea', quantity: 2, location: 'berlin' }],
  ['stock.receive', { sku: 'tea', quantity: 1_000_000_000_000, location: 'berlin' }],
  ['stock.receive', { sku: 'ghost', quantity: 1, location: 'berlin' }],
  ['stock.receive', { sku: 'tea@berlin', quantity: 1 }],
  ['stock.adjust', { sku: 'tea', delta: -900, reason, location: 'berlin' }],
  ['stock.count', { sku: 'tea', onHand: 0, reason, location: 'berlin' }],
  ['stock.count', { sku: 'tea', onHand: 9, expectedOnHand: 900, location: 'berlin' }],
  ['stock.archive', { sku: 'tea', reason }],
  ['stock.writeOff', { sku: 'tea', quantity: 900, reason, takeFrom: 'newest_holds', location: 'berlin' }],
  ['stock.writeOff', { sku: 'tea', quantity: 8, reason, takeFrom: 'newest_holds', location: 'berlin' }],
  ['holds.release', { holdId: 'hld_1', reason }],
  ['holds.releaseWhere', { sku: 'tea', reason }],
];

const seen: [what: string, text: string][] = [];
async function note(what: string, answer: Promise<Answer>): Promise<Answer> {
  const { text, ...rest } = await answer;
  seen.push([what, text]);
  return { text, ...rest };
}

async function stockBerlin(): Promise<void> {
  await note('locations.define', shop.mutate('locations.define', { id: 'berlin', priority: 1 }, KEY));
  for (const sku of ['tea', 'pot']) await note('stock.define', shop.mutate('stock.define', { sku }, KEY));
  await note('stock.receive', shop.mutate('stock.receive', { sku: 'tea', quantity: 10, location: 'berlin' }, KEY));
  const holds = ['cart:crt_x', 'detached:x', 'order:ord_gone'].map((owner, index) =>
    reserve(`hld_${index}`, 'tea@berlin', 1, { owner }),
  );
  const made: Transaction = transaction('held', [...holds, commit('hld_2')]);
  expect((await store.apply([made])).answers[0]?.status).toBe('applied');
}

/** Watches until each SKU has been reported once and one of them has changed. */
async function watchStock(): Promise<void> {
  const ending = new AbortController();
  const input = encodeURIComponent(JSON.stringify({ json: { skus: ['tea', 'pot'] } }));
  const { body } = await fetch(`${shop.url}/trpc/stock.watch?input=${input}`, { signal: ending.signal });
  let text = '';
  const change = shop.mutate('stock.receive', { sku: 'tea', quantity: 1, location: 'berlin' }, KEY);
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    if ((text.match(/"sku":"tea"/g)?.length ?? 0) > 1) break;
  }
  ending.abort();
  expect((await change).status).toBe(200);
  seen.push(['stock.watch', text]);
}

/** One transfer that arrives, one that cannot leave, and one that comes back. */
async function transferTea(): Promise<void> {
  const change = async (path: string, input: object): Promise<{ transferId: string }> => {
    const { data } = await note(path, shop.mutate(path, input, KEY));
    return data as { transferId: string };
  };
  for (const quantity of [1, 900, 1]) {
    const lines = [{ sku: 'tea', quantity }];
    const { transferId } = await change('transfers.create', { from: 'berlin', to: 'main', lines });
    await change('transfers.dispatch', { transferId });
    if (quantity === 1) await change('transfers.receive', { transferId, lines });
    await change('transfers.cancel', { transferId, reason });
    await note('transfers.get', shop.query('transfers.get', { transferId }, KEY));
  }
  await note('transfers.list', shop.query('transfers.list', {}, KEY));
}

test('no answer has the key of stock at a location', async () => {
  await using receiver = await WebhookReceiver.open();
  await note('webhooks.create', shop.mutate('webhooks.create', { url: receiver.url, events: ['stock.out'] }, KEY));
  await stockBerlin();
  await watchStock();
  await transferTea();
  for (const [path, input] of CHANGES) {
    await note(path, shop.mutate(path, input, KEY));
    for (const [query, asked] of Object.entries(QUERIES))
      await note(query, shop.query(query, asked, { ...KEY, ...(/^cart|mine$/.test(query) ? ANN : {}) }));
  }
  const headers = headersOf(KEY);
  const body = 'sku,onHand,location\ntea,0,berlin\ntea@berlin,1,main\n';
  await note('import', shop.fetch('/api/v1/stock/import?key=file&format=csv', { method: 'POST', headers, body }));
  for (const format of ['csv', 'jsonl'])
    await note('export', shop.fetch(`/api/v1/stock/export?format=${format}`, { headers }));
  await note('metrics', shop.fetch('/metrics', { headers }));
  await note('admin.repairIndexes', shop.mutate('admin.repairIndexes', {}, KEY));
  seen.push(['log', shop.logText()]);
  for (const { payload } of receiver.received) seen.push(['webhook', JSON.stringify(payload)]);

  const own = /"(?:sku|path|message)":"[^"]*@berlin/;
  expect(seen.filter(([, text]) => own.test(text) && !text.includes('not end with @'))).toEqual([]);
  // The texts of violations may name a record of the store. Everything else has no key at all.
  const others = seen.filter(([what, text]) => what !== 'admin.audit' && /tea@berlin/.test(text));
  expect(others.filter(([, text]) => !text.includes('not end with @'))).toEqual([]);
  for (const what of ['stock.list', 'stock.history', 'holds.list', 'admin.audit'])
    expect([what, seen.some(([path, text]) => path === what && text.includes('"location":"berlin"'))]).toEqual([
      what,
      true,
    ]);
  const asked = new Set(seen.map(([what]) => what));
  const unasked = Object.entries(OUTPUTS).flatMap(([path, schema]) =>
    asked.has(path) || !JSON.stringify(z.toJSONSchema(schema)).includes('"sku"') ? [] : [path],
  );
  // These show the lines of documents, which have SKUs.
  expect(unasked.filter((path) => !/^(cart|checkout|orders|reservations)\./.test(path))).toEqual([]);
});
