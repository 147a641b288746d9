import type { Client } from 'pg';
import type { Figure, OpenSide, Plan, Side } from '../core/types.ts';
import { warmedMs } from '../core/warm-up.ts';
import { type PostgresCluster, startPostgres } from '../postgres/cluster.ts';
import { withClient } from '../postgres/hot-side.ts';
import { CONNECTIONS, detailsOf, type Request, skuNames } from './http-shop.ts';
import { LoadGenerator } from './load-generator.ts';
import { cpuUs, familyCpuUs, type ServiceProcess, startService } from './processes.ts';

/** A service with `pg` over a PostgreSQL of its own. Its settings are PGHOST, POOL and those of `env`. */
export interface PgServiceOptions {
  /** A short name for lines of progress. */
  label: string;
  /** Its full name once the best pool size is known. */
  nameWith(pool: number): string;
  entry: string;
  env?: Record<string, string>;
  request: Request;
  skus: number;
  /** Pool sizes to try before the rounds. */
  pools: readonly number[];
  prepare(client: Client, skus: readonly string[]): Promise<void>;
  /** Throws unless the tables contain exactly so many requests. */
  verify(client: Client, acknowledged: number): Promise<void>;
}

/** Requests per second of the service, with its best pool size, which is measured first. */
export function pgServiceSide(options: PgServiceOptions): Side {
  const side: Side = { name: options.label, unit: 'requests/s', open };
  async function open(plan: Plan): Promise<OpenSide> {
    const cluster = await startPostgres();
    const service = new PgService(cluster, options);
    const close = async (): Promise<void> => {
      await service.close();
      await cluster.close();
    };
    try {
      side.name = options.nameWith(await service.startBest(plan));
    } catch (error) {
      await close();
      throw error;
    }
    const verify = (): Promise<void> => withClient(cluster, (client) => options.verify(client, service.acknowledged));
    return { round: (round) => service.measure(warmedMs(plan, round)), verify, close };
  }
  return side;
}

class PgService {
  readonly #cluster: PostgresCluster;
  readonly #options: PgServiceOptions;
  readonly #skus: string[];
  readonly #generator = new LoadGenerator();
  #service: ServiceProcess | null = null;
  acknowledged = 0;

  constructor(cluster: PostgresCluster, options: PgServiceOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#skus = skuNames(options.skus);
  }

  /** Leaves the service running with the best pool size, and returns that size. */
  async startBest(plan: Plan): Promise<number> {
    const { label, pools, prepare } = this.#options;
    await withClient(this.#cluster, (client) => prepare(client, this.#skus));
    const found = new Map<number, number>();
    // Twice in turns, so that short disturbances on the machine matter less.
    for (const pool of plan.smoke ? pools.slice(0, 1) : [...pools, ...pools]) {
      await this.#start(pool);
      await this.measure(plan.roundMs / 4);
      const { value } = await this.measure(plan.roundMs / 2);
      found.set(pool, Math.max(found.get(pool) ?? 0, value));
    }
    const [best = [CONNECTIONS]] = [...found].sort(([, one], [, other]) => other - one);
    for (const [pool, value] of found) plan.say(`${label} with a pool of ${pool}: ${Math.round(value)} requests/s`);
    await this.#start(best[0]);
    return best[0];
  }

  async #start(pool: number): Promise<void> {
    await this.#stop();
    const { entry, env } = this.#options;
    this.#service = await startService(entry, { ...env, PGHOST: this.#cluster.host, POOL: String(pool) });
  }

  async measure(ms: number): Promise<Figure> {
    if (!this.#service) throw new Error('the service does not run');
    const { pid, port } = this.#service;
    const before = { server: cpuUs(pid), postgres: familyCpuUs(this.#cluster.pid) };
    const { request } = this.#options;
    const order = { ...request, skus: this.#skus, connections: CONNECTIONS, ms, ports: [port] };
    const loaded = await this.#generator.run(order);
    this.acknowledged += loaded.requests;
    const serverCpuUs = (cpuUs(pid) - before.server) / loaded.requests;
    const postgresCpuUs = (familyCpuUs(this.#cluster.pid) - before.postgres) / loaded.requests;
    const details = detailsOf({ ...loaded, serverCpuUs, postgresCpuUs });
    return { value: loaded.requests / loaded.seconds, details };
  }

  async close(): Promise<void> {
    this.#generator.close();
    await this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#service?.close();
    this.#service = null;
  }
}
