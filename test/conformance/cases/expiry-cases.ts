import {
  adjust,
  configure,
  consume,
  count,
  extend,
  pin,
  put,
  receive,
  release,
  reserve,
  resizeTo,
  START,
  transfer,
} from '../../support/transactions.ts';
import { type Case, counters, hold, later, ledgerEnds, no, ok, type Row } from '../../support/rows.ts';
import type { Step } from '../../../src/domain/steps.ts';

const tenOfA: Row = ok([configure('A'), receive('A', 10)]);
const second = { ttlMs: 1_000 };
const expired = (holdId: string) => ({ holdId, state: 'expired' });

/** Each step against a hold one millisecond before its deadline, at its deadline, and one millisecond after. */
const atTheDeadline = (name: string, step: Step): Case[] => [
  {
    name: `${name} one millisecond before the deadline is in time`,
    rows: [tenOfA, ok([reserve('h1', 'A', 4, second)]), later(999), ok([step])],
  },
  {
    name: `${name} on the deadline is too late`,
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 4, second)]),
      later(1_000),
      no([step], 'hold_not_active', expired('h1')),
      counters('A', 10, 0, 0),
      hold('h1', { state: 'expired', endedAt: START + 1_000, quantity: 4 }),
    ],
  },
  {
    name: `${name} after the deadline is too late`,
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 4, second)]),
      later(1_001),
      no([step], 'hold_not_active', expired('h1')),
      hold('h1', { endedAt: START + 1_001 }),
    ],
  },
];

export const deadlineCases: Case[] = [
  ...atTheDeadline('consume', consume('h1')),
  ...atTheDeadline('release', release('h1')),
  ...atTheDeadline('resize', resizeTo('h1', 5)),
  ...atTheDeadline('bug 7: extend', extend('h1', 60_000)),
  ...atTheDeadline('pin', pin('h1', 60_000)),
  ...atTheDeadline('transfer', transfer('h1', 'cart:2', { ttlMs: 60_000 })),
  {
    name: 'a release may accept an expired hold, and does not change it',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 4, second)]),
      later(1_000),
      ok([release('h1', { expiredIsFine: true }), release('h1', { expiredIsFine: true, owner: 'cart:1' })]),
      ledgerEnds({ id: '2-0', kind: 'reserved' }, { id: '3-0', kind: 'expired', holdId: 'h1', quantity: 4 }),
      counters('A', 10, 0, 0),
      hold('h1', { version: 3, state: 'expired' }),
    ],
  },
  {
    name: 'a pinned hold ends at the deadline of its order',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 4, second), pin('h1', 2_000)]),
      later(1_999),
      ok([resizeTo('h1', 3)], -1),
      later(1),
      no([consume('h1')], 'hold_not_active', expired('h1')),
    ],
  },
  {
    name: 'a transfer to the end of the lifetime ends the hold at once',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 4, { ttlMs: 10_000 })]),
      later(5_000),
      ok([transfer('h1', 'cart:2', { ttlMs: 1_000, lifetimeMs: 5_000 }), consume('h1')]),
      counters('A', 6, 0, 4),
    ],
  },
];

export const expiryCases: Case[] = [
  {
    name: 'reserve, adjust, count, resize and transfer can use the units of overdue holds',
    rows: [
      ok([configure('A', { limitPerCustomer: 10 }), receive('A', 10), reserve('h1', 'A', 10, second)], 10),
      no([reserve('h2', 'A', 1)], 'insufficient_stock'),
      later(1_000),
      ok([reserve('h2', 'A', 10, second)], 10),
      later(1_000),
      ok([adjust('A', -5)]),
      counters('A', 5, 0, 0),
      ok([reserve('h3', 'A', 5, second)], 5),
      later(1_000),
      ok([count('A', 4)]),
      ok([reserve('h4', 'A', 2, second), reserve('h5', 'A', 2, { customer: 'c5' })], 2, 2),
      later(1_000),
      ok([resizeTo('h5', 4)], 2),
      counters('A', 4, 4, 0),
    ],
  },
  {
    name: 'a transfer ignores an overdue hold of another customer',
    rows: [
      ok([configure('A', { limitPerCustomer: 3 }), receive('A', 10)]),
      ok([reserve('h1', 'A', 3, { ...second, customer: 'c1' }), reserve('h2', 'A', 2, { customer: 'c2' })]),
      no([transfer('h2', 'cart:1', { toCustomer: 'c1' })], 'limit_exceeded', { sku: 'A', limit: 3, already: 3 }),
      later(1_000),
      ok([transfer('h2', 'cart:1', { toCustomer: 'c1' })]),
      counters('A', 10, 2, 0),
    ],
  },
  {
    name: 'expired holds end first in the batch, under their own sequence and cause',
    rows: [
      tenOfA,
      ok([reserve('h2', 'A', 1, second), reserve('h1', 'A', 2, second), reserve('h0', 'A', 1, { ttlMs: 999 })]),
      later(1_000),
      ok([reserve('h3', 'A', 10)], 10),
      ledgerEnds(
        { id: '3-0', kind: 'expired', holdId: 'h0', cause: { by: 'expiry' } },
        { id: '3-1', kind: 'expired', holdId: 'h1', cause: { by: 'expiry' } },
        { id: '3-2', kind: 'expired', holdId: 'h2', cause: { by: 'expiry' }, previous: '3-1' },
        { id: '4-0', kind: 'reserved', holdId: 'h3', cause: { by: 'operator' } },
      ),
    ],
  },
  {
    name: 'holds that steps name end first, in the order of the steps',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 1, { ttlMs: 10 }), reserve('h2', 'A', 1, second), reserve('h3', 'A', 1, second)]),
      later(1_000),
      no([release('h3', { expiredIsFine: true }), consume('h2')], 'hold_not_active', expired('h2')),
      ledgerEnds({ id: '3-0', holdId: 'h3' }, { id: '3-1', holdId: 'h2' }, { id: '3-2', holdId: 'h1' }),
    ],
  },
  {
    name: 'keeps the reclaimed holds ended when the transaction is refused',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 10, second)]),
      later(1_000),
      no([reserve('h2', 'A', 11)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 11, available: 10 }] }),
      hold('h1', { state: 'expired', version: 3 }),
      counters('A', 10, 0, 0),
    ],
  },
  {
    name: 'the store\u2019s time does not go back when the clock does',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 1, { ttlMs: 10_000 })]),
      later(5_000),
      ok([reserve('h2', 'A', 1, second)]),
      later(-60_000),
      ok([reserve('h3', 'A', 1, second), put('d', 'any', { body: '', dueInMs: 1 })]),
      hold('h3', { createdAt: START + 5_000, expiresAt: START + 6_000 }),
      later(60_999),
      ok([extend('h3', 1)]),
      later(1),
      no([consume('h3')], 'hold_not_active', expired('h3')),
    ],
  },
];
