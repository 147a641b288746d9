import { describe, expect, test } from 'vitest';
import type { OrderStatus } from '../../src/contract/output-fields.ts';
import { zipf } from '../../load-tests/lib/draw.ts';
import { endingProblems, shelfProblems } from '../../load-tests/run/toolkit/endings.ts';
import { historyProblems, type Movement } from '../../load-tests/run/toolkit/histories.ts';

/** A ledger by changes: of units on hand and of held units. */
function ledger(...moves: [kind: Movement['kind'], onHand: number, reserved: number, of?: string][]): Movement[] {
  let [onHand, reserved] = [0, 0];
  return moves.map(([kind, byOnHand, byReserved, of], index) => {
    const before = { onHand, reserved };
    onHand += byOnHand;
    reserved += byReserved;
    return {
      movementId: `mov_${index}`,
      kind,
      quantity: Math.abs(byOnHand || byReserved),
      onHand: { before: before.onHand, after: onHand },
      reserved: { before: before.reserved, after: reserved },
      ...(of === undefined ? {} : { holdId: `hld_${of}`, orderId: `ord_${of}` }),
    };
  });
}

const sound = ledger(
  ['counted', 10, 0],
  ['reserved', 0, 3, 'a'],
  ['resized', 0, -1, 'a'],
  ['reserved', 0, 1, 'b'],
  ['consumed', -2, -2, 'a'],
  ['expired', 0, -1, 'b'],
  ['reserved', 0, 4, 'c'],
);
const left = { onHand: 8, reserved: 4 };

describe('the ledger of a SKU', () => {
  test('is correct if each hold takes its units once and releases them once, or still holds them', () => {
    expect(historyProblems('mug', sound, left)).toEqual([]);
  });

  const wrong: [what: string, movements: Movement[], level: { onHand: number; reserved: number }, fault: RegExp][] = [
    ['is torn', sound.filter(({ kind }) => kind !== 'counted'), left, /mov_1 does not go on/],
    ['ends otherwise than the shop', sound, { onHand: 8, reserved: 3 }, /ends with 8 on hand and 4 held/],
    [
      'ends a hold twice',
      ledger(['reserved', 0, 2, 'a'], ['released', 0, -1, 'a'], ['expired', 0, -1, 'a']),
      { onHand: 0, reserved: 0 },
      /ended 2 times/,
    ],
    [
      'ends a hold twice, with its units',
      ledger(['reserved', 0, 2, 'a'], ['reserved', 0, 2, 'b'], ['released', 0, -2, 'a'], ['expired', 0, -2, 'a']),
      { onHand: 0, reserved: 0 },
      /1 holds .* ended 2 times, -2 units/,
    ],
    [
      'gives more back than was taken',
      ledger(['reserved', 0, 1, 'a'], ['reserved', 0, 2, 'b'], ['released', 0, -2, 'a']),
      { onHand: 0, reserved: 1 },
      /1 holds .* -1 units/,
    ],
    [
      'gives less back than was taken',
      ledger(['reserved', 0, 2, 'a'], ['released', 0, -1, 'a']),
      { onHand: 0, reserved: 1 },
      /1 units still taken/,
    ],
    [
      'takes the units of a hold twice',
      ledger(['reserved', 0, 2, 'a'], ['reserved', 0, 2, 'a'], ['released', 0, -4, 'a']),
      { onHand: 0, reserved: 0 },
      /begun 2 times/,
    ],
  ];
  test.each(wrong)('is wrong if it %s', (_, movements, level, fault) => {
    expect(historyProblems('mug', movements, level)).toEqual([expect.stringMatching(fault)]);
  });
});

const order = (of: string, status: OrderStatus) => ({
  orderId: `ord_${of}`,
  status,
  lines: [{ sku: 'mug', quantity: 2 }],
});
const onRecord = (...orders: ReturnType<typeof order>[]) => new Map(orders.map((each) => [each.orderId, each]));
const reported = (...statuses: OrderStatus[]) => statuses.map((status) => ({ orderId: 'ord_a', status }));

describe('the end of an order', () => {
  const fine: [reported: OrderStatus[], end: OrderStatus][] = [
    [['placed', 'placed'], 'placed'],
    [['expired', 'placed'], 'placed'],
    [['placed', 'expired'], 'placed'],
    [['refund_due', 'expired'], 'refund_due'],
    [['cancelled'], 'cancelled'],
    [[], 'expired'],
  ];
  test.each(fine)('reported as %j, it may be %s', (statuses, end) => {
    expect(endingProblems(reported(...statuses), onRecord(order('a', end)))).toEqual([]);
  });

  const unsound: [reported: OrderStatus[], end: OrderStatus][] = [
    [['placed'], 'cancelled'],
    [['placed'], 'expired'],
    [['cancelled'], 'placed'],
    [['expired'], 'cancelled'],
    [['refund_due'], 'placed'],
    [[], 'awaiting_payment'],
  ];
  test.each(unsound)('reported as %j, it may not be %s', (statuses, end) => {
    expect(endingProblems(reported(...statuses), onRecord(order('a', end)))).toHaveLength(1);
  });

  test('a reported order must be on record', () => {
    expect(endingProblems(reported('placed'), onRecord(order('b', 'placed')))).toHaveLength(1);
  });

  test('takes exactly the sold units from the stock', () => {
    const histories = new Map([['mug', sound]]);
    expect(shelfProblems(histories, onRecord(order('a', 'placed'), order('b', 'expired')))).toEqual([]);
    expect(shelfProblems(histories, onRecord(order('a', 'cancelled')))).toEqual([
      expect.stringContaining('2 units are sold by the ledger, 0'),
    ]);
    expect(shelfProblems(histories, onRecord(order('a', 'placed'), order('b', 'placed')))).toEqual([
      expect.stringContaining('ord_b mug: 0 units'),
    ]);
  });
});

describe('the popularity of SKUs', () => {
  test.each([0, 0.5, 1, 1.5])('with exponent %d: every rank occurs, and rank 1 with its expected share', (exponent) => {
    const draws = 100_000;
    const ranks = Array.from({ length: draws }, (_, index) => zipf(100, exponent, index / draws));
    expect(new Set(ranks)).toEqual(new Set(Array.from({ length: 100 }, (_, index) => index + 1)));
    const area = (from: number, to: number) =>
      exponent === 1 ? Math.log(to / from) : (to ** (1 - exponent) - from ** (1 - exponent)) / (1 - exponent);
    const share = ranks.filter((rank) => rank === 1).length / draws;
    expect(share).toBeCloseTo(area(1, 2) / area(1, 101), 3);
  });
});
