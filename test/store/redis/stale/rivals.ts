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
 * Two processes of one shop, each with its own memory and clock, and the memory model, which applies the batches of
 * both in the order of Redis. A third process reads the states, so that reading does not refresh their memory.
 */
export interface Rivals extends AsyncDisposable {
  readonly stores: Record<Who, Store>;
  readonly model: Store;
  readonly clocks: Record<Who, { now: number }>;
  /** Sets both clocks. */
  setTime(now: number): void;
  /** Applies the transactions in one process and in the model, and compares the answers. */
  apply(who: Who, ...transactions: Transaction[]): Promise<BatchResult>;
  /** Applies in the model what a process has already applied, and compares the answers. */
  judge(transactions: readonly Transaction[], result: BatchResult): Promise<void>;
  /** Applies in the model what a process has applied without receiving an answer. */
  applyToModel(...batches: (readonly Transaction[])[]): Promise<void>;
  /** Compares the whole state of the shop with the model, and returns it. */
  compare(label: string): Promise<WholeState>;
  /** Compares the records that were named since the last call, for shops that are too large for `compare`. */
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
