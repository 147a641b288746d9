import { join } from 'node:path';
import type { Handle, HttpAnswer } from '../../http/listener/http-server.ts';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../settings/config.ts';
import type { Foundations } from './foundations.ts';
import type { Metrics } from '../observability/metrics.ts';
import { type Log, logWith } from '../../transact/log.ts';
import { createShopService, type ShopService, type ShopServiceParts } from './shop-service.ts';
import { mergedMetrics, unopenedMetrics } from '../observability/merged-metrics.ts';
import { CallLog } from '../../http/listener/call-log.ts';
import { clientsOf } from './request-handling.ts';
import { OpenShops } from './open-shops.ts';
import { ServedShops } from './served-shops.ts';
import { shopChoices } from './shop-choice.ts';
import { ShopFront } from './shop-front.ts';

/** The directory of the embedded stores of the shops other than `SHOP`, in the data directory of `SHOP`. */
const SHOPS_DIR = 'shops';

/** How often the shops other than `SHOP` are visited without a call: there may be many, and most of them are idle. */
const OTHER_SHOP_INTERVALS = {
  /** The readiness of the process is that of `SHOP`. A check writes to the store. */
  checkMs: 30_000,
  /** A sweep costs a batch and three reads. */
  restMs: 16_000,
};
/** If the shops cannot be listed at the start, they are listed again after this time. */
const LIST_RETRY_MS = 30_000;

/** The shops of a process. */
export interface SeveralShops {
  /** The service of `SHOP`, which has the registry. It is not started. */
  main: ShopService;
  handle: Handle;
  observe: (answer: HttpAnswer, incoming: IncomingMessage) => void;
  /** Returns the metrics of all open shops, and `holdfast_ready` of those whose last opening has failed. */
  readMetrics: Metrics['read'];
  /** Does the due work of the other shops, and begins to close idle ones. Must be called after `main` has started. */
  start(): void;
  /** Stops the shops other than `main`: see `ShopService.stop`. */
  stop(): void;
  /** Closes the shops other than `main`. Must be called after `stop`. */
  close(): Promise<void>;
}

interface SeveralParts extends Pick<ShopServiceParts, 'entrance' | 'rootKeys' | 'log'> {
  openOther: (config: Config) => Promise<Foundations>;
}

/** Creates the services of several shops behind one listener. Only `main` is open at first. */
export function openSeveralShops(config: Config, foundations: Foundations, parts: SeveralParts): SeveralShops {
  const { SHOP: mainShop, CORS_ORIGINS: corsOrigins, SHOP_CALLS_MAX: callsMax } = config;
  const { openOther, log, ...shared } = parts;
  const open = new OpenShops({
    max: config.SHOPS_OPEN_MAX,
    idleMs: config.SHOP_IDLE_MS,
    log,
    open: async (shop) => {
      const own = shopConfig(config, shop);
      return started(serviceOf(own, await openOther(own)));
    },
  });
  const readMetrics: Metrics['read'] = () => metricsOf(open, served);
  const configured = config.SHOPS?.includes('*') ? null : (config.SHOPS ?? []);
  const served = new ServedShops({ mainShop, configured, registry: () => main.holdfast.shops, open });
  const serviceOf = (own: Config, founded: Foundations): ShopService => {
    const inFlight = (): number => open.inFlightOf(own.SHOP);
    const given = { ...shared, ...(own !== config && OTHER_SHOP_INTERVALS), log: logWith(log, { shop: own.SHOP }) };
    const service = createShopService(own, founded, { ...given, inFlight, readMetrics, directory: served });
    service.metrics.registry.setDefaultLabels({ shop: own.SHOP });
    return service;
  };
  const main: ShopService = serviceOf(config, foundations);
  const choices = shopChoices({ mainShop, hosts: hostsIn(config.SHOP_HOSTS), shopOfTag: served.shopOfTag });
  const callLog = refusalLog(config, log);
  const refusals = { corsOrigins, callsMax, callLog, log };
  const { handle, observe, counts } = new ShopFront({ mainShop, choices, served, open, ...refusals });
  main.metrics.watchShops(() => ({ open: open.open.length, ...open.counts, ...counts }));
  const start = (): void => {
    open.start(mainShop, main);
    served.start();
    void visitAll(served, open, log);
  };
  const stop = (): void => {
    served.stop();
    open.stop();
    callLog.close();
  };
  return { main, handle, observe, readMetrics, start, stop, close: () => open.close() };
}

const metricsOf = (open: OpenShops, { isActive }: ServedShops): ReturnType<Metrics['read']> =>
  mergedMetrics([...open.open.map(({ metrics }) => metrics), unopenedMetrics(open.failed.filter(isActive))]);

/** Returns the log of the requests that do not reach their shop. */
function refusalLog(config: Config, log: Log): CallLog {
  const clients = clientsOf(config, () => undefined);
  return new CallLog({ log, slowMs: 0, clientOf: (incoming) => clients.of(incoming) });
}

/** An embedded store is in a directory of its own. */
const shopConfig = (config: Config, shop: string): Config => ({
  ...config,
  SHOP: shop,
  ...(config.REDIS_URL === undefined && { DATA_DIR: join(config.DATA_DIR, SHOPS_DIR, shop) }),
});

async function started(service: ShopService): Promise<ShopService> {
  try {
    await service.start();
    return service;
  } catch (error) {
    service.stop();
    await service.close();
    throw error;
  }
}

/**
 * Visits each shop once, one after the other, so that work that became due while no process served it is done. The
 * work of suspended shops is done too.
 */
async function visitAll(served: ServedShops, open: OpenShops, log: Log): Promise<void> {
  if (open.isStopped) return;
  try {
    const listed = await served.list({});
    for (const { shop } of listed.ok ? listed.value.items : []) {
      if (!open.isOpen(shop)) open.visit(shop);
    }
  } catch (error) {
    log.warn({ err: error }, 'the shops cannot be listed, so their due work waits; it is tried again');
    setTimeout(() => void visitAll(served, open, log), LIST_RETRY_MS).unref();
  }
}

/** Returns the shops of host names from texts like `a.example=shop`. */
const hostsIn = (texts: readonly string[]): Map<string, string> =>
  new Map(
    texts.map((text) => {
      const [host = '', shop = ''] = text.split('=');
      return [host.toLowerCase(), shop];
    }),
  );
