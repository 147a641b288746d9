import type { Logger } from 'pino';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { openRedisStore } from '../store/redis/redis-store.ts';
import type { Store } from '../store/store.ts';
import type { Config } from './config.ts';

export { openEmbeddedStore, openMemoryStore, openRedisStore };

/** The one place that names concrete stores: which one a configuration means. */
export function openStore(config: Config, log: Logger): Promise<Store> {
  const { REDIS_URL, DATA_DIR, SHOP, DURABILITY } = config;
  if (REDIS_URL === undefined) return openEmbeddedStore({ dir: DATA_DIR, shop: SHOP });
  return openRedisStore({ url: REDIS_URL, shop: SHOP, durability: DURABILITY ?? 'relaxed', log });
}
