import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Result } from '../../src/contract/calls/call.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { Dice } from '../support/dice.ts';
import { engines } from '../support/engines.ts';
import { kitOf, openKitShop } from '../support/kit-shop.ts';
import { OPERATOR, type Shop, shopper, yes } from '../support/shop.ts';

const SETTINGS = { sellAt: 'dispatch' } as const;
const EXPECTED = new Set(['insufficient_stock', 'cart_empty', 'hold_expired', 'unknown_hold', 'hold_not_active']);

describe.each(engines)('kits and their components sold at the same time on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  /** 20 mugs and 9 boxes, two kits that share the mugs, and the services of two processes. */
  const open = async () => {
    const shop = await openKitShop(engine, SETTINGS);
    yes(await shop.holdfast.stock.define({ sku: 'pair', components: kitOf({ mug: 3 }) }, OPERATOR));
    return { shop, both: [shop.holdfast, await shop.another(engine, { settings: SETTINGS })] as const };
  };
  const levelOf = async ({ holdfast }: Shop, sku: string) => yes(await holdfast.stock.level({ sku }));

  /** Every unit of a component is either available or in a hold: alone, or as often as a kit has it. */
  const demandNoneOversold = async (shop: Shop): Promise<void> => {
    const [set, pair, mug, box] = await Promise.all(['set', 'pair', 'mug', 'box'].map((sku) => levelOf(shop, sku)));
    for (const level of [mug, box]) {
      if (!level) throw new Error('a level is missing');
      expect(level.reserved + level.committed).toBeLessThanOrEqual(level.onHand);
    }
    for (const level of [set, pair]) expect(level?.onHand).toBe((level?.reserved ?? 0) + (level?.committed ?? 0));
    await shop.soundAudit();
  };

  test('many buyers get exactly the units that there are', async () => {
    const { shop, both } = await open();
    await using _ = shop;
    const skus = ['set', 'pair', 'mug', 'box'] as const;
    const buy = async (holdfast: Holdfast, n: number): Promise<[string, number]> => {
      const sku = skus[n % skus.length] ?? 'set';
      const added = await holdfast.carts.add({ sku, quantity: 1 }, shopper(`buyer-${n}`)());
      if (!added.ok) expect(added.refusal.reason).toBe('insufficient_stock');
      if (!added.ok) return [sku, 0];
      const { lines } = yes(await holdfast.checkout.place({}, shopper(`buyer-${n}`)(`pay-${n}`)));
      return [sku, lines[0]?.quantity ?? 0];
    };
    const bought = await Promise.all(Array.from({ length: 60 }, (_each, n) => buy(both[n % 2 === 0 ? 0 : 1], n)));
    const sold = (wanted: string): number =>
      bought.reduce((sum, [sku, units]) => sum + (sku === wanted ? units : 0), 0);
    const [mug, box] = [await levelOf(shop, 'mug'), await levelOf(shop, 'box')];
    expect(mug.committed).toBe(2 * sold('set') + 3 * sold('pair') + sold('mug'));
    expect(box.committed).toBe(sold('set') + sold('box'));
    expect([mug.available, box.available].every((units) => units >= 0)).toBe(true);
    expect(mug.available === 0 || box.available === 0).toBe(true);
    await demandNoneOversold(shop);
  });

  test('carts, reservations, expiries, dispatches and returns at random never oversell a component', async () => {
    const { shop, both } = await open();
    await using _ = shop;
    const act = async (holdfast: Holdfast, n: number): Promise<void> => {
      const dice = new Dice(n, 'kits');
      const who = shopper(`buyer-${n % 9}`);
      const sku = dice.pick(['set', 'pair', 'mug', 'box']);
      const answers: Result<unknown>[] = [
        await holdfast.carts.add({ sku, quantity: dice.between(1, 2), mode: 'best_effort' }, who()),
      ];
      if (n % 3 === 0) answers.push(await holdfast.carts.setQuantity({ sku, quantity: dice.between(0, 3) }, who()));
      if (n % 4 === 0) await sell(holdfast, who, n);
      if (n % 5 === 0) shop.clock.now += 60_000;
      if (n % 7 === 0) yes(await holdfast.stock.adjust({ sku: 'mug', delta: 1, reason: 'found' }, OPERATOR));
      for (const answer of answers) if (!answer.ok) expect(EXPECTED).toContain(answer.refusal.reason);
    };
    const sell = async (holdfast: Holdfast, who: ReturnType<typeof shopper>, n: number): Promise<void> => {
      const placed = await holdfast.checkout.place({}, who(`pay-${n}`));
      if (!placed.ok) return void expect(EXPECTED).toContain(placed.refusal.reason);
      const {
        orderId,
        lines: [line],
      } = placed.value;
      yes(await holdfast.orders.fulfil({ orderId }, OPERATOR));
      if (!line) return;
      const back = { orderId, lines: [{ sku: line.sku, quantity: 1 }], restock: n % 8 === 0, reason: 'r' };
      yes(await holdfast.orders.return(back, { ...OPERATOR, idempotencyKey: `back-${n}` }));
    };
    for (let round = 0; round < 4; round += 1) {
      const turns = Array.from({ length: 24 }, (_each, n) => round * 24 + n);
      await Promise.all(turns.map((n) => act(both[n % 2 === 0 ? 0 : 1], n)));
      await demandNoneOversold(shop);
    }
    shop.clock.now += 10 * 3_600_000;
    await shop.holdfast.expiry.sweepNow();
    expect((await levelOf(shop, 'mug')).reserved).toBe(0);
    await demandNoneOversold(shop);
  });
});
