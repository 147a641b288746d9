import { describe, expect, test } from 'vitest';
import type { ClockNotice } from '../../../src/store/time/clock-notices.ts';
import { type EmbeddedStoreOptions, openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import type { EmbeddedStore } from '../../../src/store/embedded/embedded-engine.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { configure, receive, release, reserve, START, transaction } from '../../support/transactions.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A machine with clocks that the test moves. */
class Machine {
  wallMs = START;
  elapsedMs = 0;
  asleepMs = 0;
  readonly notices: ClockNotice[] = [];

  readonly options: Partial<EmbeddedStoreOptions> = {
    clock: () => this.wallMs,
    monotonic: { nowMs: () => this.elapsedMs, suspendedMs: () => this.asleepMs },
    onClockNotice: (notice) => void this.notices.push(notice),
  };

  pass(ms: number): void {
    this.wallMs += ms;
    this.elapsedMs += ms;
  }

  get messages(): string[] {
    return this.notices.map(({ message }) => message);
  }
}

interface Opened extends AsyncDisposable {
  machine: Machine;
  store: EmbeddedStore;
  reopen(): Promise<EmbeddedStore>;
}

/** Opens a shop with 10 units of A that has just applied a batch. */
async function open(): Promise<Opened> {
  const dir = await tempDir();
  const machine = new Machine();
  const reopen = () => openEmbeddedStore({ dir: dir.path, shop: 'test', ...machine.options });
  let store = await reopen();
  await store.apply([transaction('supply', [configure('A'), receive('A', 10)])]);
  return {
    machine,
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await reopen();
      return store;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

let holds = 0;

async function hold(store: EmbeddedStore, ttlMs: number): Promise<string> {
  holds += 1;
  const holdId = `h${holds}`;
  await store.apply([transaction(`t-${holdId}`, [reserve(holdId, 'A', 1, { ttlMs })])]);
  return holdId;
}

const stateOf = async (store: EmbeddedStore, holdId: string) =>
  (await store.read([{ holds: [holdId] }]))[0]?.holds[0]?.state;

/** Ends overdue holds, as a server does each second. */
const sweep = async (store: EmbeddedStore) => (await store.reclaim({ limit: 10 })).at;

describe('a step of the wall clock', () => {
  test.each([
    ['a day ahead', DAY_MS],
    ['an hour back', -HOUR_MS],
  ])('%s: a hold ends after its real duration, and not before', async (_, stepMs) => {
    await using shop = await open();
    const { machine, store } = shop;
    const holdId = await hold(store, 60 * SECOND_MS);
    machine.wallMs += stepMs;
    expect((await store.read([{ skus: ['A'] }]))[0]).toMatchObject({ at: START, behind: [] });
    machine.pass(59 * SECOND_MS);
    expect(await sweep(store)).toBe(START + 59 * SECOND_MS);
    expect(await stateOf(store, holdId)).toBe('held');
    machine.pass(SECOND_MS);
    await sweep(store);
    expect(await stateOf(store, holdId)).toBe('expired');
    expect(await store.clock()).toEqual({
      at: START + 60 * SECOND_MS,
      wallAt: machine.wallMs,
      offsetMs: -stepMs,
      slewing: false,
    });
    expect((await store.health()).details).toMatchObject({ clockOffsetMs: -stepMs });
    expect(machine.notices).toMatchObject([{ level: 'error', steppedMs: stepMs, offsetMs: -stepMs }]);
  });

  test('leaves no offset once the clock is corrected', async () => {
    await using shop = await open();
    const { machine, store } = shop;
    machine.wallMs += DAY_MS;
    machine.pass(SECOND_MS);
    await sweep(store);
    machine.wallMs -= DAY_MS;
    machine.pass(SECOND_MS);
    expect(await sweep(store)).toBe(START + 2 * SECOND_MS);
    expect(store.clockStats).toEqual({ offsetMs: 0, steps: 2 });
    expect(machine.messages[1]).toMatch(/back by 86400 s. It agrees with shop time again/);
  });

  test('below ten seconds is not detected: shop time follows it ahead, and waits if it went back', async () => {
    await using shop = await open();
    const { machine, store } = shop;
    machine.wallMs += 9 * SECOND_MS;
    expect(await sweep(store)).toBe(START + 9 * SECOND_MS);
    machine.wallMs -= 5 * SECOND_MS;
    expect(await sweep(store)).toBe(START + 9 * SECOND_MS);
    machine.pass(6 * SECOND_MS);
    expect(await sweep(store)).toBe(START + 10 * SECOND_MS);
    expect(machine.notices).toEqual([]);
  });

  test('is distinguished from a suspended machine, for which the time has passed and holds end', async () => {
    await using shop = await open();
    const { machine, store } = shop;
    const holdId = await hold(store, 60 * SECOND_MS);
    machine.wallMs += HOUR_MS;
    machine.asleepMs += HOUR_MS;
    expect(await sweep(store)).toBe(START + HOUR_MS);
    expect(await stateOf(store, holdId)).toBe('expired');
    expect(store.clockStats).toEqual({ offsetMs: 0, steps: 0 });
    expect(machine.messages).toEqual([expect.stringMatching(/was suspended for 3600 s/)]);
  });

  test('is not detected after a stop of the process, during which both clocks ran', async () => {
    await using shop = await open();
    const { machine, store } = shop;
    machine.pass(HOUR_MS);
    expect(await sweep(store)).toBe(START + HOUR_MS);
    expect(machine.notices).toEqual([]);
  });
});

describe('a restart', () => {
  test('keeps the offset', async () => {
    await using shop = await open();
    const { machine } = shop;
    machine.wallMs += DAY_MS;
    await sweep(shop.store);
    machine.pass(5 * SECOND_MS);
    const store = await shop.reopen();
    expect(await sweep(store)).toBe(START + 5 * SECOND_MS);
    expect(await store.clock()).toMatchObject({ offsetMs: -DAY_MS });
  });

  test('keeps the offset of a step that only a read has seen', async () => {
    await using shop = await open();
    const { machine } = shop;
    machine.wallMs += DAY_MS;
    await shop.store.read([{}]);
    const store = await shop.reopen();
    expect(await sweep(store)).toBe(START);
  });

  test('with a clock behind shop time logs an error, and shop time continues from the last time', async () => {
    await using shop = await open();
    const { machine } = shop;
    const holdId = await hold(shop.store, 60 * SECOND_MS);
    machine.wallMs -= HOUR_MS;
    const store = await shop.reopen();
    expect(await sweep(store)).toBe(START);
    machine.pass(60 * SECOND_MS);
    expect(await sweep(store)).toBe(START + 60 * SECOND_MS);
    expect(await stateOf(store, holdId)).toBe('expired');
    expect(machine.messages).toEqual([expect.stringMatching(/3600 s behind the shop's last time/)]);
  });

  test('with a kept offset logs an error each time, until the clock is correct or accepted', async () => {
    await using shop = await open();
    const { machine } = shop;
    machine.wallMs -= DAY_MS;
    for (let starts = 0; starts < 3; starts += 1) {
      machine.pass(SECOND_MS);
      await sweep(await shop.reopen());
    }
    const still = /^The wall clock is still 86399 s behind shop time\..*Correct the clock/;
    expect(machine.messages).toEqual([
      expect.stringMatching(/8639\d s behind the shop's last time/),
      expect.stringMatching(still),
      expect.stringMatching(still),
    ]);
    expect(machine.notices.map(({ level }) => level)).toEqual(['error', 'error', 'error']);
    await shop.store.acceptClock();
    await shop.reopen();
    expect(machine.notices).toHaveLength(4);
  });

  test('long after the last batch logs the time since then, because the clock may be ahead', async () => {
    await using shop = await open();
    shop.machine.wallMs += DAY_MS;
    const store = await shop.reopen();
    expect(await sweep(store)).toBe(START + DAY_MS);
    expect(shop.machine.messages).toEqual([expect.stringMatching(/last batch was 24 hours ago/)]);
  });

  test('long after the last batch keeps idempotency keys, which only age while the shop is in use', async () => {
    await using shop = await open();
    const { machine } = shop;
    const paid = transaction('paid', [receive('A', 5)]);
    await shop.store.apply([paid]);
    for (let restarts = 0; restarts < 9; restarts += 1) {
      machine.wallMs += 3 * DAY_MS;
      const store = await shop.reopen();
      expect((await store.apply([paid])).answers[0]?.status).toBe('replayed');
    }
    for (let minutes = 0; minutes < 20; minutes += 1) {
      machine.pass(60 * SECOND_MS);
      await sweep(shop.store);
    }
    expect((await shop.store.apply([paid])).answers[0]?.status).toBe('applied');
  });
});

describe('an operator accepts the wall clock', () => {
  test('that is ahead: shop time follows at once, holds end, and idempotency keys and ended holds are kept', async () => {
    await using shop = await open();
    const { machine, store } = shop;
    const holdId = await hold(store, 60 * SECOND_MS);
    const ended = await hold(store, 60 * SECOND_MS);
    const paid = transaction('paid', [receive('A', 5), release(ended)]);
    await store.apply([paid]);
    machine.wallMs += 3 * DAY_MS;
    await sweep(store);
    expect(await store.acceptClock()).toEqual({
      at: START + 3 * DAY_MS,
      wallAt: START + 3 * DAY_MS,
      offsetMs: 0,
      slewing: false,
    });
    await sweep(store);
    expect(await stateOf(store, holdId)).toBe('expired');
    expect(await stateOf(store, ended)).toBe('released');
    expect((await store.apply([paid])).answers[0]?.status).toBe('replayed');
    const reopened = await shop.reopen();
    expect((await reopened.apply([paid])).answers[0]?.status).toBe('replayed');
    expect(await reopened.clock()).toMatchObject({ at: START + 3 * DAY_MS, offsetMs: 0 });
  });

  test('that is behind: shop time never goes back, and runs a tenth slower until both agree', async () => {
    await using shop = await open();
    const { machine, store } = shop;
    machine.wallMs -= HOUR_MS / 10;
    expect(await sweep(store)).toBe(START);
    expect(await store.acceptClock()).toMatchObject({ at: START, offsetMs: HOUR_MS / 10, slewing: true });
    let last = START;
    for (let minutes = 1; minutes <= 60; minutes += 1) {
      machine.pass(60 * SECOND_MS);
      const at = await sweep(store);
      expect(at - last).toBe(54 * SECOND_MS);
      last = at;
    }
    expect(await store.clock()).toMatchObject({ at: machine.wallMs, offsetMs: 0, slewing: false });
    machine.pass(60 * SECOND_MS);
    expect(await sweep(store)).toBe(machine.wallMs);
    expect(store.clockStats.steps).toBe(1);
  });

  test('that agrees with shop time: nothing changes', async () => {
    await using shop = await open();
    const before = await shop.store.clock();
    expect(await shop.store.acceptClock()).toEqual(before);
    expect(shop.machine.notices).toEqual([]);
  });
});
