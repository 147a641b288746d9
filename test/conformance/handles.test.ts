import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Store, StoreError } from '../../src/store/store.ts';
import { storeEngines } from '../support/engines.ts';
import { emptyFold, foldEntries, violations } from '../support/fold.ts';
import { learn } from '../support/known.ts';
import { allStock, nothingKnown, seenIn, wholeState } from '../support/state.ts';
import { configure, put, receive, release, reserve, START, transaction } from '../support/transactions.ts';

const CALLS: Record<string, (store: Store) => Promise<unknown>> = {
  apply: (store) => store.apply([transaction('x', [configure('A')])]),
  read: (store) => store.read([{ skus: ['A'] }]),
  reclaim: (store) => store.reclaim({ limit: 1 }),
  history: (store) => store.history('A', { limit: 1 }),
  feed: (store) => store.feed({ after: null, limit: 1 }),
  listStock: (store) => store.listStock({ limit: 1 }),
  listHolds: (store) => store.listHolds({ limit: 1 }),
  listDocuments: (store) => store.listDocuments({ list: 'placed', limit: 1 }),
  scan: (store) => store.scan({ kind: 'stock', cursor: null, limit: 1 }),
  trimLedger: (store) => store.trimLedger('1-0'),
  health: (store) => store.health(),
  probe: (store) => store.probe(),
};

describe.each(storeEngines)('$name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test.each(Object.entries(CALLS))('%s on a closed store rejects with `closed`', async (_name, call) => {
    await using opened = await engine.open({ now: START });
    await opened.store.close();
    await opened.store.close();
    const error = await call(opened.store).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ fault: 'closed' });
  });

  test('close waits for calls in flight', async () => {
    await using opened = await engine.open({ now: START });
    const { store } = opened;
    // More than one commit or one packet holds.
    const skus = Array.from({ length: 40 * 200 }, (_, index) => `s${String(index).padStart(4, '0')}`);
    const calls = Array.from({ length: 40 }, (_, index) => skus.slice(index * 200, (index + 1) * 200));
    const inFlight = calls.map((some, index) =>
      store.apply([
        transaction(
          `t${index}`,
          some.map((sku) => configure(sku)),
        ),
      ]),
    );
    await store.close();
    const results = await Promise.all(inFlight);
    expect(results.flatMap(({ answers }) => answers).map(({ status }) => status)).toEqual(calls.map(() => 'applied'));
    if (!engine.persistent) return;
    const reopened = await opened.reopen();
    expect((await allStock(reopened, 500)).map(({ sku }) => sku)).toEqual(skus);
  });

  test('applies batches in the order of their submission', async () => {
    await using opened = await engine.open({ now: START });
    const { store } = opened;
    await store.apply([transaction('supply', [configure('A'), receive('A', 500)])]);
    const calls = Array.from({ length: 200 }, (_, index) => transaction(`t${index}`, [reserve(`h${index}`, 'A', 1)]));
    const results = await Promise.all(calls.map((call) => store.apply([call])));
    const sequences = results.map(({ answers: [answer] }) => (answer?.status === 'applied' ? answer.sequence : 0));
    expect(sequences).toEqual(calls.map((_, index) => index + 2));
    expect(results.map(({ sequence }) => sequence)).toEqual(sequences);
  });
});

describe.each(storeEngines.filter(({ persistent }) => persistent))('$name, reopened', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('keeps records, requests, ledger, deadlines and sequence over a reopen', async () => {
    const clock = { now: START };
    await using opened = await engine.open(clock);
    const known = nothingKnown();
    const transactions = [
      transaction('a', [configure('A', { title: 'x\u0000', limitPerCustomer: 3 }), receive('A', 9)]),
      transaction('b', [reserve('h1', 'A', 2, { ttlMs: 50 }), reserve('h2', 'A', 1)], { retention: 'long' }),
      transaction('c', [release('h2'), put('d', 'any', { body: 'b', holds: ['h1'], dueInMs: 60, list: 'placed' })]),
    ];
    learn(known, transactions);
    await opened.store.apply(transactions);
    const before = await wholeState(opened.store, known);
    const reopened = await opened.reopen();
    expect(await wholeState(reopened, known)).toEqual(before);
    const again = await reopened.apply([...transactions, transaction('e', [reserve('h3', 'A', 2)])]);
    expect(again.answers.map(({ status }) => status)).toEqual(['replayed', 'replayed', 'replayed', 'refused']);
    expect(again.nextDueAt).toBe(START + 50);
    clock.now += 50;
    const after = await reopened.apply([transaction('f', [reserve('h3', 'A', 3)])]);
    expect(after).toMatchObject({ sequence: 5, answers: [{ status: 'applied', sequence: 5, granted: [3] }] });
  });

  test('time does not go back over a restart', async () => {
    const clock = { now: START + 5_000 };
    await using opened = await engine.open(clock);
    await opened.store.apply([transaction('a', [configure('A')])]);
    clock.now = START;
    const reopened = await opened.reopen();
    expect(await reopened.apply([transaction('b', [configure('B')])])).toMatchObject({
      at: START + 5_000,
      sequence: 2,
    });
  });
});

const oneAtATime = storeEngines.filter(({ persistent, multiProcess }) => persistent && !multiProcess);

describe.each(oneAtATime)('$name, one handle at a time', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('refuses a second handle on the same data, and the first one keeps working', async () => {
    await using opened = await engine.open({ now: START });
    await expect(opened.another()).rejects.toMatchObject({ name: 'StoreError', fault: 'locked' });
    const { answers } = await opened.store.apply([transaction('a', [configure('A')])]);
    expect(answers).toMatchObject([{ status: 'applied' }]);
    const reopened = await opened.reopen();
    expect(await reopened.listStock({ limit: 1 })).toMatchObject([{ sku: 'A' }]);
  });
});

describe.each(storeEngines.filter(({ multiProcess }) => multiProcess))('$name, two handles at once', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('bug 1: many buyers through two handles buy exactly the stock', async () => {
    await using opened = await engine.open({ now: START });
    const handles = [opened.store, await opened.another()] as const;
    await handles[0].apply([transaction('supply', [configure('A'), receive('A', 100)])]);
    const known = nothingKnown();
    const calls = Array.from({ length: 300 }, (_, index) => [
      transaction(`t${index}`, [reserve(`h${index}`, 'A', 1 + (index % 3), { min: 1 })]),
    ]);
    for (const call of calls) learn(known, call);
    const results = await Promise.all(calls.map((call, index) => handles[index % 2]!.apply(call)));
    const granted = results.flatMap(({ answers: [answer] }) => (answer?.status === 'applied' ? answer.granted : []));
    expect(granted.reduce((sum, units) => sum + units, 0)).toBe(100);
    const state = await wholeState(handles[1], known);
    expect(state.stock).toMatchObject([{ sku: 'A', onHand: 100, reserved: 100 }]);
    const fold = emptyFold();
    expect([...foldEntries(fold, state.ledger), ...violations(fold, seenIn(state))]).toEqual([]);
    expect(await wholeState(handles[0], known)).toEqual(state);
  });

  test('applies a transaction once that is sent through both handles at once', async () => {
    await using opened = await engine.open({ now: START });
    const other = await opened.another();
    await opened.store.apply([transaction('supply', [configure('A'), receive('A', 100)])]);
    for (let round = 0; round < 20; round += 1) {
      const call = transaction(`t${round}`, [reserve(`h${round}`, 'A', 1)]);
      const both = await Promise.all([opened.store.apply([call]), other.apply([call])]);
      expect(both.flatMap(({ answers }) => answers.map(({ status }) => status)).sort()).toEqual([
        'applied',
        'replayed',
      ]);
    }
    expect(await other.listStock({ limit: 1 })).toMatchObject([{ reserved: 20 }]);
  });
});
