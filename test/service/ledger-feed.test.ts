import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerLine } from '../../src/contract/outputs/ledger-lines.ts';
import type { LedgerReadOptions } from '../../src/shop/ledger/ledger-api.ts';
import { engines } from '../support/engines.ts';
import { no, openShopWith, OPERATOR, type Shop, shopper, yes } from '../support/shop.ts';

const DAY_MS = 86_400_000;

async function readAll({ holdfast }: Pick<Shop, 'holdfast'>, options: LedgerReadOptions = {}): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  for await (const part of yes(await holdfast.ledger.read(options))) lines.push(...part);
  return lines;
}

async function* countedRows(rows: number) {
  for (let row = 0; row < rows; row += 1) yield { text: `${row}`, row: { sku: `s-${row}`, onHand: 5 } };
}

const positionsIn = (lines: LedgerLine[]): string[] =>
  lines.flatMap((line) => ('position' in line ? [line.position] : []));

describe.each(engines)('the ledger as a stream on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test('has each entry once and in order, with the orders as they are now, without contacts', async () => {
    await using shop = await openShopWith(engine);
    expect(await readAll(shop)).toEqual([{ type: 'end', after: null, more: false }]);
    await shop.supply('cup', { units: 9 });
    yes(await shop.holdfast.carts.add({ sku: 'cup', quantity: 2 }, shopper('ann')()));
    const placed = yes(
      await shop.holdfast.checkout.place({ contact: { email: 'ann@x.example' } }, shopper('ann')('a')),
    );
    const { orderId } = placed;
    const back = { orderId, lines: [{ sku: 'cup', quantity: 1 }], restock: true, reason: 'broken' };
    yes(await shop.holdfast.orders.return(back, { ...OPERATOR, idempotencyKey: 'back' }));
    const read = await readAll(shop);
    const entries = await shop.store.feed({ after: null, limit: 100 });
    expect(positionsIn(read)).toEqual(entries.map(({ id }) => id));
    expect(read.map(({ type }) => type)).toEqual([
      'movement',
      'movement',
      'movement',
      'orderStatus',
      'movement',
      'order',
      'end',
    ]);
    expect(read[2]).toMatchObject({ kind: 'consumed', sku: 'cup', orderId, onHand: { before: 9, after: 7 } });
    expect(read[3]).toMatchObject({ orderId, status: 'placed', cause: { by: 'hash-of-ann' } });
    const { contact: _, ...order } = yes(await shop.holdfast.orders.get({ orderId }, OPERATOR));
    expect(read[5]).toEqual({ type: 'order', version: expect.any(Number) as number, order });
    expect(order.lines).toMatchObject([{ returned: 1 }]);
    expect(read.at(-1)).toEqual({ type: 'end', after: entries.at(-1)?.id, more: false });
  });

  test('continues where any part of it ended, also within a transaction', async () => {
    await using shop = await openShopWith(engine);
    for (let sku = 0; sku < 10; sku += 1) await shop.supply(`s-${sku}`, { units: 5 });
    for (let sku = 0; sku < 10; sku += 1) {
      yes(await shop.holdfast.carts.add({ sku: `s-${sku}`, quantity: 1 }, shopper('ann')()));
    }
    yes(await shop.holdfast.checkout.place({}, shopper('ann')('a')));
    const whole = positionsIn(await readAll(shop));
    const joined: string[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const read = await readAll(shop, { after, limit: 7 });
      const end = read.at(-1) as Extract<LedgerLine, { type: 'end' }>;
      joined.push(...positionsIn(read));
      after = end.after ?? undefined;
      more = end.more;
    }
    expect(joined).toEqual(whole);
    expect(joined).toHaveLength(31);
  });

  test('has more entries than a part, and ends when its signal aborts', async () => {
    await using shop = await openShopWith(engine);
    yes(await shop.holdfast.bulk.import(countedRows(1_100), { key: 'all' }, OPERATOR));
    const read = await readAll(shop);
    expect(new Set(positionsIn(read)).size).toBe(1_100);
    expect(read).toHaveLength(1_101);
    const abort = new AbortController();
    const parts = yes(await shop.holdfast.ledger.read({ signal: abort.signal }))[Symbol.asyncIterator]();
    await parts.next();
    abort.abort();
    await expect(parts.next()).rejects.toMatchObject({ fault: 'closed' });
  });

  test('has a line for entries that were trimmed, unless the reader has them', async () => {
    const settings = { ledgerRetentionMs: DAY_MS };
    await using shop = await openShopWith(engine, { settings });
    await shop.supply('cup', { units: 9 });
    yes(await shop.holdfast.stock.receive({ sku: 'cup', quantity: 1 }, OPERATOR));
    const before = positionsIn(await readAll(shop));
    shop.clock.now += 3 * DAY_MS;
    yes(await shop.holdfast.stock.receive({ sku: 'cup', quantity: 1 }, OPERATOR));
    await shop.holdfast.expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(true);
    const gap = { type: 'gap', through: before.at(-1) };
    expect((await readAll(shop))[0]).toEqual(gap);
    expect((await readAll(shop, { after: before[0] }))[0]).toEqual(gap);
    expect((await readAll(shop, { after: before[1] })).map(({ type }) => type)).toEqual(['movement', 'end']);
  });

  test('is not trimmed beyond what its followers have, until they have it or are removed', async () => {
    const settings = { ledgerRetentionMs: DAY_MS };
    await using shop = await openShopWith(engine, { settings });
    const { ledger, stock, expiry } = shop.holdfast;
    await shop.supply('cup', { units: 9 });
    yes(await stock.receive({ sku: 'cup', quantity: 1 }, OPERATOR));
    const [first, second] = positionsIn(await readAll(shop, { follower: 'slow' }));
    yes(await ledger.read({ follower: 'fast', after: second }));
    shop.clock.now += 3 * DAY_MS;
    yes(await stock.receive({ sku: 'cup', quantity: 1 }, OPERATOR));
    await expiry.sweepNow();
    expect(await shop.holdfast.trimLedger()).toBe(false);
    yes(await ledger.read({ follower: 'slow', after: first }));
    expect(await shop.holdfast.trimLedger()).toBe(false);
    const { ledgerFollowers, ledgerFollowerSilentMs } = shop.holdfast.stats();
    expect(ledgerFollowers.map(({ follower, after }) => [follower, after])).toEqual([
      ['fast', second],
      ['slow', first],
    ]);
    expect(ledgerFollowerSilentMs).toBeGreaterThanOrEqual(3 * DAY_MS);
    expect(positionsIn(await readAll(shop))).toHaveLength(3);
    const removed = await ledger.removeFollower({ follower: 'slow', reason: 'gone' }, OPERATOR);
    expect(yes(removed).followers.map(({ follower }) => follower)).toEqual(['fast']);
    expect(await shop.holdfast.trimLedger()).toBe(true);
    expect(positionsIn(await readAll(shop, { after: second }))).toHaveLength(1);
    await shop.soundAudit();
  });

  test('has 16 followers at most', async () => {
    await using shop = await openShopWith(engine);
    for (let index = 0; index < 16; index += 1) yes(await shop.holdfast.ledger.read({ follower: `f-${index}` }));
    yes(await shop.holdfast.ledger.read({ follower: 'f-0' }));
    expect(no(await shop.holdfast.ledger.read({ follower: 'one-more' })).reason).toBe('invalid_input');
  });

  test('refuses a position that this shop has not reached', async () => {
    await using shop = await openShopWith(engine);
    await shop.supply('cup', { units: 9 });
    const issue = (message: RegExp) => ({
      reason: 'invalid_input',
      meta: { issues: [{ path: 'after', message: expect.stringMatching(message) as string }] },
    });
    expect(no(await shop.holdfast.ledger.read({ after: '900000000000000-0' }))).toMatchObject(issue(/newest entry/));
  });
});
