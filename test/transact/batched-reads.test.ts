import { expect, test } from 'vitest';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type ReadRequest, StoreError } from '../../src/store/store.ts';
import { BatchedReads } from '../../src/transact/batched-reads.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { configure, receive, START, transaction } from '../support/transactions.ts';

/** Reads of a memory store with 3 units of A, and the batches that it has answered. */
async function open() {
  const hooks: Hooks = {};
  const batches: (readonly ReadRequest[])[] = [];
  const memory = openMemoryStore({ shop: 'main', clock: () => START });
  await memory.apply([transaction('setup', [configure('A'), receive('A', 3)])]);
  hooks.afterRead = async (requests) => void batches.push(requests);
  return { reads: new BatchedReads(hookedStore(memory, hooks), SYSTEM_RUNTIME), batches, hooks };
}

test('reads of one turn of the event loop share a round trip, and each has its own snapshot', async () => {
  const { reads, batches } = await open();
  const requests = [{ skus: ['A'] }, { documents: ['note'] }, { skus: ['B', 'A'] }, { holds: ['h'], requests: ['r'] }];
  const views = await Promise.all(requests.map((request) => reads.read(request)));
  expect(views.map(({ stock }) => stock.map((record) => record?.onHand ?? null))).toEqual([[3], [], [null, 3], []]);
  expect(views.map(({ documents }) => documents.length)).toEqual([0, 1, 0, 0]);
  expect(batches.flat()).toHaveLength(4);
  expect(batches.length).toBeLessThanOrEqual(2);
});

test('a round trip has at most 1,024 records, of which a document counts as eight', async () => {
  const { reads, batches } = await open();
  const names = Array.from({ length: 128 }, (_, index) => `n${index}`);
  for (const request of [{ skus: names }, { holds: names }, { requests: names }, { documents: names.slice(0, 16) }]) {
    batches.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => reads.read(request)));
    expect(Math.max(...batches.map(({ length }) => length))).toBe(8);
  }
});

test('an outage rejects each read, and is not repeated one by one', async () => {
  const { reads, hooks } = await open();
  let calls = 0;
  const outage = new StoreError('unavailable', 'away');
  hooks.afterRead = async () => {
    calls += 1;
    throw outage;
  };
  const settled = await Promise.allSettled([reads.read({}), reads.read({}), reads.read({}), reads.read({})]);
  for (const one of settled) expect(one).toEqual({ status: 'rejected', reason: outage });
  expect(calls).toBeLessThanOrEqual(2);
});

test('after the close a read is refused as one of a closed store', async () => {
  const { reads } = await open();
  const last = reads.read({ skus: ['A'] });
  await reads.close();
  expect((await last).stock[0]?.onHand).toBe(3);
  await expect(reads.read({ skus: ['A'] })).rejects.toMatchObject({ name: 'StoreError', fault: 'closed' });
});
