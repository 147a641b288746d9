import { Redis } from 'ioredis';
import { poll } from './poll.ts';
import { type GroupNode, type RedisGroup, startRedisGroup } from './redis-group.ts';
import type { RedisConfig } from './redis-server.ts';

const TIMEOUT_MS = 30_000;
const KEYS_PER_STEP = 5;

export interface ClusterNode extends GroupNode {
  /** A connection of an operator. */
  readonly admin: Redis;
}

/** A private cluster of three masters and three replicas, and what an operator does to it. */
export class ClusterGroup implements AsyncDisposable {
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  readonly #group: RedisGroup;

  constructor(group: RedisGroup) {
    this.#group = group;
    this.url = group.url;
    this.nodes = group.nodes.map((node) => ({ ...node, admin: connect(node.socketPath) }));
  }

  /** The master of a shop, as a node sees it that answers. */
  async masterOf(shop: string): Promise<ClusterNode> {
    return this.#byId(await masterIdAt(await this.#running(), shop));
  }

  /** The first replica of a shop's master. */
  async replicaOf(shop: string): Promise<ClusterNode> {
    const { id, admin } = await this.masterOf(shop);
    const [line = ''] = (await admin.call('CLUSTER', 'REPLICAS', id)) as string[];
    return this.#byId(line.split(' ')[0]);
  }

  /** Resolves when all running nodes name the same master of the shop, another one than `before`. */
  async switched(shop: string, before: ClusterNode): Promise<void> {
    const agreed = async (): Promise<boolean> => {
      const views = await Promise.allSettled(this.nodes.map((node) => masterIdAt(node, shop)));
      const ids = new Set(views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : [])));
      return ids.size === 1 && !ids.has(before.id);
    };
    await poll(agreed, { timeoutMs: TIMEOUT_MS });
  }

  /** Resolves when the first replica of the shop's master has all its writes. */
  async caughtUp(shop: string): Promise<void> {
    const [master, replica] = [await this.masterOf(shop), await this.replicaOf(shop)];
    await poll(async () => (await offsetOf(master)) === (await offsetOf(replica)), { timeoutMs: TIMEOUT_MS });
  }

  /** The name of a shop that has another master than `shop`, one that runs. */
  async shopElsewhere(shop: string): Promise<string> {
    const master = await this.masterOf(shop);
    for (let number = 1; ; number += 1) {
      const name = `${shop}-${number}`;
      const other = await this.masterOf(name);
      if (other !== master && other.role === 'master') return name;
    }
  }

  /** Moves a shop's slot to another master, key by key, as `redis-cli --cluster reshard` does. */
  async move(shop: string, halfway: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const source = await this.masterOf(shop);
    const masters = await this.#masters();
    const target = masters[(masters.indexOf(source) + 1) % masters.length];
    if (!target) throw new Error('the cluster has one master only');
    const slot = await source.admin.call('CLUSTER', 'KEYSLOT', `{${shop}}`);
    const set = (node: ClusterNode, ...words: string[]) =>
      node.admin.call('CLUSTER', 'SETSLOT', String(slot), ...words);
    await set(target, 'IMPORTING', source.id);
    await set(source, 'MIGRATING', target.id);
    const step = async () => {
      const found = await source.admin.call('CLUSTER', 'GETKEYSINSLOT', String(slot), KEYS_PER_STEP);
      const keys = found as string[];
      const to = ['127.0.0.1', target.port, '', 0, TIMEOUT_MS];
      if (keys.length > 0) await source.admin.call('MIGRATE', ...to, 'KEYS', ...keys);
      return keys.length;
    };
    await step();
    await halfway();
    while ((await step()) > 0);
    for (const node of [target, source, ...masters]) await set(node, 'NODE', target.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { admin } of this.nodes) admin.disconnect();
    await this.#group[Symbol.asyncDispose]();
  }

  async #running(): Promise<ClusterNode> {
    const answers = this.nodes.map(async (node) => {
      await node.admin.ping();
      return node;
    });
    return Promise.any(answers);
  }

  async #masters(): Promise<ClusterNode[]> {
    const { admin } = await this.#running();
    const lines = String(await admin.call('CLUSTER', 'NODES')).split('\n');
    const ids = new Set(lines.filter((line) => /\bmaster /.test(line)).map((line) => line.split(' ')[0]));
    return this.nodes.filter(({ id }) => ids.has(id));
  }

  #byId(id: string | undefined): ClusterNode {
    const node = this.nodes.find((other) => other.id === id);
    if (!node) throw new Error(`the cluster has no node ${id}`);
    return node;
  }
}

async function masterIdAt({ admin }: ClusterNode, shop: string): Promise<string> {
  const slot = Number(await admin.call('CLUSTER', 'KEYSLOT', `{${shop}}`));
  const ranges = (await admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
  return ranges.find(([first, last]) => slot >= first && slot <= last)?.[2][2] ?? '';
}

const offsetOf = async ({ admin }: ClusterNode): Promise<string | undefined> =>
  /^(?:master|slave)_repl_offset:(\d+)/m.exec(await admin.info('replication'))?.[1];

function connect(socketPath: string): Redis {
  const admin = new Redis(socketPath, { maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  admin.on('error', () => undefined);
  return admin;
}

export const startCluster = async (settings: RedisConfig = {}): Promise<ClusterGroup> =>
  new ClusterGroup(await startRedisGroup('cluster', settings));
