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
  transaction,
  transfer,
} from '../../support/transactions.ts';
import {
  batch,
  behind,
  type Case,
  counters,
  hold,
  later,
  ledgerEnds,
  no,
  ok,
  reclaim,
  refusal,
  type Row,
  yes,
} from '../../support/rows.ts';
import { RECLAIM_NAMED_HOLDS_MAX, RECLAIM_OTHER_HOLDS_MAX } from '../../../src/domain/limits.ts';
import type { Step } from '../../../src/domain/steps.ts';

const tenOfA: Row = ok([configure('A'), receive('A', 10)]);
const second = { ttlMs: 1_000 };
const expired = (holdId: string) => ({ holdId, state: 'expired' });

/** What each step says of a hold one millisecond before its deadline, on it, and one after. */
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
  ...atTheDeadline('ANCHORS 7: extend', extend('h1', 60_000)),
  ...atTheDeadline('pin', pin('h1', 60_000)),
  ...atTheDeadline('transfer', transfer('h1', 'cart:2', { ttlMs: 60_000 })),
  {
    name: 'a release may say that an expired hold is fine: nothing more happens to it',
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
    name: 'a transfer can end a hold at once: at its lifetime it is overdue in the same instant',
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
    name: 'an overdue hold is in nobody\u2019s way: reserve, adjust, count, resize and transfer see its units',
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
    name: 'an overdue hold of another customer is in no transfer\u2019s way',
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
    name: 'what expired comes first in the batch, under a sequence and a cause of its own',
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
    name: 'a refused transaction leaves the reclaiming done',
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
    name: 'the clock runs back: the store\u2019s time does not',
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

const many = (sku: string, from: number, units: number): Step[] =>
  Array.from({ length: units }, (_, index) =>
    reserve(`${sku}-${String(from + index).padStart(5, '0')}`, sku, 1, { ttlMs: 1_000 + index }),
  );
const NAMED = RECLAIM_NAMED_HOLDS_MAX;
const OTHER = RECLAIM_OTHER_HOLDS_MAX;

export const reclaimCases: Case[] = [
  {
    name: 'reclaim ends the overdue ones: named SKUs first, then the oldest, as many as it may',
    rows: [
      ok([configure('A'), receive('A', 10), configure('B'), receive('B', 10), configure('C'), receive('C', 10)]),
      ok([reserve('b1', 'B', 1, { ttlMs: 10 }), reserve('c1', 'C', 1, { ttlMs: 20 })]),
      ok([reserve('a1', 'A', 1, { ttlMs: 30 }), reserve('a2', 'A', 1, { ttlMs: 40 })]),
      ok([reserve('c2', 'C', 1, { ttlMs: 25 }), reserve('a3', 'A', 1, { ttlMs: 41 })]),
      reclaim(5, { ended: 0, more: false, nextDueAt: START + 10, dueDocuments: [] }),
      later(40),
      reclaim(2, { ended: 2, more: true, at: START + 40, nextDueAt: START + 10 }, ['A', 'none']),
      ledgerEnds({ id: '5-0', holdId: 'a1' }, { id: '5-1', holdId: 'a2' }),
      reclaim(1, { ended: 1, more: true, nextDueAt: START + 20 }),
      reclaim(9, { ended: 2, more: false, nextDueAt: START + 41 }, ['B', 'A']),
      ledgerEnds({ id: '6-0', holdId: 'b1' }, { id: '7-0', holdId: 'c1' }, { id: '7-1', holdId: 'c2' }),
      later(1),
      reclaim(1, { ended: 1, more: false, nextDueAt: null }),
      reclaim(1, { ended: 0, more: false, nextDueAt: null }),
      counters('A', 10, 0, 0),
    ],
  },
  {
    name: 'reclaim tells of due documents, the oldest first, until they are moved or dropped',
    rows: [
      ok([put('d3', 'any', { body: '', dueInMs: 5 }), put('d1', 'any', { body: '', dueInMs: 7 })]),
      ok([
        put('d2', 'any', { body: '', dueInMs: 7 }),
        put('d4', 'any', { body: '', dueInMs: 8 }),
        put('d5', 'any', { body: '' }),
      ]),
      reclaim(9, { dueDocuments: [], nextDueAt: START + 5 }),
      later(7),
      reclaim(9, {
        dueDocuments: [
          { key: 'd3', version: 1 },
          { key: 'd1', version: 1 },
          { key: 'd2', version: 2 },
        ],
        nextDueAt: START + 5,
      }),
      reclaim(1, { dueDocuments: [{ key: 'd3', version: 1 }] }),
      ok([put('d3', 1, { dueInMs: null }), put('d1', 1, { body: 'x', dueInMs: 1 })]),
      reclaim(9, { dueDocuments: [{ key: 'd2', version: 2 }], nextDueAt: START + 7 }),
      ok([put('d2', 2, { dueInMs: 100 })]),
      reclaim(9, { dueDocuments: [], nextDueAt: START + 8 }),
      later(1),
      reclaim(9, {
        dueDocuments: [
          { key: 'd1', version: 3 },
          { key: 'd4', version: 2 },
        ],
      }),
    ],
  },
  {
    name: `behind: a batch ends ${NAMED} overdue holds of what it takes from; then no refusal for stock is final`,
    compareAtEnd: true,
    rows: [
      ok([configure('A'), receive('A', NAMED + 2), configure('B'), receive('B', 1)]),
      ok(many('A', 0, NAMED + 2)),
      later(10_000),
      batch(
        [transaction('too-many', [reserve('h1', 'A', NAMED + 1)]), behind('A')],
        [transaction('enough', [reserve('h2', 'A', NAMED)]), yes([NAMED])],
        [transaction('none-left', [reserve('h3', 'A', 1)]), behind('A')],
        [transaction('shrink', [adjust('A', -1)]), behind('A')],
        [transaction('recount', [count('A', 1)]), behind('A')],
        [transaction('other', [reserve('h4', 'B', 2)]), refusal(0, 'insufficient_stock')],
        [transaction('both', [reserve('h4', 'B', 1), reserve('h5', 'A', 1)]), behind('A')],
        [transaction('unknown', [release('none')]), refusal(0, 'unknown_hold')],
      ),
      counters('A', NAMED + 2, NAMED + 2, 0),
      reclaim(1, { ended: 1, more: true }, ['A']),
      reclaim(1, { ended: 1, more: false }, ['A']),
      ok([reserve('h3', 'A', 2)], 2),
      no([reserve('h9', 'A', 1)], 'insufficient_stock'),
    ],
  },
  {
    name: `a batch ends ${OTHER} other overdue holds, the oldest SKU first`,
    compareAtEnd: true,
    rows: [
      ok([configure('A'), receive('A', 1), configure('B'), receive('B', 100), configure('C'), receive('C', 100)]),
      ok([...many('C', 0, 5), reserve('c-oldest', 'C', 1, { ttlMs: 1 }), ...many('B', 0, OTHER)]),
      later(10_000),
      ok([configure('A')]),
      counters('C', 100, 0, 0),
      counters('B', 100, 6, 0),
      no([reserve('h1', 'A', 2)], 'insufficient_stock'),
      counters('B', 100, 0, 0),
    ],
  },
  {
    name: `holds that steps name end even where the SKU has more overdue ones than a batch ends`,
    compareAtEnd: true,
    rows: [
      ok([configure('A'), receive('A', 2_000)]),
      ok([...many('A', 0, NAMED + 100), reserve('newest', 'A', 7, { ttlMs: 9_000 })]),
      later(10_000),
      no([consume('newest')], 'hold_not_active', expired('newest')),
      no([extend('newest', 1)], 'hold_not_active', expired('newest')),
      ok([release('newest', { expiredIsFine: true })]),
      counters('A', 2_000, NAMED + 100 - OTHER * 3, 0),
    ],
  },
];
