import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configure, transaction } from '../../support/transactions.ts';
import { poll } from '../../support/poll.ts';
import { openShop } from './shops.ts';

const CHILD = join(import.meta.dirname, 'stalling-child.js');
const DEADLINE_MS = 300;

async function stall(dir: string): Promise<{ end(): Promise<void> }> {
  const child = fork(CHILD, [dir]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  return {
    async end() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const rejection = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  );

test('while the disk does not respond, settles every call in time and answers reads; recovers afterwards', async () => {
  await using shop = await openShop({ deadlineMs: DEADLINE_MS });
  const configureAs = (id: string) => shop.store.apply([transaction(id, [configure(id)])]);
  await configureAs('A');
  const stalled = await stall(shop.dir);
  // The child reports the lock just before it acquires it.
  await poll(async () => (await rejection(configureAs('B'))) !== null);
  const before = performance.now();
  const failed = await Promise.all(['C', 'D', 'E'].map((id) => rejection(configureAs(id))));
  expect(performance.now() - before).toBeLessThan(10 * DEADLINE_MS);
  expect(failed).toMatchObject(failed.map(() => ({ name: 'StoreError', fault: 'unavailable' })));
  expect((await shop.store.read([{ skus: ['A', 'C'] }]))[0]?.stock).toMatchObject([{ sku: 'A' }, null]);
  await stalled.end();
  expect((await configureAs('F')).answers).toMatchObject([{ status: 'applied' }]);
  const [snapshot] = await shop.store.read([{ skus: ['C', 'D', 'E', 'F'] }]);
  expect(snapshot?.stock.map((stock) => stock?.sku)).toEqual([undefined, undefined, undefined, 'F']);
});

test('closes in time while the disk does not respond', async () => {
  await using shop = await openShop({ deadlineMs: DEADLINE_MS });
  const stalled = await stall(shop.dir);
  await poll(async () => (await rejection(shop.store.apply([transaction('B', [configure('B')])]))) !== null);
  const before = performance.now();
  await shop.store.close();
  expect(performance.now() - before).toBeLessThan(9_000);
  await stalled.end();
});
