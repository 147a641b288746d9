import { expect, test } from 'vitest';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { callIdentity, generatedKey, transactionOf } from '../../src/transact/call-transaction.ts';
import { sizeOfSteps, UNCOMPOSED, withoutEffect } from '../../src/transact/composed-steps.ts';
import { canonicalJson, Ids, requestId, shortHash } from '../../src/transact/documents/ids.ts';
import { put, receive } from '../support/transactions.ts';

const ids = new Ids({ now: () => 1_750_000_000_000, random: SYSTEM_RUNTIME.random });
const caller = { kind: 'operator', principal: 'operator', cartId: null, customer: null } as const;
const steps = [receive('A', 1)];
const identity = { id: 'id', fingerprint: 'f', retention: 'long' } as const;

test('a call is identified by its principal and key, and its input without defaults', () => {
  const input = { sku: 'A', notify: false, quantity: 2 };
  const call = { procedure: 'stock.receive', input, defaults: { notify: false }, call: { caller } };
  expect(callIdentity(call, 'mine')).toEqual({
    id: requestId('operator', 'mine'),
    fingerprint: shortHash('stock.receive', '{"quantity":2,"sku":"A"}'),
    retention: 'long',
  });
  const generated = generatedKey(ids);
  expect(generated).toMatch(/^gen_[-\w]{19}$/);
  expect(callIdentity(call, generated).retention).toBe('short');
  expect(callIdentity(call, 'not_gen_').retention).toBe('long');
});

test('a default counts only in the outermost object, and for its own field', () => {
  expect(canonicalJson({ a: 1, b: { a: 1 }, c: null, d: 1 }, { a: 1, c: 1 })).toBe('{"b":{"a":1},"c":null,"d":1}');
  expect(canonicalJson({ constructor: undefined, toString: 1 })).toBe('{"toString":1}');
  expect([canonicalJson('a"b'), canonicalJson(undefined), canonicalJson(null), canonicalJson([1, [2]])]).toEqual([
    '"a\\"b"',
    'null',
    'null',
    '[1,[2]]',
  ]);
});

test('a transaction has the cause with exactly the fields that the call has', () => {
  const bare = { mutation: { call: { caller } }, identity, endMs: 5 };
  expect(transactionOf(bare, { steps, address: null }, undefined)).toStrictEqual({
    ...identity,
    isNew: true,
    newUntil: 5,
    hasNewHolds: true,
    cause: { by: 'operator' },
    steps,
  });
  const call = { caller: { ...caller, requestId: 'r-1' }, idempotencyKey: 'mine' };
  const full = { mutation: { call, reason: 'damaged', reference: 'ref-1' }, identity, endMs: 5 };
  const composed = { steps, address: null, effectReference: 'ord_1', orderId: 'ord_2' };
  expect(transactionOf(full, composed, '00-1-2-01')).toStrictEqual({
    ...identity,
    isNew: false,
    newUntil: 5,
    hasNewHolds: true,
    cause: {
      by: 'operator',
      reason: 'damaged',
      reference: 'ref-1',
      orderId: 'ord_2',
      requestId: 'r-1',
      traceparent: '00-1-2-01',
    },
    steps,
    reference: 'ord_1',
  });
});

test('steps count 160 bytes each, and a document its body in addition', () => {
  expect(sizeOfSteps([])).toBe(0);
  const documents = [put('cart:1', 'any', { body: 'x'.repeat(40) }), put('cart:1', 'any', { dueInMs: null })];
  expect(sizeOfSteps([...steps, ...documents])).toBe(3 * 160 + 40);
});

test('a call without an effect is one step, and answers with what it has read', () => {
  const [noopStep] = steps;
  const composed = withoutEffect({ unchanged: 'as it was', noopStep: noopStep ?? receive('A', 1) });
  expect(composed).toMatchObject({ steps, address: null });
  expect(composed.answerFromCommit?.({ at: 0, sequence: 1, status: 'applied', granted: [], reference: null })).toBe(
    'as it was',
  );
  expect(UNCOMPOSED).toEqual({
    status: 'refused',
    step: null,
    refusal: { reason: 'conflict', meta: { key: 'unread' } },
  });
});
