import { expect, test } from 'vitest';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { PolledRead } from '../../src/transact/polled-read.ts';
import { SILENT } from '../../src/transact/log.ts';
import { poll as until } from '../support/poll.ts';

const LINES = { failed: 'failed', recovered: 'recovered' };

/** A poll whose reads end when the test says so, by a clock of the test. */
function pollWith(options: { isShared?: boolean } = {}, setTimer = SYSTEM_RUNTIME.setTimer) {
  const reads: { began: number; end: (error?: Error) => Promise<void> }[] = [];
  const time = { now: 0 };
  const load = () =>
    new Promise<void>((resolve, reject) => {
      const end = (error?: Error): Promise<void> => {
        if (error) reject(error);
        else resolve();
        return settled();
      };
      reads.push({ began: time.now, end });
    });
  const poll = new PolledRead({
    load,
    log: SILENT,
    lines: LINES,
    runtime: { setTimer, nowMs: () => time.now },
    ...options,
  });
  return { poll, reads, time };
}

/** Lets all promises that can settle do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether a call goes on, now or once the promise has settled. */
async function goesOn(waiting: Promise<void> | null): Promise<boolean> {
  let isSettled = waiting === null;
  void waiting?.then(() => (isSettled = true));
  await settled();
  return isSettled;
}

async function read(setUp: ReturnType<typeof pollWith>): Promise<void> {
  const first = setUp.poll.prepare();
  await settled();
  await setUp.reads.at(-1)!.end();
  expect(await goesOn(first)).toBe(true);
}

test('the first use waits for a read, and later ones do not while it is fresh', async () => {
  const setUp = pollWith();
  const { poll, reads, time } = setUp;
  expect(await goesOn(poll.prepare())).toBe(false);
  await reads[0]!.end();
  time.now = 499;
  expect(poll.prepare()).toBeNull();
  expect(reads).toHaveLength(1);
});

test('from 500 ms on the data is read in the background, once', async () => {
  const setUp = pollWith();
  const { poll, reads, time } = setUp;
  await read(setUp);
  time.now = 500;
  expect(poll.prepare()).toBeNull();
  expect(poll.prepare()).toBeNull();
  expect(reads).toHaveLength(2);
  await reads[1]!.end();
  time.now = 999;
  expect(poll.prepare()).toBeNull();
  expect(reads).toHaveLength(2);
});

test('from 900 ms on a call waits, for a read that runs if it began less than 900 ms ago', async () => {
  const setUp = pollWith();
  const { poll, reads, time } = setUp;
  await read(setUp);
  time.now = 600;
  expect(poll.prepare()).toBeNull();
  time.now = 900;
  const waiting = poll.prepare();
  expect(await goesOn(waiting)).toBe(false);
  await reads[1]!.end();
  expect(await goesOn(waiting)).toBe(true);
  expect(reads).toHaveLength(2);
});

test('a call waits for a new read if the running one began too long ago', async () => {
  const setUp = pollWith();
  const { poll, reads, time } = setUp;
  await read(setUp);
  time.now = 600;
  expect(poll.prepare()).toBeNull();
  time.now = 1_500;
  const waiting = poll.prepare();
  await reads[1]!.end();
  expect(await goesOn(waiting)).toBe(false);
  expect(reads.map(({ began }) => began)).toEqual([0, 600, 1_500]);
  await reads[2]!.end();
  expect(await goesOn(waiting)).toBe(true);
});

test('a refresh waits for a read that begins after it, and reads do not overlap', async () => {
  const setUp = pollWith();
  const { poll, reads, time } = setUp;
  await read(setUp);
  time.now = 500;
  expect(poll.prepare()).toBeNull();
  const [one, two] = [poll.refresh(), poll.refresh()];
  await settled();
  expect(reads).toHaveLength(2);
  await reads[1]!.end();
  expect(await goesOn(one)).toBe(false);
  expect(reads).toHaveLength(3);
  await reads[2]!.end();
  expect([await goesOn(one), await goesOn(two)]).toEqual([true, true]);
});

test('a refresh with a gap begins that long after the last read', async () => {
  const setUp = pollWith();
  const { poll, reads, time } = setUp;
  await read(setUp);
  time.now = 5;
  const waiting = poll.refresh(25);
  await settled();
  expect(reads).toHaveLength(1);
  await until(() => reads.length === 2);
  await reads[1]!.end();
  expect(await goesOn(waiting)).toBe(true);
});

test('a refresh that need not wait for a gap sets no timer', async () => {
  const setUp = pollWith({}, () => {
    throw new Error('a timer was set');
  });
  await read(setUp);
  const { poll, reads, time } = setUp;
  time.now = 25;
  const waiting = poll.refresh(25);
  await settled();
  await reads[1]!.end();
  expect(await goesOn(waiting)).toBe(true);
});

test('while reads fail, a call tries again and does not wait for long', async () => {
  const setUp = pollWith();
  const { poll, reads, time } = setUp;
  const first = poll.prepare();
  await settled();
  await reads[0]!.end(new Error('away'));
  expect(await goesOn(first)).toBe(true);
  expect(poll.isFailing).toBe(true);
  time.now = 10_000;
  const waiting = poll.prepare();
  expect(await goesOn(waiting)).toBe(false);
  // The read does not end, and the call goes on.
  await waiting;
  const next = poll.prepare();
  await reads[1]!.end();
  expect(await goesOn(next)).toBe(true);
  expect(poll.isFailing).toBe(false);
});

test('data that nobody else changes is read once', async () => {
  const setUp = pollWith({ isShared: false });
  const { poll, reads, time } = setUp;
  await read(setUp);
  time.now = 1e9;
  expect(poll.prepare()).toBeNull();
  expect(reads).toHaveLength(1);
});
