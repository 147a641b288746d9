import { beforeEach, describe, expect, test } from 'vitest';
import { configure, drop, put, receive, release, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf, openRedisShop, type RedisShop } from './redis-shop.ts';

const START = 1_800_000_000_000;
const clock = { now: START };

beforeEach(() => {
  clock.now = START;
});

const GARBAGE: [string, Buffer][] = [
  ['text', Buffer.from('not msgpack at all')],
  ['nothing', Buffer.alloc(0)],
  ['a truncated array', Buffer.from([0x9a, 0xa1])],
  ['an empty array', Buffer.from([0x90])],
  ['an array of other things', Buffer.from([0x93, 0xc3, 0xc3, 0xc3])],
  ['a reserved byte', Buffer.from([0xc1])],
];

/** Opens a shop with two records of each kind: one that the test damages, and one that must not be affected. */
async function twoOfEach(): Promise<RedisShop> {
  const shop = await openRedisShop({ clock: () => clock.now, warn: () => undefined });
  for (const name of ['bad', 'good']) {
    const hold = reserve(`h-${name}`, name, 1, { ttlMs: 1_000 });
    const cart = put(`cart:${name}`, 'absent', { body: '{}', holds: [`h-${name}`], dueInMs: 1_000, list: 'placed' });
    await shop.store.apply([transaction(`t-${name}`, [configure(name), receive(name, 9), hold, cart])]);
  }
  return shop;
}

describe.each(GARBAGE)('%s', (_name, bytes) => {
  test.each([
    ['stock', 'bad', 'stock:bad', () => [receive('bad', 1)]],
    ['holds', 'h-bad', 'hold:h-bad', () => [release('h-bad')]],
    ['docs', 'cart:bad', 'document:cart:bad', () => [drop('cart:bad', 'any')]],
  ] as const)(
    'in %s fails only the transaction that needs it, without an effect',
    async (key, field, record, steps) => {
      await using shop = await twoOfEach();
      await shop.admin.hset(shop.key(key), field, bytes);
      const { answers } = await shop.store.apply([
        transaction('before', [receive('good', 1)]),
        transaction('bad', [receive('good', 100), ...steps()]),
        transaction('after', [release('h-good'), drop('cart:good', 'present')]),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(['applied', 'failed', 'applied']);
      expect(answers[1]).toEqual({ status: 'failed', error: 'undecodable_record', detail: record });
      const [snapshot] = await shop.store.read([{ skus: ['bad', 'good'], holds: ['h-bad'], documents: ['cart:bad'] }]);
      expect(snapshot?.undecodable).toEqual([record]);
      expect(snapshot?.stock[1]).toMatchObject({ onHand: 10, reserved: 0 });
      const kind = key === 'docs' ? 'documents' : key;
      const { undecodable } = await shop.store.scan({ kind, cursor: null, limit: 100 });
      expect(undecodable).toEqual([{ record, problem: expect.any(String) }]);
    },
  );
});

test('neither replays nor applies a transaction with an undecodable request record', async () => {
  await using shop = await twoOfEach();
  const slots = ['requests:short:0', 'requests:short:1'].map((name) => shop.key(name));
  for (const slot of slots) if (await shop.admin.hexists(slot, 't-bad')) await shop.admin.hset(slot, 't-bad', 'x');
  const { answers } = await shop.store.apply([transaction('t-bad', [receive('good', 1)])]);
  expect(answers).toEqual([{ status: 'failed', error: 'undecodable_record', detail: 'request:t-bad' }]);
  expect((await shop.store.read([{ requests: ['t-bad'] }]))[0]).toMatchObject({
    requests: [null],
    undecodable: ['request:t-bad'],
  });
});

test('a reclaim sets an undecodable overdue hold aside, keeps its record, and ends the others', async () => {
  await using shop = await twoOfEach();
  await shop.admin.hset(shop.key('holds'), 'h-bad', 'x');
  clock.now += 1_000;
  expect(await shop.store.reclaim({ limit: 9 })).toMatchObject({ ended: 1, more: false, nextDueAt: START + 1_000 });
  expect(await shop.admin.zcard(shop.key('due:holds'))).toBe(0);
  expect(await shop.admin.zcard(shop.key('due:skus'))).toBe(0);
  expect((await shop.store.scan({ kind: 'holds', cursor: null, limit: 9 })).undecodable).toMatchObject([
    { record: 'hold:h-bad' },
  ]);
  expect(await shop.store.reclaim({ limit: 9 })).toMatchObject({ ended: 0, more: false });
});

test.each([
  ['without its record', (shop: RedisShop) => shop.admin.hdel(shop.key('holds'), 'h-bad')],
  ['of a SKU whose record cannot be decoded', (shop: RedisShop) => shop.admin.hset(shop.key('stock'), 'bad', 'x')],
  ['of a SKU that does not exist', (shop: RedisShop) => shop.admin.hdel(shop.key('stock'), 'bad')],
])('a reclaim sets aside an overdue entry %s', async (_name, poison) => {
  await using shop = await twoOfEach();
  await poison(shop);
  clock.now += 1_000;
  expect(await shop.store.reclaim({ limit: 9 })).toMatchObject({ ended: 1, more: false });
  expect(await shop.admin.zcard(shop.key('due:holds'))).toBe(0);
});

test('a reclaim removes an undecodable document from the index, and keeps its record', async () => {
  await using shop = await twoOfEach();
  await shop.admin.hset(shop.key('docs'), 'cart:bad', 'x');
  clock.now += 1_000;
  expect((await shop.store.reclaim({ limit: 9 })).dueDocuments).toEqual([{ key: 'cart:good', version: 2 }]);
  expect((await shop.store.reclaim({ limit: 9 })).dueDocuments).toHaveLength(1);
  expect(await shop.admin.zrange(shop.key('due:docs'), '0', '-1')).toEqual(['cart:good']);
  expect(await shop.admin.hexists(shop.key('docs'), 'cart:bad')).toBe(1);
});

test('a list omits undecodable records, any number of them in a row', async () => {
  await using shop = await openRedisShop();
  const skus = Array.from({ length: 30 }, (_, index) => `sku-${String(index).padStart(2, '0')}`);
  await applySteps(shop.store, ...skus.map((sku) => configure(sku)));
  for (const sku of skus.slice(3, 20)) await shop.admin.hset(shop.key('stock'), sku, 'x');
  const page = await shop.store.listStock({ after: 'sku-01', limit: 5 });
  expect(page.map(({ sku }) => sku)).toEqual(['sku-02', 'sku-20', 'sku-21', 'sku-22', 'sku-23']);
});

test('the feed skips an undecodable ledger entry with a warning, and a history ends with an error there', async () => {
  const warnings: string[] = [];
  await using shop = await openRedisShop({ warn: (line) => warnings.push(line) });
  await applySteps(shop.store, configure('A'), receive('A', 1), receive('A', 1));
  await shop.admin.xadd(shop.key('ledger'), '2-0', 'm', 'x');
  await shop.admin.hset(shop.key('meta'), 'sequence', '2');
  await applySteps(shop.store, receive('A', 1));
  const feed = await shop.store.feed({ after: null, limit: 2 });
  expect(feed.map(({ id }) => id)).toEqual(['1-0', '1-1']);
  expect((await shop.store.feed({ after: '1-1', limit: 1 })).map(({ id }) => id)).toEqual(['3-0']);
  expect(warnings).toEqual([expect.stringContaining('2-0 cannot be decoded')]);
  expect(await shop.store.history('A', { before: '2-0', limit: 5 }).catch(faultOf)).toBe('undecodable');
});
