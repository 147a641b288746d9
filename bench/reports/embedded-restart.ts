import { createHoldfast } from '../../src/index.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { rounded } from '../core/ratio.ts';
import type { Plan, Report, ReportResult } from '../core/types.ts';
import { auditShop } from '../support/audit-shop.ts';
import { fill } from '../support/goods.ts';
import { SHOP } from '../support/redis-shop.ts';
import { timeToReady } from '../support/restart.ts';

const HOLDS = 200_000;
const SMOKE_HOLDS = 500;
const SKUS = 1_000;

async function filled(dir: string, holds: number, plan: Plan): Promise<void> {
  const store = await openEmbeddedStore({ dir, shop: SHOP });
  const holdfast = createHoldfast({ store });
  try {
    await fill(store, { skus: Math.min(SKUS, holds), holds, say: plan.say });
    await auditShop(holdfast, { reserved: holds });
  } finally {
    await holdfast.close();
    await store.close();
  }
}

async function run(plan: Plan): Promise<ReportResult> {
  const holds = plan.smoke ? SMOKE_HOLDS : HOLDS;
  await using dir = await tempDir();
  await filled(dir.path, holds, plan);
  const { seconds } = await timeToReady({ DATA_DIR: dir.path, SHOP });
  return {
    rows: [
      {
        name: `a server ready after its start, ${holds.toLocaleString('en')} holds`,
        value: rounded(seconds),
        unit: 's',
      },
    ],
  };
}

/** The report `growth` has the restart of Redis. */
export const embeddedRestart: Report = {
  key: 'embedded_restart',
  about: 'time to ready of a server on the embedded store, from the start of its process',
  seconds: 30,
  run,
};
