import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DocumentRecord } from '../../src/domain/records.ts';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { engines } from '../support/engines.ts';
import { audited, OPERATOR, openShopWith, shopper, yes } from '../support/shop.ts';
import { START } from '../support/transactions.ts';

/** Repeatable random numbers of a linear congruential generator. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * sides);
  };
}

const SKUS = ['s0', 's1', 's2'];
const SETTINGS = {
  holdTtlMs: 3_000,
  cartTtlMs: 6_000,
  paymentWindowMs: 2_000,
  paymentWindowMaxMs: 3_000,
  orderRetentionMs: 20_000,
};

/** Performs one random call on a cart or a known order. */
async function act(holdfast: Holdfast, roll: (sides: number) => number, orders: string[]): Promise<void> {
  const { carts, checkout, orders: service } = holdfast;
  const call = shopper(`b${roll(12)}`);
  const key = `k${roll(1_000_000_000)}`;
  const orderId = orders[orders.length - 1 - roll(Math.min(12, orders.length))] ?? 'ord_none';
  const sku = SKUS[roll(SKUS.length)]!;
  const keyed = { ...OPERATOR, idempotencyKey: key };
  switch (roll(9)) {
    case 0:
    case 1: {
      const begun = await checkout.begin({ paymentWindowMs: 1_000 + roll(2_000) }, call(key));
      if (begun.ok) orders.push(begun.value.orderId);
      break;
    }
    case 2:
    case 3:
      await checkout.confirm({ orderId, paymentReference: `p${roll(2)}` }, OPERATOR);
      break;
    case 4:
      await checkout.cancel({ orderId, restoreCart: roll(3) > 0 }, OPERATOR);
      break;
    case 5:
      await checkout.lapse({ orderId }, OPERATOR);
      break;
    case 6: {
      const lines = [
        { sku, quantity: 1 },
        { sku, quantity: 1 + roll(2) },
      ];
      await service.return({ orderId, lines, restock: roll(2) === 0, reason: 'r' }, keyed);
      break;
    }
    default:
      await carts.add({ sku, quantity: 1 + roll(3), mode: 'best_effort' }, call());
  }
}

describe.each(engines)('the audit of orders on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  test.each([1, 2])('finds no violation during payments, cancellations and returns (seed %i)', async (seed) => {
    await using shop = await openShopWith(engine, { settings: SETTINGS });
    const other = await shop.another(engine, { settings: SETTINGS });
    for (const sku of SKUS) await shop.supply(sku, { units: 30 });
    const roll = dice(seed);
    const orders: string[] = [];
    const progress = { turns: 0 };
    const traffic = new AbortController();
    const workers = Array.from({ length: 6 }, async (_, index) => {
      for (let turn = 0; !traffic.signal.aborted; turn += 1) {
        await act(index % 2 === 0 ? shop.holdfast : other, roll, orders);
        progress.turns += 1;
        if (index === 0) shop.clock.now += roll(60);
        if (index === 1 && turn % 20 === 0) await other.expiry.sweepNow();
      }
    });
    try {
      for (let round = 0; round < 10 || progress.turns < 600; round += 1) {
        const [one, two] = await Promise.all([audited(shop.holdfast), audited(other)]);
        expect([one.violations, two.violations]).toEqual([[], []]);
      }
    } finally {
      traffic.abort();
      await Promise.all(workers);
    }
    shop.clock.now += SETTINGS.cartTtlMs;
    await shop.holdfast.expiry.sweepNow();
    const { totals, liveHolds } = await shop.soundAudit();
    expect(liveHolds).toBe(0);
    expect(totals.sold).toBeGreaterThan(0);
    expect(shop.holdfast.stats().expiryFailures + other.stats().expiryFailures).toBe(0);
  });
});

/** Deliberate damage, on the only store whose records a test can change. */
describe('violations of orders that the audit finds', () => {
  const filled = async () => {
    const store = openMemoryStore({ shop: 'test', clock: () => START });
    const holdfast = createHoldfast({ store, settings: { sellAt: 'sale' } });
    yes(await holdfast.stock.define({ sku: 'cup', unitPrice: { amount: 1_900, currency: 'EUR' } }, OPERATOR));
    yes(await holdfast.stock.receive({ sku: 'cup', quantity: 10 }, OPERATOR));
    const begin = async (name: string) => {
      yes(await holdfast.carts.add({ sku: 'cup', quantity: 2 }, shopper(name)()));
      return `order:${yes(await holdfast.checkout.begin({}, shopper(name)('begin'))).orderId}`;
    };
    const [awaiting, placed] = [await begin('ann'), await begin('bob')];
    const orderId = placed.slice('order:'.length);
    yes(await holdfast.checkout.confirm({ orderId, paymentReference: 'p' }, OPERATOR));
    const back = { orderId, lines: [{ sku: 'cup', quantity: 1 }], restock: true, reason: 'r' };
    yes(await holdfast.orders.return(back, { ...OPERATOR, idempotencyKey: 'back' }));
    expect((await audited(holdfast)).violations).toEqual([]);
    const change = (key: string, edit: (record: DocumentRecord) => Partial<DocumentRecord>) => {
      const record = store.tables.documents.get(key)!;
      store.tables.documents.set(key, { ...record, ...edit(record) });
    };
    return { store, holdfast, awaiting, placed, change };
  };
  type Filled = Awaited<ReturnType<typeof filled>>;

  type Damage = [string, (shop: Filled) => void, string[]];

  const damage: Damage[] = [
    [
      'an order that awaits payment without its holds',
      ({ change, awaiting }) => change(awaiting, () => ({ holds: [] })),
      ['order_has_its_holds', 'hold_has_its_order'],
    ],
    [
      'an order that awaits payment for more units than it holds',
      ({ change, awaiting }) =>
        change(awaiting, ({ body }) => ({ body: body.replace('"quantity":2', '"quantity":3') })),
      ['order_has_its_holds'],
    ],
    [
      'a missing order that awaited payment',
      ({ store, awaiting }) => store.tables.documents.delete(awaiting),
      ['order_missing', 'hold_has_its_order'],
    ],
    [
      'a cancelled order whose holds are still live',
      ({ change, awaiting }) => change(awaiting, () => ({ list: 'cancelled', holds: [] })),
      ['order_is_ledger', 'hold_has_its_order'],
    ],
    [
      'a return without a movement',
      ({ change, placed }) => change(placed, ({ body }) => ({ body: body.replace('"returned":1', '"returned":2') })),
      ['order_is_ledger'],
    ],
    [
      'a return that is missing from its order',
      ({ change, placed }) => change(placed, ({ body }) => ({ body: body.replace('"returned":1', '"returned":0') })),
      ['order_is_ledger'],
    ],
    ...(['1900', '"EUR"', '3800'] as const).map(
      (part): Damage => [
        `an order whose total is not that of its lines, because its ${part} has changed`,
        ({ change, placed }) =>
          change(placed, ({ body }) => ({ body: body.replace(part, part.replace(/[1E3]/, '7')) })),
        ['order_total_is_lines'],
      ],
    ),
    [
      'an order with an impossible change of status',
      ({ store, placed }) => {
        const entry = [...store.tables.ledgerAt.values()].find(
          (each) => each.kind === 'document' && each.key === placed,
        )!;
        store.tables.ledgerAt.set(entry.id, { ...entry, list: 'cancelled' } as typeof entry);
      },
      ['order_edge'],
    ],
  ];

  test.each(damage)('%s', async (_name, spoil, rules) => {
    const shop = await filled();
    spoil(shop);
    const audit = await audited(shop.holdfast);
    expect(audit.violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(rules));
    expect(audit.ok).toBe(false);
  });
});
