import { configure, consume, drop, put, receive, release, reserve, START } from '../../support/transactions.ts';
import { type Case, counters, document, hold, ledgerEnds, no, ok } from '../../support/rows.ts';

export const putCases: Case[] = [
  {
    name: 'put creates a document whose version is the sequence',
    rows: [
      document('cart:1', null),
      ok([configure('A'), put('cart:1', 'absent', { body: '{}', holds: ['h2', 'h1'], dueInMs: 500 })]),
      document('cart:1', {
        key: 'cart:1',
        body: '{}',
        holds: ['h2', 'h1'],
        dueAt: START + 500,
        list: null,
        version: 1,
      }),
      ok([put('cart:1', 1, { body: '[]' })]),
      document('cart:1', { body: '[]', holds: [], dueAt: START + 500, version: 2 }),
      ok([put('cart:1', 2, { body: '', dueInMs: null })]),
      document('cart:1', { body: '', dueAt: null, version: 3 }),
    ],
  },
  {
    name: 'put: checks the expected version',
    rows: [
      no([put('d', 'present', { body: 'x' })], 'conflict', { key: 'd' }),
      no([put('d', 1, { body: 'x' })], 'conflict', { key: 'd' }),
      ok([put('d', 'absent', { body: 'x' })]),
      no([put('d', 'absent', { body: 'y' })], 'conflict', { key: 'd' }),
      no([put('d', 2, { body: 'y' })], 'conflict', { key: 'd' }),
      document('d', { body: 'x', version: 1 }),
      ok([put('d', 1, { body: 'y' })]),
      ok([put('d', 'present', { body: 'z' })]),
      ok([put('d', 'any', { body: 'w' })]),
      ok([put('e', 'any', { body: 'w' })]),
      document('d', { body: 'w', version: 4 }),
      document('e', { version: 5 }),
    ],
  },
  {
    name: 'put without a body changes only the due time',
    rows: [
      no([put('d', 'any', { dueInMs: 5 })], 'conflict', { key: 'd' }),
      no([put('d', 'absent', { dueInMs: 5 })], 'conflict', { key: 'd' }),
      ok([put('d', 'absent', { body: 'x', holds: ['h1'], list: 'placed', dueInMs: 100 })]),
      ok([put('d', 'present', { dueInMs: 200, holds: ['h9'], list: 'cancelled' })]),
      document('d', { body: 'x', holds: ['h1'], list: 'placed', dueAt: START + 200, version: 1 }),
      ok([put('d', 1)]),
      document('d', { dueAt: START + 200, version: 1 }),
      ok([put('d', 1, { dueInMs: null })]),
      document('d', { dueAt: null, version: 1 }),
      no([put('d', 2, { dueInMs: 1 })], 'conflict', { key: 'd' }),
    ],
  },
  {
    name: 'a document is in one list at a time, and each move has one ledger entry',
    rows: [
      ok([put('order:1', 'absent', { body: 'x', list: 'awaiting_payment' })]),
      ledgerEnds({ id: '1-0', kind: 'document', key: 'order:1', list: 'awaiting_payment' }),
      ok([put('order:1', 1, { body: 'y', list: 'awaiting_payment' })]),
      ledgerEnds({ id: '1-0' }),
      ok([put('order:1', 2, { body: 'z', list: 'placed' })]),
      ledgerEnds({ id: '1-0' }, { id: '3-0', list: 'placed' }),
      ok([put('order:1', 3, { body: 'w' })]),
      ledgerEnds({ id: '4-0', key: 'order:1', list: null }),
      ok([put('order:1', 4, { body: 'w', list: 'refund_due' }), drop('order:1', 5)]),
      ledgerEnds({ id: '4-0' }, { id: '5-0', list: 'refund_due' }, { id: '5-1', list: null }),
      document('order:1', null),
    ],
  },
  {
    name: 'writes no ledger entries for the list of events',
    rows: [
      ok([put('event:1', 'absent', { body: '{}', list: 'events' })]),
      document('event:1', { body: '{}', list: 'events', version: 1 }),
      ok([put('event:2', 'absent', { body: '{}', list: 'events' }), drop('event:1', 1)]),
      ledgerEnds(),
    ],
  },
  {
    name: 'writes no ledger entries for the list of owners',
    rows: [
      ok([put('own:a:1', 'absent', { body: '', list: 'by_owner' })]),
      document('own:a:1', { body: '', list: 'by_owner', version: 1 }),
      ok([put('order:1', 'absent', { body: 'x', list: 'placed' })]),
      ledgerEnds({ id: '2-0', key: 'order:1', list: 'placed' }),
      ok([put('own:a:1', 1, { body: '', list: 'expired' })]),
      ledgerEnds({ id: '2-0' }, { id: '3-0', key: 'own:a:1', list: 'expired' }),
      ok([put('own:a:1', 3, { body: '', list: 'by_owner' })]),
      ledgerEnds({ id: '3-0' }, { id: '4-0', key: 'own:a:1', list: null }),
      ok([drop('own:a:1', 4)]),
      ledgerEnds({ id: '3-0' }, { id: '4-0' }),
    ],
  },
];

export const dropCases: Case[] = [
  {
    name: 'drop: checks the expected version',
    rows: [
      no([drop('d', 'present')], 'conflict', { key: 'd' }),
      no([drop('d', 1)], 'conflict', { key: 'd' }),
      ok([drop('d', 'any')]),
      ok([drop('d', 'absent')]),
      ok([put('d', 'absent', { body: 'x' })]),
      no([drop('d', 'absent')], 'conflict', { key: 'd' }),
      no([drop('d', 2)], 'conflict', { key: 'd' }),
      ok([drop('d', 3)]),
      document('d', null),
    ],
  },
  {
    name: 'a version never recurs: a stale tab cannot change a sold cart',
    rows: [
      ok([configure('A'), receive('A', 5)]),
      ok([reserve('h1', 'A', 1), put('cart:1', 'absent', { body: '1', holds: ['h1'] })]),
      document('cart:1', { version: 2 }),
      ok([consume('h1'), drop('cart:1', 2)]),
      ok([reserve('h2', 'A', 1), put('cart:1', 'absent', { body: '2', holds: ['h2'] })]),
      document('cart:1', { version: 4 }),
      no([release('h2'), put('cart:1', 2, { body: '1' })], 'conflict', { key: 'cart:1' }),
      no([reserve('h3', 'A', 1), put('cart:1', 2, { body: '1', holds: ['h1', 'h3'] })], 'conflict'),
      hold('h3', null),
      hold('h2', { state: 'held' }),
      document('cart:1', { version: 4, holds: ['h2'] }),
      counters('A', 4, 1, 1),
    ],
  },
  {
    name: 'a version never recurs: a document that is dropped and created again in one transaction is new',
    rows: [
      ok([put('d', 'absent', { body: 'x' })]),
      ok([drop('d', 1), put('d', 'absent', { body: 'y' })]),
      document('d', { body: 'y', version: 2 }),
      no([put('d', 1, { body: 'z' })], 'conflict'),
    ],
  },
];
