import { expect, test } from 'vitest';
import { RECLAIM_CALL_HOLDS_MAX } from '../../src/domain/limits.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { type Reclaimed, type Store, StoreError } from '../../src/store/store.ts';
import { Reclaimer } from '../../src/transact/reclaimer.ts';
import { configure, receive, reserve, START, transaction } from '../support/transactions.ts';

type Request = Parameters<Store['reclaim']>[0];

/** A reclaimer of a memory store, and the requests that the store has received. `failWith` fails the next one. */
function reclaimerWith(now: { at: number }) {
  const store = openMemoryStore({ shop: 'main', clock: () => now.at });
  const requests: Request[] = [];
  const seen: Reclaimed[] = [];
  let failure: Error | null = null;
  const reclaim = async (request: Request): Promise<Reclaimed> => {
    requests.push(request);
    const error = failure;
    failure = null;
    if (error) throw error;
    return store.reclaim(request);
  };
  const reclaimer = new Reclaimer({ reclaim }, (reclaimed) => seen.push(reclaimed));
  const failWith = (error: Error): void => {
    failure = error;
  };
  return { store, reclaimer, requests, seen, failWith };
}

test('ends the overdue holds of the SKUs, and counts and reports them', async () => {
  const now = { at: START };
  const { store, reclaimer, requests, seen } = reclaimerWith(now);
  const holds = ['h1', 'h2'].map((holdId) => reserve(holdId, 'A', 1, { ttlMs: 10 }));
  await store.apply([transaction('t', [configure('A'), receive('A', 5), ...holds])]);
  now.at += 10;
  const reclaimed = await reclaimer.reclaim(['A']);
  expect(reclaimed).toMatchObject({ ended: 2, more: false });
  expect(seen).toEqual([reclaimed]);
  await reclaimer.reclaim([]);
  expect(reclaimer.holdsReclaimed).toBe(2);
  expect(requests).toEqual([['A'], []].map((skus) => ({ skus, limit: RECLAIM_CALL_HOLDS_MAX })));
});

test('calls during a call share the next one, which names all their SKUs, up to a thousand', async () => {
  const { reclaimer, requests } = reclaimerWith({ at: START });
  const first = reclaimer.reclaim(['A']);
  await Promise.resolve();
  const many = Array.from({ length: 999 }, (_, index) => `sku-${index}`);
  const next = [reclaimer.reclaim(['B']), reclaimer.reclaim(many), reclaimer.reclaim(['too', 'many'])];
  const [last] = await Promise.all([next[2], first, ...next]);
  expect(await next[0]).toBe(last);
  expect(requests.map(({ skus }) => skus)).toEqual([['A'], ['B', ...many]]);
});

test('an unknown outcome is an outage for the caller, because a repetition does no harm', async () => {
  const { reclaimer, failWith } = reclaimerWith({ at: START });
  const unknown = new StoreError('outcome_unknown', 'no answer in time');
  failWith(unknown);
  await expect(reclaimer.reclaim([])).rejects.toMatchObject({
    fault: 'unavailable',
    message: 'no answer in time',
    cause: unknown,
  });
  const others = [new StoreError('closed', 'the store is closed'), new TypeError('a bug')];
  for (const error of others) {
    failWith(error);
    await expect(reclaimer.reclaim([])).rejects.toBe(error);
  }
  expect(await reclaimer.reclaim([])).toMatchObject({ ended: 0 });
});
