import { expect, test } from 'vitest';
import { createHoldfast, OPERATOR, openEmbeddedStore } from '../../src/index.ts';
import { tempDir } from '../support/temp-dir.ts';

test('the library reserves, consumes and refuses in process, on its own store', async () => {
  await using dir = await tempDir();
  const store = await openEmbeddedStore({ dir: dir.path, shop: 'main' });
  const holdfast = createHoldfast({ store });
  const as = { caller: OPERATOR };
  await holdfast.stock.define({ sku: 'TSHIRT-M' }, as);
  await holdfast.stock.receive({ sku: 'TSHIRT-M', quantity: 2 }, as);
  const reserve = () => holdfast.inventory.reserve({ sku: 'TSHIRT-M', quantity: 2, reference: 'phone-order-12' }, as);
  const held = await reserve();
  if (!held.ok) throw new Error(`refused: ${held.refusal.reason}`);
  expect(await reserve()).toMatchObject({ ok: false, refusal: { reason: 'insufficient_stock' } });
  const consume = () => holdfast.inventory.consume({ holdId: held.value.holdId }, as);
  expect(await consume()).toMatchObject({ ok: true, value: { onHand: 0, reserved: 0 } });
  expect(await consume()).toMatchObject({ ok: false, refusal: { reason: 'hold_not_active' } });
  await holdfast.close();
  await store.close();
});
