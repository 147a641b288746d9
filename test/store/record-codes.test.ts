import { expect, test } from 'vitest';
import {
  type Codes,
  DOCUMENT_LIST_CODES,
  HOLD_STATE_CODES,
  LEDGER_CODES,
  ORDER_LIST_CODES,
} from '../../src/domain/record-codes.ts';
import { ORDER_STATUSES } from '../../src/domain/order-states.ts';
import { DOCUMENT_LISTS, ENDED_STATES, LIVE_STATES, MOVEMENT_KINDS } from '../../src/domain/records.ts';

/** Stored data has these numbers. Add rows. Never change a row, and never reuse a number. */
const PINNED = {
  'hold states': [HOLD_STATE_CODES, { held: 1, pinned: 2, consumed: 3, released: 4, expired: 5, committed: 6 }],
  'lines of the ledger': [
    LEDGER_CODES,
    {
      received: 1,
      adjusted: 2,
      counted: 3,
      reserved: 4,
      resized: 5,
      released: 6,
      expired: 7,
      pinned: 8,
      transferred: 9,
      consumed: 10,
      returned: 11,
      document: 12,
      committed: 13,
      fulfilled: 14,
      uncommitted: 15,
      recommitted: 16,
      filled: 17,
      assembled: 18,
    },
  ],
  'order lists': [
    ORDER_LIST_CODES,
    {
      awaiting_payment: 1,
      placed: 2,
      cancelled: 3,
      expired: 4,
      refund_due: 5,
      partially_fulfilled: 8,
      fulfilled: 9,
    },
  ],
  'document lists': [
    DOCUMENT_LIST_CODES,
    {
      awaiting_payment: 1,
      placed: 2,
      cancelled: 3,
      expired: 4,
      refund_due: 5,
      by_owner: 6,
      events: 7,
      partially_fulfilled: 8,
      fulfilled: 9,
      reservations: 10,
      reservations_ended: 11,
      transfers: 12,
      transfers_ended: 13,
    },
  ],
} as const;

const WORDS: Record<keyof typeof PINNED, readonly string[]> = {
  'hold states': [...LIVE_STATES, ...ENDED_STATES],
  'lines of the ledger': [...MOVEMENT_KINDS, 'document'],
  'order lists': ORDER_STATUSES,
  'document lists': DOCUMENT_LISTS,
};

const named = Object.keys(PINNED) as (keyof typeof PINNED)[];

test.each(named)('the %s have their stored numbers', (name) => {
  const [codes, pinned] = PINNED[name] as readonly [Codes<string>, Record<string, number>];
  expect(Object.fromEntries(WORDS[name].map((word) => [word, codes.of(word)]))).toEqual(pinned);
});

test.each(named)('each number of the %s belongs to one word, and other numbers to none', (name) => {
  const [codes, pinned] = PINNED[name] as readonly [Codes<string>, Record<string, number>];
  expect(new Set(Object.values(pinned)).size).toBe(Object.keys(pinned).length);
  for (const [word, code] of Object.entries(pinned)) expect(codes.word(code)).toBe(word);
  for (const code of [0, -1, 1.5, 19, Number.NaN]) expect(codes.word(code)).toBeUndefined();
});

test('the number of a hold state fits into three bits', () => {
  for (const word of [...LIVE_STATES, ...ENDED_STATES]) expect(HOLD_STATE_CODES.of(word)).toBeLessThanOrEqual(7);
});
