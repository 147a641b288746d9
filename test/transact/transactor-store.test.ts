import { expect, test } from 'vitest';
import { Overloaded } from '../../src/actor/batcher-errors.ts';
import { ok, OutcomeUnknown, ServiceFailure } from '../../src/contract/calls/call.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Answer } from '../../src/domain/transaction.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { yes } from '../support/shop.ts';
import { commit, consume, receive, release, reserve, transaction } from '../support/transactions.ts';
import { composed, endOf, keyed, mutation, transactorBench, UNITS, unread } from '../support/transactor-bench.ts';

test('after the effect an outage is an unknown outcome, and a bug stays what it is', async () => {
  const { transactor } = await transactorBench();
  const failing = (failure: Error) =>
    endOf(transactor.run(mutation({ call: keyed(failure.name), answer: () => Promise.reject(failure) })));
  for (const outage of [new StoreError('unavailable', 'away'), new Overloaded({ waitedMs: 1 })]) {
    const caught = await failing(outage);
    expect(caught).toBeInstanceOf(OutcomeUnknown);
    expect(caught).toMatchObject({ idempotencyKey: outage.name, cause: outage });
  }
  const bug = new TypeError('a bug');
  expect(await failing(bug)).toBe(bug);
});

test('a record that cannot be decoded, or a transaction that fails, is a failure of the service', async () => {
  const { memory } = await transactorBench();
  const read: Store['read'] = async (requests) =>
    (await memory.read(requests)).map((view, index) => ({
      ...view,
      undecodable: (requests[index]?.requests ?? []).map((id) => `request:${id}`),
    }));
  const unreadable = (await transactorBench({ storeWith: { read } })).transactor;
  await expect(unreadable.run(mutation({ call: keyed('k') }))).rejects.toThrow(
    new ServiceFailure('a request record cannot be decoded'),
  );
  expect(await unreadable.run(mutation())).toEqual(ok('done A'));
  const failed = { status: 'failed', error: 'internal', detail: 'a broken record' } as const;
  const apply: Store['apply'] = async (batch) => ({ ...(await memory.apply([])), answers: batch.map(() => failed) });
  const failing = (await transactorBench({ storeWith: { apply } })).transactor;
  await expect(failing.run(mutation())).rejects.toThrow(new ServiceFailure('internal: a broken record'));
});

test('overdue holds that are in the way are ended, and the transaction is sent again', async () => {
  const { memory } = await transactorBench();
  const pending: Answer = { status: 'overdue_pending', skus: ['A'] };
  const calls: string[] = [];
  const apply: Store['apply'] = async (batch) => {
    calls.push('apply');
    return calls.length < 5 ? { ...(await memory.apply([])), answers: batch.map(() => pending) } : memory.apply(batch);
  };
  const reclaim: Store['reclaim'] = (request) => {
    calls.push(`reclaim ${request.skus?.join()}`);
    return memory.reclaim(request);
  };
  const { transactor } = await transactorBench({ storeWith: { apply, reclaim } });
  expect(await transactor.run(mutation())).toEqual(ok('done A'));
  expect(calls).toEqual(['apply', 'reclaim A', 'apply', 'reclaim A', 'apply']);
  expect([transactor.counts.replays, (await memory.read([{ skus: ['A'] }]))[0]?.stock[0]?.onHand]).toEqual([
    0,
    UNITS + 1,
  ]);
});

test('counts the holds that applied transactions have sold or released, and no others', async () => {
  const { transactor, memory } = await transactorBench();
  const holds = ['h1', 'h2', 'h3', 'h4', 'h5'].map((holdId) => reserve(holdId, 'A', 1));
  await memory.apply([transaction('holds', holds)]);
  const run = (...steps: Step[]) => transactor.run(mutation({ compose: () => composed(...steps) }));
  yes(await run(receive('A', 1), consume('h1'), release('h2'), release('h4')));
  yes(await run(commit('h3'), commit('h5')));
  yes(await run(release('h3', { committed: true })));
  expect(await run(consume('h1'))).toMatchObject({ ok: false });
  expect(transactor.counts).toMatchObject({ holdsSold: 3, holdsReleased: 2 });
});

test('an outage fails all calls of a batch, which is sent once', async () => {
  let batches = 0;
  const outage = new StoreError('unavailable', 'away');
  const apply: Store['apply'] = async () => {
    batches += 1;
    throw outage;
  };
  const { transactor } = await transactorBench({ storeWith: { apply } });
  const calls = Array.from({ length: 3 }, () => endOf(transactor.run(unread())));
  expect(await Promise.all(calls)).toEqual([outage, outage, outage]);
  expect(batches).toBe(1);
});

test.each([
  ['all composed', [unread(), unread()]],
  ['one uncomposed', [unread(), unread(), unread({ compose: () => ({ refusal: { reason: 'conflict', meta: {} } }) })]],
])('a store that answers too few transactions leaves the outcome of its batch unknown: %s', async (_, mutations) => {
  const { memory } = await transactorBench();
  const apply: Store['apply'] = async (batch) => {
    const result = await memory.apply(batch);
    return { ...result, answers: result.answers.slice(1) };
  };
  const { transactor } = await transactorBench({ storeWith: { apply } });
  const ends = await Promise.all(mutations.map((one) => endOf(transactor.run(one))));
  for (const end of ends) {
    expect(end).toBeInstanceOf(OutcomeUnknown);
    expect(end).toMatchObject({ cause: { name: 'AnswersMismatch' } });
  }
});

test('a lost reply is an unknown outcome, with the error of the store as its cause', async () => {
  const { transactor, hooks } = await transactorBench();
  const lost = new StoreError('outcome_unknown', 'no reply');
  hooks.afterApply = () => Promise.reject(lost);
  const end = await endOf(transactor.run(mutation({ call: keyed('k') })));
  expect(end).toBeInstanceOf(OutcomeUnknown);
  expect(end).toMatchObject({ idempotencyKey: 'k', cause: lost });
});

test('a generated hold id that exists is a failure of the service, also for a call that needs no read', async () => {
  const { transactor, memory } = await transactorBench();
  await memory.apply([transaction('holds', [reserve('h1', 'A', 1)])]);
  const compose = () => composed(reserve('h1', 'A', 1));
  const failure = new ServiceFailure('a generated hold id was taken: h1');
  await expect(transactor.run(unread({ compose }))).rejects.toThrow(failure);
  await expect(transactor.run(mutation({ compose }))).rejects.toThrow(failure);
});
