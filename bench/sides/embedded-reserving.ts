import { createHoldfast, type Holdfast } from '../../src/index.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { Store } from '../../src/store/store.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { OpenSide, Plan, Side } from '../core/types.ts';
import { auditShop } from '../support/audit-shop.ts';
import { closedLoop } from '../support/callers.ts';
import { fill, skuName } from '../support/goods.ts';
import { SHOP } from '../support/redis-shop.ts';
import { CALLERS, reserveOne } from './reserving.ts';

/** The SKUs of the existing holds. */
const SKUS = 1_000;
const SMOKE_HOLDS = 2_000;

/**
 * Reservations per second of one SKU in the embedded store, each flushed before it is answered, among `holds` live
 * holds.
 */
export function embeddedReservingSide({ holds }: { holds: number }): Side {
  return {
    name: `Holdfast embedded, flushed, one hot SKU among ${holds.toLocaleString('en')} holds, ${CALLERS} callers`,
    unit: 'reservations/s',
    open: async (plan) => {
      const dir = await tempDir();
      const store = await openEmbeddedStore({ dir: dir.path, shop: SHOP });
      const holdfast = createHoldfast({ store, inputs: 'trusted' });
      const close = async (): Promise<void> => {
        await holdfast.close();
        await store.close();
        await dir[Symbol.asyncDispose]();
      };
      try {
        return await openFilled({ store, holdfast, close, holds: plan.smoke ? SMOKE_HOLDS : holds }, plan);
      } catch (error) {
        await close();
        throw error;
      }
    },
  };
}

interface EmbeddedShop {
  store: Store;
  holdfast: Holdfast;
  holds: number;
  close(): Promise<void>;
}

async function openFilled({ store, holdfast, holds, close }: EmbeddedShop, plan: Plan): Promise<OpenSide> {
  await fill(store, { skus: SKUS, holds, say: plan.say });
  holdfast.expiry.start();
  let done = 0;
  return {
    round: async () => {
      const { calls, seconds } = await closedLoop({ callers: CALLERS, ms: plan.roundMs, from: done }, (number) =>
        reserveOne(holdfast, skuName(0), number),
      );
      done += calls;
      return { value: calls / seconds };
    },
    verify: () => auditShop(holdfast, { reserved: holds + done }),
    close,
  };
}
