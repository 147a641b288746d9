import { EventSource } from 'eventsource';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createHoldfastClient } from '../../src/client/client.ts';
import { type HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { type RunningShop, shopKinds } from '../support/running-shop.ts';
import { watch } from '../support/watcher.ts';

const SKUS = ['fan', 'lamp', 'rug', 'sold-at-once'];
const UNITS = 150;
const SHOPPERS = 12;
const DISCONNECTS = 100;

/** The states that a subscriber has received, over all its connections. */
class Sight {
  readonly newest = new Map<string, { version: number; available: number }>();
  /** Times that it received an older state after a newer one, or the same state twice on one connection. */
  backward = 0;
  #connection = new Map<string, number>();

  connected(): void {
    this.#connection = new Map();
  }

  see({ sku, version, available = -1 }: { sku: string; version: number; available?: number }): void {
    if (version < (this.newest.get(sku)?.version ?? -1)) this.backward += 1;
    if (version <= (this.#connection.get(sku) ?? -1)) this.backward += 1;
    this.#connection.set(sku, version);
    this.newest.set(sku, { version, available });
  }
}

/** Shoppers add, change, remove and buy until `isOver`. The stock is counted now and then as well. */
async function sale(shop: RunningShop, isOver: () => boolean): Promise<void> {
  const shopping = Array.from({ length: SHOPPERS }, async (_, n) => {
    const caller: HttpCaller = shop.callers[n % shop.callers.length]!.as(`shopper-of-the-sale-${n}`);
    for (let turn = 0; !isOver(); turn += 1) {
      const sku = SKUS[(turn + n) % SKUS.length]!;
      await caller.mutate('cart.add', { sku, quantity: 1 + (turn % 3) });
      if (turn % 3 === 1) await caller.mutate('cart.remove', { sku });
      if (turn % 5 === 4) await caller.mutate('checkout.place', { idempotencyKey: `order-${n}-${turn}` });
    }
    await caller.mutate('cart.clear', undefined);
  });
  const operator = shop.caller.asOperator();
  const restocking = (async () => {
    for (let turn = 0; !isOver(); turn += 1) {
      await operator.mutate('stock.receive', { sku: SKUS[turn % SKUS.length]!, quantity: 2 });
      await operator.mutate('stock.define', { sku: SKUS[turn % SKUS.length]!, safetyStock: turn % 4 });
      await sleep(20);
    }
  })();
  await Promise.all([...shopping, restocking]);
}

describe.each(shopKinds)('on $name, a subscriber that disconnects a hundred times during a sale', ({ open }) => {
  test('has received each final state, and never an older one after a newer one', { timeout: 60_000 }, async () => {
    await using shop = await open();
    const operator = shop.caller.asOperator();
    for (const sku of SKUS) {
      must(await operator.mutate('stock.define', { sku }));
      must(await operator.mutate('stock.receive', { sku, quantity: UNITS }));
    }
    let leaves = 0;
    const isOver = (): boolean => leaves >= DISCONNECTS;
    const raw = new Sight();
    const urls = shop.servers.map(({ url }) => url);
    const connect = () => {
      raw.connected();
      const url = urls[leaves % urls.length]!;
      return watch(url, SKUS, { keep: false, onState: (state) => raw.see(state) });
    };
    let watcher = connect();
    const coming = (async () => {
      while (!isOver()) {
        // Sometimes before the first event, sometimes in the middle of the sale.
        await sleep((leaves * 7) % 60);
        watcher.leave();
        await watcher.ended;
        leaves += 1;
        watcher = connect();
      }
    })();

    const client = createHoldfastClient({ url: urls[0]!, EventSource });
    const typed = new Sight();
    let times = 0;
    const subscribe = () => {
      typed.connected();
      times += 1;
      const own = times;
      // A message that is in flight when a subscriber leaves is lost.
      const onData = ({ data }: { data: Parameters<Sight['see']>[0] }): void => {
        if (own === times) typed.see(data);
      };
      return client.stock.watch.subscribe({ skus: SKUS }, { onData });
    };
    let subscription = subscribe();
    const isTired = (): boolean => times > DISCONNECTS;
    const subscribing = (async () => {
      while (!isTired()) {
        await sleep((times * 11) % 60);
        subscription.unsubscribe();
        subscription = subscribe();
      }
    })();

    await Promise.all([sale(shop, isOver), coming, subscribing]);
    const levels = await Promise.all(SKUS.map(async (sku) => must(await operator.query('stock.level', { sku }))));
    const hasAll = ({ newest }: Sight): boolean =>
      levels.every(({ sku, version }) => newest.get(sku)?.version === version);
    await poll(() => hasAll(raw) && hasAll(typed), { timeoutMs: 5_000, describe: () => 'not the final state' });
    for (const { newest, backward } of [raw, typed]) {
      expect(backward).toBe(0);
      expect(levels.map(({ sku }) => newest.get(sku)?.available)).toEqual(levels.map(({ available }) => available));
    }
    expect(levels.every(({ version }) => version > 100)).toBe(true);
    watcher.leave();
    subscription.unsubscribe();
    expect(must(await operator.query('admin.audit', undefined)).ok).toBe(true);
  });
});
