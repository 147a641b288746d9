import { describe, expect, test } from 'vitest';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import type { StockUpdate } from '../../src/shop/watch/watched-sku.ts';
import { entriesOf } from '../support/import-files.ts';
import { poll } from '../support/poll.ts';
import { writeRefusals } from '../support/refusing-writes.ts';
import { audited, OPERATOR, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

const HOUR_MS = 3_600_000;
const SKUS = Array.from({ length: 100 }, (_, index) => `sku-${index}`);
const OVERDUE = 'sku-0';
const anna = shopper('anna');
const ben = shopper('ben');

/** 10 units of each SKU. Anna holds 4 of one, and Ben holds 1 until much later. */
async function fill({ bulk, carts, inventory }: Holdfast): Promise<void> {
  const rows = SKUS.map((sku) => ({ sku, onHand: 10 }));
  yes(await bulk.import(entriesOf(rows), { key: 'fill' }, OPERATOR));
  yes(await carts.add({ sku: OVERDUE, quantity: 4 }, anna()));
  const reference = 'ben';
  yes(await inventory.reserve({ sku: OVERDUE, quantity: 1, reference, ttlMs: 20 * HOUR_MS }, ben()));
}

describe.each(writeRefusals)('on $name', (refusal) => {
  test('answers every read at once, and counts units of overdue holds as available', async () => {
    const clock = { now: START };
    await using shop = await refusal.open(clock);
    const holdfast = createHoldfast({ store: shop.store, settings: { holdLifetimeMaxMs: 24 * HOUR_MS } });
    const { stock, carts, holds, bulk, watch } = holdfast;
    await fill(holdfast);
    const updates: StockUpdate[] = [];
    const sink = { update: (news: readonly StockUpdate[]) => updates.push(...news) > 0, end: () => undefined };
    watch.subscribe([OVERDUE], sink);
    await poll(async () => updates.length > 0, { timeoutMs: 20_000 });
    expect(updates[0]).toMatchObject({ available: 5 });

    await shop.refuseWrites();
    clock.now += HOUR_MS;
    await expect(stock.receive({ sku: OVERDUE, quantity: 1 }, OPERATOR)).rejects.toMatchObject({
      fault: 'unavailable',
    });
    expect(yes(await stock.level({ sku: OVERDUE }))).toMatchObject({ onHand: 10, reserved: 1, available: 9 });
    const available = yes(await stock.availability({ skus: SKUS }));
    expect(available.map((each) => each.available)).toEqual([9, ...SKUS.slice(1).map(() => 10)]);
    const listed = yes(await stock.list({ limit: 500 })).items;
    expect(listed.find(({ sku }) => sku === OVERDUE)).toMatchObject({ reserved: 1, available: 9 });
    expect(listed).toHaveLength(SKUS.length);
    const changes = yes(await stock.history({ sku: OVERDUE })).movements.map(({ kind }) => kind);
    expect(changes).toEqual(['reserved', 'reserved', 'counted']);
    const cart = yes(await carts.get({}, anna()));
    expect(cart).toMatchObject({ lines: [], expired: [{ sku: OVERDUE, quantity: 4 }] });
    expect(yes(await holds.list({})).items).toMatchObject([{ sku: OVERDUE, quantity: 1 }]);
    const exported: unknown[] = [];
    for await (const part of bulk.export()) exported.push(...part);
    expect(exported).toHaveLength(SKUS.length);
    expect(await audited(holdfast)).toMatchObject({ ok: true, violations: [] });
    await poll(async () => updates.at(-1)?.available === 9, { timeoutMs: 20_000 });

    await shop.takeWrites();
    yes(await stock.receive({ sku: OVERDUE, quantity: 1 }, OPERATOR));
    expect(yes(await stock.level({ sku: OVERDUE }))).toMatchObject({ onHand: 11, reserved: 1, available: 10 });
    await holdfast.close();
  });
});
