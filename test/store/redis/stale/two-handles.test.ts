import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedisStore } from '../../../../src/store/redis/redis-store.ts';
import type { Store } from '../../../../src/store/store.ts';
import { memoryEngine } from '../../../support/engines.ts';
import { play } from '../../../support/play.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import { START } from '../../../support/transactions.ts';
import { FULL } from '../../../support/scale.ts';
import { tables } from '../../../conformance/cases/all-cases.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

let shops = 0;

/** Two processes take turns to write. A third one reads, so that reading does not refresh their memory. */
async function openTurns(
  clock: { now: number },
  rememberedMax?: number,
): Promise<{ store: Store; close(): Promise<void> }> {
  shops += 1;
  const shop = `turns-${shops}`;
  const remembered = rememberedMax === undefined ? {} : { rememberedMax };
  const open = () =>
    openRedisStore({ url: redis.url, shop, durability: 'none', clock: () => clock.now, ...remembered });
  const writers = await Promise.all([open(), open()]);
  const reader = await open();
  let turn = 0;
  const next = (): Store => {
    turn = 1 - turn;
    return writers[turn] ?? reader;
  };
  const store = new Proxy(reader, {
    get(target, name) {
      const owner = name === 'apply' || name === 'reclaim' ? next() : target;
      const value: unknown = Reflect.get(owner, name);
      return typeof value === 'function' ? value.bind(owner) : value;
    },
  });
  return { store, close: async () => void (await Promise.all([...writers, reader].map((one) => one.close()))) };
}

/** Tables whose transactions need several records. `npm run test:faults` plays all tables, which takes a minute. */
const chosenOf = (...topics: string[]) => Object.entries(tables).filter(([topic]) => FULL || topics.includes(topic));

describe.each([
  ['two processes that take turns', chosenOf('exactly once'), undefined],
  ['two processes that remember one record of each kind', chosenOf('transfer'), 1],
] as const)('%s', (_, chosen, rememberedMax) => {
  test.each(chosen)('%s', { timeout: 120_000 }, async (_topic, cases) => {
    for (const only of cases) {
      const clock = { now: START };
      const { store, close } = await openTurns(clock, rememberedMax);
      await using modelled = await memoryEngine.open(clock);
      await play({ store, model: modelled.store, clock }, only);
      await close();
    }
    expect(cases.length).toBeGreaterThan(0);
  });
});
