import { expect, test } from 'vitest';
import { NEVER_AT } from '../../src/domain/limits.ts';
import type { StockSlack } from '../../src/domain/machine/assumptions.ts';
import type { Step } from '../../src/domain/steps.ts';
import { type Assumed, assumed, FREE } from '../support/assumed.ts';
import {
  adjust,
  configure,
  consume,
  fill,
  giveBack,
  put,
  receive,
  reserve,
  START,
  TTL_MS,
  transfer,
} from '../support/transactions.ts';

/** A has 20 units on hand, all free, and 3 more that were sold. B has 5, C 1, and KIT two of A with one of B and C. */
const SUPPLY: Step[] = [
  ...['A', 'B', 'C'].map((sku) => configure(sku)),
  receive('A', 23),
  reserve('gone', 'A', 3),
  consume('gone'),
  receive('B', 5),
  receive('C', 1),
  configure('L', { limitPerCustomer: 2 }),
  receive('L', 9),
  reserve('limited', 'L', 1),
  configure('X', { backorderLimit: 4, safetyStock: 1 }),
  receive('X', 2),
  reserve('x', 'X', 4),
  receive('X', 4),
  configure('PAIR', { components: '[{"sku":"A","quantity":2}]' }),
  configure('SET', { components: '[{"sku":"A","quantity":2},{"sku":"B","quantity":1}]' }),
  configure('RARE', {
    components: '[{"sku":"A","quantity":10},{"sku":"B","quantity":1},{"sku":"C","quantity":1}]',
  }),
  configure('LIMITED', { components: '[{"sku":"L","quantity":1},{"sku":"A","quantity":2}]' }),
  configure('ONCE', { components: '[{"sku":"A","quantity":2}]', limitPerCustomer: 1 }),
  put('cart:1', 'absent', { body: '' }),
];
const LIVE = { before: TTL_MS };
const EXACT = { exact: true, reclaimed: true };
const ROOM = 1_000_000_000_000;
const ofA = (slack: Partial<StockSlack>) => ({ stock: { A: slack } });
const client = 'clt_1';
const refused = { status: 'refused' } as const;

const ROWS: [does: string, steps: Step[], assumed: Assumed][] = [
  ['reserves kits for a client without a share', [reserve('n', 'PAIR', 1, { client })], ofA({ free: 18 })],
  ['has a share for nobody', [reserve('n', 'PAIR', 1, { caps: { clientPercent: 50 } })], ofA({ free: 18 })],
  [
    'lacks one component of a kit, and has just enough of another',
    [reserve('n', 'RARE', 2)],
    { ...refused, stock: { A: { exact: true }, B: { exact: true }, C: EXACT } },
  ],
  [
    'is refused by the limit of a kit',
    [reserve('n', 'ONCE', 2)],
    { ...refused, stock: { A: { free: 16 }, ONCE: { reclaimed: true } } },
  ],
  [
    'gets fewer kits because of the cap of a customer',
    [reserve('n', 'PAIR', 3, { min: 1, caps: { unitsMax: 2 } })],
    { stock: { A: { free: 14 }, PAIR: { reclaimed: true } } },
  ],
  [
    'is refused by the limit of the first component of a kit',
    [reserve('n', 'LIMITED', 3)],
    { ...refused, stock: { A: { free: 14 }, L: { free: 5, reclaimed: true } } },
  ],
  ['is refused by a limit', [reserve('n', 'L', 2)], { ...refused, stock: { L: { free: 6, reclaimed: true } } }],
  [
    'is refused by the cap of a customer',
    [reserve('n', 'A', 3, { caps: { unitsMax: 2 } })],
    { ...refused, ...ofA({ free: 17, reclaimed: true }) },
  ],
  [
    'is refused by the share of a client',
    [reserve('n', 'A', 3, { client, caps: { clientPercent: 10 } })],
    { ...refused, ...ofA({ ...EXACT, free: 17 }) },
  ],
  [
    'gets exactly the share of a client',
    [reserve('n', 'A', 2, { client, caps: { clientPercent: 10 } })],
    ofA({ free: 18, onHand: 0 }),
  ],
  [
    'gets less than the share of a client because of another cap',
    [reserve('n', 'A', 9, { min: 1, client, caps: { unitsMax: 2, clientPercent: 50 } })],
    ofA({ free: 18, onHand: 16, reclaimed: true }),
  ],
  [
    'has a share of the units at all locations',
    [reserve('n', 'A', 3, { client, caps: { clientPercent: 10, onHandElsewhere: 15 } })],
    ofA({ free: 17, onHand: 5 }),
  ],
  [
    'has a share of the units that may be backordered too',
    [reserve('n', 'X', 2, { client, caps: { clientPercent: 40 } })],
    { stock: { X: { ...EXACT, free: 0, onHand: 5 } } },
  ],
  ['removes all free units', [adjust('A', -20)], ofA({ free: 0, room: ROOM })],
  ['adds as many units as fit', [receive('A', ROOM - 20)], ofA({ free: ROOM, room: 0 })],
  ['takes back all that was dispatched', [giveBack('A', 3)], ofA({ dispatched: 0, room: ROOM - 23 })],
  [
    'takes back as many units as fit',
    [receive('A', ROOM - 21), giveBack('A', 1)],
    ofA({ free: ROOM - 1, dispatched: 2, room: 0 }),
  ],
  [
    'takes back more units than fit',
    [receive('A', ROOM - 20), giveBack('A', 1)],
    { ...refused, ...ofA({ exact: true, free: ROOM, room: 0 }) },
  ],
  ['fills backordered units', [fill('x', 1, 3)], { ...LIVE, stock: { X: { free: 3 } } }],
  ['fills more units than are there', [fill('x', 4, 3)], { ...refused, ...LIVE, stock: { X: { exact: true } } }],
  ['expects the version of a document from before the batch', [put('cart:1', 1, { body: 'x' })], {}],
  [
    'reserves and then keeps a hold without an end',
    [reserve('n', 'A', 1), { kind: 'extend', holdId: 'n', ttlMs: null }],
    { before: NEVER_AT - TTL_MS - START, ...ofA({ free: 19 }) },
  ],
];

test.each(ROWS)('a decision that %s assumes this and no more', (_, steps, expected) => {
  expect(assumed(SUPPLY, steps)).toEqual({ ...FREE, ...expected });
});

test('a batch that ends an overdue hold assumes that its deadline has passed', () => {
  const late = reserve('late', 'A', 1, { ttlMs: 500 });
  expect(assumed([...SUPPLY, late], [put('cart:2', 'absent', { body: '' })])).toEqual({ ...FREE, since: 500 });
  expect(assumed([...SUPPLY, late], [transfer('late', 'cart:2')])).toEqual({ ...FREE, ...refused, since: 500 });
});
