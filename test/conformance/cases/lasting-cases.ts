import { NEVER_AT } from '../../../src/domain/limits.ts';
import {
  commit,
  configure,
  extend,
  LIFETIME_MS,
  pin,
  receive,
  release,
  reserve,
  resizeTo,
  START,
  transfer,
} from '../../support/transactions.ts';
import { type Case, counters, hold, later, no, ok, type Row } from '../../support/rows.ts';

const tenOfA: Row = ok([configure('A'), receive('A', 10)]);
const endless = { ttlMs: null };
const YEAR_MS = 365 * 24 * 3_600_000;

/** Holds without a deadline, and with a given one. */
export const lastingCases: Case[] = [
  {
    name: 'a hold without a deadline never expires, and any step accepts it',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 2, endless), reserve('h2', 'A', 1, { ttlMs: 1_000 })], 2, 1),
      hold('h1', { state: 'held', expiresAt: NEVER_AT, createdAt: START }),
      later(YEAR_MS),
      ok([resizeTo('h1', 4)], 2),
      counters('A', 10, 4, 0),
      hold('h1', { state: 'held', expiresAt: NEVER_AT, quantity: 4 }),
      hold('h2', { state: 'expired' }),
      ok([transfer('h1', 'cart:2')]),
      ok([extend('h1', 1_000)]),
      hold('h1', { owner: 'cart:2', expiresAt: NEVER_AT }),
      ok([transfer('h1', 'cart:1', { ttlMs: 1_000 })]),
      hold('h1', { expiresAt: START + YEAR_MS + 1_000 }),
      later(1_000),
      no([release('h1')], 'hold_not_active', { holdId: 'h1', state: 'expired' }),
    ],
  },
  {
    name: 'extend without a duration removes the deadline, but not the end of the lifetime',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 1, { ttlMs: 1_000 }), { kind: 'extend', holdId: 'h1', ttlMs: null }], 1),
      ok([reserve('h2', 'A', 1, { ttlMs: 1_000 }), extend('h2', null)], 1),
      hold('h1', { expiresAt: NEVER_AT }),
      hold('h2', { expiresAt: START + LIFETIME_MS }),
      later(LIFETIME_MS),
      hold('h1', { state: 'held' }),
      no([release('h2')], 'hold_not_active', { holdId: 'h2', state: 'expired' }),
    ],
  },
  {
    name: 'extend without a lifetime moves the deadline beyond every other one',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 1, { ttlMs: 1_000 }), { kind: 'extend', holdId: 'h1', ttlMs: LIFETIME_MS * 9 }], 1),
      hold('h1', { expiresAt: START + LIFETIME_MS * 9 }),
    ],
  },
  {
    name: 'reserve with `until` has exactly that deadline, and is refused from then on',
    rows: [
      tenOfA,
      later(400),
      ok([reserve('h1', 'A', 1, { until: START + 1_000 })], 1),
      hold('h1', { expiresAt: START + 1_000, createdAt: START + 400 }),
      ok([reserve('h2', 'A', 1, { until: NEVER_AT }), commit('h2')], 1),
      later(599),
      ok([reserve('h3', 'A', 1, { until: START + 1_000 })], 1),
      later(1),
      no([reserve('h4', 'A', 1, { until: START + 1_000 })], 'conflict', { key: 'hold:h4' }),
      counters('A', 10, 0, 1),
    ],
  },
  {
    name: 'pin gives a hold without a deadline one',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 1, endless)], 1),
      ok([pin('h1', 500)]),
      hold('h1', { state: 'pinned', expiresAt: START + 500 }),
      later(500),
      no([release('h1')], 'hold_not_active', { holdId: 'h1', state: 'expired' }),
    ],
  },
];
