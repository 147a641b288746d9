import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Step } from '../../../src/domain/steps.ts';
import type { RedisStore } from '../../../src/store/redis/redis-engine.ts';
import type { RedisStoreOptions } from '../../../src/store/redis/redis-store.ts';
import { keepLog } from '../../support/older-log.ts';
import { poll } from '../../support/poll.ts';
import {
  configure,
  consume,
  drop,
  put,
  receive,
  reserve,
  resizeBy,
  START,
  transaction,
} from '../../support/transactions.ts';
import { applySteps, faultOf, openRedisShop } from './redis-shop.ts';
import { startSwitchingRelay } from './switching-relay.ts';

const AOF = { appendonly: 'yes', appendfsync: 'always' } as const;
const UNITS = 100;
/** No hold ends during a test, even on a busy machine. */
const ttlMs = 3_600_000;

const asItIs = (_key: string, body: string): string => body;

async function openShop(options: Partial<RedisStoreOptions> = {}) {
  const shop = await openRedisShop({ durability: 'local', ...options }, AOF);
  await applySteps(shop.store, configure('A'), receive('A', UNITS));
  return shop;
}

/** Applies the steps under an id. Returns the sequence. */
async function applyAs(store: RedisStore, id: string, ...steps: Step[]): Promise<number> {
  const [answer] = (await store.apply([transaction(id, steps, { isNew: true, hasNewHolds: true })])).answers;
  if (answer?.status !== 'applied') throw new Error(`${id}: ${JSON.stringify(answer)}`);
  return answer.sequence;
}

const isFrozen = async (store: RedisStore): Promise<boolean> =>
  store.health().then(
    ({ problems }) => problems.length > 0,
    () => false,
  );

/** Resolves when both connections of each store serve again. */
const areBack = (...stores: RedisStore[]) =>
  poll(async () => {
    const served = await Promise.allSettled(stores.flatMap((store) => [store.probe(), store.read([{}])]));
    return served.every(({ status }) => status === 'fulfilled');
  });

const areFrozen = (...stores: RedisStore[]) =>
  poll(async () => (await Promise.all(stores.map(isFrozen))).every((frozen) => frozen));

/** Resolves with what is known of the loss, once the stores have added all that they know. */
async function knownBy(...stores: RedisStore[]) {
  await areFrozen(...stores);
  const known = await stores[0]?.knownLoss();
  if (!known) throw new Error('nothing is lost');
  return known;
}

async function replay(store: RedisStore, kept: number) {
  const result = await store.replayLoss(kept, asItIs);
  if (!('replayed' in result)) throw new Error(`not replayed: ${JSON.stringify(result)}`);
  return result.replayed;
}

/** Returns the outcome of each write by the id of its transaction. */
const outcomesIn = ({ outcomes }: Awaited<ReturnType<typeof replay>>) =>
  Object.fromEntries(outcomes.map(({ transaction: { id }, outcome }) => [id, outcome]));

const restored = { status: 'restored', sequence: expect.any(Number) };

/** Returns the state without the versions, which a replay changes. */
async function stateOf(store: RedisStore, request: Parameters<RedisStore['read']>[0][number]): Promise<unknown> {
  const [state] = await store.read([request]);
  const { at: _at, sequence: _sequence, epochBegan: _began, ...rest } = state ?? {};
  const withoutVersions = (key: string, value: unknown) => (/^(version|lastMovement)$/.test(key) ? undefined : value);
  return JSON.parse(JSON.stringify(rest, withoutVersions));
}

test('applies what two processes know again: once, in its order, at its time and with new versions', async () => {
  await using shop = await openShop();
  const { store } = shop;
  const other = await shop.open();
  const restore = await keepLog(shop.redis);
  await areBack(store, other);
  const cart = { body: '{}', holds: ['h1'] };
  const first = await applyAs(store, 'one', put('cart:1', 'absent', cart), reserve('h1', 'A', 3, { ttlMs }));
  const more = resizeBy('h1', 9, { min: 1, quantityMax: 12 });
  const version = await applyAs(other, 'two', put('cart:1', first, cart), more);
  await applyAs(store, 'three', reserve('h2', 'A', 200, { min: 1, ttlMs, owner: 'cart:2' }));
  const order = put('order:1', 'absent', { body: '{}', list: 'placed' });
  await applyAs(store, 'four', consume('h1'), order, drop('cart:1', version));
  const all = { skus: ['A'], holds: ['h1', 'h2'], documents: ['cart:1', 'order:1'] };
  const before = await stateOf(store, all);
  const history = await store.history('A', { limit: 10 });
  await restore();

  const { loss, writes, unknown } = await knownBy(store, other);
  expect(writes.map(({ transaction: { id } }) => id)).toEqual(['one', 'two', 'three', 'four']);
  expect(unknown).toEqual([]);
  expect(await store.replayLoss(loss.kept + 1, asItIs)).toEqual({ accepted: null, acceptable: loss.kept });
  expect(outcomesIn(await replay(other, loss.kept))).toEqual({
    one: restored,
    two: restored,
    three: restored,
    four: restored,
  });
  await areBack(store, other);
  expect(await stateOf(store, all)).toEqual(before);
  const withoutId = ({ id: _id, previous: _previous, ...movement }: (typeof history)[number]) => movement;
  expect((await other.history('A', { limit: 10 })).map(withoutId)).toEqual(history.map(withoutId));
  const again = await store.apply([transaction('four', [consume('h1')])]);
  expect(again.answers).toEqual([expect.objectContaining({ status: 'replayed' })]);
  expect(await shop.admin.exists(shop.key('lost'))).toBe(0);
  expect(await store.knownLoss()).toBeNull();
  // What was replayed is known again, by the process that replayed it.
  await applyAs(store, 'five', put('note', 'absent', { body: '5' }));
  await restore();
  const second = await knownBy(store, other);
  expect(second.unknown).toEqual([]);
  expect(second.writes.map(({ transaction: { id } }) => id)).toEqual(['one', 'two', 'three', 'four', 'five']);
  expect(Object.values(outcomesIn(await replay(store, second.loss.kept)))).toEqual([
    restored,
    restored,
    restored,
    restored,
    restored,
  ]);
  await areBack(store, other);
  expect(await stateOf(store, all)).toEqual(before);
});

test('names what an ended process knew, and what cannot be restored without it', async () => {
  await using shop = await openShop();
  const { store } = shop;
  const other = await shop.open();
  const restore = await keepLog(shop.redis);
  await areBack(store, other);
  await applyAs(store, 'kept', receive('A', 1));
  const cart = { body: '{}', holds: [] };
  const lost = await applyAs(other, 'ended', put('cart:1', 'absent', cart));
  await other.close();
  await applyAs(store, 'dependent', put('cart:1', lost, cart));
  await applyAs(store, 'independent', put('cart:2', 'absent', cart));
  await restore();
  const { loss, unknown } = await knownBy(store);
  expect(unknown).toEqual([{ first: lost, last: lost }]);
  expect(outcomesIn(await replay(store, loss.kept))).toEqual({
    kept: restored,
    dependent: { status: 'refused', refusal: { reason: 'conflict', meta: { key: 'cart:1' } }, needs: lost },
    independent: restored,
  });
});

test('continues a replay that stopped in the middle, and applies nothing twice', async () => {
  await using shop = await openShop();
  const { store } = shop;
  const restore = await keepLog(shop.redis);
  await areBack(store);
  let version = await applyAs(store, 'note-0', receive('A', 1), put('note', 'absent', { body: '0' }));
  for (let n = 1; n < 6; n += 1) {
    version = await applyAs(store, `note-${n}`, receive('A', 1), put('note', version, { body: String(n) }));
  }
  await restore();
  const { loss } = await knownBy(store);
  const stop = (_key: string, body: string) => {
    if (body === '3') throw new Error('stopped');
    return body;
  };
  await expect(store.replayLoss(loss.kept, stop)).rejects.toThrow('stopped');
  expect(faultOf(await store.apply([transaction('early', [receive('A', 1)])]).catch(faultOf))).toBe('regressed');
  // What was already restored is lost again, and this process then knows it twice.
  await restore();
  const known = await poll(async () => {
    const found = await store.knownLoss().catch(() => null);
    return found !== null && found.addedAt !== null && found;
  });
  expect(known.writes.map(({ transaction: { id } }) => id)).toEqual(Array.from({ length: 6 }, (_, n) => `note-${n}`));
  const { outcomes } = await replay(store, loss.kept);
  expect(outcomes.map(({ outcome }) => outcome.status)).toEqual(Array(6).fill('restored'));
  await areBack(store);
  const [state] = await store.read([{ skus: ['A'], documents: ['note'] }]);
  expect(state?.stock[0]?.onHand).toBe(UNITS + 6);
  expect(state?.documents[0]?.record.body).toBe('5');
});

test('lets nobody else write while it replays', { timeout: 60_000 }, async () => {
  await using shop = await openShop();
  const { store } = shop;
  const other = await shop.open();
  const restore = await keepLog(shop.redis);
  await areBack(store, other);
  for (let n = 0; n < 60; n += 1) await applyAs(store, `lost-${n}`, receive('A', 1));
  await restore();
  const { loss } = await knownBy(store, other);
  const replaying = replay(store, loss.kept);
  const faults = new Set<unknown>();
  for (;;) {
    // A frozen store refuses at once, so a loop without a turn would let nothing else run.
    await turn();
    const fault = await other.apply([transaction('early', [receive('A', 1)])]).then(() => 'applied', faultOf);
    // The replay has accepted the loss.
    if (fault === 'applied') break;
    faults.add(fault);
  }
  const { outcomes } = await replaying;
  expect([...faults]).toEqual(['regressed']);
  const sequences = outcomes.map(({ outcome }) => (outcome.status === 'restored' ? outcome.sequence : 0));
  // Another write in between would have a sequence of its own.
  expect((sequences.at(-1) ?? 0) - (sequences[0] ?? 0)).toBe(59);
});

test('sells nothing twice: refuses a lost sale whose units another process has sold since', async () => {
  await using shop = await openRedisShop({ durability: 'local' }, AOF);
  await using relay = await startSwitchingRelay(shop.redis.socketPath);
  const store = await shop.open({ url: relay.url });
  await applySteps(store, configure('A'), receive('A', 10));
  const restore = await keepLog(shop.redis);
  await areBack(store);
  const sale = (name: string, units: number) => [
    reserve(name, 'A', units, { ttlMs }),
    put(`order:${name}`, 'absent', { body: '{}', list: 'placed' }),
    consume(name),
  ];
  const sold = await applyAs(store, 'large', ...sale('large', 8));
  await applyAs(store, 'note', put('order:large', sold, { body: '{"paid":true}', list: 'placed' }));
  await applyAs(store, 'small', ...sale('small', 1));
  await applyAs(store, 'rest', reserve('rest', 'A', 5, { min: 1, ttlMs }));
  relay.switchTo('/nowhere');
  await restore();
  await shop.store.close();
  const ignorant = await shop.open();
  await applyAs(ignorant, 'since', ...sale('since', 5));
  relay.switchTo(shop.redis.socketPath);
  const { loss } = await knownBy(store, ignorant);
  expect(outcomesIn(await replay(ignorant, loss.kept))).toMatchObject({
    large: { status: 'refused', refusal: { reason: 'insufficient_stock' }, needs: null },
    note: { status: 'refused', refusal: { reason: 'conflict' }, needs: sold },
    small: restored,
    rest: restored,
  });
  await areBack(store);
  // More units are left now, but the hold has the one that it got.
  expect((await store.read([{ skus: ['A'] }]))[0]?.stock[0]).toMatchObject({ onHand: 4, reserved: 1, sold: 6 });
});

test('restores a sale of a hold that has expired since, and counts ended holds as known', async () => {
  const clock = { now: START };
  await using shop = await openShop({ clock: () => clock.now });
  const { store } = shop;
  await applyAs(store, 'held', reserve('h1', 'A', 40, { ttlMs: 60_000 }), reserve('h2', 'A', 50, { ttlMs: 30_000 }));
  const restore = await keepLog(shop.redis);
  await areBack(store);
  clock.now += 40_000;
  expect(await store.reclaim({ limit: 10 })).toMatchObject({ ended: 1 });
  await applyAs(store, 'sale', consume('h1'), put('order:1', 'absent', { body: '{}', list: 'placed' }));
  await applyAs(store, 'next', reserve('h3', 'A', 60, { ttlMs: 60_000 }));
  const before = await stateOf(store, { skus: ['A'], holds: ['h1', 'h2', 'h3'], documents: ['order:1'] });
  clock.now += 50_000;
  await restore();
  const { loss, unknown } = await knownBy(store);
  expect(unknown).toEqual([]);
  expect(outcomesIn(await replay(store, loss.kept))).toEqual({ sale: restored, next: restored });
  await areBack(store);
  expect(await stateOf(store, { skus: ['A'], holds: ['h1', 'h2', 'h3'], documents: ['order:1'] })).toEqual(before);
});
