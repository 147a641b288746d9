import {
  adjust,
  configure,
  consume,
  count,
  extend,
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
  overduePending,
  type Case,
  counters,
  later,
  ledgerEnds,
  no,
  ok,
  reclaim,
  refusal,
  yes,
} from '../../support/rows.ts';
import { RECLAIM_NAMED_HOLDS_MAX, RECLAIM_OTHER_HOLDS_MAX } from '../../../src/domain/limits.ts';
import type { Step } from '../../../src/domain/steps.ts';

const expired = (holdId: string) => ({ holdId, state: 'expired' });

const many = (sku: string, from: number, units: number): Step[] =>
  Array.from({ length: units }, (_, index) =>
    reserve(`${sku}-${String(from + index).padStart(5, '0')}`, sku, 1, { ttlMs: 1_000 + index }),
  );
const NAMED = RECLAIM_NAMED_HOLDS_MAX;
const OTHER = RECLAIM_OTHER_HOLDS_MAX;

/** So many older overdue holds of Z that a batch ends those of another SKU only where its steps name that SKU. */
const named = (name: string, limitPerCustomer: number | null, overdue: Step[], step: Step): Case => ({
  name: `${name} names its SKU: the overdue holds of that SKU end first`,
  compareAtEnd: true,
  rows: [
    ok([configure('A', { limitPerCustomer }), receive('A', 10), configure('Z'), receive('Z', 100)]),
    ok([configure('K', { components: '[{"sku":"A","quantity":3}]' })]),
    ok([...many('Z', 0, OTHER + 1), ...overdue, reserve('live', 'A', 1, { ttlMs: 60_000, customer: 'c2' })]),
    later(20_000),
    ok([step]),
    counters('Z', 100, 1, 0),
  ],
});
const nineOverdue = [reserve('overdue', 'A', 9, { ttlMs: 19_000 })];

export const namedCases: Case[] = [
  named('reserve', null, nineOverdue, reserve('h1', 'A', 9)),
  named('adjust', null, nineOverdue, adjust('A', -9)),
  named('count', null, nineOverdue, count('A', 1)),
  named('resize', null, nineOverdue, resizeTo('live', 10)),
  named('a reserve of a kit', null, nineOverdue, reserve('h1', 'K', 3)),
  named('transfer', 9, nineOverdue, transfer('live', 'cart:2', { toCustomer: 'guest:1' })),
];

export const reclaimCases: Case[] = [
  {
    name: 'reclaim counts the hold of a kit as one, and not its parts',
    rows: [
      ok([configure('A', { inKits: true }), receive('A', 10), configure('Z'), receive('Z', 20)]),
      ok([configure('K', { components: '[{"sku":"A","quantity":2}]' })]),
      ok([1, 2, 3].map((n) => reserve(`k${n}`, 'K', 1, { ttlMs: n }))),
      ok(many('Z', 0, 20)),
      later(20_000),
      reclaim(10, { ended: 10, more: true }),
      counters('K', 0, 0, 0),
      counters('Z', 20, 13, 0),
    ],
  },
  {
    name: 'reclaim ends overdue holds up to its limit: those of named SKUs first, then the oldest',
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
    name: 'reclaim reports due documents, the oldest first, until they are moved or dropped',
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
    name: `overdue_pending: a batch ends ${NAMED} overdue holds of its SKUs; after that a stock refusal is not final`,
    compareAtEnd: true,
    rows: [
      ok([configure('A'), receive('A', NAMED + 2), configure('B'), receive('B', 1)]),
      ok(many('A', 0, NAMED + 2)),
      later(10_000),
      batch(
        [transaction('too-many', [reserve('h1', 'A', NAMED + 1)]), overduePending('A')],
        [transaction('enough', [reserve('h2', 'A', NAMED)]), yes([NAMED])],
        [transaction('none-left', [reserve('h3', 'A', 1)]), overduePending('A')],
        [transaction('shrink', [adjust('A', -1)]), overduePending('A')],
        [transaction('recount', [count('A', 1)]), overduePending('A')],
        [transaction('other', [reserve('h4', 'B', 2)]), refusal(0, 'insufficient_stock')],
        [transaction('both', [reserve('h4', 'B', 1), reserve('h5', 'A', 1)]), overduePending('A')],
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
    name: `overdue_pending: the ${NAMED} are of all SKUs that a batch takes from, in the order in which it names them`,
    compareAtEnd: true,
    rows: [
      ok([configure('A'), receive('A', NAMED), configure('B'), receive('B', 3)]),
      ok([...many('B', 0, 3), ...many('A', 0, NAMED - 1)]),
      later(10_000),
      batch(
        [transaction('a', [reserve('a1', 'A', NAMED)]), yes()],
        [transaction('b', [reserve('b1', 'B', 2)]), overduePending('B')],
        [transaction('c', [reserve('b1', 'B', 1)]), yes()],
      ),
      counters('B', 3, 3, 0),
      ok([release('b1'), reserve('b2', 'B', 3)]),
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
    name: `holds that steps name end even where the SKU has more overdue holds than a batch ends`,
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
