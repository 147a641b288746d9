import { join } from 'node:path';
import type { Figure, OpenSide, Plan, Side } from '../core/types.ts';
import { type PostgresCluster, startPostgres } from '../postgres/cluster.ts';
import { checkTaken, withClient } from '../postgres/hot-side.ts';
import { prepareStock, stockTaken } from '../postgres/schemes.ts';
import { PLENTY_UNITS } from '../support/goods.ts';
import { goodsName } from './cart-add-side.ts';
import { CONNECTIONS, detailsOf, type Request, skuNames } from './http-shop.ts';
import { LoadGenerator } from './load-generator.ts';
import { cpuUs, type ServiceProcess, startService } from './processes.ts';

const ENTRY = join(import.meta.dirname, 'plain-pg-main.js');
const RESERVE: Request = { path: '/reserve', body: { before: '{', after: '}' } };
/** Of the pool: few do not wait for each other's locks, as many as there are clients do not wait for a connection. */
const POOLS = [8, 16, CONNECTIONS] as const;

/** A plain service over PostgreSQL, with the pool that is best for it, which is measured first. */
export function plainPgSide(skus: number): Side {
  const side: Side = { name: 'a plain node:http service with pg', unit: 'requests/s', open };
  async function open(plan: Plan): Promise<OpenSide> {
    const cluster = await startPostgres();
    const generator = new LoadGenerator();
    const service = new PlainService(cluster, generator, skus);
    const close = async (): Promise<void> => {
      generator.close();
      await service.stop();
      await cluster.close();
    };
    try {
      const pool = await service.startBest(plan);
      side.name = `a plain node:http service, one conditional CTE, pool of ${pool}, ${goodsName(skus)}, ${CONNECTIONS} clients`;
    } catch (error) {
      await close();
      throw error;
    }
    const verify = (): Promise<void> =>
      withClient(cluster, async (client) => checkTaken(await stockTaken(client), service.acknowledged));
    return { round: () => service.measure(plan.roundMs), verify, close };
  }
  return side;
}

class PlainService {
  readonly #cluster: PostgresCluster;
  readonly #generator: LoadGenerator;
  readonly #skus: readonly string[];
  #service: ServiceProcess | null = null;
  acknowledged = 0;

  constructor(cluster: PostgresCluster, generator: LoadGenerator, skus: number) {
    this.#cluster = cluster;
    this.#generator = generator;
    this.#skus = skuNames(skus);
  }

  /** Leaves the service running with the best pool, whose size it returns. */
  async startBest(plan: Plan): Promise<number> {
    await withClient(this.#cluster, (client) => prepareStock(client, this.#skus, PLENTY_UNITS));
    const found = new Map<number, number>();
    // Twice in turns: what else the machine does for a moment decides less so.
    for (const pool of [...POOLS, ...POOLS]) {
      await this.#start(pool);
      await this.measure(plan.roundMs / 4);
      const { value } = await this.measure(plan.roundMs / 2);
      found.set(pool, Math.max(found.get(pool) ?? 0, value));
    }
    const [best = [CONNECTIONS]] = [...found].sort(([, one], [, other]) => other - one);
    for (const [pool, value] of found)
      plan.say(`a plain service with a pool of ${pool}: ${Math.round(value)} requests/s`);
    await this.#start(best[0]);
    return best[0];
  }

  async #start(pool: number): Promise<void> {
    await this.stop();
    this.#service = await startService(ENTRY, { PGHOST: this.#cluster.host, POOL: String(pool) });
  }

  async measure(ms: number): Promise<Figure> {
    if (!this.#service) throw new Error('the service does not run');
    const { pid, port } = this.#service;
    const before = cpuUs(pid);
    const order = { ...RESERVE, skus: [...this.#skus], connections: CONNECTIONS, ms, ports: [port] };
    const loaded = await this.#generator.run(order);
    this.acknowledged += loaded.requests;
    const serverCpuUs = (cpuUs(pid) - before) / loaded.requests;
    return { value: loaded.requests / loaded.seconds, details: detailsOf({ ...loaded, serverCpuUs }) };
  }

  async stop(): Promise<void> {
    await this.#service?.close();
    this.#service = null;
  }
}
