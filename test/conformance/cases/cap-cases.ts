import {
  adjust,
  configure,
  consume,
  drop,
  giveBack,
  pin,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  transfer,
} from '../../support/transactions.ts';
import { type Case, hold, later, malformed, no, ok, overduePending, type Row } from '../../support/rows.ts';

const stocked = (units: number, settings: Parameters<typeof configure>[1] = {}): Row =>
  ok([configure('A', settings), receive('A', units)]);
const capped = (held: number, limit: number) => ({ sku: 'A', limit, held });

const FIVE = { caps: { unitsMax: 5 } };
/** A cart whose session is its own customer. */
const ANONYMOUS = { owner: 'cart:7', customer: 'cart:7' };
const TENTH = { client: 'clt_1', caps: { clientPercent: 10 } };

/** Units count for their holders while the hold is live. */
export const capCases: Case[] = [
  {
    name: 'a cap counts the live units of one customer in all its holds',
    rows: [
      stocked(100),
      ok([reserve('h1', 'A', 3, FIVE)], 3),
      hold('h1', { capped: true, client: null }),
      no([reserve('h2', 'A', 3, FIVE)], 'hold_cap', capped(3, 5)),
      ok([reserve('h2', 'A', 9, { ...FIVE, min: 1 })], 2),
      no([reserve('h3', 'A', 1, FIVE)], 'hold_cap', capped(5, 5)),
      ok([reserve('h3', 'A', 5, { ...FIVE, customer: 'guest:2' })], 5),
      no([reserve('h4', 'A', 1, { caps: { unitsMax: 4 } })], 'hold_cap', capped(5, 4)),
    ],
  },
  {
    name: 'limits and caps count the units of a SKU at all its locations',
    rows: [
      stocked(100, { limitPerCustomer: 4 }),
      ok([configure('A@east', { limitPerCustomer: 4 }), receive('A@east', 100)]),
      ok([reserve('h1', 'A', 3, FIVE)], 3),
      no([reserve('h2', 'A@east', 2, FIVE)], 'limit_exceeded', { sku: 'A', limit: 4, already: 3 }),
      ok([reserve('h2', 'A@east', 9, { ...FIVE, min: 1 })], 1),
      ok([configure('A', { limitPerCustomer: null }), configure('A@east', { limitPerCustomer: null })]),
      no([resizeTo('h1', 5, FIVE)], 'hold_cap', capped(4, 5)),
      ok([release('h2')]),
      ok([resizeTo('h1', 5, FIVE)], 2),
    ],
  },
  {
    name: 'a cart counts its units elsewhere, and a client its share of the units elsewhere',
    rows: [
      stocked(100),
      ok([configure('A@east'), receive('A@east', 10)]),
      no([reserve('h1', 'A@east', 3, { ...ANONYMOUS, caps: { unitsMax: 5, heldElsewhere: 3 } })], 'hold_cap', {
        ...capped(3, 5),
      }),
      no([reserve('h1', 'A@east', 2, TENTH)], 'hold_cap', capped(0, 1)),
      ok(
        [reserve('h1', 'A@east', 9, { client: 'clt_1', min: 1, caps: { clientPercent: 10, onHandElsewhere: 50 } })],
        6,
      ),
    ],
  },
  {
    name: 'each end of a hold lowers the count, and a pin does not',
    rows: [
      stocked(100),
      ok([reserve('h1', 'A', 2, FIVE), reserve('h2', 'A', 2, FIVE), reserve('h3', 'A', 1, { ...FIVE, ttlMs: 10 })]),
      ok([pin('h1', 60_000)]),
      no([reserve('h4', 'A', 1, FIVE)], 'hold_cap', capped(5, 5)),
      ok([consume('h1')]),
      ok([reserve('h4', 'A', 9, { ...FIVE, min: 1 }), release('h2')], 2),
      later(10),
      ok([reserve('h5', 'A', 9, { ...FIVE, min: 1 })], 3),
      ok([giveBack('A', 2, { customer: 'guest:1' })]),
      no([reserve('h6', 'A', 1, FIVE)], 'hold_cap', capped(5, 5)),
    ],
  },
  {
    name: 'the cap of the SKU takes the place of the cap of the step, in both directions',
    rows: [
      stocked(100, { holdUnitsMax: 2 }),
      no([reserve('h1', 'A', 3, FIVE)], 'hold_cap', capped(0, 2)),
      no([reserve('h1', 'A', 3, { caps: {} })], 'hold_cap', capped(0, 2)),
      ok([configure('A', { holdUnitsMax: 8 }), reserve('h1', 'A', 8, FIVE)], 8),
      ok([configure('A', { holdUnitsMax: null })]),
      no([reserve('h2', 'A', 1, FIVE)], 'hold_cap', capped(8, 5)),
      ok([reserve('h2', 'A', 50, { caps: {}, customer: 'guest:2' })], 50),
      hold('h2', { capped: false }),
    ],
  },
  {
    name: 'a step without caps is exempt, and its changes of a counted hold count',
    rows: [
      stocked(100, { holdUnitsMax: 2 }),
      ok([reserve('h1', 'A', 9)], 9),
      hold('h1', { capped: false }),
      ok([reserve('h2', 'A', 2, { caps: {} })], 2),
      ok([resizeTo('h2', 7)], 5),
      no([reserve('h3', 'A', 1, { caps: {} })], 'hold_cap', capped(7, 2)),
      ok([resizeTo('h2', 1), release('h1')]),
      ok([reserve('h3', 'A', 1, { caps: {} })], 1),
    ],
  },
  {
    name: 'a cap includes the hold that grows, and counts it from then on',
    rows: [
      stocked(100),
      ok([reserve('h1', 'A', 4)], 4),
      no([resizeTo('h1', 6, FIVE)], 'hold_cap', capped(4, 5)),
      ok([resizeBy('h1', 3, { ...FIVE, min: 1 })], 1),
      hold('h1', { capped: true, quantity: 5 }),
      no([reserve('h2', 'A', 1, FIVE)], 'hold_cap', capped(5, 5)),
      ok([resizeTo('h1', 3, FIVE)], -2),
      no([resizeBy('h1', 3, FIVE)], 'hold_cap', capped(3, 5)),
      ok([resizeTo('h1', 5, FIVE)], 2),
      ok([release('h1'), reserve('h2', 'A', 5, FIVE)]),
    ],
  },
  {
    name: 'a hold whose owner is its customer counts itself, and others once its owner is an order',
    rows: [
      stocked(100),
      ok([reserve('h1', 'A', 3, { ...FIVE, ...ANONYMOUS })], 3),
      no([resizeTo('h1', 6, FIVE)], 'hold_cap', capped(3, 5)),
      ok([resizeTo('h1', 4, FIVE)], 1),
      ok([pin('h1', 60_000)]),
      no([reserve('h2', 'A', 2, { ...FIVE, ...ANONYMOUS })], 'hold_cap', capped(4, 5)),
      ok([reserve('h2', 'A', 1, { ...FIVE, ...ANONYMOUS })], 1),
      no([resizeTo('h2', 2, FIVE)], 'hold_cap', capped(5, 5)),
      ok([release('h2'), transfer('h1', 'cart:7')]),
      ok([resizeTo('h1', 5, FIVE)], 1),
      ok([transfer('h1', 'detached:x')]),
      no([reserve('h3', 'A', 1, { ...FIVE, ...ANONYMOUS })], 'hold_cap', capped(5, 5)),
      ok([consume('h1'), reserve('h3', 'A', 5, { ...FIVE, ...ANONYMOUS })]),
    ],
  },
  {
    name: 'transfer to another customer moves the count, up to the cap of the other one',
    rows: [
      stocked(100),
      ok([reserve('h1', 'A', 3, { ...FIVE, customer: 'c1' }), reserve('h2', 'A', 3, { ...FIVE, customer: 'c2' })]),
      no([transfer('h1', 'cart:2', { ...FIVE, toCustomer: 'c2' })], 'hold_cap', capped(3, 5)),
      ok([transfer('h1', 'cart:2', { toCustomer: 'c2' })]),
      no([reserve('h3', 'A', 1, { ...FIVE, customer: 'c2' })], 'hold_cap', capped(6, 5)),
      ok([reserve('h3', 'A', 5, { ...FIVE, customer: 'c1' })], 5),
      ok([reserve('h4', 'A', 4, { customer: 'c4' }), transfer('h4', 'cart:5', { ...FIVE, toCustomer: 'c5' })]),
      hold('h4', { capped: true, customer: 'c5' }),
      no([reserve('h5', 'A', 2, { ...FIVE, customer: 'c5' })], 'hold_cap', capped(4, 5)),
    ],
  },
  {
    name: 'a client holds at most its share of the units on hand, over all customers',
    rows: [
      stocked(50),
      ok([reserve('h1', 'A', 3, { ...TENTH, customer: 'c1' })], 3),
      hold('h1', { client: 'clt_1', capped: true }),
      no([reserve('h2', 'A', 3, { ...TENTH, customer: 'c2' })], 'hold_cap', capped(3, 5)),
      ok([reserve('h2', 'A', 3, { ...TENTH, customer: 'c2', min: 1 })], 2),
      no([reserve('h3', 'A', 1, { ...TENTH, customer: 'c3' })], 'hold_cap', capped(5, 5)),
      ok([reserve('h3', 'A', 5, { ...TENTH, client: 'clt_2', customer: 'c3' })], 5),
      ok([reserve('h4', 'A', 9, { caps: TENTH.caps, customer: 'c4' })], 9),
      hold('h4', { client: null, capped: false }),
      ok([receive('A', 10)]),
      ok([reserve('h5', 'A', 3, { ...TENTH, min: 1 })], 1),
      ok([consume('h1')]),
      no([reserve('h6', 'A', 4, TENTH)], 'hold_cap', capped(3, 5)),
      ok([reserve('h6', 'A', 2, TENTH)], 2),
    ],
  },
  {
    name: 'the share of a client is at least one unit, and follows the units on hand',
    rows: [
      stocked(9),
      no([reserve('h1', 'A', 2, TENTH)], 'hold_cap', capped(0, 1)),
      ok([reserve('h1', 'A', 1, TENTH)], 1),
      no([reserve('h2', 'A', 1, TENTH)], 'hold_cap', capped(1, 1)),
      ok([receive('A', 11), reserve('h2', 'A', 1, TENTH)], 1),
      ok([adjust('A', -1)]),
      no([reserve('h3', 'A', 1, TENTH)], 'hold_cap', capped(2, 1)),
      ok([adjust('A', 1), resizeTo('h2', 2), adjust('A', 10)]),
      no([resizeTo('h2', 3, { caps: { clientPercent: 10 } })], 'hold_cap', capped(3, 3)),
      ok([resizeTo('h2', 3, { caps: { clientPercent: 50 } })], 1),
    ],
  },
  {
    name: 'units of a client that rest count in its share',
    rows: [
      stocked(50),
      ok([reserve('h1', 'A', 2, TENTH)], 2),
      no(
        [reserve('h2', 'A', 2, { client: 'clt_1', caps: { clientPercent: 10, clientResting: 2 } })],
        'hold_cap',
        capped(4, 5),
      ),
      ok([reserve('h2', 'A', 1, { client: 'clt_1', caps: { clientPercent: 10, clientResting: 2 } })], 1),
      ok([reserve('h3', 'A', 2, TENTH)], 2),
    ],
  },
  {
    name: 'stock, limit and caps apply together, in this order',
    rows: [
      stocked(20, { limitPerCustomer: 9 }),
      ok([reserve('h1', 'A', 1, { customer: 'c1', caps: { unitsMax: 4, clientPercent: 15 }, client: 'clt_1' })], 1),
      no([reserve('h2', 'A', 20, { ...TENTH, ...FIVE, customer: 'c1' })], 'insufficient_stock', {
        lines: [{ sku: 'A', requested: 20, available: 19 }],
      }),
      no([reserve('h2', 'A', 9, { ...FIVE, customer: 'c1' })], 'limit_exceeded', { sku: 'A', limit: 9, already: 1 }),
      no(
        [reserve('h2', 'A', 5, { caps: { unitsMax: 4, clientPercent: 15 }, client: 'clt_1', customer: 'c1' })],
        'hold_cap',
        capped(1, 4),
      ),
      no(
        [reserve('h2', 'A', 3, { caps: { unitsMax: 4, clientPercent: 15 }, client: 'clt_1', customer: 'c1' })],
        'hold_cap',
        capped(1, 3),
      ),
      ok(
        [reserve('h2', 'A', 8, { caps: { unitsMax: 4, clientPercent: 15 }, client: 'clt_1', customer: 'c1', min: 1 })],
        2,
      ),
    ],
  },
  {
    name: 'a refusal by a cap waits for overdue holds of the SKU',
    rows: [
      stocked(2_000),
      ok(
        Array.from({ length: 600 }, (_, index) => reserve(`o${index}`, 'A', 1, { caps: { unitsMax: 600 }, ttlMs: 10 })),
      ),
      later(10),
      {
        does: 'steps',
        steps: [reserve('h1', 'A', 590, { caps: { unitsMax: 600 } })],
        expected: overduePending('A'),
      },
      ok([reserve('h1', 'A', 590, { caps: { unitsMax: 600 } })], 590),
    ],
  },
  {
    name: 'a protected SKU refuses a new hold that was not admitted, except without caps',
    rows: [
      stocked(20, { protected: true }),
      no([reserve('h1', 'A', 1, { ...ANONYMOUS, caps: {} })], 'admission_required', { sku: 'A' }),
      no([reserve('h1', 'A', 99, { ...ANONYMOUS, caps: { admitted: false } })], 'admission_required', { sku: 'A' }),
      ok([reserve('h1', 'A', 1, { ...ANONYMOUS, caps: { admitted: true } })], 1),
      ok([reserve('h2', 'A', 2, ANONYMOUS)], 2),
      ok([resizeTo('h1', 3, { caps: {} })], 2),
    ],
  },
  {
    name: 'a SKU that requires a customer refuses others, except without caps',
    rows: [
      stocked(20, { requiresCustomer: true }),
      no([reserve('h1', 'A', 1, { ...ANONYMOUS, caps: {} })], 'customer_required', { sku: 'A' }),
      no([reserve('h1', 'A', 99, { ...ANONYMOUS, caps: {} })], 'customer_required', { sku: 'A' }),
      ok([reserve('h1', 'A', 1, { owner: 'cart:1', customer: 'customer:anna', caps: {} })], 1),
      ok([reserve('h2', 'A', 2, ANONYMOUS)], 2),
      no([resizeTo('h2', 3, { caps: {} })], 'customer_required', { sku: 'A' }),
      ok([resizeTo('h2', 1, { caps: {} })], -1),
      ok([resizeTo('h1', 3, { caps: {} })], 2),
    ],
  },
  {
    name: 'caps and names of holders have to be valid',
    rows: [
      stocked(20),
      malformed([reserve('h1', 'A', 1, { caps: { unitsMax: 0 } })], 'steps[0].caps'),
      malformed([reserve('h1', 'A', 1, { caps: { clientPercent: 101 } })], 'steps[0].caps'),
      malformed([resizeTo('h1', 1, { caps: { clientPercent: 0.5 } })], 'steps[0].caps'),
      malformed([transfer('h1', 'cart:1', { caps: 5 as never })], 'steps[0].caps'),
      malformed([reserve('h1', 'A', 1, { customer: 'held:guest:1' })], 'steps[0].customer'),
      malformed([transfer('h1', 'cart:1', { toCustomer: 'held:guest:1' })], 'steps[0].toCustomer'),
      malformed([giveBack('A', 1, { customer: 'held:guest:1' })], 'steps[0].customer'),
      malformed(
        [drop('order:1', 'any', { forget: [{ sku: 'A', customer: 'held:guest:1', quantity: 1 }] })],
        'steps[0].forget',
      ),
      malformed([reserve('h1', 'A', 1, { client: 'a b' })], 'steps[0].client'),
    ],
  },
];
