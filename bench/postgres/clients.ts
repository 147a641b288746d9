import type { Client } from 'pg';
import type { PostgresCluster } from './cluster.ts';
import type { Scheme } from './schemes.ts';

export const HOT_SKU = 'HOT';

/** Connections, each with one reservation under way at a time. */
export class PostgresClients {
  readonly #clients: readonly Client[];
  #owners = 0;
  /** Successful reservations since the tables were created. */
  acknowledged = 0;

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
  }

  static async connect(cluster: PostgresCluster, count: number): Promise<PostgresClients> {
    return new PostgresClients(await Promise.all(Array.from({ length: count }, () => cluster.connect())));
  }

  /** Reservations per second, in a closed loop for `ms`. */
  async measure(scheme: Scheme, ms: number): Promise<number> {
    const before = this.acknowledged;
    const start = performance.now();
    const end = start + ms;
    await Promise.all(this.#clients.map((client) => this.#loop(scheme, client, end)));
    return ((this.acknowledged - before) * 1_000) / (performance.now() - start);
  }

  async #loop(scheme: Scheme, client: Client, end: number): Promise<void> {
    while (performance.now() < end) {
      this.#owners += 1;
      if (!(await scheme.reserve(client, HOT_SKU, `detached:${this.#owners}`)))
        throw new Error(`${scheme.name}: the units ran out`);
      this.acknowledged += 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()));
  }
}
