import { expect, test } from 'vitest';
import { configure, put, receive, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf, openRedisShop, type RedisShop } from './redis-shop.ts';

/** Two transactions, one with a long retention, so that both kinds of request records are written. */
const both = (id: string, quantity: number) => [
  transaction(`${id}-short`, [reserve(`${id}-hold`, 'A', quantity), put(`cart:${id}`, 'absent', { body: id })]),
  transaction(`${id}-long`, [receive('A', 1)], { retention: 'long' }),
];

test('two shops on one server that take turns find their own records under equal names', async () => {
  await using shop = await openRedisShop();
  const stores = [shop.store, await shop.open({ shop: 'other' })];
  for (const [index, store] of stores.entries()) {
    await applySteps(store, configure('A'), receive('A', 100), configure(`only-${index}`));
  }
  for (const id of ['first', 'second']) {
    for (const [index, store] of stores.entries()) {
      const statuses = (await store.apply(both(id, index + 1))).answers.map(({ status }) => status);
      expect(statuses).toEqual(['applied', 'applied']);
    }
  }
  for (const [index, store] of stores.entries()) {
    const skus = ['A', `only-${1 - index}`];
    const [snapshot] = await store.read([{ skus, holds: ['first-hold'], requests: ['second-long'] }]);
    expect(snapshot).toMatchObject({
      stock: [{ onHand: 102, reserved: 2 * (index + 1) }, null],
      holds: [{ quantity: index + 1 }],
      requests: [{ granted: [] }],
    });
    expect((await store.apply(both('second', index + 1))).answers.map(({ status }) => status)).toEqual([
      'replayed',
      'replayed',
    ]);
  }
});

test('applies a batch of more values than fit on the Lua stack at once', async () => {
  await using shop = await openRedisShop();
  await applySteps(shop.store, configure('A'), receive('A', 10_000));
  const reserves = Array.from({ length: 1_000 }, (_, index) => reserve(`h${index}`, 'A', 1 + (index % 3)));
  const { answers } = await shop.store.apply([transaction('many', reserves), transaction('one', [receive('A', 5)])]);
  expect(answers).toMatchObject([
    { status: 'applied', granted: reserves.map((_, index) => 1 + (index % 3)) },
    { status: 'applied' },
  ]);
  const [snapshot] = await shop.store.read([{ skus: ['A'], holds: ['h999'] }]);
  expect(snapshot).toMatchObject({ stock: [{ onHand: 10_005, reserved: 1_999 }], holds: [{ quantity: 1 }] });
});

test('a batch writes nothing of an earlier one that failed before it wrote', async () => {
  await using shop = await openRedisShop();
  await applySteps(shop.store, configure('A'), receive('A', 9));
  await shop.admin.set(shop.key('due:holds'), 'a string');
  const failed = [transaction('t', [reserve('h', 'A', 1), put('cart:t', 'absent', { body: 't', dueInMs: 5_000 })])];
  expect(faultOf(await shop.store.apply(failed).catch((reason: unknown) => reason))).toBe('batch_failed');
  await shop.admin.del(shop.key('due:holds'));
  expect(await applySteps(shop.store, receive('A', 1))).toMatchObject({ status: 'applied' });
  const [snapshot] = await shop.store.read([{ skus: ['A'], holds: ['h'], documents: ['cart:t'], requests: ['t'] }]);
  expect(snapshot).toMatchObject({
    stock: [{ onHand: 10, reserved: 0 }],
    holds: [null],
    documents: [null],
    requests: [null],
  });
  expect(await shop.admin.exists(shop.key('due:holds'), shop.key('due:docs'), shop.key('due:skus'))).toBe(0);
  expect(await shop.admin.xlen(shop.key('ledger'))).toBe(2);
});

const vmMiB = async ({ admin }: RedisShop): Promise<number> =>
  Number(/used_memory_vm_functions:(\d+)/.exec(await admin.info('memory'))?.[1]) / 1024 / 1024;

test('the memory of the functions does not grow with the number of batches', async () => {
  await using shop = await openRedisShop();
  await applySteps(shop.store, configure('A'), receive('A', 100_000));
  const cart = (id: string) => [
    put(`cart:${id}`, 'absent', { body: id, holds: [`hold:${id}`] }),
    reserve(`hold:${id}`, 'A', 1),
  ];
  // Names of 100 characters, so that remembering them would be noticed: about 30 KB per batch.
  const batchOf = (number: number) =>
    Array.from({ length: 64 }, (_, index) => `${number}-${index}`.padEnd(100, '.')).map((id) =>
      transaction(id, cart(id)),
    );
  for (let number = 0; number < 50; number += 1) await shop.store.apply(batchOf(number));
  const before = await vmMiB(shop);
  for (let number = 50; number < 250; number += 1) await shop.store.apply(batchOf(number));
  expect(await vmMiB(shop)).toBeLessThan(before + 1.5);
});

test('the memory of the functions does not grow with the number of reads', async () => {
  await using shop = await openRedisShop();
  const namesOf = (number: number) => Array.from({ length: 64 }, (_, index) => `${number}-${index}`.padEnd(100, '.'));
  const read = async (from: number, to: number) => {
    for (let number = from; number < to; number += 1) {
      await shop.store.read([{ skus: namesOf(number), documents: namesOf(number) }]);
    }
  };
  await read(0, 50);
  const before = await vmMiB(shop);
  await read(50, 250);
  expect(await vmMiB(shop)).toBeLessThan(before + 1.5);
});
