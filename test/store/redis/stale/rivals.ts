import { expect } from 'vitest';
import type { Transaction } from '../../../../src/domain/transaction.ts';
import { openMemoryStore } from '../../../../src/store/memory/memory-store.ts';
import { openRedisStore, type RedisStoreOptions } from '../../../../src/store/redis/redis-store.ts';
import type { BatchResult, Store } from '../../../../src/store/store.ts';
import { learn } from '../../../support/known.ts';
import { compareStates } from '../../../support/play.ts';
import type { RedisServer } from '../../../support/redis-server.ts';
import { nothingKnown, readKnown, type WholeState } from '../../../support/state.ts';
import { START } from '../../../support/transactions.ts';

export type Who = 'here' | 'there';

/**
 * Two processes of one shop, each with a memory and a clock of its own, and the memory model that sees what both do in
 * the order in which Redis applied it. States are read by a third process, so that reading refreshes neither memory.
 */
export interface Rivals extends AsyncDisposable {
  readonly stores: Record<Who, Store>;
  readonly model: Store;
  readonly clocks: Record<Who, { now: number }>;
  /** Sets both clocks. */
  setTime(now: number): void;
  /** One process applies; the model applies the same, and both answer the same. */
  apply(who: Who, ...transactions: Transaction[]): Promise<BatchResult>;
  /** The model applies what a process has applied already. */
  judge(transactions: readonly Transaction[], result: BatchResult): Promise<void>;
  /** The model alone applies what a process has applied without an answer. */
  applyToModel(...batches: (readonly Transaction[])[]): Promise<void>;
  /** Compares all that can be seen of the shop with the model, and returns it. */
  compare(label: string): Promise<WholeState>;
  /** Compares the records that were named since the last call, for shops that are too large to compare whole. */
  compareNamed(): Promise<void>;
}

let shops = 0;

export async function openRivals(redis: RedisServer, options: Partial<RedisStoreOptions> = {}): Promise<Rivals> {
  shops += 1;
  const shop = `rivals-${shops}`;
  const clocks = { here: { now: START }, there: { now: START } };
  const latest = { now: START };
  const open = (clock: { now: number }, more: Partial<RedisStoreOptions> = {}) =>
    openRedisStore({ url: redis.url, shop, durability: 'none', clock: () => clock.now, ...more });
  const [here, there, reader] = await Promise.all([open(clocks.here, options), open(clocks.there), open(latest)]);
  const model = openMemoryStore({ shop, clock: () => latest.now });
  let known = nothingKnown();
  const judge = async (transactions: readonly Transaction[], result: BatchResult) => {
    learn(known, transactions);
    latest.now = Math.max(latest.now, result.at);
    expect(result).toEqual(await model.apply(transactions));
  };
  const stores = { here, there };
  return {
    stores,
    model,
    clocks,
    judge,
    async applyToModel(...batches) {
      for (const transactions of batches) {
        learn(known, transactions);
        await model.apply(transactions);
      }
    },
    setTime(now) {
      clocks.here.now = now;
      clocks.there.now = now;
    },
    async apply(who, ...transactions) {
      const result = await stores[who].apply(transactions);
      await judge(transactions, result);
      return result;
    },
    compare: (label) => compareStates({ store: reader, model, clock: latest }, known, label),
    async compareNamed() {
      const named = known;
      known = nothingKnown();
      expect(await readKnown(reader, named)).toEqual(await readKnown(model, named));
    },
    async [Symbol.asyncDispose]() {
      for (const store of [here, there, reader]) await store.close();
    },
  };
}
