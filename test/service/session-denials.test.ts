import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import type { SessionFacts } from '../../src/shop/session/session-api.ts';
import { engines } from '../support/engines.ts';
import { no, openShopWith, OPERATOR, type Shop, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const DAY_MS = 86_400_000;
const ANN = `customer:${'a'.repeat(22)}`;
const EDGE = `clt_${'e'.repeat(22)}`;
const named = (name: string): string => name.padEnd(22, '-');

const issued = (name: string, more: Partial<SessionFacts> = {}): SessionFacts => ({
  hash: named(name),
  customer: null,
  issuedAt: START - 1_000,
  client: null,
  ...more,
});

const isRevoked = async ({ sessions }: Holdfast, session: SessionFacts, client?: string): Promise<boolean> => {
  await sessions.prepare();
  return sessions.isRevoked(session, client);
};

describe.each(engines)('denials of sessions on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (): Promise<Shop> => {
    const shop: Shop = await openShopWith(engine, {
      now: () => shop.clock.now,
      settings: { sessionTtlMs: 30 * DAY_MS },
    });
    return shop;
  };

  test('revoke one session, and no other', async () => {
    await using shop = await open();
    const { holdfast } = shop;
    expect(await isRevoked(holdfast, issued('one'))).toBe(false);
    yes(await holdfast.sessions.revoke({ session: named('one'), expiresAt: START + DAY_MS }, OPERATOR));
    expect(await isRevoked(holdfast, issued('one'))).toBe(true);
    expect(await isRevoked(holdfast, issued('one', { issuedAt: null }))).toBe(true);
    expect(await isRevoked(holdfast, issued('two'))).toBe(false);
    shop.clock.now += DAY_MS;
    expect(await isRevoked(holdfast, issued('one'))).toBe(false);
  });

  test('revoke what was issued to a customer until now, and nothing later', async () => {
    await using shop = await open();
    const { holdfast } = shop;
    shop.clock.now += 5_000;
    yes(await holdfast.sessions.revoke({ customer: ANN }, OPERATOR));
    const of = (issuedAt: number | null) => isRevoked(holdfast, issued('any', { customer: ANN, issuedAt }));
    expect([await of(START), await of(START + 5_000), await of(START + 5_001)]).toEqual([true, true, false]);
    expect(await of(null)).toBe(false);
    expect(await isRevoked(holdfast, issued('any', { customer: `customer:${'b'.repeat(22)}` }))).toBe(false);
  });

  test('revoke what was issued to a client, and what the client uses', async () => {
    await using shop = await open();
    const { holdfast } = shop;
    yes(await holdfast.sessions.revoke({ client: EDGE }, OPERATOR));
    expect(await isRevoked(holdfast, issued('its', { client: EDGE }), 'clt_of-another-place')).toBe(true);
    expect(await isRevoked(holdfast, issued('used'), EDGE)).toBe(true);
    expect(await isRevoked(holdfast, issued('other'))).toBe(false);
    // docs/decisions/denied-sessions.md describes why.
    expect(await isRevoked(holdfast, issued('made-up', { issuedAt: null }), EDGE)).toBe(false);
    expect(await isRevoked(holdfast, issued('later', { client: EDGE, issuedAt: START + 1 }), EDGE)).toBe(false);
  });

  test('block a session and a client until a time, or until they are unblocked', async () => {
    await using shop = await open();
    const { sessions } = shop.holdfast;
    const untilMs = START + 60_000;
    const blocked = yes(await sessions.block({ session: named('one'), reason: 'hoards', untilMs }, OPERATOR));
    expect(blocked).toEqual({ blocked: true, until: untilMs });
    yes(await sessions.block({ client: EDGE, reason: 'hoards' }, OPERATOR));
    const states = () => [
      sessions.isBlocked(named('one'), undefined),
      sessions.isBlocked(null, EDGE),
      sessions.isBlocked(named('two'), undefined),
    ];
    expect(states()).toEqual([true, true, false]);
    shop.clock.now = untilMs;
    expect(states()).toEqual([false, true, false]);
    yes(await sessions.unblock({ client: EDGE }, OPERATOR));
    expect(states()).toEqual([false, false, false]);
    // There is nothing to unblock.
    yes(await sessions.unblock({ client: EDGE, session: named('two') }, { ...OPERATOR, idempotencyKey: 'k' }));
  });

  test('refuse a block that ends in the past or too late', async () => {
    await using shop = await open();
    const block = (untilMs: number) =>
      shop.holdfast.sessions.block({ client: EDGE, reason: 'hoards', untilMs }, OPERATOR);
    for (const untilMs of [START, START + 400 * DAY_MS + 1]) {
      expect(no(await block(untilMs))).toMatchObject({ meta: { issues: [{ path: 'untilMs' }] } });
    }
    yes(await block(START + 400 * DAY_MS));
  });

  test('take effect once with one key', async () => {
    await using shop = await open();
    const { sessions } = shop.holdfast;
    const call = { ...OPERATOR, idempotencyKey: 'once' };
    const first = yes(await sessions.block({ client: EDGE, reason: 'hoards' }, call));
    yes(await sessions.unblock({ client: EDGE }, OPERATOR));
    shop.clock.now += 1_000;
    expect(yes(await sessions.block({ client: EDGE, reason: 'hoards' }, call))).toEqual(first);
    expect(sessions.isBlocked(null, EDGE)).toBe(false);
    expect(no(await sessions.block({ client: EDGE, reason: 'another' }, call)).reason).toBe('idempotency_mismatch');
  });

  test('leave an event of what was before and after, once for each change', async () => {
    await using shop = await open();
    const { sessions, events } = shop.holdfast;
    const call = { caller: { ...OPERATOR.caller, principal: 'key:support', client: EDGE } };
    const session = named('one');
    const until = START + 60_000;
    for (let time = 0; time < 2; time += 1) {
      const keyed = { ...call, idempotencyKey: 'k' };
      yes(await sessions.revoke({ session, customer: ANN, expiresAt: until }, keyed));
    }
    shop.clock.now += 1;
    yes(await sessions.block({ session, client: EDGE, reason: 'hoards', untilMs: until }, call));
    shop.clock.now += 1;
    yes(await sessions.block({ client: EDGE, reason: 'hoards more', untilMs: until + 1 }, call));
    shop.clock.now += 1;
    yes(await sessions.unblock({ session, client: EDGE }, call));
    yes(await sessions.unblock({ session, client: EDGE }, call));
    no(await sessions.block({ session, reason: 'late', untilMs: START }, call));
    const one = { session, until, reason: 'hoards' };
    const edge = { client: EDGE, until, reason: 'hoards' };
    const longer = { client: EDGE, until: until + 1, reason: 'hoards more' };
    const found = yes(await events.list({})).items;
    expect(found.map(({ what, before, after }) => ({ what, before, after })).toReversed()).toEqual([
      { what: 'session.revoke', before: undefined, after: { session, customer: ANN } },
      { what: 'sessions.block', before: undefined, after: { blocks: [one, edge] } },
      { what: 'sessions.block', before: { blocks: [edge] }, after: { blocks: [longer] } },
      { what: 'sessions.unblock', before: { blocks: [one, longer] }, after: undefined },
    ]);
    for (const { by, from } of found) expect([by, from]).toEqual(['key:support', EDGE]);
    await shop.soundAudit();
  });

  test('list blocks in force page by page, the newest first, without those that ended', async () => {
    await using shop = await open();
    const { sessions } = shop.holdfast;
    const block = async (names: { session?: string; client?: string }, untilMs = START + DAY_MS) => {
      shop.clock.now += 1;
      yes(await sessions.block({ ...names, reason: 'hoards', untilMs }, OPERATOR));
    };
    expect(yes(await sessions.blocks({}))).toEqual({ items: [] });
    await block({ session: named('ends') }, START + 1_000);
    for (const index of [1, 2, 3, 4]) await block({ session: named(`s${index}`) });
    await block({ session: named('both'), client: EDGE });
    yes(await sessions.revoke({ session: named('revoked') }, OPERATOR));
    yes(await sessions.unblock({ session: named('s2') }, OPERATOR));
    shop.clock.now = START + 1_000;
    const pages: string[][] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const { items, nextCursor } = yes(await sessions.blocks({ limit: 2, cursor }));
      pages.push(items.map(({ session, client }) => session ?? client ?? ''));
      cursor = nextCursor;
    }
    expect(pages).toEqual([[named('both'), EDGE].toSorted(), [named('s4'), named('s3')], [named('s1')]]);
    const [newest] = yes(await sessions.blocks({ limit: 1 })).items;
    const fixed = { reason: 'hoards', at: START + 6, until: START + DAY_MS, by: 'operator' };
    expect(newest).toEqual({ ...fixed, session: named('both') });
    expect(no(await sessions.blocks({ limit: 501 })).reason).toBe('invalid_input');
    expect(no(await sessions.blocks({ cursor: 'nonsense' })).reason).toBe('invalid_input');
  });

  test('are complete after many changes at once in two processes', async () => {
    await using shop = await open();
    const other = await shop.another(engine, { now: () => shop.clock.now });
    const names = Array.from({ length: 60 }, (_, index) => `${'s'.repeat(20)}${String(index).padStart(2, '0')}`);
    await Promise.all(
      names.map(async (session, index) =>
        yes(await (index % 2 ? other : shop.holdfast).sessions.revoke({ session }, OPERATOR)),
      ),
    );
    // A new process reads all of them.
    const third = await shop.another(engine, { now: () => shop.clock.now });
    const found = await Promise.all(names.map((hash) => isRevoked(third, issued('', { hash }))));
    expect(found).toEqual(names.map(() => true));
  });

  test('are dropped when they do not matter any more', async () => {
    await using shop = await open();
    const { holdfast } = shop;
    yes(await holdfast.sessions.revoke({ session: named('one'), expiresAt: START + 1_000 }, OPERATOR));
    const documents = async () => {
      const found = await shop.store.scan({ kind: 'documents', cursor: null, limit: 100 });
      return found.documents.map(({ key }) => key).filter((key) => key.startsWith('sessions:'));
    };
    expect(await documents()).toHaveLength(2);
    shop.clock.now += DAY_MS;
    await holdfast.expiry.sweepNow();
    expect(await documents()).toEqual(['sessions:denials']);
    await shop.soundAudit();
    yes(await holdfast.sessions.revoke({ session: named('one'), expiresAt: START + 2 * DAY_MS }, OPERATOR));
    expect(await isRevoked(holdfast, issued('one'))).toBe(true);
  });
});

test('a page that is full refuses further denials, and has room again once some have ended', async () => {
  const [memory] = engines;
  await using shop = await openShopWith(memory!, { now: () => shop.clock.now });
  const { sessions } = shop.holdfast;
  const block = (index: number) =>
    // All of these are in one page.
    sessions.block(
      { session: `${String(index).padStart(21, '0')}A`, reason: '€'.repeat(255), untilMs: START + 1_000 },
      OPERATOR,
    );
  let refused: unknown = null;
  let blocks = 0;
  for (; refused === null; blocks += 1) {
    const result = await block(blocks);
    if (!result.ok) refused = result.refusal;
  }
  expect(blocks).toBeGreaterThan(250);
  expect(refused).toMatchObject({ reason: 'invalid_input', meta: { issues: [{ message: /no room/ }] } });
  shop.clock.now += 1_000;
  yes(await sessions.block({ session: `${'z'.repeat(21)}A`, reason: 'hoards' }, OPERATOR));
});
