import {
  adjust,
  commit,
  configure,
  consume,
  count,
  fill,
  fulfil,
  giveBack,
  receive,
  release,
  reserve,
  resizeTo,
  TTL_MS,
} from '../../support/transactions.ts';
import { type Case, hold, later, ledgerEnds, no, ok, type Row, stock } from '../../support/rows.ts';

/** Four units on hand, and room for six more. */
const fourOfA: Row = ok([configure('A', { backorderLimit: 6 }), receive('A', 4)]);
const short = (requested: number, available: number) =>
  ['insufficient_stock', { lines: [{ sku: 'A', requested, available }] }] as const;
const awaited = (holdId: string, quantity: number, backordered: number): Row => hold(holdId, { quantity, backordered });
const levels = (onHand: number, reserved: number, backordered: number): Row =>
  stock('A', { onHand, reserved, backordered });
/** h1 has all units on hand and one more, h2 waits for two. */
const h1AndH2: readonly Row[] = [fourOfA, ok([reserve('h1', 'A', 5)], 5), later(1), ok([reserve('h2', 'A', 2)], 2)];

const reserving: Case[] = [
  {
    name: 'a hold may grow by units on hand only',
    rows: [
      fourOfA,
      ok([reserve('h1', 'A', 3)], 3),
      no([resizeTo('h1', 5, { onHandOnly: true })], ...short(2, 1)),
      ok([resizeTo('h1', 4, { onHandOnly: true })], 1),
      awaited('h1', 4, 0),
      no([resizeTo('h1', 5, { onHandOnly: true })], ...short(1, 0)),
      ok([resizeTo('h1', 5)], 1),
      awaited('h1', 5, 1),
    ],
  },
  {
    name: 'a reserve may be of units on hand only',
    rows: [
      fourOfA,
      no([reserve('h1', 'A', 5, { onHandOnly: true })], ...short(5, 4)),
      ok([reserve('h1', 'A', 5, { onHandOnly: true, min: 1 })], 4),
      awaited('h1', 4, 0),
      no([reserve('h2', 'A', 1, { onHandOnly: true })], ...short(1, 0)),
      ok([reserve('h2', 'A', 1)], 1),
      awaited('h2', 1, 1),
    ],
  },
  {
    name: 'a reserve takes units on hand first, then backorders, and never more than the limit',
    rows: [
      ...h1AndH2,
      awaited('h1', 5, 1),
      awaited('h2', 2, 2),
      levels(4, 7, 3),
      no([reserve('h3', 'A', 4)], ...short(4, 3)),
      ok([reserve('h3', 'A', 4, { min: 1 })], 3),
      levels(4, 10, 6),
      no([reserve('h4', 'A', 1)], ...short(1, 0)),
      ledgerEnds({
        kind: 'reserved',
        quantity: 3,
        reserved: { before: 7, after: 10 },
        backordered: { before: 3, after: 6 },
      }),
    ],
  },
  {
    name: 'the safety stock is neither sold nor given to backorders, and lowers the room',
    rows: [
      ok([configure('A', { backorderLimit: 2, safetyStock: 3 }), receive('A', 4)]),
      no([reserve('h1', 'A', 4)], ...short(4, 3)),
      ok([reserve('h1', 'A', 3)], 3),
      awaited('h1', 3, 2),
      ok([receive('A', 1)]),
      no([fill('h1', 2, 2)], 'conflict', { key: 'stock:A' }),
      ok([fill('h1', 1, 2)]),
      no([fill('h1', 1, 1)], 'conflict'),
      levels(5, 3, 1),
    ],
  },
  {
    name: 'a new hold does not get units on hand for which older holds wait',
    rows: [
      ...h1AndH2,
      ok([receive('A', 2)]),
      ok([reserve('h3', 'A', 1)], 1),
      awaited('h3', 1, 1),
      ok([receive('A', 5)]),
      ok([reserve('h4', 'A', 4)], 4),
      awaited('h4', 4, 1),
      levels(11, 12, 5),
    ],
  },
  {
    name: 'a hold that grows gets units on hand first, and loses backordered ones first',
    rows: [
      fourOfA,
      ok([reserve('h1', 'A', 3)], 3),
      ok([resizeTo('h1', 6)], 3),
      awaited('h1', 6, 2),
      no([resizeTo('h1', 11)], ...short(5, 4)),
      ok([resizeTo('h1', 5)], -1),
      awaited('h1', 5, 1),
      ok([resizeTo('h1', 2)], -3),
      awaited('h1', 2, 0),
      levels(4, 2, 0),
    ],
  },
  {
    name: 'a lower limit changes nothing that exists',
    rows: [
      ...h1AndH2,
      ok([configure('A', { backorderLimit: null })]),
      levels(4, 7, 3),
      no([reserve('h3', 'A', 1)], ...short(1, 0)),
      ok([resizeTo('h2', 1)], -1),
      no([resizeTo('h2', 2)], ...short(1, 0)),
      ok([commit('h2')]),
      levels(4, 5, 2),
    ],
  },
];

const ending: Case[] = [
  {
    name: 'release and expiry end backorders',
    rows: [
      ...h1AndH2,
      ok([release('h2')]),
      awaited('h2', 2, 0),
      levels(4, 5, 1),
      later(TTL_MS),
      ok([reserve('h3', 'A', 4)], 4),
      hold('h1', { state: 'expired', backordered: 0 }),
      awaited('h3', 4, 0),
      levels(4, 4, 0),
    ],
  },
  {
    name: 'one transaction may take again what it has released, before older backorders get it',
    rows: [
      ...h1AndH2,
      ok([reserve('h3', 'A', 1)], 1),
      ok([configure('A', { backorderLimit: 1 })]),
      ok([release('h1'), resizeTo('h3', 6)], 5),
      awaited('h3', 6, 2),
      levels(4, 8, 4),
      no([release('h3'), reserve('h4', 'A', 7)], ...short(7, 6)),
      ok([release('h3'), reserve('h4', 'A', 1), reserve('h5', 'A', 3)], 1, 3),
      awaited('h5', 3, 0),
      levels(4, 6, 2),
    ],
  },
  {
    name: 'backordered units cannot leave',
    rows: [
      ...h1AndH2,
      no([consume('h1')], ...short(5, 4)),
      ok([commit('h1'), commit('h2')]),
      no([fulfil('h1', 5)], ...short(5, 4)),
      no([fulfil('h2', 1)], ...short(1, 0)),
      ok([fulfil('h1', 4)]),
      awaited('h1', 1, 1),
      stock('A', { onHand: 0, committed: 3, backordered: 3 }),
    ],
  },
];

const filling: Case[] = [
  {
    name: 'fill gives units on hand to a hold, and says so in the ledger',
    rows: [
      ...h1AndH2,
      ok([receive('A', 2), fill('h1', 1, 1), fill('h2', 1, 2)]),
      awaited('h1', 5, 0),
      awaited('h2', 2, 1),
      levels(6, 7, 1),
      ledgerEnds(
        { kind: 'received', quantity: 2, backordered: { before: 3, after: 3 } },
        { kind: 'filled', quantity: 1, holdId: 'h1', backordered: { before: 3, after: 2 } },
        {
          kind: 'filled',
          quantity: 1,
          holdId: 'h2',
          reserved: { before: 7, after: 7 },
          backordered: { before: 2, after: 1 },
        },
      ),
      ok([commit('h2')]),
      ok([receive('A', 1), fill('h2', 1, 1)]),
      ok([fulfil('h2', 2)]),
      levels(5, 5, 0),
    ],
  },
  {
    name: 'fill: precedence unknown_hold, hold_not_active, conflict of the hold, conflict of the stock',
    rows: [
      ...h1AndH2,
      ok([release('h1')]),
      no([fill('none', 1, 9)], 'unknown_hold'),
      no([fill('h1', 1, 9)], 'hold_not_active', { holdId: 'h1', state: 'released' }),
      no([fill('h2', 1, 1)], 'conflict', { key: 'hold:h2' }),
      ok([fill('h2', 2, 2)]),
      no([fill('h2', 1, 1)], 'conflict', { key: 'hold:h2' }),
      ok([reserve('h3', 'A', 4)], 4),
      no([fill('h3', 2, 2)], 'conflict', { key: 'stock:A' }),
    ],
  },
  {
    name: 'on hand does not fall below the units that holds have on hand',
    rows: [
      ...h1AndH2,
      ok([receive('A', 2)]),
      no([adjust('A', -3)], 'below_reserved', { onHand: 6, reserved: 7, committed: 0 }),
      no([count('A', 3)], 'below_reserved'),
      ok([adjust('A', -1)]),
      ok([count('A', 4)]),
      levels(4, 7, 3),
    ],
  },
  {
    name: 'adjust, count and return may require a number of backordered units',
    rows: [
      ...h1AndH2,
      no([{ ...receive('A', 1), backordered: 0 }], 'conflict', { key: 'stock:A' }),
      no([{ ...count('A', 5), backordered: 2 }], 'conflict', { key: 'stock:A' }),
      no([giveBack('A', 1, { backordered: 0 })], 'conflict', { key: 'stock:A' }),
      ok([{ ...receive('A', 1), backordered: 3 }]),
      ok([{ ...count('A', 5), backordered: 3 }]),
      no([{ ...receive('B', 1), backordered: 0 }], 'unknown_sku'),
    ],
  },
];

export const backorderCases: Case[] = [...reserving, ...ending, ...filling];
