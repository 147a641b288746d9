import {
  configure,
  consume,
  extend,
  LIFETIME_MS,
  pin,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  START,
  TTL_MS,
  transfer,
} from '../../support/transactions.ts';
import { type Case, counters, hold, later, ledgerEnds, malformed, no, ok, type Row } from '../../support/rows.ts';

const EUR_5 = { amount: 500, currency: 'EUR' };
const tenOfA: Row = ok([configure('A'), receive('A', 10)]);

export const reserveCases: Case[] = [
  {
    name: 'reserve creates a hold with all given fields',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 3, { owner: 'detached:x', customer: 'guest:9', ttlMs: 5_000 })], 3),
      counters('A', 10, 3, 0),
      hold('h1', {
        holdId: 'h1',
        sku: 'A',
        quantity: 3,
        state: 'held',
        createdAt: START,
        expiresAt: START + 5_000,
        owner: 'detached:x',
        customer: 'guest:9',
        counted: false,
        client: null,
        capped: false,
        version: 2,
        endedAt: null,
      }),
    ],
  },
  {
    name: 'a hold that begins with an age has so much less of its lifetime',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 3, { ageMs: LIFETIME_MS - 1_000, ttlMs: 500 })], 3),
      hold('h1', { createdAt: START - LIFETIME_MS + 1_000, expiresAt: START + 500 }),
      later(100),
      ok([extend('h1', 60_000)]),
      hold('h1', { expiresAt: START + 1_000 }),
      malformed([reserve('h2', 'A', 1, { ageMs: -1 })], 'steps[0].ageMs'),
    ],
  },
  {
    name: 'a hold keeps the client that took it, whatever becomes of it',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 3, { client: 'clt_1', customer: 'guest:1' })], 3),
      hold('h1', { client: 'clt_1', capped: false }),
      ok([resizeTo('h1', 4), transfer('h1', 'cart:2', { toCustomer: 'guest:2' }), pin('h1', 1_000)], 1),
      hold('h1', { client: 'clt_1', customer: 'guest:2', quantity: 4 }),
      ok([release('h1')]),
      hold('h1', { client: 'clt_1', state: 'released' }),
    ],
  },
  {
    name: 'reserve grants what is available, from min to want',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 8, { min: 1 })], 8),
      no([reserve('h2', 'A', 5, { min: 3 })], 'insufficient_stock', {
        lines: [{ sku: 'A', requested: 5, available: 2 }],
      }),
      ok([reserve('h2', 'A', 5, { min: 2 })], 2),
      no([reserve('h3', 'A', 5, { min: 1 })], 'insufficient_stock', {
        lines: [{ sku: 'A', requested: 5, available: 0 }],
      }),
      counters('A', 10, 10, 0),
    ],
  },
  {
    name: 'reserve and resize at a price that the SKU does not have are a conflict',
    rows: [
      ok([configure('A', { unitPrice: EUR_5 }), configure('B'), receive('A', 10), receive('B', 10)]),
      ok([reserve('h1', 'A', 1, { unitPrice: EUR_5 })], 1),
      ok([resizeBy('h1', 1, { unitPrice: EUR_5 })], 1),
      ok([reserve('h2', 'B', 1, { unitPrice: null })], 1),
      no([reserve('h3', 'A', 1, { unitPrice: { ...EUR_5, amount: 501 } })], 'conflict', { key: 'stock:A' }),
      no([reserve('h3', 'A', 1, { unitPrice: { ...EUR_5, currency: 'USD' } })], 'conflict', { key: 'stock:A' }),
      no([reserve('h3', 'A', 1, { unitPrice: null })], 'conflict', { key: 'stock:A' }),
      no([reserve('h3', 'B', 99, { unitPrice: EUR_5 })], 'conflict', { key: 'stock:B' }),
      no([resizeTo('h1', 1, { unitPrice: null })], 'conflict', { key: 'stock:A' }),
      ok([configure('A', { unitPrice: null }), reserve('h3', 'A', 1, { unitPrice: null })], 1),
      no([resizeTo('h1', 1, { unitPrice: EUR_5 })], 'conflict', { key: 'stock:A' }),
      counters('A', 10, 3, 0),
    ],
  },
  {
    name: 'reserve: precedence unknown_sku, hold_exists, insufficient_stock, limit_exceeded',
    rows: [
      ok([configure('A', { limitPerCustomer: 2 }), receive('A', 3), reserve('h1', 'A', 1)], 1),
      no([reserve('h1', 'B', 99)], 'unknown_sku', { sku: 'B' }),
      no([reserve('h1', 'A', 99)], 'hold_exists', { holdId: 'h1' }),
      no([reserve('h2', 'A', 3)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 3, available: 2 }] }),
      no([reserve('h2', 'A', 2)], 'limit_exceeded', { sku: 'A', limit: 2, already: 1 }),
      ok([reserve('h2', 'A', 1)], 1),
    ],
  },
  {
    name: 'reserve: refuses the id of an ended hold',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 1), release('h1')]),
      no([reserve('h1', 'A', 1)], 'hold_exists', { holdId: 'h1' }),
      ok([reserve('h2', 'A', 1), consume('h2')]),
      no([reserve('h2', 'A', 1)], 'hold_exists', { holdId: 'h2' }),
    ],
  },
  {
    name: 'bug 2: a second reserve of one SKU in a transaction is checked against what the first left',
    rows: [
      ok([configure('A'), receive('A', 5)]),
      no([reserve('h1', 'A', 3), reserve('h2', 'A', 3)], 'insufficient_stock', {
        lines: [{ sku: 'A', requested: 3, available: 2 }],
      }),
      counters('A', 5, 0, 0),
      hold('h1', null),
      ok([reserve('h1', 'A', 3), reserve('h2', 'A', 3, { min: 1 })], 3, 2),
      counters('A', 5, 5, 0),
    ],
  },
];

export const resizeCases: Case[] = [
  {
    name: 'resize sets a quantity or adds to it',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 3)], 3),
      ok([resizeTo('h1', 7)], 4),
      counters('A', 10, 7, 0),
      ok([resizeTo('h1', 1)], -6),
      counters('A', 10, 1, 0),
      ok([resizeTo('h1', 1)], 0),
      hold('h1', { version: 4 }),
      ledgerEnds({ id: '3-0', quantity: 4 }, { id: '4-0', kind: 'resized', quantity: -6 }),
      ok([resizeBy('h1', 20, { min: 1 })], 9),
      hold('h1', { quantity: 10, version: 6 }),
      no([resizeTo('h1', 11)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 1, available: 0 }] }),
      no([resizeBy('h1', 2, { min: 1 })], 'insufficient_stock', { lines: [{ sku: 'A', requested: 2, available: 0 }] }),
      hold('h1', { quantity: 10, version: 6 }),
    ],
  },
  {
    name: 'resize is bounded by quantityMax; `by` is refused, not clamped',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 3)], 3),
      no([resizeTo('h1', 6, { quantityMax: 5 })], 'quantity_limit', { limit: 5 }),
      ok([resizeTo('h1', 5, { quantityMax: 5 })], 2),
      no([resizeBy('h1', 1, { min: 1, quantityMax: 5 })], 'quantity_limit', { limit: 5 }),
      no([resizeBy('h1', 9, { min: 1, quantityMax: 10 })], 'quantity_limit', { limit: 10 }),
      ok([resizeBy('h1', 5, { min: 1, quantityMax: 10 })], 5),
    ],
  },
  {
    name: 'resize: precedence unknown_hold, hold_not_active, conflict, quantity_limit, insufficient_stock, limit_exceeded',
    rows: [
      ok([configure('A', { limitPerCustomer: 3 }), receive('A', 5)]),
      ok([reserve('gone', 'A', 1), release('gone'), reserve('h1', 'A', 2)], 1, 2),
      no([resizeTo('none', 99, { owner: 'x', quantityMax: 1 })], 'unknown_hold', { holdId: 'none', state: 'unknown' }),
      no([resizeTo('gone', 99, { owner: 'x', quantityMax: 1 })], 'hold_not_active', {
        holdId: 'gone',
        state: 'released',
      }),
      no([resizeTo('h1', 99, { owner: 'x', quantityMax: 1 })], 'conflict', { key: 'hold:h1' }),
      no([resizeTo('h1', 99, { quantity: 1, quantityMax: 1 })], 'conflict', { key: 'hold:h1' }),
      no([resizeTo('h1', 99, { owner: 'cart:1', quantity: 2, quantityMax: 1 })], 'quantity_limit', { limit: 1 }),
      no([resizeTo('h1', 99)], 'insufficient_stock', { lines: [{ sku: 'A', requested: 97, available: 3 }] }),
      no([resizeTo('h1', 5)], 'limit_exceeded', { sku: 'A', limit: 3, already: 2 }),
      ok([resizeBy('h1', 3, { min: 1 })], 1),
      ok([resizeTo('h1', 3)], 0),
    ],
  },
];

export const extendCases: Case[] = [
  {
    name: 'extend never moves the deadline earlier, nor beyond the maximum lifetime',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 1, { ttlMs: 10_000 })]),
      later(4_000),
      ok([extend('h1', 10_000)]),
      hold('h1', { expiresAt: START + 14_000, version: 3, createdAt: START }),
      ok([extend('h1', 9_999)]),
      ok([extend('h1', 1)]),
      hold('h1', { expiresAt: START + 14_000, version: 3 }),
      ok([extend('h1', TTL_MS, { lifetimeMs: 14_001 })]),
      hold('h1', { expiresAt: START + 14_001, version: 6 }),
      ok([extend('h1', TTL_MS, { lifetimeMs: 14_001 })]),
      ok([extend('h1', LIFETIME_MS, { lifetimeMs: LIFETIME_MS })]),
      hold('h1', { expiresAt: START + LIFETIME_MS, version: 8 }),
    ],
  },
  {
    name: 'extend: precedence unknown_hold, hold_not_active, conflict',
    rows: [
      tenOfA,
      ok([reserve('gone', 'A', 1), consume('gone'), reserve('h1', 'A', 1)]),
      no([extend('none', 1, { owner: 'x' })], 'unknown_hold'),
      no([extend('gone', 1, { owner: 'x' })], 'hold_not_active', { holdId: 'gone', state: 'consumed' }),
      no([extend('h1', 1, { owner: 'x' })], 'conflict', { key: 'hold:h1' }),
      ok([extend('h1', 1, { owner: 'cart:1' })]),
    ],
  },
];

export const pinCases: Case[] = [
  {
    name: 'pin assigns the hold to an order until the end of the payment window, which may be earlier',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 2)]),
      ok([pin('h1', 1_000, { toOwner: 'order:7' })]),
      hold('h1', { state: 'pinned', owner: 'order:7', expiresAt: START + 1_000, quantity: 2, version: 3 }),
      counters('A', 10, 2, 0),
      no([release('h1', { owner: 'cart:1' })], 'conflict', { key: 'hold:h1' }),
      ok([pin('h1', LIFETIME_MS * 2, { owner: 'order:7', toOwner: 'order:8' })]),
      hold('h1', { state: 'pinned', owner: 'order:8', expiresAt: START + LIFETIME_MS * 2 }),
      ok([resizeTo('h1', 3), extend('h1', LIFETIME_MS * 3, { lifetimeMs: LIFETIME_MS * 3 })], 1),
      hold('h1', { state: 'pinned', quantity: 3, expiresAt: START + LIFETIME_MS * 3 }),
    ],
  },
  {
    name: 'pin: precedence unknown_hold, hold_not_active, conflict of owner or quantity',
    rows: [
      tenOfA,
      ok([reserve('gone', 'A', 1), release('gone'), reserve('h1', 'A', 2)]),
      no([pin('none', 1, { owner: 'x', quantity: 9 })], 'unknown_hold'),
      no([pin('gone', 1, { owner: 'x', quantity: 9 })], 'hold_not_active', { holdId: 'gone', state: 'released' }),
      no([pin('h1', 1, { owner: 'x', quantity: 2 })], 'conflict', { key: 'hold:h1' }),
      no([pin('h1', 1, { owner: 'cart:1', quantity: 3 })], 'conflict', { key: 'hold:h1' }),
      ok([pin('h1', 1, { owner: 'cart:1', quantity: 2 })]),
    ],
  },
];

export const transferCases: Case[] = [
  {
    name: 'transfer changes the owner, unpins, and sets the deadline where one is given',
    rows: [
      tenOfA,
      ok([reserve('h1', 'A', 2)]),
      ok([pin('h1', 500)]),
      ok([transfer('h1', 'cart:2', { owner: 'order:1' })]),
      hold('h1', {
        state: 'held',
        owner: 'cart:2',
        customer: 'guest:1',
        expiresAt: START + 500,
        createdAt: START,
        version: 4,
      }),
      later(400),
      ok([transfer('h1', 'cart:3', { toCustomer: 'guest:2', ttlMs: 1_000, lifetimeMs: 1_300 })]),
      hold('h1', { owner: 'cart:3', customer: 'guest:2', expiresAt: START + 1_300, createdAt: START }),
      ok([transfer('h1', 'cart:3', { ttlMs: 1_000 })]),
      hold('h1', { expiresAt: START + 1_400 }),
      ok([transfer('h1', 'cart:3', { ttlMs: 1 })]),
      hold('h1', { expiresAt: START + 401 }),
      counters('A', 10, 2, 0),
    ],
  },
  {
    name: 'transfer: precedence unknown_hold, hold_not_active, conflict, limit_exceeded',
    rows: [
      ok([configure('A', { limitPerCustomer: 3 }), receive('A', 10)]),
      ok([reserve('gone', 'A', 1, { customer: 'c2' }), release('gone')]),
      ok([reserve('h1', 'A', 2, { customer: 'c1' }), reserve('h2', 'A', 2, { customer: 'c2' })]),
      no([transfer('none', 'cart:2', { owner: 'x', toCustomer: 'c2' })], 'unknown_hold'),
      no([transfer('gone', 'cart:2', { owner: 'x', toCustomer: 'c2' })], 'hold_not_active'),
      no([transfer('h1', 'cart:2', { owner: 'x', toCustomer: 'c2' })], 'conflict', { key: 'hold:h1' }),
      no([transfer('h1', 'cart:2', { quantity: 3, toCustomer: 'c2' })], 'conflict', { key: 'hold:h1' }),
      no([transfer('h1', 'cart:2', { quantity: 2, toCustomer: 'c2' })], 'limit_exceeded', {
        sku: 'A',
        limit: 3,
        already: 2,
      }),
      ok([transfer('h1', 'cart:2', { toCustomer: 'c1' })]),
      ok([resizeTo('h2', 1)], -1),
      ok([transfer('h1', 'cart:2', { toCustomer: 'c2' })]),
      no([reserve('h3', 'A', 1, { customer: 'c2' })], 'limit_exceeded', { sku: 'A', limit: 3, already: 3 }),
      ok([reserve('h3', 'A', 3, { customer: 'c1' })], 3),
    ],
  },
];
