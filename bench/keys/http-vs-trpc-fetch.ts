import { join } from 'node:path';
import type { Bench, Figure, Side } from '../core/types.ts';
import { warmedMs } from '../core/warm-up.ts';
import { CONNECTIONS, detailsOf, NOOP, openHttpShop, SERVER_WITH_NOOP, skuNames } from '../http/http-shop.ts';
import { LoadGenerator } from '../http/load-generator.ts';
import type { LoadResult } from '../http/load-order.ts';
import { cpuUs, startService } from '../http/processes.ts';

const TRPC_FETCH = join(import.meta.dirname, '../http/trpc-fetch-main.js');
const UNIT = 'CPU us per request';
/** The processor time that the server's process took for each request. */
const cost = (serverCpuUs: number, loaded: LoadResult): Figure => ({
  value: serverCpuUs,
  details: { ...detailsOf(loaded), perSecond: Math.round(loaded.requests / loaded.seconds) },
});

const fetchAdapter: Side = {
  name: `tRPC's fetch adapter under hono, a no-op with superjson, ${CONNECTIONS} clients`,
  unit: UNIT,
  open: async (plan) => {
    const { pid, port, close } = await startService(TRPC_FETCH, {});
    const generator = new LoadGenerator();
    return {
      round: async (round) => {
        const before = cpuUs(pid);
        const order = {
          ...NOOP,
          skus: skuNames(1),
          connections: CONNECTIONS,
          ms: warmedMs(plan, round),
          ports: [port],
        };
        const loaded = await generator.run(order);
        return cost((cpuUs(pid) - before) / loaded.requests, loaded);
      },
      // Every answer was a 200, because otherwise the round would have failed.
      verify: async () => {},
      close: async () => {
        generator.close();
        await close();
      },
    };
  },
};

const fastPath: Side = {
  name: `Holdfast's server, the same no-op, ${CONNECTIONS} clients`,
  unit: UNIT,
  open: async (plan) => {
    const shop = await openHttpShop({ skus: 1, fsync: 'everysec', servers: 1, entry: SERVER_WITH_NOOP });
    return {
      round: async (round) => {
        const loaded = await shop.load(NOOP, { ...plan, roundMs: warmedMs(plan, round) });
        return cost(loaded.serverCpuUs, loaded);
      },
      verify: () => shop.audit(0),
      close: () => shop.close(),
    };
  },
};

export const httpVersusTrpcFetch: Bench = {
  key: 'http_vs_trpc_fetch',
  about: "processor time of a single call that does nothing: tRPC's fetch adapter, compared with Holdfast's server",
  reach: { atLeast: 4 },
  a: fetchAdapter,
  b: fastPath,
};
