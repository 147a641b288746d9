import { expect, test } from 'vitest';
import { Abandoned } from '../../src/actor/batcher-errors.ts';
import { ok, OutcomeUnknown, type Refusal, refuse, StoreIsFull } from '../../src/contract/calls/call.ts';
import type { CoreRefusal } from '../../src/domain/refusal.ts';
import type { Step } from '../../src/domain/steps.ts';
import { StoreError } from '../../src/store/store.ts';
import { shopper } from '../support/shop.ts';
import { put, receive } from '../support/transactions.ts';
import {
  composed,
  DEADLINE_MS,
  endOf,
  keyed,
  mutation,
  transactorBench,
  unread,
  UNITS,
} from '../support/transactor-bench.ts';

const EMPTY = { reason: 'cart_empty', meta: { lines: [] } } as const satisfies Refusal;

/** A compose function that expects a document of another version, so that the store refuses it as stale. */
const stale = (): ReturnType<typeof composed> => composed(receive('A', 1), put('note', 5));

test('composes again from a fresh read, with the refusal and the step of the composition before', async () => {
  const { transactor, onHand } = await transactorBench();
  const seen: [onHand: number | undefined, refused: CoreRefusal | null, step: Step | null][] = [];
  const call = transactor.run(
    mutation({
      compose: (view, refused, step) => {
        seen.push([view.stock[0]?.onHand, refused, step]);
        return seen.length === 1 ? stale() : composed(receive('A', 2));
      },
    }),
  );
  expect(await call).toEqual(ok('done A'));
  const conflict = { reason: 'conflict', meta: { key: 'note' } };
  expect(seen).toEqual([
    [UNITS, null, null],
    [UNITS, conflict, put('note', 5)],
  ]);
  expect([await onHand(), transactor.counts.conflictsRetried]).toEqual([UNITS + 2, 1]);
});

test.each([
  [12, undefined],
  [3, 3],
])('a call that stays stale is refused after %i compositions', async (compositions, attemptsMax) => {
  const { transactor, onHand } = await transactorBench();
  let composedTimes = 0;
  const compose = () => {
    composedTimes += 1;
    return stale();
  };
  expect(await transactor.run(mutation({ compose, attemptsMax }))).toEqual(refuse({ reason: 'conflict', meta: {} }));
  expect([composedTimes, transactor.counts.conflictsRetried]).toEqual([compositions, compositions - 1]);
  expect(await onHand()).toBe(UNITS);
});

test('a refusal that shows a stale snapshot is retried, and any other is returned as its caller may see it', async () => {
  const shown: string[] = [];
  const { transactor } = await transactorBench({
    shownRefusal: (refusal, { principal }) => {
      shown.push(`${refusal.reason} to ${principal}`);
      return EMPTY;
    },
  });
  let attempts = 0;
  const compose = () => {
    attempts += 1;
    return composed(attempts === 1 ? receive('B', 1) : receive('A', 1));
  };
  expect(await transactor.run(mutation({ compose, retryOn: ['unknown_sku'] }))).toEqual(ok('done A'));
  attempts = 0;
  expect(await transactor.run(mutation({ compose, retryOn: ['hold_cap'] }))).toEqual(refuse(EMPTY));
  const refusal: Refusal = { reason: 'conflict', meta: {} };
  expect(await transactor.run(mutation({ compose: () => ({ refusal }) }))).toEqual(refuse(EMPTY));
  expect(shown).toEqual(['unknown_sku to operator', 'conflict to operator']);
});

test('calls that share a lock run one after the other, and a failed call releases its locks', async () => {
  const { transactor, hooks } = await transactorBench();
  const begun: string[] = [];
  const run = (name: string, lockKeys: string | string[], compose = mutation().compose) =>
    endOf(
      transactor.run(
        mutation({
          lockKeys,
          compose: (...given) => {
            begun.push(name);
            return compose(...given);
          },
        }),
      ),
    );
  let goOn = (): void => undefined;
  hooks.afterRead = () => new Promise((resolve) => (goOn = resolve));
  const bug = new TypeError('a bug');
  const failing = transactor.run(
    mutation({
      lockKeys: ['b', 'a'],
      compose: () => {
        begun.push('first');
        throw bug;
      },
    }),
  );
  const others = [run('second', 'a'), run('third', ['b'])];
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([]);
  delete hooks.afterRead;
  goOn();
  await expect(failing).rejects.toBe(bug);
  await Promise.all(others);
  await transactor.close();
  expect(begun).toEqual(['first', 'second', 'third']);
});

test('refuses the writes of shoppers while the store is full, and not those of operators', async () => {
  let isFull = true;
  const { transactor, onHand } = await transactorBench({ isFull: () => isFull });
  const byShopper = mutation({ call: shopper('ann')() });
  await expect(transactor.run(byShopper)).rejects.toThrow(StoreIsFull);
  expect(await transactor.run(mutation())).toEqual(ok('done A'));
  isFull = false;
  expect(await transactor.run(byShopper)).toEqual(ok('done A'));
  expect(await onHand()).toBe(UNITS + 2);
});

test('a call whose connection is closed before it begins has no effect', async () => {
  const { transactor, hooks, onHand } = await transactorBench();
  let reads = 0;
  hooks.afterRead = async () => void (reads += 1);
  const connection = { destroyed: false };
  hooks.beforeApply = async () => void (connection.destroyed = true);
  const caller = { ...keyed('k').caller, connection };
  const run = () => transactor.run(mutation({ call: { caller }, lockKeys: 'cart' }));
  const [open, waiting] = [run(), run()];
  expect(await open).toEqual(ok('done A'));
  await expect(waiting).rejects.toThrow(Abandoned);
  await expect(run()).rejects.toThrow('the client closed its connection before the call had begun');
  expect([reads, await onHand()]).toEqual([1, UNITS + 1]);
});

test('the deadline of a call includes the wait for its lock, and what waits there has no effect', async () => {
  const { transactor, runtime, hooks, onHand } = await transactorBench();
  let goOn = (): void => undefined;
  hooks.beforeApply = () => new Promise((resolve) => (goOn = resolve));
  let reads = 0;
  hooks.afterRead = async () => void (reads += 1);
  const sent = endOf(transactor.run(mutation({ lockKeys: 'cart', call: keyed('mine') })));
  const waiting = endOf(transactor.run(mutation({ lockKeys: 'cart' })));
  await runtime.advance(DEADLINE_MS);
  const late = await sent;
  expect(late).toBeInstanceOf(OutcomeUnknown);
  expect(late).toMatchObject({ idempotencyKey: 'mine' });
  expect(await waiting).toEqual(
    new StoreError('unavailable', 'gave up in time: the call waited for its lock, or for the store'),
  );
  const closed = transactor.close().then(() => 'closed');
  expect(await Promise.race([closed, runtime.advance(1)])).toBeUndefined();
  delete hooks.beforeApply;
  goOn();
  expect(await closed).toBe('closed');
  expect([reads, await onHand()]).toEqual([1, UNITS + 1]);
});

test('a read that comes after the deadline is not followed by a transaction', async () => {
  const { transactor, runtime, hooks, onHand } = await transactorBench();
  hooks.afterRead = () => runtime.advance(DEADLINE_MS);
  expect(await endOf(transactor.run(mutation()))).toMatchObject({ fault: 'unavailable' });
  await transactor.close();
  expect(await onHand()).toBe(UNITS);
});

test('a repeated call is found by its own key, and answered with its first effect once that is confirmed', async () => {
  let confirmations = 0;
  let failure: Error | null = null;
  const confirm = async (): Promise<void> => {
    confirmations += 1;
    if (failure) throw failure;
  };
  const { transactor, onHand } = await transactorBench({ storeWith: { confirm } });
  const once = mutation({ call: keyed('once') });
  const [first, again] = [await transactor.run(once), await transactor.run(once)];
  expect([first, again]).toEqual([ok('done A'), ok('done A')]);
  expect([confirmations, transactor.counts.replays, await onHand()]).toEqual([1, 1, UNITS + 1]);
  expect(await transactor.run(mutation({ call: keyed('once'), input: { more: 1 } }))).toEqual(
    refuse({ reason: 'idempotency_mismatch', meta: { idempotencyKey: 'once' } }),
  );
  failure = new StoreError('unavailable', 'no replica');
  const unconfirmed = await endOf(transactor.run(once));
  expect(unconfirmed).toBeInstanceOf(OutcomeUnknown);
  expect(unconfirmed).toMatchObject({ idempotencyKey: 'once', cause: failure });
  failure = new TypeError('a bug');
  await expect(transactor.run(once)).rejects.toBe(failure);
});

test('a call that finds its state already there is confirmed, and recorded only under an own key', async () => {
  let confirmations = 0;
  const confirm = async (): Promise<void> => void (confirmations += 1);
  const { transactor, batches } = await transactorBench({ storeWith: { confirm } });
  const noopStep = put('note', 'any', { body: '' });
  const unchanged = (key?: string) =>
    mutation({
      ...(key !== undefined && { call: keyed(key) }),
      compose: () => ({ unchanged: 'as it was', noopStep }),
      answer: async () => ok('replayed'),
    });
  expect(await transactor.run(unchanged())).toEqual(ok('as it was'));
  expect([confirmations, batches.length]).toEqual([1, 0]);
  expect(await transactor.run(unchanged('k'))).toEqual(ok('as it was'));
  expect([confirmations, batches.length]).toEqual([1, 1]);
  expect(await transactor.run(unchanged('k'))).toEqual(ok('replayed'));
});

test('an answer other than steps from an optimistic snapshot is decided again from a read', async () => {
  const { transactor, memory } = await transactorBench();
  const [before] = await memory.read([{ skus: ['A'] }]);
  const ahead = [{ ...before!, stock: [] }];
  const seen: (number | undefined)[] = [];
  const call = mutation({
    optimisticSnapshot: () => ahead.pop() ?? null,
    compose: (view) => {
      seen.push(view.stock[0]?.onHand);
      return view.stock[0] ? composed(receive('A', 1)) : { refusal: EMPTY };
    },
  });
  expect(await transactor.run(call)).toEqual(ok('done A'));
  expect(seen).toEqual([undefined, UNITS]);
});

test('a refused call has had no effect, so its deadline in the next read is an outage', async () => {
  const { transactor, runtime, hooks } = await transactorBench();
  let reads = 0;
  hooks.afterRead = async () => {
    reads += 1;
    if (reads === 2) await runtime.advance(DEADLINE_MS);
  };
  for (const one of [mutation({ compose: stale }), unread({ compose: stale })]) {
    reads = 'unread' in one ? 1 : 0;
    expect(await endOf(transactor.run(one))).toMatchObject({ name: 'StoreError', fault: 'unavailable' });
  }
});

test('an applied call whose answer comes after its deadline is an unknown outcome', async () => {
  const { transactor, runtime, onHand } = await transactorBench();
  const answer = async () => {
    await runtime.advance(DEADLINE_MS);
    return ok('late');
  };
  for (const one of [mutation({ answer }), unread({ answer })]) {
    expect(await endOf(transactor.run(one))).toBeInstanceOf(OutcomeUnknown);
  }
  expect(await onHand()).toBe(UNITS + 2);
});

test('a replayed call whose answer comes after its deadline is an unknown outcome, and an ended hold is not', async () => {
  const { transactor, runtime, memory } = await transactorBench();
  expect(await transactor.run(mutation({ call: keyed('k') }))).toEqual(ok('done A'));
  const answer = async () => {
    await runtime.advance(DEADLINE_MS);
    return ok('late');
  };
  expect(await endOf(transactor.run(mutation({ call: keyed('k'), answer })))).toBeInstanceOf(OutcomeUnknown);
  const pending = { ...(await memory.apply([])), answers: [{ status: 'overdue_pending' as const, skus: ['A'] }] };
  const late = await transactorBench({
    storeWith: {
      apply: async () => pending,
      reclaim: async (request) => {
        await late.runtime.advance(DEADLINE_MS);
        return memory.reclaim(request);
      },
    },
  });
  expect(await endOf(late.transactor.run(mutation()))).toMatchObject({ fault: 'unavailable' });
});
