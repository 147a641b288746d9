import { configure, receive, release, reserve, transaction } from '../../support/transactions.ts';
import { batch, type Case, counters, later, ok, refusal, replayed, yes } from '../../support/rows.ts';
import { REQUEST_LONG_PERIOD_MS, REQUEST_SHORT_PERIOD_MS } from '../../../src/domain/limits.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';

const stockOfA = ok([configure('A'), receive('A', 100)]);
const buy = (id: string, rest: Partial<Transaction> = {}): Transaction =>
  transaction(id, [reserve(`h:${id}`, 'A', 3, { min: 1 })], { reference: `ref:${id}`, ...rest });
/** Applies the same effect again as a new request. The hold of the first one may still be on record. */
const buyAnew = (id: string, hold: string, rest: Partial<Transaction> = {}): Transaction =>
  transaction(id, [reserve(hold, 'A', 1)], rest);

export const onceCases: Case[] = [
  {
    name: 'bug 12: the same transaction twice in one batch applies once',
    rows: [
      stockOfA,
      batch([buy('x'), yes([3])], [buy('x'), replayed('ref:x')], [buy('x'), replayed('ref:x')]),
      counters('A', 100, 3, 0),
    ],
  },
  {
    name: 'looks up a generated id only from the time on at which its caller may have retried',
    rows: [
      stockOfA,
      batch([buy('x', { isNew: true, newUntil: Infinity }), yes([3])]),
      batch([buy('x', { isNew: true, newUntil: 0 }), replayed('ref:x')]),
      counters('A', 100, 3, 0),
    ],
  },
  {
    name: 'bug 16: a repeated transaction in a later batch returns the first answer',
    rows: [
      stockOfA,
      batch([buy('x'), yes([3])]),
      ok([release('h:x')]),
      later(1_000),
      batch([buy('x'), { status: 'replayed', granted: [3], reference: 'ref:x' }]),
      counters('A', 100, 0, 0),
    ],
  },
  {
    name: 'refuses the same id with another input (idempotency_mismatch), in one batch and later',
    rows: [
      stockOfA,
      batch([buy('x'), yes()], [buy('x', { fingerprint: 'other' }), refusal(null, 'idempotency_mismatch', {})]),
      batch([
        buy('x', { fingerprint: 'other', steps: [reserve('h2', 'A', 1)] }),
        refusal(null, 'idempotency_mismatch'),
      ]),
      batch([buy('x', { steps: [reserve('h2', 'A', 1)] }), replayed('ref:x')]),
      counters('A', 100, 3, 0),
    ],
  },
  {
    name: 'does not record a refusal: the same request may succeed later, also in the same batch',
    rows: [
      batch([buy('x'), refusal(0, 'unknown_sku')]),
      batch(
        [buy('x', { fingerprint: 'other' }), refusal(0, 'unknown_sku')],
        [transaction('supply', [configure('A'), receive('A', 2)]), yes()],
        [buy('x'), yes([2])],
      ),
      batch([buy('x'), replayed('ref:x')]),
      counters('A', 2, 2, 0),
    ],
  },
  {
    name: 'replays a transaction without a reference without one',
    rows: [
      batch([transaction('s', [configure('A')]), { status: 'applied', reference: null, granted: [] }]),
      batch([transaction('s', [configure('A')]), { status: 'replayed', reference: null, granted: [] }]),
    ],
  },
  {
    name: 'looks up both retention classes, regardless of which one the repetition requests',
    rows: [
      stockOfA,
      batch([buy('s', { retention: 'short' }), yes()], [buy('l', { retention: 'long' }), yes()]),
      batch([buy('s', { retention: 'long' }), replayed()], [buy('l', { retention: 'short' }), replayed()]),
      counters('A', 100, 6, 0),
    ],
  },
];

const H = 'hold-';

/** The clock starts on a boundary of both periods. */
export const retentionCases: Case[] = [
  {
    name: 'keeps a short request record for at least one period: written at its end, gone when the next one ends',
    rows: [
      stockOfA,
      later(REQUEST_SHORT_PERIOD_MS - 1),
      batch([buyAnew('x', `${H}1`), yes()]),
      later(REQUEST_SHORT_PERIOD_MS),
      batch([buyAnew('x', `${H}2`), replayed()]),
      later(1),
      batch([buyAnew('x', `${H}3`), yes()]),
      batch([buyAnew('x', `${H}4`), replayed()]),
    ],
  },
  {
    name: 'keeps a short request record for at most two periods, whatever is requested in between',
    rows: [
      stockOfA,
      batch([buyAnew('x', `${H}1`), yes()], [buyAnew('y', `${H}2`), yes()]),
      later(REQUEST_SHORT_PERIOD_MS),
      batch([buyAnew('x', `${H}3`), replayed()]),
      later(REQUEST_SHORT_PERIOD_MS - 1),
      batch([buyAnew('x', `${H}4`), replayed()]),
      later(1),
      batch([buyAnew('x', `${H}5`), yes()], [buyAnew('y', `${H}6`), yes()]),
    ],
  },
  {
    name: 'removes a short request record after many idle periods',
    rows: [
      stockOfA,
      batch([buyAnew('x', `${H}1`), yes()], [buyAnew('l', `${H}2`, { retention: 'long' }), yes()]),
      later(REQUEST_SHORT_PERIOD_MS * 7),
      batch([buyAnew('x', `${H}3`), yes()], [buyAnew('l', `${H}4`, { retention: 'long' }), replayed()]),
      later(REQUEST_SHORT_PERIOD_MS * 8),
      batch([buyAnew('x', `${H}5`), yes()], [buyAnew('l', `${H}6`, { retention: 'long' }), replayed()]),
    ],
  },
  {
    name: 'keeps a long request record for one to two days',
    rows: [
      stockOfA,
      batch([buyAnew('x', `${H}1`, { retention: 'long' }), yes()]),
      later(REQUEST_LONG_PERIOD_MS * 2 - 1),
      batch([buyAnew('x', `${H}2`, { retention: 'long' }), replayed()]),
      batch([buyAnew('y', `${H}3`, { retention: 'long' }), yes()]),
      later(1),
      batch(
        [buyAnew('x', `${H}4`, { retention: 'long' }), yes()],
        [buyAnew('y', `${H}5`, { retention: 'long' }), replayed()],
      ),
      later(REQUEST_LONG_PERIOD_MS),
      batch([buyAnew('y', `${H}6`, { retention: 'long' }), yes()]),
    ],
  },
  {
    name: 'keeps the id and state of an ended hold for one to two days, then frees both',
    rows: [
      stockOfA,
      ok([reserve('h1', 'A', 1), release('h1')]),
      later(REQUEST_LONG_PERIOD_MS * 2 - 1),
      batch([transaction('a', [release('h1')]), refusal(0, 'hold_not_active', { holdId: 'h1', state: 'released' })]),
      ok([reserve('h2', 'A', 1), release('h2')]),
      later(1),
      batch([transaction('b', [release('h1')]), refusal(0, 'unknown_hold', { holdId: 'h1', state: 'unknown' })]),
      batch([transaction('c', [release('h2')]), refusal(0, 'hold_not_active', { holdId: 'h2', state: 'released' })]),
      ok([reserve('h1', 'A', 4)], 4),
      later(REQUEST_LONG_PERIOD_MS),
      ok([reserve('h2', 'A', 1)], 1),
    ],
  },
];
