import { Redis } from 'ioredis';
import { type ClusterView, isAgreed, mastersIn, ownerIn, replicasIn, viewOf } from './cluster-view.ts';
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

  /** The master of a shop, once all running nodes name the same. */
  async masterOf(shop: string): Promise<ClusterNode> {
    const slot = await this.#slotOf(shop);
    return this.#byId(ownerIn(await this.#agreed((view) => ownerIn(view, slot) !== undefined), slot));
  }

  async masters(): Promise<ClusterNode[]> {
    return mastersIn(await this.#agreed()).map((id) => this.#byId(id));
  }

  /** The first running replica of a shop's master. */
  async replicaOf(shop: string): Promise<ClusterNode> {
    const slot = await this.#slotOf(shop);
    return this.#byId(replicasIn(await this.#agreed((view) => replicasIn(view, slot).length > 0), slot)[0]);
  }

  /** Makes the first replica of a shop's master its master. Resolves when all running nodes name it. */
  async failOver(shop: string): Promise<void> {
    const slot = await this.#slotOf(shop);
    const [master, { admin }] = [await this.masterOf(shop), await this.replicaOf(shop)];
    // A replica that still connects to its master would give up after five seconds.
    const follows = async () => (await admin.info('replication')).includes('master_link_status:up');
    await poll(follows, { timeoutMs: TIMEOUT_MS });
    await admin.cluster('FAILOVER');
    await this.#agreed((view) => ownerIn(view, slot) !== master.id);
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
      if ((await this.masterOf(name)) !== master) return name;
    }
  }

  /**
   * Moves a shop's slot to another master, key by key, as `redis-cli --cluster reshard` does. Resolves when all running
   * nodes name the new master.
   */
  async move(shop: string, halfway: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const slot = await this.#slotOf(shop);
    const source = await this.masterOf(shop);
    const masters = await this.masters();
    const target = masters[(masters.indexOf(source) + 1) % masters.length];
    if (!target) throw new Error('the cluster has no master');
    const set = (node: ClusterNode, ...words: string[]) => node.admin.call('CLUSTER', 'SETSLOT', slot, ...words);
    await set(target, 'IMPORTING', source.id);
    await set(source, 'MIGRATING', target.id);
    const step = async () => {
      const keys = (await source.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, KEYS_PER_STEP)) as string[];
      const to = ['127.0.0.1', target.port, '', 0, TIMEOUT_MS];
      if (keys.length > 0) await source.admin.call('MIGRATE', ...to, 'KEYS', ...keys);
      return keys.length;
    };
    await step();
    await halfway();
    while ((await step()) > 0);
    for (const node of [target, source]) await set(node, 'NODE', target.id);
    await this.#agreed((view) => ownerIn(view, slot) === target.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { admin } of this.nodes) admin.disconnect();
    await this.#group[Symbol.asyncDispose]();
  }

  /**
   * Resolves with the view of all running nodes when they share it and it is as wanted. After a failover, a node may
   * name the new master of a slot while it still takes the former master for a master without slots.
   */
  #agreed(isWanted: (view: ClusterView) => boolean = () => true): Promise<ClusterView> {
    const ask = async () => {
      const views = await this.#views();
      return isAgreed(views) && views[0] && isWanted(views[0]) ? views[0] : undefined;
    };
    return poll(ask, { timeoutMs: TIMEOUT_MS, describe: () => 'the nodes of the cluster did not agree' });
  }

  async #views(): Promise<ClusterView[]> {
    const answers = await Promise.allSettled(this.nodes.map(({ admin }) => admin.cluster('NODES')));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [viewOf(String(answer.value))] : []));
  }

  async #slotOf(shop: string): Promise<number> {
    return Number(await Promise.any(this.nodes.map(({ admin }) => admin.call('CLUSTER', 'KEYSLOT', `{${shop}}`))));
  }

  #byId(id: string | undefined): ClusterNode {
    const node = this.nodes.find((other) => other.id === id);
    if (!node) throw new Error(`the cluster has no node ${id}`);
    return node;
  }
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
