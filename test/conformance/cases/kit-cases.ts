import { NEVER_AT } from '../../../src/domain/limits.ts';
import {
  adjust,
  commit,
  configure,
  consume,
  count,
  drop,
  extend,
  fill,
  fulfil,
  giveBack,
  LIFETIME_MS,
  pin,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  START,
  transfer,
  TTL_MS,
} from '../../support/transactions.ts';
import {
  type Case,
  hold,
  later,
  ledgerEnds,
  malformed,
  no,
  ok,
  overduePending,
  reclaim,
  type Row,
  stock,
} from '../../support/rows.ts';

const TWO_A_AND_B = JSON.stringify([
  { sku: 'A', quantity: 2 },
  { sku: 'B', quantity: 1 },
]);
/** 10 of A and 4 of B, and the kit K of two A and one B. */
const kitOfAB: Row = ok([
  configure('A', { inKits: true }),
  receive('A', 10),
  configure('B', { inKits: true }),
  receive('B', 4),
  configure('K', { components: TWO_A_AND_B }),
]);
const short = (requested: number, available: number) =>
  ['insufficient_stock', { lines: [{ sku: 'K', requested, available }] }] as const;

type Counters = readonly [onHand: number, reserved: number, committed: number, sold: number];
const counters = (sku: string, [onHand, reserved, committed, sold]: Counters): Row =>
  stock(sku, { onHand, reserved, committed, sold });
/** The counters of the kit, of A and of B. */
const levels = (k: Counters, a: Counters, b: Counters): Row[] => [counters('K', k), counters('A', a), counters('B', b)];
const inBoth = (expected: Parameters<typeof hold>[1]): Row[] => [hold('h1/0', expected), hold('h1/1', expected)];

const reserving: Case[] = [
  {
    name: 'a kit takes the units of its components, as many kits as the scarcest gives',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 3)], 3),
      ...levels([3, 3, 0, 0], [10, 6, 0, 0], [4, 3, 0, 0]),
      hold('h1', { sku: 'K', quantity: 3 }),
      hold('h1/0', { sku: 'A', quantity: 6, owner: 'cart:1', customer: 'guest:1', expiresAt: START + TTL_MS }),
      hold('h1/1', { sku: 'B', quantity: 3, owner: 'cart:1', customer: 'guest:1', expiresAt: START + TTL_MS }),
      no([reserve('h2', 'K', 2)], ...short(2, 1)),
      ok([reserve('h2', 'K', 2, { min: 1 })], 1),
      no([reserve('h3', 'K', 1)], ...short(1, 0)),
      ok([receive('B', 1), adjust('A', -1)]),
      no([reserve('h3', 'K', 1)], ...short(1, 0)),
      ok([receive('A', 1)]),
      ok([reserve('h4', 'A', 2)], 2),
      ledgerEnds({ kind: 'reserved', sku: 'A', quantity: 2, holdId: 'h4' }),
    ],
  },
  {
    name: 'the ledger has the units of each component, and the kits that were assembled',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 2)], 2),
      ledgerEnds(
        { kind: 'reserved', sku: 'A', quantity: 4, holdId: 'h1/0', owner: 'cart:1' },
        { kind: 'reserved', sku: 'B', quantity: 2, holdId: 'h1/1' },
        { kind: 'assembled', sku: 'K', quantity: 2, holdId: null, onHand: { before: 0, after: 2 } },
        { kind: 'reserved', sku: 'K', quantity: 2, holdId: 'h1' },
      ),
      ok([release('h1')]),
      ledgerEnds(
        { kind: 'released', sku: 'K', quantity: 2, holdId: 'h1' },
        { kind: 'released', sku: 'A', quantity: 4, holdId: 'h1/0' },
        { kind: 'released', sku: 'B', quantity: 2, holdId: 'h1/1' },
        { kind: 'assembled', sku: 'K', quantity: -2, holdId: null, onHand: { before: 2, after: 0 } },
      ),
      ...levels([0, 0, 0, 0], [10, 0, 0, 0], [4, 0, 0, 0]),
    ],
  },
  {
    name: 'a component that does not exist gives no kit, and safety stock is not assembled',
    rows: [
      ok([configure('K', { components: TWO_A_AND_B }), configure('A'), receive('A', 10)]),
      no([reserve('h1', 'K', 1)], ...short(1, 0)),
      no([giveBack('K', 1)], 'return_exceeds_sold', { sku: 'K' }),
      ok([configure('B', { safetyStock: 1 }), receive('B', 3)]),
      no([reserve('h1', 'K', 3)], ...short(3, 2)),
      ok([reserve('h1', 'K', 2)], 2),
    ],
  },
  {
    name: 'a kit at a location takes the components at that location',
    rows: [
      kitOfAB,
      ok([
        configure('A@x', { inKits: true }),
        receive('A@x', 2),
        configure('B@x', { inKits: true }),
        receive('B@x', 9),
        configure('K@x', { components: TWO_A_AND_B }),
      ]),
      no([reserve('h1', 'K@x', 2)], 'insufficient_stock', { lines: [{ sku: 'K@x', requested: 2, available: 1 }] }),
      ok([reserve('h1', 'K@x', 1)], 1),
      hold('h1/0', { sku: 'A@x', quantity: 2 }),
      hold('h1/1', { sku: 'B@x', quantity: 1 }),
      counters('A', [10, 0, 0, 0]),
    ],
  },
  {
    name: 'the limits of a component include its units in kits',
    rows: [
      kitOfAB,
      ok([configure('A', { limitPerCustomer: 5 })]),
      ok([reserve('h1', 'K', 2, { customer: 'customer:c' })], 2),
      no([reserve('h2', 'A', 2, { customer: 'customer:c' })], 'limit_exceeded', { sku: 'A', limit: 5, already: 4 }),
      no([reserve('h2', 'K', 1, { customer: 'customer:c' })], 'limit_exceeded', { sku: 'A', limit: 5, already: 4 }),
      no([resizeTo('h1', 3)], 'limit_exceeded', { sku: 'A', limit: 5, already: 4 }),
      ok([reserve('h2', 'A', 1, { customer: 'customer:c' })], 1),
      ok([release('h1')]),
      ok([reserve('h3', 'K', 9, { min: 1, customer: 'customer:c' })], 2),
    ],
  },
  {
    name: 'the limit and the caps of a kit count kits',
    rows: [
      kitOfAB,
      ok([configure('K', { limitPerCustomer: 3, holdUnitsMax: 2 })]),
      no([reserve('h1', 'K', 4, { customer: 'customer:c' })], 'limit_exceeded', { sku: 'K', limit: 3, already: 0 }),
      no([reserve('h1', 'K', 3, { customer: 'customer:c', caps: {} })], 'hold_cap', { sku: 'K', limit: 2, held: 0 }),
      ok([reserve('h1', 'K', 3, { min: 1, customer: 'customer:c', caps: { unitsMax: 1 } })], 2),
      no([resizeBy('h1', 1, { caps: {} })], 'hold_cap', { sku: 'K', limit: 2, held: 2 }),
      // Half of the 4 kits that there are, and not of the 10 units of A.
      ok([configure('K', { holdUnitsMax: null })]),
      no([reserve('h2', 'K', 3, { client: 'c', caps: { clientPercent: 50 } })], ...short(3, 2)),
      no([resizeBy('h1', 2, { caps: {} })], 'limit_exceeded', { sku: 'K', limit: 3, already: 2 }),
      ok([release('h1')]),
      ok([reserve('h3', 'K', 4, { min: 1, client: 'c', caps: { clientPercent: 50 } })], 2),
      no([reserve('h4', 'K', 1, { client: 'c', caps: { clientPercent: 50 } })], 'hold_cap', {
        sku: 'K',
        limit: 2,
        held: 2,
      }),
    ],
  },
  {
    name: 'a component may require a customer, an admission, or cap its own held units',
    rows: [
      kitOfAB,
      ok([configure('B', { requiresCustomer: true, protected: true, holdUnitsMax: 2 })]),
      no([reserve('h1', 'K', 1, { caps: {} })], 'customer_required', { sku: 'B' }),
      no([reserve('h1', 'K', 1, { customer: 'customer:c', caps: {} })], 'admission_required', { sku: 'B' }),
      no([reserve('h1', 'K', 3, { customer: 'customer:c', caps: { admitted: true } })], 'hold_cap', {
        sku: 'B',
        limit: 2,
        held: 0,
      }),
      ok([reserve('h1', 'K', 2, { customer: 'customer:c', caps: { admitted: true } })], 2),
      ok([reserve('h2', 'K', 1)], 1),
    ],
  },
];

const changing: Case[] = [
  {
    name: 'a kit hold that grows and shrinks takes its parts along',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 1)], 1),
      ok([resizeTo('h1', 4)], 3),
      ...levels([4, 4, 0, 0], [10, 8, 0, 0], [4, 4, 0, 0]),
      no([resizeTo('h1', 5)], ...short(1, 0)),
      ok([resizeTo('h1', 2)], -2),
      hold('h1/0', { quantity: 4 }),
      hold('h1/1', { quantity: 2 }),
      ok([resizeBy('h1', 9, { min: 1 })], 2),
      ...levels([4, 4, 0, 0], [10, 8, 0, 0], [4, 4, 0, 0]),
      ok([resizeTo('h1', 4)], 0),
    ],
  },
  {
    name: 'the deadline, the owner and the customer of the parts are those of the kit hold',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 1)], 1),
      later(1_000),
      ok([extend('h1', TTL_MS)]),
      ...inBoth({ expiresAt: START + 1_000 + TTL_MS }),
      ok([transfer('h1', 'cart:2', { toCustomer: 'customer:c', ttlMs: 5_000, lifetimeMs: LIFETIME_MS })]),
      ...inBoth({ owner: 'cart:2', customer: 'customer:c', expiresAt: START + 6_000, state: 'held', counted: true }),
      ok([pin('h1', 9_000)]),
      ...inBoth({ owner: 'order:1', expiresAt: START + 10_000, state: 'pinned' }),
      ok([commit('h1', { toOwner: 'order:2' })]),
      ...inBoth({ owner: 'order:2', expiresAt: NEVER_AT, state: 'committed' }),
    ],
  },
  {
    name: 'a transfer is refused by the limit of a component, and changes nothing',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 1)], 1),
      ok([configure('A', { limitPerCustomer: 1 })]),
      no([transfer('h1', 'cart:2', { toCustomer: 'customer:c' })], 'limit_exceeded', {
        sku: 'A',
        limit: 1,
        already: 0,
      }),
      hold('h1', { owner: 'cart:1' }),
      ...inBoth({ owner: 'cart:1', customer: 'guest:1' }),
    ],
  },
  {
    name: 'no step can create or change a part hold',
    rows: [
      kitOfAB,
      malformed([reserve('h1/0', 'A', 1)], 'steps[0].holdId'),
      ok([reserve('h1', 'K', 1)], 1),
      no([release('h1/0')], 'unknown_hold', { holdId: 'h1/0', state: 'unknown' }),
      no([resizeTo('h1/0', 1)], 'unknown_hold'),
      no([extend('h1/0', TTL_MS)], 'unknown_hold'),
      no([pin('h1/0', TTL_MS)], 'unknown_hold'),
      no([transfer('h1/0', 'cart:2')], 'unknown_hold'),
      no([consume('h1/0')], 'unknown_hold'),
      no([commit('h1/0')], 'unknown_hold'),
      ok([commit('h1')]),
      no([fulfil('h1/0', 1)], 'unknown_hold'),
    ],
  },
];

const ending: Case[] = [
  {
    name: 'a consumed kit sells its components, and its return restocks them',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 2)], 2),
      ok([consume('h1')]),
      ...levels([0, 0, 0, 2], [6, 0, 0, 4], [2, 0, 0, 2]),
      ...inBoth({ state: 'consumed' }),
      ok([giveBack('K', 1)]),
      ...levels([0, 0, 0, 1], [8, 0, 0, 2], [3, 0, 0, 1]),
      ledgerEnds(
        { kind: 'returned', sku: 'K', quantity: 1, owner: 'kit:K', onHand: { before: 0, after: 0 } },
        { kind: 'returned', sku: 'A', quantity: 2, owner: 'kit:K', onHand: { before: 6, after: 8 } },
        { kind: 'returned', sku: 'B', quantity: 1, owner: 'kit:K', onHand: { before: 2, after: 3 } },
      ),
      no([giveBack('K', 2)], 'return_exceeds_sold', { sku: 'K' }),
      ok([giveBack('K', 1, { restock: false })]),
      ...levels([0, 0, 0, 0], [8, 0, 0, 0], [3, 0, 0, 0]),
    ],
  },
  {
    name: 'a committed kit is dispatched in parts, and its sale can be undone',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 3)], 3),
      ok([commit('h1')]),
      ...levels([3, 0, 3, 3], [10, 0, 6, 6], [4, 0, 3, 3]),
      ok([fulfil('h1', 1)]),
      ...levels([2, 0, 2, 3], [8, 0, 4, 6], [3, 0, 2, 3]),
      hold('h1/0', { quantity: 4 }),
      no([fulfil('h1', 3)], 'quantity_limit', { limit: 2 }),
      ok([resizeTo('h1', 1)], -1),
      ...levels([1, 0, 1, 2], [8, 0, 2, 4], [3, 0, 1, 2]),
      ok([release('h1', { committed: true })]),
      ...levels([0, 0, 0, 1], [8, 0, 0, 2], [3, 0, 0, 1]),
      ...inBoth({ state: 'released' }),
    ],
  },
  {
    name: 'sold kits count for the limit of a component until they are returned or forgotten',
    rows: [
      kitOfAB,
      ok([configure('A', { limitPerCustomer: 4 })]),
      ok([reserve('h1', 'K', 2, { customer: 'customer:c' })], 2),
      ok([consume('h1')]),
      no([reserve('h2', 'A', 1, { customer: 'customer:c' })], 'limit_exceeded', { sku: 'A', limit: 4, already: 4 }),
      ok([giveBack('K', 1, { customer: 'customer:c' })]),
      no([reserve('h2', 'A', 3, { customer: 'customer:c' })], 'limit_exceeded', { sku: 'A', limit: 4, already: 2 }),
      ok([drop('order:1', 'absent', { forget: [{ sku: 'K', customer: 'customer:c', quantity: 1 }] })]),
      ok([reserve('h2', 'A', 4, { customer: 'customer:c' })], 4),
    ],
  },
  {
    name: 'an overdue kit hold frees its components for who reserves one of them',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 4)], 4),
      no([reserve('h2', 'B', 1)], 'insufficient_stock'),
      later(TTL_MS),
      ok([reserve('h2', 'B', 4)], 4),
      hold('h1', { state: 'expired' }),
      ...inBoth({ state: 'expired' }),
      ...levels([0, 0, 0, 0], [10, 0, 0, 0], [4, 4, 0, 0]),
    ],
  },
  {
    name: 'an overdue hold of a component frees its units for who reserves a kit',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'B', 2)], 2),
      ok([reserve('h2', 'K', 1)], 1),
      later(TTL_MS),
      ok([reserve('h3', 'K', 4)], 4),
      hold('h1', { state: 'expired' }),
      hold('h2', { state: 'expired' }),
      hold('h2/0', { state: 'expired' }),
      ...levels([4, 4, 0, 0], [10, 8, 0, 0], [4, 4, 0, 0]),
    ],
  },
  {
    name: 'a refusal because of a component waits for its overdue holds',
    compareAtEnd: true,
    rows: [
      kitOfAB,
      ok([receive('A', 2_000), receive('B', 1_000)]),
      ok(Array.from({ length: 600 }, (_, index) => reserve(`b${index}`, 'B', 1))),
      later(TTL_MS),
      {
        does: 'steps',
        steps: [reserve('h1', 'K', 1_000)],
        expected: overduePending('B'),
      },
      ok([reserve('h1', 'K', 1_000)], 1_000),
    ],
  },
  {
    name: 'a reclaim ends a kit hold once',
    rows: [
      kitOfAB,
      ok([reserve('h1', 'K', 1)], 1),
      ok([reserve('h2', 'K', 1)], 1),
      later(TTL_MS),
      reclaim(1, { ended: 1, more: true }),
      reclaim(10, { ended: 1, more: false }),
      ...levels([0, 0, 0, 0], [10, 0, 0, 0], [4, 0, 0, 0]),
    ],
  },
];

const backorders: Case[] = [
  {
    name: 'a kit waits for its backordered components, and is filled with them',
    rows: [
      kitOfAB,
      ok([configure('B', { backorderLimit: 3 })]),
      no([reserve('h1', 'K', 5, { onHandOnly: true })], ...short(5, 4)),
      no([reserve('h1', 'K', 6)], ...short(6, 5)),
      ok([reserve('h1', 'K', 5)], 5),
      hold('h1', { backordered: 1 }),
      hold('h1/0', { backordered: 0 }),
      hold('h1/1', { backordered: 1 }),
      stock('K', { onHand: 4, reserved: 5, backordered: 1 }),
      ok([commit('h1')]),
      no([fulfil('h1', 5)], 'insufficient_stock', { lines: [{ sku: 'K', requested: 5, available: 4 }] }),
      ok([fulfil('h1', 4)]),
      ...levels([0, 0, 1, 5], [2, 0, 2, 10], [0, 0, 1, 5]),
      ok([receive('B', 1)]),
      ok([fill('h1/1', 1, 1)]),
      hold('h1', { backordered: 0 }),
      ledgerEnds(
        { kind: 'filled', sku: 'B', quantity: 1, holdId: 'h1/1' },
        { kind: 'assembled', sku: 'K', quantity: 1, onHand: { before: 0, after: 1 } },
        { kind: 'filled', sku: 'K', quantity: 1, holdId: 'h1', backordered: { before: 1, after: 0 } },
      ),
      ok([fulfil('h1', 1)]),
      ...levels([0, 0, 0, 5], [0, 0, 0, 10], [0, 0, 0, 5]),
    ],
  },
  {
    name: 'a kit is backordered until the last of its components is there',
    rows: [
      kitOfAB,
      ok([configure('A', { backorderLimit: 5 })]),
      ok([reserve('h1', 'A', 9)], 9),
      ok([reserve('h2', 'K', 2)], 2),
      hold('h2', { backordered: 2 }),
      hold('h2/0', { quantity: 4, backordered: 3 }),
      ok([receive('A', 1)]),
      ok([fill('h2/0', 1, 3)]),
      hold('h2', { backordered: 1 }),
      ok([resizeTo('h2', 1)], -1),
      hold('h2', { backordered: 0 }),
      hold('h2/0', { quantity: 2, backordered: 0 }),
      stock('K', { onHand: 1, reserved: 1, backordered: 0 }),
    ],
  },
  {
    name: 'a released kit gives back units on hand and its backorders',
    rows: [
      kitOfAB,
      ok([configure('B', { backorderLimit: 3 })]),
      ok([reserve('h1', 'K', 5)], 5),
      ok([release('h1'), reserve('h2', 'K', 5)], 5),
      hold('h2', { backordered: 1 }),
      ok([release('h2')]),
      ...levels([0, 0, 0, 0], [10, 0, 0, 0], [4, 0, 0, 0]),
      stock('K', { backordered: 0 }),
      stock('B', { backordered: 0 }),
    ],
  },
];

const defining: Case[] = [
  {
    name: 'a kit has no units of its own to receive, adjust or count',
    rows: [
      kitOfAB,
      no([receive('K', 1)], 'kit_stock', { sku: 'K' }),
      no([adjust('K', -1)], 'kit_stock', { sku: 'K' }),
      no([count('K', 1)], 'kit_stock', { sku: 'K' }),
      ok([count('K', 0, 0)]),
      ok([reserve('h1', 'K', 1)], 1),
      no([count('K', 0, 0)], 'count_mismatch', { onHand: 1, reserved: 1, committed: 0 }),
      no([count('K', 0)], 'kit_stock', { sku: 'K' }),
    ],
  },
  {
    name: 'the components of a kit change only while no unit is held and none was sold',
    rows: [
      kitOfAB,
      ok([configure('K', { title: 'a kit', components: TWO_A_AND_B })]),
      ok([reserve('h1', 'K', 1)], 1),
      ok([configure('K', { title: 'two A and one B', components: TWO_A_AND_B })]),
      no([configure('K', { components: null })], 'kit_in_use', { sku: 'K' }),
      ok([release('h1')]),
      ok([configure('K', { components: JSON.stringify([{ sku: 'B', quantity: 1 }]) })]),
      ok([reserve('h2', 'K', 4)], 4),
      ok([consume('h2')]),
      no([configure('K', { components: TWO_A_AND_B })], 'kit_in_use', { sku: 'K' }),
      no([configure('A', { components: TWO_A_AND_B })], 'kit_in_use', { sku: 'A' }),
    ],
  },
];

export const kitCases: Case[] = [...reserving, ...changing, ...ending, ...backorders, ...defining];
