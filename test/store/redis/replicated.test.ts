import { expect, test } from 'vitest';
import { createHoldfast } from '../../../src/shop/holdfast.ts';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import { openRedisStore, type RedisStoreOptions } from '../../../src/store/redis/redis-store.ts';
import { poll } from '../../support/poll.ts';
import { readServerFacts, waitsForFlush } from '../../../src/store/redis/link/requirements.ts';
import { type ChainNode, startChain } from '../../support/redis-replicas.ts';
import type { RedisConfig } from '../../support/redis-server.ts';
import { shopper } from '../../support/shop.ts';
import { configure, receive, reserve, transaction } from '../../support/transactions.ts';
import { applySteps, faultOf } from './redis-shop.ts';
import { startSwitchingRelay } from './switching-relay.ts';

/** A server that is paused must end no connection by its silence during a test. */
const SETTINGS = { 'min-replicas-to-write': '1', 'repl-timeout': '600' };
const UNITS = 9;

interface ReplicatedShop extends AsyncDisposable {
  nodes: readonly [master: ChainNode, replica: ChainNode, ...ChainNode[]];
  store: RedisStore;
  open(options?: Partial<RedisStoreOptions>): Promise<RedisStore>;
}

async function openShop(
  options: Partial<RedisStoreOptions> = {},
  { length = 2, settings = {} }: { length?: number; settings?: RedisConfig } = {},
): Promise<ReplicatedShop> {
  const chain = await startChain(length, { ...SETTINGS, ...settings });
  const [master, replica, ...others] = chain;
  if (!master || !replica) throw new Error('the chain is too short');
  const stores: RedisStore[] = [];
  const open = async (more: Partial<RedisStoreOptions> = {}) => {
    const { url } = master.server;
    const store = await openRedisStore({ url, shop: 'shop', durability: 'replicated', ...options, ...more });
    stores.push(store);
    return store;
  };
  const store = await open();
  await applySteps(store, configure('A'), receive('A', UNITS));
  return {
    nodes: [master, replica, ...others],
    store,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((opened) => opened.close()));
      await chain[Symbol.asyncDispose]();
    },
  };
}

const buy = (store: RedisStore, id: string): Promise<unknown> =>
  store.apply([transaction(id, [reserve(id, 'A', 1)])]).then(({ answers }) => answers[0]?.status, faultOf);

async function unitsReserved(store: RedisStore): Promise<number | undefined> {
  const [view] = await store.read([{ skus: ['A'] }]);
  return view?.stock[0]?.reserved;
}

test('answers a batch only once a replica has it, and says that its outcome is unknown otherwise', async () => {
  await using shop = await openShop({ batchDeadlineMs: 500 });
  const [, replica] = shop.nodes;
  expect(await buy(shop.store, 'a')).toBe('applied');
  replica.pause();
  expect(await buy(shop.store, 'b')).toBe('outcome_unknown');
  replica.goOn();
  await poll(async () => (await buy(shop.store, 'b')) === 'replayed');
  await replica.promote();
  const promoted = await replica.admin.hget('{shop}:stock', 'A');
  expect(promoted).toBe(await shop.nodes[0].admin.hget('{shop}:stock', 'A'));
});

test('a batch that is repeated over a new connection waits for the replica as well', async () => {
  await using shop = await openShop({ batchDeadlineMs: 500 });
  const [, replica] = shop.nodes;
  const other = await shop.open();
  replica.pause();
  expect(await buy(shop.store, 'a')).toBe('outcome_unknown');
  expect(await unitsReserved(other)).toBe(1);
  expect(await buy(other, 'a')).toBe('outcome_unknown');
  replica.goOn();
  await poll(async () => (await buy(other, 'a')) === 'replayed');
});

test('goes on with the batches that waited, as soon as the replica answers again', async () => {
  await using shop = await openShop({ batchDeadlineMs: 20_000 });
  const [, replica] = shop.nodes;
  replica.pause();
  const first = buy(shop.store, 'a');
  await poll(async () => (await unitsReserved(shop.store)) === 1);
  const later = ['b', 'c'].map((id) => buy(shop.store, id));
  replica.goOn();
  expect(await Promise.all([first, ...later])).toEqual(['applied', 'applied', 'applied']);
});

test('a call that is repeated with its key is not answered from a write that no replica has', async () => {
  await using shop = await openShop({ batchDeadlineMs: 500 });
  const [, replica] = shop.nodes;
  const holdfast = createHoldfast({ store: shop.store });
  const ann = shopper('ann');
  const adding = () =>
    holdfast.carts.add({ sku: 'A', quantity: 5 }, ann('five')).then(
      (result) => result.ok,
      (error: Error) => error.name,
    );
  replica.pause();
  expect(await adding()).toBe('OutcomeUnknown');
  expect(await adding()).toBe('OutcomeUnknown');
  replica.goOn();
  await poll(async () => (await adding()) === true);
  await holdfast.close();
});

test('a failover that loses only writes that nobody was answered for does not freeze the shop', async () => {
  const errors: string[] = [];
  // The replica is killed, and must have flushed what it confirmed.
  await using shop = await openShop({}, { length: 3, settings: { appendfsync: 'always' } });
  const [master, replica] = shop.nodes;
  await using relay = await startSwitchingRelay(master.server.socketPath);
  const store = await shop.open({ url: relay.url, batchDeadlineMs: 500, error: (line) => errors.push(line) });
  expect(await buy(store, 'a')).toBe('applied');
  await poll(async () => (await shop.nodes[2]?.admin.hget('{shop}:stock', 'A')) === (await stockOf(master)));
  replica.pause();
  expect(await buy(store, 'lost')).toBe('outcome_unknown');
  expect(await unitsReserved(store)).toBe(2);
  await Promise.all([master.server.kill9(), replica.server.kill9()]);
  await replica.server.restart();
  relay.switchTo(replica.server.socketPath);
  // The first attempt may end before the new master's replica has it.
  const isDone = (status: unknown): boolean => status === 'applied' || status === 'replayed';
  await poll(async () => isDone(await buy(store, 'b')), { timeoutMs: 20_000 });
  expect(errors).toEqual([]);
  expect(store.lostSequences).toBe(0);
  expect((await store.health()).problems).toEqual([]);
  expect(await unitsReserved(store)).toBe(2);
});

const stockOf = ({ admin }: ChainNode): Promise<string | null> => admin.hget('{shop}:stock', 'A');

test('with appendfsync always, replicas have flushed a batch before it is answered, where the server can wait for that', async () => {
  await using shop = await openShop({}, { settings: { appendfsync: 'always' } });
  const [{ admin }] = shop.nodes;
  expect(await buy(shop.store, 'a')).toBe('applied');
  const facts = await readServerFacts((command, args) => admin.call(command, ...args));
  const used = /cmdstat_(wait\w*):/.exec(await admin.info('commandstats'))?.[1];
  expect(used).toBe(waitsForFlush(facts) ? 'waitaof' : 'wait');
});

test('without replicas nothing is applied, and health says why', async () => {
  await using shop = await openShop();
  const [master, replica] = shop.nodes;
  await replica.promote();
  await poll(async () => (await master.admin.info('replication')).includes('connected_slaves:0'));
  expect(await buy(shop.store, 'a')).toBe('unavailable');
  await expect(shop.store.probe()).rejects.toMatchObject({ problem: 'Redis has too few replicas and refuses writes' });
  expect(await unitsReserved(shop.store)).toBe(0);
});
