import {
  configure,
  consume,
  drop,
  giveBack,
  put,
  receive,
  release,
  reserve,
  resizeTo,
  TTL_MS,
  transfer,
} from '../../support/transactions.ts';
import { type Case, hold, later, no, ok, type Row } from '../../support/rows.ts';

const limited = (limitPerCustomer: number): Row => ok([configure('A', { limitPerCustomer }), receive('A', 100)]);
const already = (units: number, limit: number) => ({ sku: 'A', limit, already: units });

/** Units of a customer count while they are held and after they are sold, until they are returned or forgotten. */
export const limitCases: Case[] = [
  {
    name: 'a limit counts what a customer holds and has bought, and nobody else',
    rows: [
      limited(5),
      ok([reserve('h1', 'A', 3)], 3),
      no([reserve('h2', 'A', 3)], 'limit_exceeded', already(3, 5)),
      ok([reserve('h2', 'A', 3, { min: 1 })], 2),
      no([reserve('h3', 'A', 1)], 'limit_exceeded', already(5, 5)),
      ok([reserve('h4', 'A', 5, { customer: 'customer:2' })], 5),
      ok([consume('h1')]),
      no([reserve('h3', 'A', 1)], 'limit_exceeded', already(5, 5)),
      ok([release('h2')]),
      ok([reserve('h3', 'A', 9, { min: 1 })], 2),
    ],
  },
  {
    name: 'a limit counts resized, expired and returned units',
    rows: [
      limited(5),
      ok([reserve('h1', 'A', 4)]),
      ok([resizeTo('h1', 1)], -3),
      ok([reserve('h2', 'A', 4, { ttlMs: 10 })], 4),
      no([resizeTo('h1', 2)], 'limit_exceeded', already(5, 5)),
      later(10),
      ok([resizeTo('h1', 5)], 4),
      ok([consume('h1')]),
      no([reserve('h3', 'A', 1)], 'limit_exceeded', already(5, 5)),
      ok([giveBack('A', 2)]),
      no([reserve('h3', 'A', 1)], 'limit_exceeded', already(5, 5)),
      ok([giveBack('A', 2, { customer: 'customer:1', restock: false })]),
      ok([reserve('h3', 'A', 2)], 2),
      no([reserve('h4', 'A', 1)], 'limit_exceeded', already(5, 5)),
    ],
  },
  {
    name: 'a limit set later counts a hold from its first change on',
    rows: [
      ok([configure('A'), receive('A', 100)]),
      ok([reserve('h1', 'A', 4)]),
      hold('h1', { counted: false }),
      ok([configure('A', { limitPerCustomer: 5 })]),
      ok([reserve('h2', 'A', 5)], 5),
      no([resizeTo('h1', 5)], 'limit_exceeded', already(9, 5)),
      ok([resizeTo('h1', 3)], -1),
      hold('h1', { counted: true, quantity: 3 }),
      no([reserve('h3', 'A', 1)], 'limit_exceeded', already(8, 5)),
      ok([release('h1'), release('h2')]),
      ok([reserve('h3', 'A', 5)], 5),
    ],
  },
  {
    name: 'a hold that was never counted ends without lowering the count',
    rows: [
      ok([configure('A'), receive('A', 100)]),
      ok([reserve('h1', 'A', 3), reserve('h2', 'A', 3, { ttlMs: 10 }), reserve('h3', 'A', 3)]),
      ok([configure('A', { limitPerCustomer: 5 })]),
      ok([reserve('h4', 'A', 4)], 4),
      ok([release('h1')]),
      no([reserve('h5', 'A', 2)], 'limit_exceeded', already(4, 5)),
      later(10),
      no([release('h2')], 'hold_not_active'),
      ok([consume('h3')]),
      no([reserve('h5', 'A', 2)], 'limit_exceeded', already(4, 5)),
      ok([reserve('h5', 'A', 1)], 1),
    ],
  },
  {
    name: 'a limit that is lowered or taken away does not undo what was granted',
    rows: [
      limited(5),
      ok([reserve('h1', 'A', 5)]),
      ok([configure('A', { limitPerCustomer: 2 })]),
      no([reserve('h2', 'A', 1)], 'limit_exceeded', already(5, 2)),
      ok([resizeTo('h1', 4)], -1),
      no([resizeTo('h1', 5)], 'limit_exceeded', already(4, 2)),
      ok([configure('A', { limitPerCustomer: null })]),
      ok([reserve('h2', 'A', 50)], 50),
      hold('h2', { counted: false }),
      ok([consume('h1'), configure('A', { limitPerCustomer: 5 })]),
      ok([reserve('h3', 'A', 5, { min: 1 })], 1),
    ],
  },
  {
    name: 'transfer carries the count from one customer to the other',
    rows: [
      limited(5),
      ok([reserve('h1', 'A', 3, { customer: 'c1' }), reserve('h2', 'A', 2, { customer: 'c2' })]),
      ok([transfer('h1', 'cart:2', { toCustomer: 'c2' })]),
      hold('h1', { customer: 'c2', counted: true }),
      no([reserve('h3', 'A', 1, { customer: 'c2' })], 'limit_exceeded', already(5, 5)),
      ok([reserve('h3', 'A', 5, { customer: 'c1' })], 5),
      ok([configure('A', { limitPerCustomer: null }), transfer('h1', 'cart:3', { toCustomer: 'c3' })]),
      hold('h1', { customer: 'c3', counted: false }),
      ok([configure('A', { limitPerCustomer: 5 })]),
      ok([reserve('h4', 'A', 5, { customer: 'c3' })], 5),
      ok([reserve('h5', 'A', 3, { customer: 'c2' })], 3),
    ],
  },
  {
    name: 'drop forgets sold units, and a count never falls below 0',
    rows: [
      limited(5),
      ok([reserve('h1', 'A', 5), consume('h1'), put('order:1', 'absent', { body: '{}', list: 'placed' })]),
      no([reserve('h2', 'A', 1)], 'limit_exceeded', already(5, 5)),
      no(
        [
          drop('order:1', 'any', { forget: [{ sku: 'A', customer: 'customer:1', quantity: 5 }] }),
          put('order:1', 'present', { body: '' }),
        ],
        'conflict',
      ),
      no([reserve('h2', 'A', 1)], 'limit_exceeded', already(5, 5)),
      ok([drop('order:1', 'present', { forget: [{ sku: 'A', customer: 'customer:1', quantity: 3 }] })]),
      ok([reserve('h2', 'A', 3)], 3),
      no(
        [
          drop('order:1', 'absent', { forget: [{ sku: 'A', customer: 'customer:1', quantity: 99 }] }),
          reserve('h3', 'A', 6),
        ],
        'limit_exceeded',
        already(0, 5),
      ),
      ok([
        drop('order:1', 'absent', {
          forget: [
            { sku: 'A', customer: 'customer:1', quantity: 99 },
            { sku: 'A', customer: 'nobody', quantity: 1 },
            { sku: 'no-such-sku', customer: 'customer:1', quantity: 1 },
          ],
        }),
      ]),
      ok([reserve('h3', 'A', 5)], 5),
      ok([reserve('h4', 'A', 5, { customer: 'nobody', ttlMs: TTL_MS })], 5),
    ],
  },
];
