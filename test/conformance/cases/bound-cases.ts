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
  malformed,
  no,
  ok,
  refusal,
  stock,
  yes,
} from '../../support/rows.ts';
import {
  DOCUMENT_BODY_BYTES_MAX,
  DOCUMENT_HOLDS_MAX,
  DURATION_MS_MAX,
  HOLD_QUANTITY_MAX,
  INTEGER_MAX,
  MONEY_AMOUNT_MAX,
  ON_HAND_UNITS_MAX,
  TEXT_CHARS_MAX,
  TRANSACTION_STEPS_MAX,
} from '../../../src/domain/limits.ts';
import type { Step } from '../../../src/domain/steps.ts';

const OVER = ON_HAND_UNITS_MAX + 1;
/** No whole number, or none that every part of the system holds exactly. */
const NO_INTEGERS = [Number.NaN, Number.POSITIVE_INFINITY, 1.5, -0, INTEGER_MAX + 1, '1' as unknown as number];

const outOf = (name: string, field: string, make: (value: number) => Step, values: readonly number[]): Case => ({
  name: `${name}: ${field} out of bounds`,
  rows: [...values, ...NO_INTEGERS].map((value) => malformed([make(value)], `steps[0].${field}`)),
});

export const integerCases: Case[] = [
  outOf('adjust', 'delta', (value) => receive('A', value), [0, OVER, -OVER, INTEGER_MAX]),
  outOf('count', 'onHand', (value) => count('A', value), [-1, OVER, INTEGER_MAX]),
  outOf('count', 'expectedOnHand', (value) => count('A', 0, value), [-1, OVER, INTEGER_MAX]),
  outOf('configure', 'safetyStock', (safetyStock) => configure('A', { safetyStock }), [-1, OVER, INTEGER_MAX]),
  outOf('configure', 'limitPerCustomer', (value) => configure('A', { limitPerCustomer: value }), [0, -1, OVER]),
  outOf('configure', 'unitPrice', (value) => configure('A', { unitPrice: euros(value) }), [-1, MONEY_AMOUNT_MAX + 1]),
  {
    name: 'reserve: min and want out of bounds',
    rows: [
      ...[OVER, Number.NaN, Number.POSITIVE_INFINITY, 1.5].map((want) =>
        malformed([reserve('h', 'A', 1, { want })], 'steps[0].want'),
      ),
      ...[0, -1, -0, Number.NaN, 0.5].map((min) => malformed([reserve('h', 'A', 1, { min })], 'steps[0].min')),
    ],
  },
  outOf('reserve', 'ttlMs', (ttlMs) => reserve('h', 'A', 1, { ttlMs }), [0, -1, DURATION_MS_MAX + 1]),
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
    name: 'the largest integers are kept exactly',
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

const LONGEST_ID = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index))
  .join('')
  .padEnd(128, '~');
const LONGEST_SKU = `${'aZ09._:-'.repeat(8)}`;
/** What a person may write, at the greatest length: several planes, combining marks, controls, quotes, both ends. */
const HARD_TEXT = `\u0000\u0001\n\r\t"'\\\u007f\u0080\u00e9e\u0301\u200b\u2028\u202e\ufeff\uffff\u{1f600}\u{10ffff}\u65e5\u672c`;
const LONGEST_TEXT = HARD_TEXT.repeat(20)
  .slice(0, TEXT_CHARS_MAX - 1)
  .toWellFormed()
  .padEnd(TEXT_CHARS_MAX, '\u00e9');
const LONGEST_BODY = `${HARD_TEXT}${'x'.repeat(DOCUMENT_BODY_BYTES_MAX - Buffer.byteLength(HARD_TEXT))}`;
const LONE_SURROGATES = ['\ud800', 'a\udc00', '\udc00\ud800'];

export const stringCases: Case[] = [
  {
    name: 'strings at their bounds are kept exactly',
    rows: [
      ok([configure(LONGEST_SKU, { title: LONGEST_TEXT, unitPrice: { amount: 1, currency: 'ZZZ' } }), configure('-')]),
      stock(LONGEST_SKU, { title: LONGEST_TEXT, unitPrice: { amount: 1, currency: 'ZZZ' } }),
      ok([receive(LONGEST_SKU, 2), receive('-', 2)]),
      ok([reserve(LONGEST_ID, LONGEST_SKU, 1, { owner: LONGEST_ID, customer: LONGEST_ID })], 1),
      ok([reserve('!', '-', 1, { owner: '~', customer: '!' })], 1),
      hold(LONGEST_ID, { owner: LONGEST_ID, customer: LONGEST_ID }),
      ok([put(LONGEST_ID, 'absent', { body: LONGEST_BODY, holds: [LONGEST_ID, '!', LONGEST_ID] })]),
      document(LONGEST_ID, { body: LONGEST_BODY, holds: [LONGEST_ID, '!', LONGEST_ID] }),
      batch([
        transaction(LONGEST_ID, [transfer(LONGEST_ID, '~', { owner: LONGEST_ID, toCustomer: '~' })], {
          fingerprint: LONGEST_ID,
          reference: LONGEST_ID,
          cause: { by: LONGEST_ID, reason: LONGEST_TEXT, reference: LONGEST_TEXT, orderId: LONGEST_TEXT },
        }),
        { status: 'applied', reference: LONGEST_ID },
      ]),
      hold(LONGEST_ID, { owner: '~', customer: '~' }),
      no([release(`${LONGEST_ID.slice(0, -1)}!`)], 'unknown_hold'),
    ],
  },
  {
    name: 'empty and awkward texts are kept exactly',
    rows: [
      ok([configure('A', { title: '' }), put('d', 'any', { body: '' })]),
      stock('A', { title: '' }),
      document('d', { body: '' }),
      ...['[]', '{}', 'null', 'false', '0', '"', '\\', '\u0000', '\n', ' ', HARD_TEXT].flatMap((text) => [
        ok([configure('A', { title: text }), put('d', 'any', { body: text })]),
        stock('A', { title: text }),
        document('d', { body: text }),
      ]),
    ],
  },
  {
    name: 'names of JavaScript objects are names like any other',
    rows: ['constructor', '__proto__', 'hasOwnProperty', 'toString'].flatMap((name) => [
      stock(name, null),
      document(name, null),
      no([release(name)], 'unknown_hold'),
      ok([
        configure(name, { limitPerCustomer: 2 }),
        receive(name, 3),
        put(name, 'absent', { body: name, holds: [name] }),
      ]),
      ok([reserve(name, name, 2, { owner: name, customer: name })], 2),
      no([reserve(`${name}2`, name, 1, { customer: name })], 'limit_exceeded'),
      batch([transaction(name, [consume(name)], { fingerprint: name }), yes()]),
      counters(name, 1, 0, 2),
    ]),
  },
  {
    name: 'titles, causes and bodies beyond their bounds',
    rows: [
      malformed([configure('A', { title: 'x'.repeat(TEXT_CHARS_MAX + 1) })], 'steps[0].title'),
      malformed([put('d', 'any', { body: `${LONGEST_BODY}x` })], 'steps[0].body'),
      malformed([put('d', 'any', { body: '\u00e9'.repeat(DOCUMENT_BODY_BYTES_MAX / 2 + 1) })], 'steps[0].body'),
      ...LONE_SURROGATES.flatMap((text) => [
        malformed([configure('A', { title: text })], 'steps[0].title'),
        malformed([put('d', 'any', { body: text })], 'steps[0].body'),
      ]),
      malformed([configure('A', { unitPrice: { amount: 1, currency: 'eur' } })], 'steps[0].unitPrice'),
    ],
  },
  {
    name: 'SKUs and ids beyond their bounds',
    rows: [
      ...['', `${LONGEST_SKU}a`, 'a b', 'a\n', 'a/b', '\u00e9', 7 as unknown as string].map((sku) =>
        malformed([configure(sku)], 'steps[0].sku'),
      ),
      ...['', `${LONGEST_ID}a`, 'a b', 'a\n', '\u007f', '\u00e9', null as unknown as string].flatMap((id) => [
        malformed([release(id)], 'steps[0].holdId'),
        malformed([reserve('h', 'A', 1, { owner: id, customer: id })], 'steps[0].owner', 'steps[0].customer'),
        malformed([put(id, 'any', { body: '', holds: ['h', id] })], 'steps[0].key', 'steps[0].holds'),
        malformed([drop('d', 'any', { forget: [{ sku: 'A', customer: id, quantity: 1 }] })], 'steps[0].forget'),
        batch([
          transaction(id, [configure('A')], { fingerprint: 'f' }),
          refusal(null, 'invalid_transaction', { issues: ['id'] }),
        ]),
      ]),
      stock('A', null),
    ],
  },
];

const holdIds = (units: number): string[] => Array.from({ length: units }, (_, index) => `h${index}`);

export const shapeCases: Case[] = [
  {
    name: 'a transaction of no step, of an unknown step, of a bad cause or retention',
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
        [transaction('a', [configure('A')], { retention: 'ever' as 'long' }), refusal(null, 'invalid_transaction')],
        [transaction('a', [configure('A')]), yes()],
      ),
      stock('A', { version: 1 }),
    ],
  },
  {
    name: 'a malformed transaction does not disturb its neighbours, nor reclaims for itself',
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
      name: `a transaction of ${size} steps applies whole, or is undone whole by its last step`,
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
    name: `a transaction of ${TRANSACTION_STEPS_MAX + 1} steps is none`,
    rows: [
      malformed(
        Array.from({ length: TRANSACTION_STEPS_MAX + 1 }, () => configure('A')),
        'steps',
      ),
      stock('A', null),
    ],
  },
];
