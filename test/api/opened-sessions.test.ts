import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sessions } from '../../src/api/callers/sessions.ts';
import { RefusalError } from '../../src/api/wire-errors.ts';

test('refuses a remembered session once it has expired', () => {
  let now = 1_000;
  const sessions = new Sessions({ secret: 'of the shop', shop: 'main', ttlMs: 500, clock: () => now });
  const { sessionId } = sessions.issue({ customerId: 'a-customer' });
  const opened = sessions.open(sessionId);
  expect(opened?.customer).toMatch(/^customer:/);
  expect(sessions.open(sessionId)).toEqual(opened);
  now = 1_500;
  expect(sessions.open(sessionId)).toBeNull();
});

test('refuses a remembered id with another signature, or signed with another secret', () => {
  const sessions = new Sessions({ secret: 'of the shop', shop: 'main', ttlMs: 500, clock: () => 0 });
  const { sessionId } = sessions.issue();
  expect(sessions.open(sessionId)).not.toBeNull();
  const other = sessionId.endsWith('A') ? 'B' : 'A';
  expect(sessions.open(sessionId.slice(0, -1) + other)).toBeNull();
  expect(new Sessions({ secret: 'of another', shop: 'main', ttlMs: 500, clock: () => 0 }).open(sessionId)).toBeNull();
});

const OF_SHOP = { secret: 'of the shop', shop: 'main', ttlMs: 500, clock: () => 0 };

test('refuses a session of another shop that has the same secret', () => {
  const { sessionId } = new Sessions(OF_SHOP).issue({ customerId: 'ann' });
  expect(new Sessions(OF_SHOP).open(sessionId)).not.toBeNull();
  expect(new Sessions({ ...OF_SHOP, shop: 'other' }).open(sessionId)).toBeNull();
});

test('refuses an id that is signed with the secret itself, and not with the key of the shop', () => {
  const { sessionId } = new Sessions(OF_SHOP).issue();
  const body = sessionId.slice(0, sessionId.lastIndexOf('.'));
  const sign = (key: string | Buffer) => createHmac('sha256', key).update(body).digest('base64url').slice(0, 32);
  const keys = [OF_SHOP.secret, createHash('sha256').update(OF_SHOP.secret).digest()];
  for (const key of keys) expect(new Sessions(OF_SHOP).open(`${body}.${sign(key)}`)).toBeNull();
});

test('accepts ids of both secrets while one is replaced, and signs with the new one', () => {
  const before = new Sessions({ ...OF_SHOP, secret: 'the old one' });
  const during = new Sessions({ ...OF_SHOP, secret: 'the new one', previousSecret: 'the old one' });
  const after = new Sessions({ ...OF_SHOP, secret: 'the new one' });
  const old = before.issue({ customerId: 'ann' }).sessionId;
  const fresh = during.issue({ customerId: 'ann' }).sessionId;
  expect(during.open(old)).toEqual(before.open(old));
  expect(during.open(fresh)).toEqual(after.open(fresh));
  expect([before.open(fresh), after.open(old)]).toEqual([null, null]);
});

test('reads when and to which client a session was issued', () => {
  const sessions = new Sessions({ ...OF_SHOP, clock: () => 1_796_000_000_000 });
  const client = `clt_${'c'.repeat(22)}`;
  const { sessionId } = sessions.issue({ customerId: 'ann', client });
  expect(sessionId.length).toBeLessThanOrEqual(128);
  expect(sessions.open(sessionId)).toMatchObject({ issuedAt: 1_796_000_000_000, client });
  expect(sessions.open(sessions.issue().sessionId)).toMatchObject({ customer: null, client: null });
});

test('applies a shorter lifetime to earlier sessions, and not a longer one', () => {
  let now = 0;
  const living = (ttlMs: number) => new Sessions({ ...OF_SHOP, ttlMs, clock: () => now });
  const { sessionId } = living(500).issue();
  now = 100;
  expect(living(101).open(sessionId)).not.toBeNull();
  expect(living(100).open(sessionId)).toBeNull();
  now = 500;
  expect(living(1_000).open(sessionId)).toBeNull();
});

test('opens sessions beyond the number that is remembered', () => {
  const sessions = new Sessions({ secret: 'of the shop', shop: 'main', ttlMs: 500, clock: () => 0 });
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
