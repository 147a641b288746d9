import { availableParallelism } from 'node:os';
import {
  CART_ADD,
  CONNECTIONS,
  detailsOf,
  type HttpShop,
  type Loaded,
  NOOP,
  openHttpShop,
  perSecond,
  SERVER_WITH_NOOP,
  BUILT_SERVER,
  type Request,
} from '../http/http-shop.ts';
import { shared, type Share } from '../core/shared.ts';
import type { Bench, Figure, Side } from '../core/types.ts';

interface Counted {
  shop: HttpShop;
  acknowledged: number;
}

type Measured = Pick<Side, 'name' | 'unit'> & {
  share: Share<Counted>;
  request: Request;
  /** The processes that receive requests in a round. Absent: all of them. */
  only?: (round: number) => number;
  figure: (loaded: Loaded) => Figure;
};

function sideOf({ name, unit, share, request, only, figure }: Measured): Side {
  return {
    name,
    unit,
    open: async (plan) => {
      const counted = await share.use(plan);
      return {
        round: async (round) => {
          const loaded = await counted.shop.load(request, plan, only?.(round));
          if (request === CART_ADD) counted.acknowledged += loaded.requests;
          return figure(loaded);
        },
        verify: () => counted.shop.audit(counted.acknowledged),
        close: () => share.leave(),
      };
    },
  };
}

const shareShop = (options: Parameters<typeof openHttpShop>[0]): Share<Counted> =>
  shared(
    async () => ({ shop: await openHttpShop(options), acknowledged: 0 }),
    ({ shop }) => shop.close(),
  );

const withNoop = shareShop({ skus: 1_000, fsync: 'everysec', servers: 1, entry: SERVER_WITH_NOOP });

export const reserveVersusNoop: Bench = {
  key: 'reserve_vs_noop',
  about: 'cart.add, compared with a procedure that accepts the same input and does nothing, on the same server',
  reach: { atLeast: 0.45 },
  a: sideOf({
    name: `cart.add, 1,000 SKUs uniformly, ${CONNECTIONS} clients`,
    unit: 'requests/s',
    share: withNoop,
    request: CART_ADD,
    figure: perSecond,
  }),
  b: sideOf({
    name: `a no-op with cart.add's input, ${CONNECTIONS} clients`,
    unit: 'requests/s',
    share: withNoop,
    request: NOOP,
    figure: perSecond,
  }),
};

/** Two servers, Redis and the load generator need a processor each, and the machine one for itself. */
const hasRoom = availableParallelism() >= 5;

const figureOf = (loaded: Loaded): Figure => {
  if (hasRoom) return perSecond(loaded);
  const { perSecond: _, ...rest } = loaded;
  return {
    value: loaded.serverCpuUs + loaded.redisCpuUs,
    details: { ...detailsOf(rest), perSecond: loaded.perSecond },
  };
};

const pair = shareShop({ skus: 1_000, fsync: 'everysec', servers: 2, entry: BUILT_SERVER });
const unit = hasRoom ? 'requests/s' : 'CPU us per request, servers and Redis';

export const twoProcesses: Bench = {
  key: 'two_processes',
  about: 'cart.add on two server processes with one Redis, compared with one process',
  reach: 'report',
  a: sideOf({ name: 'two processes', unit, share: pair, request: CART_ADD, figure: figureOf }),
  // In turns, so that both have run for the same time, and neither is faster because of that.
  b: sideOf({
    name: 'one process',
    unit,
    share: pair,
    request: CART_ADD,
    only: (round) => round % 2,
    figure: figureOf,
  }),
};
