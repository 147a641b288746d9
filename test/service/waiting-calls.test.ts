import { describe, expect, test } from 'vitest';
import { Overloaded } from '../../src/actor/batcher-errors.ts';
import { OutcomeUnknown } from '../../src/contract/calls/call.ts';
import { createHoldfast, type HoldfastOptions } from '../../src/shop/holdfast.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { Ids } from '../../src/transact/documents/ids.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { hookedStore, type Hooks } from '../support/hooked-store.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';

const ids = new Ids({ now: Date.now, random: SYSTEM_RUNTIME.random });

/** The characters of an id before its random ones. */
const timeOf = (id: string): string => id.slice(0, -11);

/** A shop whose store applies one batch at a time, and none between `shut` and `open`. */
async function gatedShop(options: Omit<HoldfastOptions, 'store'> = {}) {
  const hooks: Hooks = {};
  const batcherLimits = { batchesInFlightMax: 1, ...options.batcherLimits };
  const store = hookedStore(openMemoryStore({ shop: 'main' }), hooks);
  const holdfast = createHoldfast({ ...options, store, batcherLimits });
  const { stock, inventory } = holdfast;
  for (const sku of ['pen', 'ink']) {
    yes(await stock.define({ sku }, OPERATOR));
    yes(await stock.receive({ sku, quantity: 100 }, OPERATOR));
  }
  let open: () => void = () => undefined;
  let batches = 0;
  const shut = async (): Promise<void> => {
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      hooks.beforeApply = async () => {
        batches += 1;
        resolve();
        await gate;
      };
    });
    // The call behind this one waits in its mailbox.
    const first = inventory.reserve({ sku: 'ink', quantity: 1, reference: 'first' }, OPERATOR);
    await arrived;
    first.catch(() => undefined);
  };
  const reserve = (reference: string, more = {}, call = OPERATOR) =>
    inventory.reserve({ sku: 'pen', quantity: 1, reference, ...more }, call);
  return { holdfast, shut, open: () => open(), reserve, batches: () => batches };
}

describe('a call that waits in a mailbox', () => {
  test('receives its id and its steps when it leaves the mailbox', async () => {
    let now = 1_000_000;
    const shop = await gatedShop({ now: () => now });
    await shop.shut();
    const waiting = shop.reserve('a');
    now = 2_000_000;
    shop.open();
    expect(timeOf(yes(await waiting).holdId)).toBe(timeOf(ids.newId('hld_', now)));
  });

  test('fails alone if its input cannot be written as JSON', async () => {
    const shop = await gatedShop();
    await shop.shut();
    const odd = shop.reserve('odd', { note: 1n });
    const others = ['a', 'b'].map((name) => shop.reserve(name));
    shop.open();
    await expect(odd).rejects.toThrow(/BigInt/);
    for (const other of others) yes(await other);
    expect(shop.batches()).toBe(2);
    expect(yes(await shop.holdfast.stock.level({ sku: 'pen' })).reserved).toBe(2);
  });

  test('does not delay a refusal of the input, however full the mailbox is', async () => {
    const shop = await gatedShop({ batcherLimits: { mailboxItemsMax: 1 } });
    const { carts } = shop.holdfast;
    yes(await carts.add({ sku: 'pen', quantity: 1 }, shopper('known')()));
    await shop.shut();
    const waiting = shop.reserve('a');
    await expect(carts.add({ sku: 'pen', quantity: 1 }, shopper('new')())).rejects.toThrow(Overloaded);
    expect(no(await carts.add({ sku: 'pen', quantity: 10_001 }, shopper('newer')()))).toMatchObject({
      reason: 'quantity_limit',
    });
    shop.open();
    yes(await waiting);
  });

  test('has at most one effect after a timeout, under the key that its caller received', async () => {
    const shop = await gatedShop({ settings: { callDeadlineMs: 300 } });
    await shop.shut();
    const late = await shop.reserve('a').catch((error: unknown) => error);
    expect(late).toBeInstanceOf(OutcomeUnknown);
    shop.open();
    const { idempotencyKey } = late as OutcomeUnknown;
    const again = { ...OPERATOR, idempotencyKey };
    const hold = yes(await shop.reserve('a', {}, again));
    expect(yes(await shop.reserve('a', {}, again)).holdId).toBe(hold.holdId);
    expect(no(await shop.reserve('a', { quantity: 2 }, again))).toMatchObject({ reason: 'idempotency_mismatch' });
    expect(yes(await shop.holdfast.stock.level({ sku: 'pen' })).reserved).toBe(1);
  });
});
