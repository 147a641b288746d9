import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Transaction } from '../../src/domain/transaction.ts';
import type { LedgerEntry } from '../../src/domain/records.ts';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import type { RedisStore } from '../../src/store/redis/redis-engine.ts';
import type { Store } from '../../src/store/store.ts';
import { type Clock, type Engine, memoryEngine } from '../support/engines.ts';
import { keepKeys } from '../support/kept-keys.ts';
import { learn } from '../support/known.ts';
import { poll } from '../support/poll.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { replayable } from '../support/seed.ts';
import { type Known, nothingKnown, type WholeState, wholeState } from '../support/state.ts';
import { START } from '../support/transactions.ts';
import { play } from './histories.ts';

const LIVES = Number(process.env['HOLDFAST_LIVES'] ?? 2);

/** What a process did at a time: a batch, or a reclaim. */
type Act = { at: number } & ({ transactions: readonly Transaction[] } | { request: Parameters<Store['reclaim']>[0] });

let redis: RedisServer;
let admin: Redis;
beforeAll(async () => {
  redis = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  admin = new Redis(redis.socketPath);
});
afterAll(async () => {
  admin.disconnect();
  await redis[Symbol.asyncDispose]();
});

/** Plays random histories on the model. Returns what the longest of them did. */
async function randomLives(seed: number): Promise<Act[][]> {
  const lives: Act[][] = [];
  const open: Engine['open'] = async (clock) => {
    const opened = await memoryEngine.open(clock);
    const acts: Act[] = [];
    lives.push(acts);
    const store: Store = Object.assign(Object.create(opened.store) as Store, {
      apply(transactions: readonly Transaction[]) {
        acts.push({ at: clock.now, transactions });
        return opened.store.apply(transactions);
      },
      reclaim(request: Parameters<Store['reclaim']>[0]) {
        acts.push({ at: clock.now, request });
        return opened.store.reclaim(request);
      },
    });
    return new Proxy(opened, { get: (target, name) => (name === 'store' ? store : Reflect.get(target, name, target)) });
  };
  const verdict = await play({ ...memoryEngine, open }, { seed, histories: LIVES * 4 });
  if (verdict.failed) throw new Error('the model disagrees with itself');
  return lives.sort((a, b) => b.length - a.length).slice(0, LIVES);
}

/** So that a whole life is within the minutes that a process remembers. */
const STEP_MS_MAX = 2_000;

async function act(store: Store, clock: Clock, step: Act, passedMs: number): Promise<void> {
  clock.now += Math.min(passedMs, STEP_MS_MAX);
  if ('transactions' in step) await store.apply(step.transactions);
  else await store.reclaim(step.request);
}

/** Ends all overdue holds. */
async function reclaimAll(store: Store): Promise<void> {
  while ((await store.reclaim({ limit: 500 })).more);
}

const UNSTABLE = new Set(['version', 'lastMovement', 'updatedAt', 'sequence', 'epochBegan', 'overdue', 'behind']);

/** Returns a value without what a replay changes: versions, and when an expired hold was ended. */
const stable = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value, function dropped(this: { state?: string }, name, inner: unknown) {
      return UNSTABLE.has(name) || (name === 'endedAt' && this.state === 'expired') ? undefined : inner;
    }),
  );

const comparable = ({ snapshot, stock, holds, lists, ledger, scanned }: WholeState): unknown => ({
  ...stable({ snapshot, stock, holds, lists }),
  documents: sorted(stable(scanned.documents)),
  ledger: sorted(ledger.flatMap(movement)),
});

const sorted = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(item)).sort();

/** Expired holds end at other times and in another order, so the ledger has other counters before and after. */
function movement(entry: LedgerEntry): unknown[] {
  if (entry.cause.by === 'expiry') return [];
  const { kind, at, cause } = entry;
  const about = 'quantity' in entry ? { sku: entry.sku, quantity: entry.quantity, holdId: entry.holdId } : entry;
  const { id: _, ...rest } = about as { id?: string };
  return [{ kind, at, cause, ...rest }];
}

async function stateOf(store: Store, known: Known): Promise<unknown> {
  await reclaimAll(store);
  return comparable(await wholeState(store, known));
}

test(`${LIVES} random lives that were lost in the middle are the same after a replay`, {
  timeout: 300_000,
}, async () => {
  const { seed } = replayable();
  console.log(`Again: HOLDFAST_SEED=${seed} npx vitest run test/property/replayed-lives.test.ts`);
  let restored = 0;
  for (const [number, life] of (await randomLives(seed)).entries()) {
    await admin.flushall();
    const clock = { now: START };
    const open = () => openRedisStore({ url: redis.url, shop: 'life', durability: 'local', clock: () => clock.now });
    const stores: RedisStore[] = [await open(), await open()];
    const [first] = stores;
    if (!first) throw new Error('no store');
    const known = nothingKnown();
    const cut = 1 + ((seed + number * 7) % Math.ceil(life.length / 2));
    let lose = () => Promise.resolve();
    const sequenceNow = () => admin.hget('{life}:meta', 'sequence');
    let sequence: string | null = null;
    for (const [index, step] of life.entries()) {
      if (index === cut) [lose, sequence] = [await keepKeys(admin, 'life'), await sequenceNow()];
      if ('transactions' in step) learn(known, step.transactions);
      await act(stores[index % 2] ?? first, clock, step, step.at - (life[index - 1]?.at ?? START));
    }
    const before = await stateOf(first, known);
    const isLoss = sequence !== null && sequence !== (await sequenceNow());
    await lose();
    if (isLoss) {
      await poll(() => stores.every(({ isFrozen }) => isFrozen));
      const loss = await first.knownLoss();
      if (!loss) throw new Error('nothing is lost');
      expect(loss.unknown).toEqual([]);
      const result = await first.replayLoss(loss.loss.kept, (_key, body) => body);
      const outcomes = 'replayed' in result ? result.replayed.outcomes : [];
      expect(outcomes.filter(({ outcome }) => outcome.status !== 'restored')).toEqual([]);
      restored += outcomes.length;
      await poll(() =>
        first.read([{}]).then(
          () => true,
          () => false,
        ),
      );
      expect(await stateOf(first, known)).toEqual(before);
    }
    for (const store of stores) await store.close();
  }
  expect(restored).toBeGreaterThan(LIVES);
});
