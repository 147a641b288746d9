import { adjust, configure, consume, count, euros, giveBack, receive, reserve } from '../../support/transactions.ts';
import { type Case, counters, no, ok, stock } from '../../support/rows.ts';

const BILLION_KILO = 1_000_000_000_000;

export const configureCases: Case[] = [
  {
    name: 'configure creates a SKU without units',
    rows: [
      stock('A', null),
      ok([configure('A')]),
      stock('A', {
        title: null,
        unitPrice: null,
        onHand: 0,
        reserved: 0,
        sold: 0,
        safetyStock: 0,
        limitPerCustomer: null,
        version: 1,
        lastMovement: null,
      }),
    ],
  },
  {
    name: 'configure keeps absent fields and clears null fields',
    rows: [
      ok([configure('A', { title: 'Mug', unitPrice: euros(1_250), safetyStock: 3, limitPerCustomer: 2 })]),
      ok([configure('A')]),
      stock('A', { title: 'Mug', unitPrice: euros(1_250), safetyStock: 3, limitPerCustomer: 2, version: 2 }),
      ok([configure('A', { title: null })]),
      stock('A', { title: null, unitPrice: euros(1_250), safetyStock: 3, limitPerCustomer: 2 }),
      ok([configure('A', { unitPrice: null, limitPerCustomer: null, safetyStock: 0 })]),
      stock('A', { title: null, unitPrice: null, safetyStock: 0, limitPerCustomer: null, version: 4 }),
    ],
  },
  {
    name: 'configure keeps the counters and the history',
    rows: [
      ok([configure('A'), receive('A', 5), reserve('h1', 'A', 2)]),
      ok([configure('A', { title: 'Cup' })]),
      stock('A', { title: 'Cup', onHand: 5, reserved: 2, lastMovement: '1-1', version: 2 }),
    ],
  },
  {
    name: 'configure is refused if the SKU has other settings than expected, or exists',
    rows: [
      no([configure('A', { title: 'Mug', expect: {} })], 'conflict', { key: 'stock:A' }),
      ok([configure('A', { title: 'Mug', expect: 'absent' })]),
      no([configure('A', { title: 'Cup', expect: 'absent' })], 'conflict', { key: 'stock:A' }),
      no([configure('A', { title: 'Cup', expect: { title: null } })], 'conflict', { key: 'stock:A' }),
      no([configure('A', { expect: { title: 'Mug', unitPrice: euros(1) } })], 'conflict', { key: 'stock:A' }),
      stock('A', { title: 'Mug', unitPrice: null, version: 1 }),
      ok([configure('A', { title: 'Cup', expect: { title: 'Mug', unitPrice: null, safetyStock: 0 } })]),
      ok([configure('A', { unitPrice: euros(2), expect: {} }), configure('A', { expect: { unitPrice: euros(2) } })]),
      stock('A', { title: 'Cup', unitPrice: euros(2), version: 3 }),
    ],
  },
  {
    name: 'configure with checkOnly compares, and neither changes nor creates',
    rows: [
      ok([configure('A', { title: 'Mug' })]),
      ok([configure('A', { title: 'Cup', expect: { title: 'Mug' }, checkOnly: true })]),
      ok([configure('B', { title: 'Cup', expect: 'absent', checkOnly: true })]),
      stock('A', { title: 'Mug', version: 1 }),
      stock('B', null),
      no([configure('A', { expect: { title: 'Cup' }, checkOnly: true })], 'conflict', { key: 'stock:A' }),
      no([configure('A', { expect: 'absent', checkOnly: true })], 'conflict', { key: 'stock:A' }),
      no([configure('B', { expect: { title: null }, checkOnly: true })], 'conflict', { key: 'stock:B' }),
      // A batch may have changed the record before.
      no([configure('A', { title: 'Cup' }), configure('A', { expect: { title: 'Mug' }, checkOnly: true })], 'conflict'),
      stock('A', { title: 'Mug', version: 1 }),
    ],
  },
  {
    name: 'a safety stock above on hand leaves nothing available, and is valid',
    rows: [
      ok([configure('A', { safetyStock: 10 }), receive('A', 4)]),
      no([reserve('h1', 'A', 1)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 1, available: 0 }] }),
      ok([configure('A', { safetyStock: 3 })]),
      ok([reserve('h1', 'A', 1)], 1),
      no([reserve('h2', 'A', 1)], 'insufficient_stock'),
    ],
  },
];

export const adjustCases: Case[] = [
  {
    name: 'adjust adds and removes units',
    rows: [
      no([receive('A', 5)], 'unknown_sku', { sku: 'A' }),
      ok([configure('A'), receive('A', 5)]),
      counters('A', 5, 0, 0),
      ok([adjust('A', -5)]),
      counters('A', 0, 0, 0),
      no([adjust('A', -1)], 'below_reserved', { onHand: 0, reserved: 0 }),
      counters('A', 0, 0, 0),
    ],
  },
  {
    name: 'adjust cannot go below what is reserved',
    rows: [
      ok([configure('A'), receive('A', 10), reserve('h1', 'A', 4)], 4),
      no([adjust('A', -7)], 'below_reserved', { onHand: 10, reserved: 4 }),
      ok([adjust('A', -6)]),
      counters('A', 4, 4, 0),
      no([adjust('A', -1)], 'below_reserved', { onHand: 4, reserved: 4 }),
    ],
  },
  {
    name: 'on hand is at most 10^12',
    rows: [
      ok([configure('A'), receive('A', BILLION_KILO)]),
      counters('A', BILLION_KILO, 0, 0),
      no([receive('A', 1)], 'stock_overflow', { sku: 'A' }),
      ok([adjust('A', -1)]),
      no([receive('A', 2)], 'stock_overflow', { sku: 'A' }),
      ok([receive('A', 1)]),
      ok([reserve('h1', 'A', BILLION_KILO)], BILLION_KILO),
      counters('A', BILLION_KILO, BILLION_KILO, 0),
      ok([consume('h1')]),
      counters('A', 0, 0, BILLION_KILO),
      ok([receive('A', BILLION_KILO)]),
      no([giveBack('A', 1)], 'stock_overflow', { sku: 'A' }),
      ok([giveBack('A', 1, { restock: false })]),
      counters('A', BILLION_KILO, 0, BILLION_KILO - 1),
    ],
  },
];

export const countCases: Case[] = [
  {
    name: 'count sets on hand and reports the difference',
    rows: [
      no([count('A', 5)], 'unknown_sku', { sku: 'A' }),
      ok([configure('A'), count('A', 5)]),
      ok([count('A', 3)]),
      ok([count('A', 3)]),
      counters('A', 3, 0, 0),
      ok([count('A', BILLION_KILO)]),
      ok([count('A', 0, BILLION_KILO)]),
      counters('A', 0, 0, 0),
    ],
  },
  {
    name: 'count: a mismatch has precedence over reserved units',
    rows: [
      ok([configure('A'), receive('A', 10), reserve('h1', 'A', 4)], 4),
      no([count('A', 3, 9)], 'count_mismatch', { onHand: 10, reserved: 4 }),
      no([count('A', 3, 10)], 'below_reserved', { onHand: 10, reserved: 4 }),
      no([count('A', 3)], 'below_reserved', { onHand: 10, reserved: 4 }),
      ok([count('A', 4, 10)]),
      counters('A', 4, 4, 0),
    ],
  },
];

export const returnCases: Case[] = [
  {
    name: 'return: at most what was sold, on hand again or not',
    rows: [
      no([giveBack('A', 1)], 'unknown_sku', { sku: 'A' }),
      ok([configure('A'), receive('A', 10)]),
      no([giveBack('A', 1)], 'return_exceeds_sold', { sku: 'A' }),
      ok([reserve('h1', 'A', 6), consume('h1')], 6),
      counters('A', 4, 0, 6),
      ok([giveBack('A', 2)]),
      counters('A', 6, 0, 4),
      ok([giveBack('A', 3, { restock: false })]),
      counters('A', 6, 0, 1),
      no([giveBack('A', 2)], 'return_exceeds_sold', { sku: 'A' }),
      ok([giveBack('A', 1)]),
      counters('A', 7, 0, 0),
      no([giveBack('A', 1)], 'return_exceeds_sold', { sku: 'A' }),
    ],
  },
  {
    name: 'return: more than sold has precedence over an overflow',
    rows: [
      ok([configure('A'), receive('A', 1), reserve('h1', 'A', 1), consume('h1'), receive('A', BILLION_KILO)]),
      no([giveBack('A', 2)], 'return_exceeds_sold'),
      no([giveBack('A', 1)], 'stock_overflow'),
    ],
  },
];
