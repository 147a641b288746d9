import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Admission, Admit, AdmissionRequest } from '../../src/shop/cart/sku-admission.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { engines } from '../support/engines.ts';
import { no, OPERATOR, openShopWith, type Shop, shopper, yes } from '../support/shop.ts';

const HOUR_MS = 3_600_000;
const REQUIRED = { reason: 'admission_required', meta: { sku: 'drop' } };

/** Admits a token that begins with `pass`, once for each token. */
const byToken: Admit = async ({ token }): Promise<Admission | null> =>
  token?.startsWith('pass') ? { once: { name: token, untilMs: Date.now() + HOUR_MS } } : null;

describe.each(engines)('admission to a protected SKU, on $name', (engine) => {
  beforeAll(() => engine.start());
  afterAll(() => engine.stop());

  const open = async (admit?: Admit): Promise<Shop> => {
    const shop = await openShopWith(engine, admit ? { admit } : {});
    await shop.supply('drop', { units: 100 });
    yes(await shop.holdfast.stock.define({ sku: 'drop', protected: true }, OPERATOR));
    return shop;
  };

  test('a session needs a token for its first units, and none for more', async () => {
    await using shop = await open(byToken);
    const { carts } = shop.holdfast;
    const anna = shopper('anna');
    expect(no(await carts.add({ sku: 'drop', quantity: 1 }, anna()))).toEqual(REQUIRED);
    expect(no(await carts.setQuantity({ sku: 'drop', quantity: 1 }, anna()))).toEqual(REQUIRED);
    expect(no(await carts.add({ sku: 'drop', quantity: 1, admission: 'forged' }, anna()))).toEqual(REQUIRED);
    expect(yes(await carts.add({ sku: 'drop', quantity: 1, admission: 'pass-1' }, anna())).granted).toBe(1);
    expect(yes(await carts.add({ sku: 'drop', quantity: 2 }, anna())).lines[0]?.quantity).toBe(3);
    expect(await shop.units('drop')).toEqual([100, 3, 97]);
    await shop.soundAudit();
  });

  test('a token admits one session, which may use it again', async () => {
    await using shop = await open(byToken);
    const { carts } = shop.holdfast;
    const [anna, ben] = [shopper('anna'), shopper('ben')];
    const one = { sku: 'drop', quantity: 1, admission: 'pass-1' };
    yes(await carts.add(one, anna()));
    yes(await carts.remove({ sku: 'drop' }, anna()));
    yes(await carts.add(one, anna()));
    expect(no(await carts.add(one, ben()))).toEqual(REQUIRED);
    expect(no(await carts.setQuantity(one, ben()))).toEqual(REQUIRED);
  });

  test('a session that gives its units to others by a merge needs a new token each time, in any process', async () => {
    await using shop = await open(byToken);
    const other = await shop.another(engine, { admit: byToken });
    const anna = shopper('anna');
    const two = { sku: 'drop', quantity: 2, admission: 'pass-1' };
    const giveTo = (name: string, { carts }: Pick<Holdfast, 'carts'>) =>
      carts.merge({ from: { cartId: 'crt_anna', customer: null } }, shopper(name)());
    yes(await shop.holdfast.carts.add(two, anna()));
    expect(yes(await giveTo('bot-1', other)).cart.lines[0]?.quantity).toBe(2);
    for (const { carts } of [shop.holdfast, other]) {
      expect(no(await carts.add(two, anna()))).toEqual(REQUIRED);
      expect(no(await carts.setQuantity(two, anna()))).toEqual(REQUIRED);
    }
    const second = { ...two, admission: 'pass-2' };
    yes(await other.carts.add(second, anna()));
    yes(await shop.holdfast.carts.add(second, anna()));
    yes(await giveTo('bot-2', shop.holdfast));
    for (const admission of ['pass-1', 'pass-2']) {
      expect(no(await other.carts.add({ ...two, admission }, anna()))).toEqual(REQUIRED);
    }
    expect(await shop.units('drop')).toEqual([100, 6, 94]);
    await shop.soundAudit();
  });

  test('of calls that race with a merge, none uses the token once more', async () => {
    await using shop = await open(byToken);
    const other = await shop.another(engine, { admit: byToken });
    const anna = shopper('anna');
    const one = { sku: 'drop', quantity: 1, admission: 'pass-1' };
    yes(await shop.holdfast.carts.add(one, anna()));
    await Promise.all(
      [shop.holdfast, other].flatMap(({ carts }, process) =>
        Array.from({ length: 10 }, async (_, turn) => {
          const to = shopper(`bot-${process}-${turn}`)();
          await Promise.all([
            carts.merge({ from: { cartId: 'crt_anna', customer: null } }, to),
            carts.remove({ sku: 'drop' }, anna()).then(() => carts.add(one, anna())),
          ]);
        }),
      ),
    );
    const holds = await shop.store.listHolds({ sku: 'drop', limit: 200 });
    expect(holds.filter(({ owner }) => owner !== 'cart:crt_anna').length).toBeLessThanOrEqual(1);
    expect(holds.length).toBeLessThanOrEqual(1);
    await shop.soundAudit();
  });

  test('the cart of a guest goes with them into the session of their login, which needs no token for it', async () => {
    await using shop = await open(byToken);
    const { carts } = shop.holdfast;
    const [guest, ann] = [shopper('guest'), shopper('ann', 'customer:ann')];
    const one = { sku: 'drop', quantity: 1, admission: 'pass-1' };
    yes(await carts.add(one, guest()));
    const { cart, changes } = yes(await carts.merge({ from: { cartId: 'crt_guest', customer: null } }, ann()));
    expect([cart.lines[0]?.quantity, changes]).toEqual([1, []]);
    expect(yes(await carts.add({ sku: 'drop', quantity: 1 }, ann())).lines[0]?.quantity).toBe(2);
    yes(await carts.remove({ sku: 'drop' }, ann()));
    expect(no(await carts.add(one, ann()))).toEqual(REQUIRED);
    expect(no(await carts.add(one, guest()))).toEqual(REQUIRED);
  });

  test('a merge of other SKUs leaves a token as it was', async () => {
    await using shop = await open(byToken);
    await shop.supply('plain', { units: 5 });
    const { carts } = shop.holdfast;
    const anna = shopper('anna');
    const one = { sku: 'drop', quantity: 1, admission: 'pass-1' };
    yes(await carts.add(one, anna()));
    yes(await carts.remove({ sku: 'drop' }, anna()));
    yes(await carts.add({ sku: 'plain', quantity: 1 }, anna()));
    yes(await carts.merge({ from: { cartId: 'crt_anna', customer: null } }, shopper('ben')()));
    expect(yes(await carts.add(one, anna())).granted).toBe(1);
  });

  test('of many sessions that show one token at once, one is admitted', async () => {
    await using shop = await open(byToken);
    const one = { sku: 'drop', quantity: 1, admission: 'pass-1' };
    const calls = Array.from({ length: 20 }, (_, index) => shop.holdfast.carts.add(one, shopper(`bot-${index}`)()));
    const results = await Promise.all(calls);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    for (const result of results) if (!result.ok) expect(result.refusal).toEqual(REQUIRED);
    expect(await shop.units('drop')).toEqual([100, 1, 99]);
  });

  test('a retry with another token is the same call', async () => {
    await using shop = await open(byToken);
    const { carts } = shop.holdfast;
    const anna = shopper('anna');
    const first = yes(await carts.add({ sku: 'drop', quantity: 1, admission: 'pass-1' }, anna('key')));
    const again = yes(await carts.add({ sku: 'drop', quantity: 1, admission: 'pass-2' }, anna('key')));
    expect(again.lines).toEqual(first.lines);
    expect(await shop.units('drop')).toEqual([100, 1, 99]);
  });

  test('without a hook no session is admitted, and the operator is', async () => {
    await using shop = await open();
    const { carts, inventory } = shop.holdfast;
    expect(no(await carts.add({ sku: 'drop', quantity: 1, admission: 'pass-1' }, shopper('anna')()))).toEqual(REQUIRED);
    yes(await inventory.reserve({ sku: 'drop', quantity: 1, reference: 'desk' }, OPERATOR));
  });

  test('a hook admits by the session alone, and is called for protected SKUs only', async () => {
    const asked: AdmissionRequest[] = [];
    const admit: Admit = async (request) => {
      asked.push(request);
      return {};
    };
    await using shop = await open(admit);
    await shop.supply('plain', { units: 5 });
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'plain', quantity: 1 }, shopper('anna')()));
    expect(asked).toEqual([]);
    yes(await carts.add({ sku: 'drop', quantity: 1 }, shopper('anna')()));
    expect(asked.map(({ sku, token }) => ({ sku, token }))).toEqual([{ sku: 'drop', token: undefined }]);
  });

  test('a protected SKU is not sold with the items of a checkout', async () => {
    await using shop = await open(byToken);
    const { checkout } = shop.holdfast;
    const refused = await checkout.place({ items: [{ sku: 'drop', quantity: 1 }] }, shopper('anna')('key'));
    expect(no(refused)).toEqual(REQUIRED);
  });
});
