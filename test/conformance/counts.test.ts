import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CountClaim } from '../../src/store/index-check.ts';
import { storeEngines } from '../support/engines.ts';
import { configure, put, receive, reserve, START, transaction } from '../support/transactions.ts';

describe.each(storeEngines)('$name, counts of units by holder', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('are not faults once the stock or an order has changed since the claim was summed', async () => {
    await using opened = await engine.open({ now: START });
    const { store } = opened;
    const held = reserve('h', 'A', 2, { customer: 'customer:1' });
    const supply = [configure('A', { limitPerCustomer: 5 }), receive('A', 9), put('order:1', 'absent', { body: '' })];
    const { sequence: before } = await store.apply([transaction('supply', supply)]);
    const { sequence } = await store.apply([transaction('held', [held])]);
    const claim = (changes: Partial<CountClaim>): CountClaim => ({
      sku: 'A',
      stock: ['A'],
      customer: 'customer:1',
      units: 3,
      sequence,
      orders: [],
      isExact: false,
      ...changes,
    });
    const order = (version: number) => ({ orders: [{ key: 'order:1', version }] });
    const unsettled = [claim({ sequence: before }), claim(order(sequence)), claim({ stock: ['A', 'gone'] })];
    expect(await store.checkCounts(unsettled, true)).toEqual([]);
    expect(await store.checkCounts([claim({ units: 1 })], false)).toEqual([]);
    const faults = [claim({}), claim(order(before)), claim({ units: 1, isExact: true })];
    expect(await store.checkCounts(faults, false)).toEqual(faults.map((each) => ({ claim: each, found: 2 })));
    expect(await store.checkCounts([claim({})], true)).toMatchObject([{ found: 2 }]);
    expect(await store.checkCounts([claim({})], true)).toEqual([]);
  });
});
