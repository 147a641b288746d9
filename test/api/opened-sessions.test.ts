import { expect, test } from 'vitest';
import { Sessions } from '../../src/api/sessions.ts';
import { RefusalError } from '../../src/api/wire-errors.ts';

test('refuses a remembered session once it has expired', () => {
  let now = 1_000;
  const sessions = new Sessions({ secret: 'of the shop', ttlMs: 500, clock: () => now });
  const { sessionId } = sessions.issue('a-customer');
  const opened = sessions.open(sessionId);
  expect(opened?.customer).toMatch(/^customer:/);
  expect(sessions.open(sessionId)).toEqual(opened);
  now = 1_500;
  expect(sessions.open(sessionId)).toBeNull();
});

test('refuses a remembered id with another signature, or signed with another secret', () => {
  const sessions = new Sessions({ secret: 'of the shop', ttlMs: 500, clock: () => 0 });
  const { sessionId } = sessions.issue();
  expect(sessions.open(sessionId)).not.toBeNull();
  const other = sessionId.endsWith('A') ? 'B' : 'A';
  expect(sessions.open(sessionId.slice(0, -1) + other)).toBeNull();
  expect(new Sessions({ secret: 'of another', ttlMs: 500, clock: () => 0 }).open(sessionId)).toBeNull();
});

test('opens sessions beyond the number that is remembered', () => {
  const sessions = new Sessions({ secret: 'of the shop', ttlMs: 500, clock: () => 0 });
  const ids = Array.from({ length: 10_002 }, () => sessions.issue().sessionId);
  const hashes = ids.map((id) => sessions.open(id)?.hash);
  expect(new Set(hashes).size).toBe(ids.length);
  expect(ids.slice(0, 3).map((id) => sessions.open(id)?.hash)).toEqual(hashes.slice(0, 3));
});

test('a refusal has no stack, and other errors keep theirs', () => {
  const refusal = new RefusalError({ reason: 'conflict', meta: {} });
  expect(refusal.stack).not.toContain('\n    at ');
  expect(new Error('a bug').stack).toContain('\n    at ');
});
