import type { Cause } from '../../../src/domain/records.ts';
import type { Transaction } from '../../../src/domain/transaction.ts';
import {
  adjust,
  configure,
  consume,
  count,
  drop,
  euros,
  extend,
  giveBack,
  pin,
  put,
  receive,
  release,
  reserve,
  resizeBy,
  resizeTo,
  transaction,
  transfer,
} from '../../support/transactions.ts';
import {
  batch,
  type Case,
  counters,
  document,
  hold,
  ledgerEnds,
  malformed,
  no,
  ok,
  refusal,
  stock,
  yes,
} from '../../support/rows.ts';
import {
  DOCUMENT_HOLDS_MAX,
  DURATION_MS_MAX,
  HOLD_QUANTITY_MAX,
  INTEGER_MAX,
  MONEY_AMOUNT_MAX,
  NEVER_AT,
  ON_HAND_UNITS_MAX,
  TRANSACTION_STEPS_MAX,
} from '../../../src/domain/limits.ts';
import type { Step } from '../../../src/domain/steps.ts';

const OVER = ON_HAND_UNITS_MAX + 1;
/** Values that are not integers, or that some part of the system cannot represent exactly. */
const NO_INTEGERS = [Number.NaN, Number.POSITIVE_INFINITY, 1.5, -0, INTEGER_MAX + 1, '1' as unknown as number];

const outOf = (name: string, field: string, make: (value: number) => Step, values: readonly number[]): Case => ({
  name: `${name}: ${field} out of bounds`,
  rows: [...values, ...NO_INTEGERS].map((value) => malformed([make(value)], `steps[0].${field}`)),
});

const causedBy = (origin: Partial<Cause>): Transaction =>
  transaction('a', [configure('A')], { cause: { by: 'operator', ...origin } });

export const integerCases: Case[] = [
  outOf('adjust', 'delta', (value) => receive('A', value), [0, -1, OVER, -OVER, INTEGER_MAX]),
  outOf('count', 'onHand', (value) => count('A', value), [-1, OVER, INTEGER_MAX]),
  outOf('count', 'expectedOnHand', (value) => count('A', 0, value), [-1, OVER, INTEGER_MAX]),
  outOf('configure', 'safetyStock', (safetyStock) => configure('A', { safetyStock }), [-1, OVER, INTEGER_MAX]),
  outOf('configure', 'limitPerCustomer', (value) => configure('A', { limitPerCustomer: value }), [0, -1, OVER]),
  outOf('configure', 'unitPrice', (value) => configure('A', { unitPrice: euros(value) }), [-1, MONEY_AMOUNT_MAX + 1]),
  {
    name: 'reserve: refuses min and want out of bounds',
    rows: [
      ...[OVER, Number.NaN, Number.POSITIVE_INFINITY, 1.5].map((want) =>
        malformed([reserve('h', 'A', 1, { want })], 'steps[0].want'),
      ),
      ...[0, -1, -0, Number.NaN, 0.5].map((min) => malformed([reserve('h', 'A', 1, { min })], 'steps[0].min')),
    ],
  },
  outOf('reserve', 'ttlMs', (ttlMs) => reserve('h', 'A', 1, { ttlMs }), [0, -1, DURATION_MS_MAX + 1]),
  outOf('reserve', 'until', (until) => reserve('h', 'A', 1, { until }), [-1, NEVER_AT + 1]),
  outOf('resize', 'change', (value) => resizeTo('h', value), [0, -1, OVER]),
  outOf('resize', 'quantityMax', (quantityMax) => resizeTo('h', 1, { quantityMax }), [0, -1, OVER]),
  outOf('extend', 'ttlMs', (value) => extend('h', value), [0, -1, DURATION_MS_MAX + 1]),
  outOf('extend', 'lifetimeMs', (lifetimeMs) => extend('h', 1, { lifetimeMs }), [0, -1, DURATION_MS_MAX + 1]),
  outOf('pin', 'windowMs', (value) => pin('h', value), [0, -1, DURATION_MS_MAX + 1]),
  outOf('pin', 'quantity', (quantity) => pin('h', 1, { quantity }), [0, -1, OVER]),
  outOf('resize', 'quantity', (quantity) => resizeTo('h', 1, { quantity }), [0, -1, OVER]),
  outOf('transfer', 'quantity', (quantity) => transfer('h', 'cart:2', { quantity }), [0, -1, OVER]),
  outOf('release', 'quantity', (quantity) => release('h', { quantity }), [0, -1, OVER]),
  outOf('consume', 'quantity', (quantity) => consume('h', { quantity }), [0, -1, OVER]),
  outOf('return', 'quantity', (value) => giveBack('A', value), [0, -1, OVER]),
  outOf('put', 'expect', (value) => put('d', value, { body: '' }), [0, -1]),
  outOf('put', 'dueInMs', (dueInMs) => put('d', 'any', { dueInMs }), [0, -1, DURATION_MS_MAX + 1]),
  outOf('drop', 'expect', (value) => drop('d', value), [0, -1]),
  outOf('drop', 'forget', (quantity) => drop('d', 'any', { forget: [{ sku: 'A', customer: 'c', quantity }] }), [0, -1]),
  {
    name: 'keeps the largest integers exactly',
    rows: [
      ok([
        configure('A', {
          safetyStock: ON_HAND_UNITS_MAX,
          limitPerCustomer: HOLD_QUANTITY_MAX,
          unitPrice: euros(MONEY_AMOUNT_MAX),
        }),
        receive('A', ON_HAND_UNITS_MAX),
      ]),
      stock('A', {
        onHand: ON_HAND_UNITS_MAX,
        safetyStock: ON_HAND_UNITS_MAX,
        limitPerCustomer: HOLD_QUANTITY_MAX,
        unitPrice: euros(MONEY_AMOUNT_MAX),
      }),
      ok([configure('A', { safetyStock: 0, unitPrice: euros(0) })]),
      ok([reserve('h1', 'A', HOLD_QUANTITY_MAX - 1, { ttlMs: DURATION_MS_MAX })], HOLD_QUANTITY_MAX - 1),
      no([resizeBy('h1', HOLD_QUANTITY_MAX, { min: 1, quantityMax: HOLD_QUANTITY_MAX })], 'quantity_limit'),
      ok([resizeBy('h1', 1, { quantityMax: HOLD_QUANTITY_MAX })], 1),
      no([reserve('h2', 'A', HOLD_QUANTITY_MAX)], 'insufficient_stock', {
        lines: [{ sku: 'A', requested: HOLD_QUANTITY_MAX, available: 0 }],
      }),
      ok([consume('h1', { quantity: HOLD_QUANTITY_MAX })]),
      counters('A', 0, 0, HOLD_QUANTITY_MAX),
      ok([receive('A', ON_HAND_UNITS_MAX)]),
      ok([reserve('h2', 'A', 1, { customer: 'other' }), consume('h2')]),
      counters('A', ON_HAND_UNITS_MAX - 1, 0, HOLD_QUANTITY_MAX + 1),
      no([reserve('h3', 'A', 1)], 'limit_exceeded', { sku: 'A', limit: HOLD_QUANTITY_MAX, already: HOLD_QUANTITY_MAX }),
      no([put('d', INTEGER_MAX, { body: '' })], 'conflict', { key: 'd' }),
      ok([drop('d', 'any', { forget: [{ sku: 'A', customer: 'guest:1', quantity: INTEGER_MAX }] })]),
      ok([reserve('h3', 'A', ON_HAND_UNITS_MAX - 1)], ON_HAND_UNITS_MAX - 1),
      ok([adjust('A', 1), put('d', 'any', { body: '', dueInMs: DURATION_MS_MAX })]),
    ],
  },
];

const holdIds = (units: number): string[] => Array.from({ length: units }, (_, index) => `h${index}`);

export const shapeCases: Case[] = [
  {
    name: 'refuses a transaction without steps, with an unknown step, or with a bad cause or retention',
    rows: [
      malformed([], 'steps'),
      malformed([{ kind: 'explode' } as unknown as Step], 'steps[0].kind'),
      malformed([configure('A'), { kind: 'toString' } as unknown as Step], 'steps[1].kind'),
      malformed([reserve('h', 'A', 1, { min: 2, want: 1 })], 'steps[0].min'),
      malformed([resizeBy('h', 1, { min: 2 })], 'steps[0].change'),
      malformed([resizeBy('h', 1, { min: 0 })], 'steps[0].change'),
      malformed(
        [put('d', 'sometimes' as 'any', { list: 'elsewhere' as 'placed' })],
        'steps[0].expect',
        'steps[0].list',
      ),
      malformed([put('d', 'any', { body: '', holds: holdIds(DOCUMENT_HOLDS_MAX + 1) })], 'steps[0].holds'),
      batch(
        [transaction('a', [configure('A')], { cause: { by: '' } }), refusal(null, 'invalid_transaction')],
        [causedBy({ requestId: 'x'.repeat(129) }), refusal(null, 'invalid_transaction')],
        [causedBy({ requestId: 'a b' }), refusal(null, 'invalid_transaction')],
        [causedBy({ traceparent: '00-1-2-01' }), refusal(null, 'invalid_transaction')],
        [transaction('a', [configure('A')], { retention: 'ever' as 'long' }), refusal(null, 'invalid_transaction')],
        [transaction('a', [configure('A')]), yes()],
      ),
      stock('A', { version: 1 }),
    ],
  },
  {
    name: 'a malformed transaction neither affects the others of its batch nor reclaims for itself',
    rows: [
      batch(
        [transaction('a', [configure('A'), receive('A', 1)]), yes()],
        [transaction('b', [reserve('h1', 'A', 0.5)]), refusal(null, 'invalid_transaction')],
        [transaction('c', [reserve('h1', 'A', 1)]), yes([1])],
      ),
      counters('A', 1, 1, 0),
    ],
  },
  {
    name: 'a document refers to 1,000 holds',
    rows: [
      ok([put('d', 'any', { body: '', holds: holdIds(DOCUMENT_HOLDS_MAX) })]),
      document('d', { holds: holdIds(DOCUMENT_HOLDS_MAX) }),
    ],
  },
  ...[4_001, TRANSACTION_STEPS_MAX].map(
    (size): Case => ({
      name: `applies a transaction of ${size} steps whole, or undoes it whole when its last step is refused`,
      compareAtEnd: true,
      rows: [
        ok([configure('A'), receive('A', size)]),
        no([...holdIds(size - 1).map((id) => reserve(id, 'A', 1)), reserve('last', 'A', size)], 'insufficient_stock', {
          lines: [{ sku: 'A', requested: size, available: 1 }],
        }),
        counters('A', size, 0, 0),
        hold('h0', null),
        ok(holdIds(size).map((id) => reserve(id, 'A', 1))),
        counters('A', size, size, 0),
        no([...holdIds(size - 1).map((id) => consume(id)), consume('none')], 'unknown_hold'),
        ok(holdIds(size).map((id) => consume(id))),
        counters('A', 0, 0, size),
      ],
    }),
  ),
  {
    name: 'orders ids and ledger entries across sequences of three, four and five digits',
    compareAtEnd: true,
    rows: [
      ok([configure('A'), receive('A', 1)]),
      ...[998, 1_100, 7_897, 30].map((size, round) =>
        batch(
          ...Array.from(
            { length: size },
            (_, index) =>
              [transaction(`r${round}-${index}`, [receive('A', 1), put('d', 'any', { body: '' })]), yes()] as const,
          ),
        ),
      ),
      counters('A', 10_026, 0, 0),
      document('d', { version: 10_026 }),
      ledgerEnds({ id: '10024-0' }, { id: '10025-0', previous: '10024-0' }, { id: '10026-0', previous: '10025-0' }),
    ],
  },
  {
    name: `refuses a transaction of ${TRANSACTION_STEPS_MAX + 1} steps`,
    rows: [
      malformed(
        Array.from({ length: TRANSACTION_STEPS_MAX + 1 }, () => configure('A')),
        'steps',
      ),
      stock('A', null),
    ],
  },
];
