import { describe, expect, test } from 'vitest';
import { orderFits } from '../../load-tests/lib/answer-fit.ts';
import type { Order } from '../../src/contract/outputs/order-outputs.ts';
import type { Good, Receipt } from '../../load-tests/lib/words.ts';
import { falseRefusals } from '../../load-tests/run/false-refusals.ts';
import { auditProblems, type Records } from '../../load-tests/run/toolkit/read-back.ts';
import { frozen } from '../../load-tests/run/scenarios/soak.ts';
import { openOrderOracle } from '../../load-tests/run/toolkit/order-oracle.ts';

const MUG: Good = { sku: 'mug', units: 2 };
const one = [{ sku: 'mug', quantity: 1 }];
const sold = (orderId: string, checkout: string, lines: Receipt['lines'] = one): Receipt => ({
  orderId,
  checkout,
  isSold: true,
  lines,
});

/**
 * Returns the replies of the order oracle and the findings of the runner for answers to shoppers and orders on
 * record.
 */
async function judge(answers: readonly Receipt[], onRecord: readonly string[] = ['a', 'b'], stock = MUG) {
  await using oracle = await openOrderOracle([stock]);
  const replies: unknown[] = [];
  for (const answer of answers) {
    const response = await fetch(oracle.url, { method: 'POST', body: JSON.stringify(answer) });
    replies.push(await response.json());
  }
  return { replies, problems: auditProblems([stock], oracle.reported, recordsOf(onRecord, stock), false) };
}

const SETTINGS = { safetyStock: 0, requiresCustomer: false, protected: false };

function recordsOf(orderIds: readonly string[], { sku, units }: Good): Records {
  const order = { status: 'placed', createdAt: 0, total: null, lines: [{ sku, quantity: 1, returned: 0 }] } as const;
  const moved = { received: 0, sold: 0, returned: 0, dispatched: 0, restocked: 0, adjusted: 0, counted: 0 };
  const totals = { onHand: 0, reserved: 0, committed: 0, available: 0, ...moved };
  const available = units - orderIds.length;
  const level = {
    sku,
    onHand: available,
    reserved: 0,
    committed: 0,
    sold: orderIds.length,
    backordered: 0,
    available,
    ...SETTINGS,
    version: 1,
    updatedAt: 0,
  };
  return {
    audit: { ok: true, checkedAt: 0, skus: 1, liveHolds: 0, totals, violations: [] },
    orders: new Map(orderIds.map((orderId) => [orderId, { ...order, orderId, lines: [...order.lines] }])),
    levels: new Map([[sku, level]]),
    soldBySku: new Map([[sku, orderIds.length]]),
    returnedBySku: new Map(),
  };
}

describe('the order oracle and the records', () => {
  test('find nothing if each checkout has its order, also after retries', async () => {
    const { replies, problems } = await judge([sold('a', 'ann'), sold('b', 'ben'), sold('a', 'ann'), sold('a', '')]);
    expect(problems).toEqual([]);
    expect(replies).toEqual([
      { isNew: true, oversold: 0, isShared: false },
      { isNew: true, oversold: 0, isShared: false },
      { isNew: false, oversold: 0, isShared: false },
      { isNew: false, oversold: 0, isShared: false },
    ]);
  });

  test('find a shopper that receives the order of another shopper, at that answer', async () => {
    const { replies, problems } = await judge([sold('a', 'ann'), sold('b', 'ben'), sold('a', 'too late')]);
    expect(replies.at(-1)).toEqual({ isNew: false, oversold: 0, isShared: true });
    expect(problems).toEqual([expect.stringMatching(/^1 orders were acknowledged to several shoppers, such as a/)]);
  });

  test('find a begun order that two shoppers receive', async () => {
    const begun = { ...sold('a', 'ann'), isSold: false };
    const { problems } = await judge([begun, { ...begun, checkout: 'ben' }, sold('a', ''), sold('b', 'carol')]);
    expect(problems).toEqual([expect.stringContaining('to several shoppers, such as a')]);
  });

  test('find a checkout that receives two orders', async () => {
    const { problems } = await judge([sold('a', 'ann'), sold('b', 'ann')]);
    expect(problems).toEqual([expect.stringContaining('1 checkouts were answered with several orders')]);
  });

  const lies: [what: string, answers: Receipt[], onRecord: string[], problem: RegExp][] = [
    ['an order that is not on record', [sold('a', 'ann'), sold('x', 'ben')], ['a'], /1 acknowledged orders are not/],
    [
      'an order that no shopper received',
      [sold('a', 'ann')],
      ['a', 'b'],
      /1 orders are on record that no shopper received/,
    ],
    [
      'an order with other lines',
      [sold('a', 'ann', [{ sku: 'mug', quantity: 2 }])],
      ['a'],
      /not on record as reported/,
    ],
    [
      'more units than there are',
      [sold('a', 'ann'), sold('b', 'ben'), sold('c', 'cy')],
      ['a', 'b', 'c'],
      /oversold: 1/,
    ],
  ];
  test.each(lies)('find %s', async (_, answers, onRecord, problem) => {
    const { problems } = await judge(answers, onRecord);
    expect(problems.join('\n')).toMatch(problem);
  });
});

test('a refusal is false if the units are available at the end', () => {
  const levels = new Map([['mug', { available: 1 }]]);
  expect(falseRefusals([{ sku: 'mug', quantity: 2 }], levels)).toEqual([]);
  expect(
    falseRefusals(
      [
        { sku: 'mug', quantity: 2 },
        { sku: 'mug', quantity: 1 },
      ],
      levels,
    ),
  ).toEqual(['mug: 1 were refused, 1 are left']);
});

describe('an order as an answer', () => {
  const lines = [{ sku: 'mug', quantity: 1, returned: 0 }];
  const order = (changes: Partial<Order> = {}): Order => ({
    orderId: 'a',
    status: 'placed',
    createdAt: 0,
    total: null,
    lines,
    ...changes,
  });

  test('fits if it is the requested order', () => {
    expect(orderFits('orders.get', { orderId: 'a' }, order({ status: 'expired' }))).toBe(true);
    expect(orderFits('checkout.place', { idempotencyKey: 'k' }, order())).toBe(true);
  });

  test.each([
    ['another order', order({ orderId: 'b' })],
    ['an order that is not sold', order({ status: 'cancelled' })],
    ['an order without lines', order({ lines: [] })],
    ['an order of no units', order({ lines: [{ sku: 'mug', quantity: 0, returned: 0 }] })],
    ['no order', {} as Order],
  ])('of a payment does not fit if it is %s', (_, answer) => {
    expect(orderFits('checkout.confirm', { orderId: 'a' }, answer)).toBe(false);
  });
});

test('a heap that never changes is not that of a running server', () => {
  const sample = (heapBytes: number) => ({
    at: 0,
    rssBytes: 0,
    ownBytes: null,
    heapBytes,
    requestsInFlight: 0,
    waiting: 0,
    overloaded: 0,
    machineLoad: 0,
    storeBytes: null,
    records: null,
    liveHolds: null,
  });
  expect(frozen([sample(1), sample(2)])).toBeNull();
  expect(frozen([sample(1), sample(1), sample(1)])).toMatch(/all 3 readings/);
});
