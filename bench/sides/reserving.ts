import type { Settings } from '../../src/contract/settings.ts';
import type { Holdfast } from '../../src/shop/holdfast.ts';
import { type BenchShop, type Fsync, openRedisShop } from '../support/redis-shop.ts';
import { closedLoop } from '../support/callers.ts';
import { AS_OPERATOR, fill, skuName, supply } from '../support/goods.ts';
import type { Plan, Side } from '../core/types.ts';

/** The number of concurrent callers. */
export const CALLERS = 256;

export interface Reserving {
  name: string;
  skus: number;
  fsync?: Fsync;
  /** Live holds that exist before. Default 0. */
  holds?: number;
  /** Whether Redis rewrites its AOF as it does by default. Default false. */
  rewrites?: boolean;
  settings?: Partial<Settings> | undefined;
}

/** Reserves a unit of a SKU, with all parts of a hold: request record, ledger, expiry index. Throws for a refusal. */
export async function reserveOne({ inventory }: Holdfast, sku: string, number: number): Promise<void> {
  const reserved = await inventory.reserve({ sku, quantity: 1, reference: `bench-${number}` }, AS_OPERATOR);
  if (!reserved.ok) throw new Error(`refused: ${JSON.stringify(reserved.refusal)}`);
}

/** A shop with the goods of a bench. */
export async function openStockedShop(
  { skus, fsync, holds = 0, rewrites = false, settings }: Reserving,
  plan: Plan,
): Promise<BenchShop> {
  const shop = await openRedisShop(fsync, { rewrites, settings });
  try {
    if (holds > 0) await fill(shop.store, { skus, holds, say: plan.say });
    else await supply(shop.holdfast, skus);
    return shop;
  } catch (error) {
    await shop.close();
    throw error;
  }
}

/** Reservations per second over Redis, uniformly over the SKUs, with all features. */
export function reservingSide(options: Reserving): Side {
  const { name, skus, holds = 0 } = options;
  return {
    name,
    unit: 'reservations/s',
    open: async (plan) => {
      const shop = await openStockedShop(options, plan);
      let done = 0;
      return {
        round: async () => {
          const { calls, seconds } = await closedLoop({ callers: CALLERS, ms: plan.roundMs, from: done }, (number) =>
            reserveOne(shop.holdfast, skuName(skus === 1 ? 0 : Math.floor(Math.random() * skus)), number),
          );
          done += calls;
          return { value: calls / seconds };
        },
        verify: () => shop.audit({ reserved: done + holds }),
        close: () => shop.close(),
      };
    },
  };
}
