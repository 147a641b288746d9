import { percentile, rounded } from '../core/ratio.ts';
import type { Report, ReportResult } from '../core/types.ts';
import { CALLERS, openStockedShop, reserveOne } from '../sides/reserving.ts';
import { closedLoop, openLoop } from '../support/callers.ts';
import { skuName } from '../support/goods.ts';
import type { BenchShop } from '../support/redis-shop.ts';

const SKUS = 1_000;
/** The loads at which latency is reported, as a share of the rate of the closed loop. */
const SHARE = 0.5;
const ROUNDS = 6;

async function measure(shop: BenchShop, roundMs: number, rounds: number): Promise<ReportResult> {
  const call = (number: number): Promise<void> => reserveOne(shop.holdfast, skuName(number % SKUS), number);
  const warm = await closedLoop({ callers: CALLERS, ms: roundMs, from: 0 }, call);
  const most = await closedLoop({ callers: CALLERS, ms: roundMs * 2, from: warm.calls }, call);
  const done = warm.calls + most.calls;
  const perSecond = Math.floor((most.calls / most.seconds) * SHARE);
  const { latencies } = await openLoop({ perSecond, ms: roundMs * rounds, from: done }, call);
  await shop.audit({ reserved: done + latencies.length });
  const latency = (name: string, share: number) => ({
    name: `${name} at half of that, open loop`,
    value: rounded(percentile(latencies, share)),
    unit: 'ms',
  });
  return {
    rows: [
      { name: `most, ${CALLERS} callers`, value: rounded(most.calls / most.seconds), unit: 'reservations/s' },
      latency('p50', 0.5),
      latency('p99', 0.99),
      latency('p99.9', 0.999),
      { name: 'samples', value: latencies.length, unit: 'reservations' },
    ],
  };
}

export const openLoopLatency: Report = {
  key: 'open_loop',
  about: 'latency of a reservation, from the time at which it was due, at half of the maximum rate; 1,000 SKUs',
  seconds: 20,
  run: async (plan) => {
    const shop = await openStockedShop({ name: 'open loop', skus: SKUS }, plan);
    try {
      return await measure(shop, plan.roundMs, plan.smoke ? 1 : ROUNDS);
    } finally {
      await shop.close();
    }
  },
};
