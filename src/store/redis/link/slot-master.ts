import { StoreError } from '../../store.ts';
import { type ClusterView, viewFrom } from './cluster-view.ts';
import { listed, type Place } from './host-list.ts';
import type { RedisAddress } from './redis-target.ts';
import { RequirementError } from './requirements.ts';
import { describeFault, errorWord } from './server-errors.ts';

const QUERY_MS = 1_000;
/**
 * The nodes that are queried in addition to those of the URL, so that one node in the URL is enough even if it is down.
 */
const LEARNED_MAX = 6;

interface SlotMasterOptions {
  seeds: readonly Place[];
  redis: RedisAddress;
  /** A key in the slot. */
  key: string;
}

/**
 * Finds the master of a slot of a Redis Cluster. It queries several nodes at once and follows the majority, because a
 * node that was cut off, or is only slow, still names a master that has been replaced.
 */
export class SlotMaster {
  readonly #options: SlotMasterOptions;
  #learned: Place[] = [];
  #finding: Promise<Place> | null = null;

  constructor(options: SlotMasterOptions) {
    this.#options = options;
  }

  /**
   * Settles within a second. Rejects with `RequirementError` where an operator has to act, otherwise with `StoreError`
   * `unavailable`. Calls at the same time share one search.
   */
  find(): Promise<Place> {
    this.#finding ??= this.#search().finally(() => {
      this.#finding = null;
    });
    return this.#finding;
  }

  async #search(): Promise<Place> {
    const { seeds, redis, key } = this.#options;
    const places = [...seeds, ...this.#learned.filter((learned) => !seeds.some((seed) => isSamePlace(seed, learned)))];
    const election = new Election(places.length);
    const views = places.map((place) => viewFrom(place, { redis, key, timeoutMs: QUERY_MS }));
    for (const view of views) void view.then(...election.listeners);
    const { master, nodes } = await election.result;
    if (nodes.length > 0) this.#learned = nodes.slice(0, LEARNED_MAX);
    if (master) return master;
    throw this.#problemOf(election.errors);
  }

  #problemOf([error]: readonly Error[]): StoreError {
    const nodes = listed(this.#options.seeds);
    if (!error) {
      const problem = 'no node of the Redis cluster serves the slot of the shop';
      return new StoreError('unavailable', `${problem}: ${nodes}`, { problem });
    }
    const message = `the nodes of the Redis cluster do not answer (${nodes}): ${describeFault(error)}`;
    const isLasting = NEEDS_OPERATOR.has(errorWord(error.message)) || error.message.includes(DISABLED);
    return isLasting ? new RequirementError(message) : new StoreError('unavailable', message, { cause: error });
  }
}

const DISABLED = 'cluster support disabled';
const NEEDS_OPERATOR = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

const isSamePlace = (a: Place, b: Place): boolean => a.host === b.host && a.port === b.port;

/** Counts the masters that nodes name, until one has the majority or all nodes have settled. */
class Election {
  readonly #votes = new Map<string, { count: number; view: ClusterView }>();
  readonly #voters: number;
  readonly errors: Error[] = [];
  readonly result: Promise<ClusterView>;
  #settled = 0;
  #resolve: (view: ClusterView) => void = () => undefined;

  constructor(voters: number) {
    this.#voters = voters;
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  readonly listeners: [(view: ClusterView) => void, (error: Error) => void] = [
    (view) => {
      const name = view.master ? listed([view.master]) : '';
      const count = (this.#votes.get(name)?.count ?? 0) + 1;
      this.#votes.set(name, { count, view });
      if (count > this.#voters / 2) this.#resolve(view);
      this.#countOne();
    },
    (error) => {
      this.errors.push(error);
      this.#countOne();
    },
  ];

  #countOne(): void {
    this.#settled += 1;
    if (this.#settled < this.#voters) return;
    const [best] = [...this.#votes.values()].toSorted((a, b) => b.count - a.count);
    this.#resolve(best?.view ?? { master: null, nodes: [] });
  }
}
