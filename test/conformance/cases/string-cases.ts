import {
  configure,
  consume,
  drop,
  put,
  receive,
  release,
  reserve,
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
import { DOCUMENT_BODY_BYTES_MAX, TEXT_CHARS_MAX } from '../../../src/domain/limits.ts';

const LONGEST_ID = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index))
  .join('')
  .padEnd(128, '~');
const LONGEST_SKU = '\u{1f455}'.repeat(128);
/** Valid user text of the greatest length: several Unicode planes, combining marks, control characters, quotes. */
const HARD_TEXT = `\u0000\u0001\n\r\t"'\\\u007f\u0080\u00e9e\u0301\u200b\u2028\u202e\ufeff\uffff\u{1f600}\u{10ffff}\u65e5\u672c`;
const LONGEST_TEXT = HARD_TEXT.repeat(20)
  .slice(0, TEXT_CHARS_MAX - 1)
  .toWellFormed()
  .padEnd(TEXT_CHARS_MAX, '\u00e9');
const LONGEST_BODY = `${HARD_TEXT}${'x'.repeat(DOCUMENT_BODY_BYTES_MAX - Buffer.byteLength(HARD_TEXT))}`;
const LONE_SURROGATES = ['\ud800', 'a\udc00', '\udc00\ud800'];

export const stringCases: Case[] = [
  {
    name: 'keeps strings at their bounds exactly',
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
          cause: {
            by: LONGEST_ID,
            reason: LONGEST_TEXT,
            reference: LONGEST_TEXT,
            orderId: LONGEST_TEXT,
            requestId: '='.repeat(128),
            traceparent: `00-${'f'.repeat(32)}-${'f'.repeat(16)}-ff`,
          },
        }),
        { status: 'applied', reference: LONGEST_ID },
      ]),
      hold(LONGEST_ID, { owner: '~', customer: '~' }),
      no([release(`${LONGEST_ID.slice(0, -1)}!`)], 'unknown_hold'),
    ],
  },
  {
    name: 'keeps empty and awkward texts exactly',
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
    name: 'names of JavaScript object properties are ordinary names',
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
    name: 'refuses titles, causes and bodies beyond their bounds',
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
    name: 'refuses SKUs and ids beyond their bounds',
    rows: [
      ...['', `${LONGEST_SKU}a`, ' a', 'a\n', 'e\u0301', '\uffff', '\ud800', 7 as unknown as string].map((sku) =>
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
