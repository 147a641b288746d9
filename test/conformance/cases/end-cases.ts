import {
  adjust,
  configure,
  consume,
  pin,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  START,
  transfer,
} from '../../support/transactions.ts';
import { type Case, counters, hold, no, ok, type Row } from '../../support/rows.ts';

const tenOfA: Row = ok([configure('A'), receive('A', 10)]);

export const endCases: Case[] = [
  {
    name: 'reserve lowers available, release raises it, consume lowers on hand and reserved',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 4), reserve('h2', 'A', 5)], 4, 5),
      no([reserve('h3', 'A', 2)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 2, available: 1 }] }),
      ok([release('h1')]),
      counters('A', 10, 5, 0),
      hold('h1', { state: 'released', quantity: 4, endedAt: START }),
      ok([consume('h2', { owner: 'cart:1', quantity: 5 })]),
      counters('A', 5, 0, 5),
      hold('h2', { state: 'consumed', quantity: 5, endedAt: START }),
    ],
  },
  {
    name: 'bug 4: a hold ends once: a second release and a release after a consume report its state',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 4), reserve('h2', 'A', 4)]),
      ok([release('h1'), consume('h2')]),
      counters('A', 6, 0, 4),
      no([release('h1')], 'hold_not_active', { holdId: 'h1', state: 'released' }),
      no([release('h1', { expiredIsFine: true })], 'hold_not_active', { holdId: 'h1', state: 'released' }),
      no([consume('h1')], 'hold_not_active', { holdId: 'h1', state: 'released' }),
      no([release('h2')], 'hold_not_active', { holdId: 'h2', state: 'consumed' }),
      no([release('h2', { expiredIsFine: true })], 'hold_not_active', { holdId: 'h2', state: 'consumed' }),
      no([consume('h2')], 'hold_not_active', { holdId: 'h2', state: 'consumed' }),
      no([pin('h2', 1)], 'hold_not_active', { holdId: 'h2', state: 'consumed' }),
      no([transfer('h2', 'cart:1')], 'hold_not_active', { holdId: 'h2', state: 'consumed' }),
      no([release('h3')], 'unknown_hold', { holdId: 'h3', state: 'unknown' }),
      counters('A', 6, 0, 4),
    ],
  },
  {
    name: 'consume: precedence unknown_hold, hold_not_active, conflict of owner or quantity',
    rows: [
      tenOfA,
      ok([reserve('gone', 'A', 1), release('gone'), reserve('h1', 'A', 2)]),
      no([consume('none', { owner: 'x', quantity: 9 })], 'unknown_hold'),
      no([consume('gone', { owner: 'x', quantity: 9 })], 'hold_not_active'),
      no([consume('h1', { owner: 'x', quantity: 2 })], 'conflict', { key: 'hold:h1' }),
      no([consume('h1', { owner: 'cart:1', quantity: 1 })], 'conflict', { key: 'hold:h1' }),
      no([release('none', { owner: 'x' })], 'unknown_hold'),
      no([release('gone', { owner: 'x' })], 'hold_not_active'),
      no([release('h1', { owner: 'x' })], 'conflict', { key: 'hold:h1' }),
      no([release('h1', { owner: 'cart:1', quantity: 1 })], 'conflict', { key: 'hold:h1' }),
      no([release('h1', { quantity: 3, expiredIsFine: true })], 'conflict', { key: 'hold:h1' }),
      ok([consume('h1', { owner: 'cart:1', quantity: 2 })]),
      counters('A', 8, 0, 2),
    ],
  },
  {
    name: 'consume and pin: conflict where the expectation about counting toward the limit is wrong',
    rows: [
      ok([configure('A'), configure('B', { limitPerCustomer: 5 }), receive('A', 5), receive('B', 5)]),
      ok([reserve('h1', 'A', 1), reserve('h2', 'B', 1)]),
      no([consume('h1', { counted: true })], 'conflict', { key: 'hold:h1' }),
      no([pin('h1', 1_000, { counted: true })], 'conflict', { key: 'hold:h1' }),
      no([consume('h2', { counted: false })], 'conflict', { key: 'hold:h2' }),
      no([pin('h2', 1_000, { counted: false })], 'conflict', { key: 'hold:h2' }),
      no([reserve('h3', 'A', 1), consume('h3', { counted: true })], 'conflict', { key: 'hold:h3' }),
      ok([pin('h1', 1_000, { counted: false }), consume('h1', { counted: false }), consume('h2', { counted: true })]),
      counters('A', 4, 0, 1),
      counters('B', 4, 0, 1),
    ],
  },
  {
    name: 'moves the last units from one hold to another in one transaction, never available to others',
    rows: [
      ok([configure('A', { limitPerCustomer: 5 }), receive('A', 5)]),
      ok([reserve('h1', 'A', 2), reserve('h2', 'A', 3, { owner: 'cart:2', customer: 'customer:2' })]),
      no([resizeBy('h2', 2)], 'insufficient_stock'),
      ok(
        [
          release('h2', { owner: 'cart:2', quantity: 3 }),
          transfer('h1', 'cart:2', { owner: 'cart:1', quantity: 2, toCustomer: 'customer:2' }),
          resizeTo('h1', 5, { owner: 'cart:2', quantity: 2 }),
        ],
        3,
      ),
      hold('h1', { owner: 'cart:2', customer: 'customer:2', quantity: 5, createdAt: START, counted: true }),
      hold('h2', { state: 'released', quantity: 3 }),
      counters('A', 5, 5, 0),
      ok([receive('A', 5)]),
      no([reserve('h3', 'A', 1, { customer: 'customer:2' })], 'limit_exceeded', { sku: 'A', limit: 5, already: 5 }),
    ],
  },
  {
    name: 'the rest after a consume can be sold, and sold units cannot be sold again',
    rows: [
      ok([configure('A'), receive('A', 2), reserve('h1', 'A', 2), consume('h1')]),
      no([reserve('h2', 'A', 1)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 1, available: 0 }] }),
      no([adjust('A', -1)], 'below_reserved', { onHand: 0, reserved: 0 }),
    ],
  },
];
