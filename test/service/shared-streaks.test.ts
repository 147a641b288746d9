import { expect, test } from 'vitest';
import type { Call } from '../../src/contract/calls/call.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { Ids } from '../../src/transact/documents/ids.ts';
import { StreakSharing } from '../../src/shop/cart/streak-sharing.ts';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { FollowedNotes } from '../support/followed-notes.ts';
import { listeningLog } from '../support/listening-log.ts';
import { poll } from '../support/poll.ts';
import { no, OPERATOR, shopper, yes } from '../support/shop.ts';
import { openRedisShop, type RedisShop } from '../store/redis/redis-shop.ts';

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;
const [LIFETIME_MS, COOLDOWN_MS] = [60 * MINUTE_MS, 15 * MINUTE_MS];
const SETTINGS = { holdTtlMs: LIFETIME_MS, holdLifetimeMaxMs: LIFETIME_MS, holdCooldownMs: COOLDOWN_MS };

interface Process {
  holdfast: Holdfast;
  notes: FollowedNotes;
}

/** Two processes of a shop in Redis. Only the test moves the clock of the streaks. */
async function openTwo() {
  const shop = await openRedisShop();
  const clock = { now: Date.now() };
  const { log, lines } = listeningLog();
  const start = async (): Promise<Process> => {
    const store = await shop.open();
    const notes = new FollowedNotes(store.sharedNotes());
    const now = () => clock.now;
    return { notes, holdfast: createHoldfast({ store, settings: SETTINGS, sharedNotes: notes, log, now }) };
  };
  const [here, there] = [await start(), await start()];
  yes(await here.holdfast.stock.define({ sku: 'drop' }, OPERATOR));
  yes(await here.holdfast.stock.receive({ sku: 'drop', quantity: 500 }, OPERATOR));
  return {
    shop,
    lines,
    here,
    there,
    clock,
    pass: (minutes: number): void => void (clock.now += minutes * MINUTE_MS),
    async [Symbol.asyncDispose]() {
      for (const { holdfast } of [here, there]) await holdfast.close();
      await shop[Symbol.asyncDispose]();
    },
  };
}

const callOf = (name: string, client = 'clt_1'): Call => ({ caller: { ...shopper(name)().caller, client } });
const add = ({ holdfast }: Process, name: string) => holdfast.carts.add({ sku: 'drop', quantity: 1 }, callOf(name));
const remove = async ({ holdfast }: Process, name: string): Promise<void> =>
  void yes(await holdfast.carts.remove({ sku: 'drop' }, callOf(name)));
/** Adds a unit. Returns the minutes that its hold has. */
async function minutesOf(process: Process, name: string): Promise<number> {
  const { lines, serverTime } = yes(await add(process, name));
  return ((lines[0]?.expiresAt ?? NaN) - serverTime) / MINUTE_MS;
}
const sendNote = ({ admin, key }: RedisShop, note: unknown) =>
  admin.xadd(key('notes'), '*', 'n', typeof note === 'string' ? note : JSON.stringify(note));

test('a process continues a streak of another process once that is older than a minute', async () => {
  await using two = await openTwo();
  const { here, there } = two;
  expect(await minutesOf(here, 'eve')).toBe(60);
  two.pass(10);
  await remove(here, 'eve');
  await here.notes.sent();
  await there.notes.read();
  two.pass(1);
  expect(await minutesOf(there, 'fresh')).toBe(49);
  await there.notes.sent();
  await here.notes.read();
  expect(await minutesOf(here, 'third')).toBe(60);
});

test('the state that was seen last wins, even if an older note arrives later or twice', async () => {
  await using two = await openTwo();
  const { here, there, shop } = two;
  yes(await add(here, 'eve'));
  two.pass(2);
  yes(await add(here, 'eve'));
  await here.notes.sent();
  await there.notes.read();
  const [[, [, note = '']] = ['', []]] = await shop.admin.xrange(shop.key('notes'), '-', '+');
  two.pass(1);
  await remove(there, 'eve');
  await sendNote(shop, note.replace(/prc_\w+/, 'prc_repeated'));
  await there.notes.sent();
  await here.notes.read();
  expect(await minutesOf(there, 'fresh')).toBe(57);
  expect(await minutesOf(here, 'other')).toBe(57);
});

test('malformed notes are skipped and logged, and the next one counts', async () => {
  await using two = await openTwo();
  const { there, shop, clock, lines } = two;
  const since = clock.now - 10 * MINUTE_MS;
  const [eve, known] = [
    ['cart:crt_eve', 'clt_1', 'drop'],
    ['cart:crt_known', 'clt_1', 'drop'],
  ];
  const malformed = [
    'no JSON',
    '5',
    'null',
    '[]',
    ['prc_x', null],
    ['prc_x', [...eve, 'soon', clock.now, 1, clock.now]],
    ['prc_x', [...eve, since, clock.now, -1, clock.now]],
    ['prc_x', [...eve, clock.now, since, 1, clock.now]],
    ['prc_x', [...eve, since, clock.now, 1]],
    [7, [...eve, since, clock.now, 1, clock.now]],
  ];
  for (const note of malformed) await sendNote(shop, note);
  await shop.admin.xadd(shop.key('notes'), '*', 'another', 'field', 'of', 'a stranger');
  await sendNote(shop, ['prc_x', [...known, since, clock.now, 1, clock.now]]);
  await there.notes.read();
  expect(await minutesOf(there, 'fresh')).toBe(50);
  expect(await minutesOf(there, 'eve')).toBe(60);
  const skipped = lines.filter((line) => line.startsWith('warn: skipped a malformed note'));
  expect(skipped.length % (malformed.length + 1)).toBe(0);
  expect(skipped.length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.includes('cannot be shared'))).toEqual([]);
});

test('a note with times in the future has no longer effect than one of now', async () => {
  await using two = await openTwo();
  const { there, shop, clock } = two;
  const future = clock.now + YEAR_MS;
  await sendNote(shop, [
    'prc_ahead',
    ['cart:crt_used', 'clt_1', 'drop', clock.now - LIFETIME_MS, future, 1, future],
    ['cart:crt_born', 'clt_2', 'drop', future, future, 1, future],
  ]);
  await there.notes.read();
  expect(no(await add(there, 'used'))).toMatchObject({ meta: { retryAfterMs: LIFETIME_MS + COOLDOWN_MS } });
  expect(await minutesOf(there, 'born')).toBe(60);
  two.pass(1);
  await remove(there, 'born');
  two.pass(1);
  expect(await minutesOf(there, 'born')).toBe(58);
});

test('a note that could not be sent is sent again', async () => {
  await using two = await openTwo();
  const { here, there, lines } = two;
  yes(await add(here, 'eve'));
  two.pass(10);
  here.notes.failures = 1;
  await remove(here, 'eve');
  await poll(() => lines.some((line) => line.startsWith('warn: lifetimes of holds cannot be shared')));
  await here.notes.sent();
  await there.notes.read();
  expect(await minutesOf(there, 'fresh')).toBe(50);
  expect(lines.some((line) => line.startsWith('info: lifetimes of holds are shared'))).toBe(true);
});

test('a process logs that more lifetimes change at once than it can share', async () => {
  const { log, lines } = listeningLog();
  const notes = { add: () => Promise.resolve(), after: () => Promise.resolve([]) };
  const ids = new Ids({ now: Date.now, random: SYSTEM_RUNTIME.random });
  const sharing = new StreakSharing({ notes, ids, keepMs: MINUTE_MS, log, learn: () => undefined });
  const streak = { client: null, sku: 'drop', since: 0, until: 0, units: 1, seenAt: 0 };
  for (let index = 0; index < 1_003; index += 1) sharing.share({ ...streak, holder: `cart:${index}` });
  expect(await poll(() => lines[0])).toMatch(/^warn: more lifetimes of holds changed/);
  sharing.close();
});

test('a process that ends while it reads notes logs nothing', async () => {
  await using two = await openTwo();
  const { log, lines } = listeningLog();
  const store = await two.shop.open();
  let fail: (() => void) | undefined;
  const sharedNotes = {
    add: () => Promise.resolve(),
    after: () => new Promise<never>((_, reject) => (fail = () => reject(new Error('the store is closed')))),
  };
  const ending = createHoldfast({ store, settings: SETTINGS, sharedNotes, log });
  const failLate = await poll(() => fail);
  await ending.close();
  failLate();
  await two.there.notes.read();
  expect(lines).toEqual([]);
});
