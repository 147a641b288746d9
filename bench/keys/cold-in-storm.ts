import { percentile } from '../core/ratio.ts';
import { shared } from '../core/shared.ts';
import type { Bench, Figure, OpenSide, Plan, Side } from '../core/types.ts';
import { openStockedShop, reserveOne } from '../sides/reserving.ts';
import { closedLoop, openLoop } from '../support/callers.ts';
import { skuName } from '../support/goods.ts';
import type { BenchShop } from '../support/redis-shop.ts';

const STORMING = 2_000;
const COLD_SKUS = 200;
/** The rate of all cold SKUs together: enough for a p99, and far too little to be a load. */
const COLD_PER_SECOND = 500;
const HOT = skuName(0);

/** Both sides are the same shop: in turns it is under load and idle. */
interface Scene {
  shop: BenchShop;
  done: number;
}

const scene = shared(
  async (plan): Promise<Scene> => ({
    shop: await openStockedShop({ name: 'storm', skus: COLD_SKUS + 1 }, plan),
    done: 0,
  }),
  ({ shop }) => shop.close(),
);

/** The p99 of reservations of cold SKUs, from the time at which each was due. */
async function coldFigure(current: Scene, ms: number): Promise<Figure> {
  const { shop, done } = current;
  const { latencies } = await openLoop({ perSecond: COLD_PER_SECOND, ms, from: done }, (number) =>
    reserveOne(shop.holdfast, skuName(1 + (number % COLD_SKUS)), number),
  );
  current.done += latencies.length;
  const details = { p50Ms: percentile(latencies, 0.5), samples: latencies.length };
  return { value: percentile(latencies, 0.99), details };
}

async function stormed(current: Scene, { roundMs }: Plan): Promise<Figure> {
  const { holdfast } = current.shop;
  const ms = roundMs * 2;
  // The storm begins before the first cold call and lasts longer than the last.
  const storm = closedLoop({ callers: STORMING, ms: ms + roundMs / 2, from: 0 }, (number) =>
    reserveOne(holdfast, HOT, number),
  );
  await new Promise((resolve) => setTimeout(resolve, roundMs / 4));
  const figure = await coldFigure(current, ms);
  const { calls, seconds } = await storm;
  current.done += calls;
  return { ...figure, details: { ...figure.details, stormPerSecond: Math.round(calls / seconds) } };
}

const side = (name: string, round: (current: Scene, plan: Plan) => Promise<Figure>): Side => ({
  name,
  unit: 'ms (p99)',
  open: async (plan): Promise<OpenSide> => {
    const current = await scene.use(plan);
    return {
      round: () => round(current, plan),
      verify: () => current.shop.audit({ reserved: current.done }),
      close: () => scene.leave(),
    };
  },
});

export const coldInStorm: Bench = {
  key: 'cold_p99_in_storm',
  about: `p99 of reserving a cold SKU while ${STORMING.toLocaleString('en')} callers storm another, compared with an idle shop`,
  reach: { atMost: 4 },
  a: side(`${COLD_PER_SECOND}/s on ${COLD_SKUS} cold SKUs, one other SKU stormed`, stormed),
  b: side(`${COLD_PER_SECOND}/s on ${COLD_SKUS} cold SKUs, otherwise idle`, (current, { roundMs }) =>
    coldFigure(current, roundMs * 2),
  ),
  besidesSeconds: 35,
};
