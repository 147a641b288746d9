import { expect, test } from 'vitest';
import { ON_HAND_UNITS_MAX, TRANSACTION_STEPS_MAX } from '../../src/domain/limits.ts';
import { validateTransaction } from '../../src/domain/machine/validate.ts';
import type { Step } from '../../src/domain/steps.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { adjust, configure, receive, reserve, transaction } from '../support/transactions.ts';

const GOOD: Transaction = {
  ...transaction('id', [configure('A')]),
  reference: 'order:1',
  cause: {
    by: 'operator',
    reason: 'a delivery',
    reference: 'invoice 7',
    orderId: 'ord_1',
    requestId: 'req-1',
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
  },
};
const LONE_SURROGATE = '\ud800';

test('a transaction with all its fields is valid, and so is one with those that it needs', () => {
  expect(validateTransaction(GOOD)).toEqual([]);
  expect(validateTransaction(transaction('id', [configure('A')]))).toEqual([]);
});

test.each<[field: string, change: object]>([
  ['id', { id: 'a b' }],
  ['fingerprint', { fingerprint: '' }],
  ['retention', { retention: 'ever' }],
  ['reference', { reference: 'a b' }],
  ['steps', { steps: [] }],
  ['cause.by', { cause: { ...GOOD.cause, by: 'x'.repeat(129) } }],
  ['cause.reason', { cause: { ...GOOD.cause, reason: LONE_SURROGATE } }],
  ['cause.reference', { cause: { ...GOOD.cause, reference: 'x'.repeat(256) } }],
  ['cause.orderId', { cause: { ...GOOD.cause, orderId: 7 } }],
  ['cause.requestId', { cause: { ...GOOD.cause, requestId: 'a b' } }],
  ['cause.traceparent', { cause: { ...GOOD.cause, traceparent: '00-1-2-01' } }],
])('names the field %s if it alone is wrong', (field, change) => {
  expect(validateTransaction({ ...GOOD, ...change })).toEqual([field]);
});

const ofSteps = (...steps: Step[]): string[] => validateTransaction({ ...GOOD, steps });

test(`has at most ${TRANSACTION_STEPS_MAX} steps`, () => {
  const steps = Array.from({ length: TRANSACTION_STEPS_MAX + 1 }, () => configure('A'));
  expect(ofSteps(...steps)).toEqual(['steps']);
  expect(ofSteps(...steps.slice(1))).toEqual([]);
});

test('names the steps whose fields are wrong', () => {
  expect(ofSteps(configure('A'), receive('', 1), reserve('h', 'A', 0))).toEqual([
    'steps[1].sku',
    'steps[2].min',
    'steps[2].want',
  ]);
  expect(ofSteps(configure('A'), { kind: 'explode' } as unknown as Step, receive('', 1))).toEqual([
    'steps[1].kind',
    'steps[2].sku',
  ]);
});

test('a step reserves at least as few units as it wants', () => {
  expect(ofSteps(reserve('h', 'A', 2, { min: 2 }))).toEqual([]);
  expect(ofSteps(reserve('h', 'A', 2, { min: 3 }))).toEqual(['steps[0].min']);
  const notReserving = { ...configure('A'), min: 3, want: 2 };
  expect(ofSteps(notReserving)).toEqual([]);
});

test('received units are not negative, and adjusted ones may be', () => {
  expect(ofSteps(adjust('A', -1), receive('A', 1))).toEqual([]);
  expect(ofSteps(receive('A', -1))).toEqual(['steps[0].delta']);
  expect(ofSteps(receive('A', -ON_HAND_UNITS_MAX))).toEqual(['steps[0].delta']);
  expect(ofSteps(receive('A', -ON_HAND_UNITS_MAX - 1))).toEqual(['steps[0].delta']);
});
