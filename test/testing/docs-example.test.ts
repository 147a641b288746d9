import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startTestShop } from '../../src/testing/start-test-shop.ts';

test('a cart loses its units after 15 minutes', async () => {
  await using shop = await startTestShop({ skus: { 'TSHIRT-M': 2 } });
  await shop.client.cart.add.mutate({ sku: 'TSHIRT-M', quantity: 2 });

  await shop.clock.advance(15 * 60_000);

  const cart = await shop.client.cart.get.query();
  expect(cart.lines).toEqual([]);
  expect(cart.expired).toMatchObject([{ sku: 'TSHIRT-M', quantity: 2 }]);
});

test('a buyer who pays in time gets the order', async () => {
  await using shop = await startTestShop({
    skus: { LAMP: { onHand: 1, unitPrice: { amount: 4900, currency: 'EUR' } } },
  });
  await shop.client.cart.add.mutate({ sku: 'LAMP', quantity: 1 });
  const { orderId } = await shop.client.checkout.begin.mutate({ idempotencyKey: 'click-1' });

  await shop.clock.advance(60_000);
  await shop.operator.checkout.confirm.mutate({ orderId, paymentReference: 'pi_1' });

  expect(await shop.operator.stock.level.query({ sku: 'LAMP' })).toMatchObject({
    onHand: 1,
    committed: 1,
    available: 0,
  });
});

test('docs/testing.md has the examples above', () => {
  const page = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  const examples = own.slice(own.indexOf("test('a cart"), own.indexOf("\ntest('docs/testing.md"));
  expect(page).toContain(examples);
});
