import { expect, test } from 'vitest';
import type { StockSlack } from '../../src/domain/machine/assumptions.ts';
import type { Step } from '../../src/domain/steps.ts';
import { type Assumed, assumed, FREE } from '../support/assumed.ts';
import {
  adjust,
  commit,
  configure,
  consume,
  count,
  extend,
  giveBack,
  LIFETIME_MS,
  pin,
  put,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  START,
  TTL_MS,
  transfer,
} from '../support/transactions.ts';

/** A has 20 units on hand: 5 in holds, 2 committed, 13 free. 3 more were sold and dispatched. */
const SUPPLY: Step[] = [
  configure('A'),
  receive('A', 23),
  reserve('gone', 'A', 3),
  consume('gone'),
  reserve('sold', 'A', 2),
  commit('sold'),
  reserve('h', 'A', 5),
  configure('X', { backorderLimit: 4 }),
  receive('X', 2),
  configure('K', { components: '[{"sku":"A","quantity":2}]' }),
  put('cart:1', 'absent', { body: '' }),
];

const ROOM = 1_000_000_000_000 - 20;
const EXACT = { exact: true, reclaimed: true };
const LIVE = { before: TTL_MS };
const ofA = (slack: Partial<StockSlack>) => ({ stock: { A: slack } });
const capped = (want: number, min: number, caps: object) => reserve('new', 'A', want, { min, client: 'clt_1', caps });

/** The least that a decision assumes: more would send batches again for nothing, less would sell units twice. */
const ROWS: [does: string, steps: Step[], assumed: Assumed][] = [
  ['takes some of the free units', [reserve('new', 'A', 3)], ofA({ free: 10 })],
  ['takes all free units', [reserve('new', 'A', 13)], ofA({ free: 0 })],
  ['takes units twice', [reserve('n1', 'A', 3), reserve('n2', 'A', 4)], ofA({ free: 6 })],
  ['is refused for stock', [reserve('new', 'A', 14)], { status: 'refused', ...ofA(EXACT) }],
  ['takes what is there', [reserve('new', 'A', 20, { min: 1 })], ofA(EXACT)],
  ['takes units on hand of a backordered SKU', [reserve('new', 'X', 2)], { stock: { X: { free: 0 } } }],
  ['takes units that are not on hand', [reserve('new', 'X', 5)], { stock: { X: { ...EXACT, free: 0 } } }],
  ['is refused by the backorder limit', [reserve('new', 'X', 7)], { status: 'refused', stock: { X: EXACT } }],
  ['takes kits', [reserve('new', 'K', 2)], ofA({ free: 9 })],
  ['takes all kits that a component gives', [reserve('new', 'K', 6)], ofA({ free: 1 })],
  ['takes the kits that are there', [reserve('new', 'K', 9, { min: 1 })], ofA({ ...EXACT, free: 1 })],
  [
    'takes a share of the kits',
    [reserve('new', 'K', 1, { client: 'clt_1', caps: { clientPercent: 50 } })],
    ofA({ exact: true, free: 11 }),
  ],
  ['has the cap of a customer for kits', [reserve('new', 'K', 1, { caps: { unitsMax: 2 } })], ofA({ free: 11 })],
  ['is refused because of a component', [reserve('new', 'K', 7)], { status: 'refused', ...ofA(EXACT) }],
  ['takes more for a hold', [resizeBy('h', 3)], { ...LIVE, ...ofA({ free: 10 }) }],
  ['gives back a part of a hold', [resizeTo('h', 2)], LIVE],
  ['removes units', [adjust('A', -4)], ofA({ free: 9, room: ROOM + 4 })],
  ['cannot remove units', [adjust('A', -14)], { status: 'refused', ...ofA(EXACT) }],
  ['adds units', [receive('A', 4)], ofA({ free: 17, room: ROOM - 4 })],
  ['cannot add units', [receive('A', ROOM + 1)], { status: 'refused', ...ofA({ exact: true }) }],
  ['counts units', [count('A', 30)], ofA({ exact: true })],
  ['takes back sold units', [giveBack('A', 2)], ofA({ dispatched: 1, room: ROOM - 2 })],
  ['cannot take back units', [giveBack('A', 4)], { status: 'refused', ...ofA({ exact: true }) }],
  ['releases a hold', [release('h')], LIVE],
  ['consumes a hold', [consume('h')], LIVE],
  ['commits a hold', [commit('h')], LIVE],
  ['pins a hold', [pin('h', 20_000)], LIVE],
  ['hands a hold over', [transfer('h', 'cart:2')], LIVE],
  ['moves a deadline', [extend('h', TTL_MS)], { ...LIVE, since: 1 }],
  ['does not move a deadline back', [extend('h', 10)], { before: TTL_MS - 9 }],
  ['moves a deadline to the end of the lifetime', [extend('h', 2 * LIFETIME_MS)], { ...LIVE, since: -LIFETIME_MS }],
  [
    'reserves until a time',
    [reserve('new', 'A', 1, { until: START + 5_000 })],
    { before: 5_000, ...ofA({ free: 12 }) },
  ],
  [
    'comes after the time until which it reserves',
    [reserve('new', 'A', 1, { until: START + 500 })],
    { status: 'refused', since: 500 },
  ],
  ['is within the cap of a customer', [capped(3, 3, { unitsMax: 5 })], ofA({ free: 10 })],
  ['is cut by the cap of a customer', [capped(9, 1, { unitsMax: 5 })], ofA({ free: 8, reclaimed: true })],
  ['is within the share of a client', [capped(2, 2, { clientPercent: 20 })], ofA({ free: 11, onHand: 10 })],
  ['is cut by the share of a client', [capped(9, 1, { clientPercent: 20 })], ofA({ ...EXACT, free: 9 })],
  ['changes settings', [configure('A', { safetyStock: 2 })], {}],
  ['changes a document', [put('cart:1', 'present', { body: 'x' })], {}],
  [
    'expects a version that the batch assigns',
    [put('cart:2', 'any', { body: 'x' }), put('cart:2', 2, { body: 'y' })],
    { isOnSequence: true },
  ],
];

test.each(ROWS)('a decision that %s assumes this and no more', (_, steps, expected) => {
  expect(assumed(SUPPLY, steps)).toEqual({ ...FREE, ...expected });
});
