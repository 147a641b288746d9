import { NEVER_AT } from '../../../src/domain/limits.ts';
import {
  adjust,
  commit,
  configure,
  consume,
  count,
  extend,
  fulfil,
  giveBack,
  pin,
  receive,
  release,
  reserve,
  resizeTo,
  START,
  transfer,
} from '../../support/transactions.ts';
import { type Case, counters, hold, later, ledgerEnds, no, ok, type Row, stock } from '../../support/rows.ts';

const tenOfA: Row = ok([configure('A'), receive('A', 10)]);
/** A hold of four sold units that are on hand. */
const soldH1: Row = ok([reserve('h1', 'A', 4), commit('h1', { toOwner: 'order:1' })], 4);
const levels = (onHand: number, reserved: number, committed: number, sold: number): Row =>
  stock('A', { onHand, reserved, committed, sold });
const inactive = (holdId: string, state: string) => ['hold_not_active', { holdId, state }] as const;

export const dispatchCases: Case[] = [
  {
    name: 'commit sells units that stay on hand, and fulfil dispatches them in parts',
    rows: [
      tenOfA,
      soldH1,
      levels(10, 0, 4, 4),
      hold('h1', { state: 'committed', quantity: 4, owner: 'order:1', expiresAt: NEVER_AT, endedAt: null }),
      ok([fulfil('h1', 3)]),
      levels(7, 0, 1, 4),
      hold('h1', { state: 'committed', quantity: 1 }),
      ok([fulfil('h1', 1, { owner: 'order:1' })]),
      levels(6, 0, 0, 4),
      hold('h1', { state: 'consumed', quantity: 1, endedAt: START }),
      ledgerEnds(
        { kind: 'committed', quantity: 4, reserved: { before: 4, after: 0 }, committed: { before: 0, after: 4 } },
        { kind: 'fulfilled', quantity: 3, onHand: { before: 10, after: 7 }, committed: { before: 4, after: 1 } },
        { kind: 'fulfilled', quantity: 1, onHand: { before: 7, after: 6 }, committed: { before: 1, after: 0 } },
      ),
    ],
  },
  {
    name: 'committed units are not available, and on hand does not fall below them',
    rows: [
      tenOfA,
      soldH1,
      no([reserve('h2', 'A', 7)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 7, available: 6 }] }),
      ok([reserve('h2', 'A', 5)], 5),
      no([adjust('A', -2)], 'below_reserved', { onHand: 10, reserved: 5, committed: 4 }),
      no([count('A', 8)], 'below_reserved', { onHand: 10, reserved: 5, committed: 4 }),
      no([count('A', 9, 8)], 'count_mismatch', { onHand: 10, reserved: 5, committed: 4 }),
      ok([count('A', 9, 10)]),
      levels(9, 5, 4, 4),
    ],
  },
  {
    name: 'a committed hold never expires, and only its own steps accept it',
    rows: [
      tenOfA,
      soldH1,
      later(1_000 * 3_600_000),
      hold('h1', { state: 'committed' }),
      no([release('h1')], ...inactive('h1', 'committed')),
      no([consume('h1')], ...inactive('h1', 'committed')),
      no([commit('h1')], ...inactive('h1', 'committed')),
      no([pin('h1', 1)], ...inactive('h1', 'committed')),
      no([extend('h1', 1)], ...inactive('h1', 'committed')),
      ok([transfer('h1', 'order:2', { ttlMs: 1 })]),
      hold('h1', { state: 'committed', owner: 'order:2', expiresAt: NEVER_AT }),
    ],
  },
  {
    name: 'fulfil: precedence unknown_hold, hold_not_active of an ended hold, conflict, hold_not_active, quantity_limit',
    rows: [
      tenOfA,
      ok([reserve('gone', 'A', 1), release('gone'), reserve('h1', 'A', 2), reserve('h2', 'A', 2), commit('h2')]),
      no([fulfil('none', 9, { owner: 'x' })], 'unknown_hold'),
      no([fulfil('gone', 9, { owner: 'x' })], ...inactive('gone', 'released')),
      no([fulfil('h1', 9, { owner: 'x' })], 'conflict'),
      no([fulfil('h2', 3, { quantity: 3 })], 'conflict'),
      no([fulfil('h1', 9)], ...inactive('h1', 'held')),
      no([fulfil('h2', 3)], 'quantity_limit', { limit: 2 }),
      levels(10, 2, 2, 2),
    ],
  },
  {
    name: 'an undone sale is available again; a line grows within the stock and the limit',
    rows: [
      ok([configure('A', { limitPerCustomer: 6 }), receive('A', 10)]),
      ok([reserve('h1', 'A', 4, { customer: 'customer:1' }), commit('h1')], 4),
      no([resizeTo('h1', 7)], 'limit_exceeded', { sku: 'A', limit: 6, already: 4 }),
      ok([resizeTo('h1', 6)], 2),
      levels(10, 0, 6, 6),
      ok([release('h1', { committed: true })]),
      levels(10, 0, 0, 0),
      hold('h1', { state: 'released' }),
      ok([reserve('h3', 'A', 6, { customer: 'customer:1' })], 6),
    ],
  },
  {
    name: 'only dispatched units can be returned',
    rows: [
      tenOfA,
      soldH1,
      no([giveBack('A', 1)], 'return_exceeds_sold', { sku: 'A' }),
      ok([fulfil('h1', 2)]),
      no([giveBack('A', 3)], 'return_exceeds_sold', { sku: 'A' }),
      ok([giveBack('A', 2)]),
      levels(10, 0, 2, 2),
      counters('A', 10, 0, 2),
    ],
  },
];
