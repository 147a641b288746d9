import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { scanAll } from '../../src/shop/audit/scan-all.ts';
import type { ScanPage } from '../../src/store/store.ts';
import { awaitedLater } from '../../src/transact/settled.ts';

/** Returns the rejections that nobody had handled at the end of a turn of the event loop while `work` ran. */
async function unhandledDuring(work: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): number => unhandled.push(reason);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
  try {
    await work();
    await nextTurn();
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  }
  return unhandled;
}

const lateness = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn();
};

test('a rejection before the await is handled, and the await rejects', async () => {
  const lost = new Error('lost');
  const unhandled = await unhandledDuring(async () => {
    const work = awaitedLater(Promise.reject(lost));
    await lateness();
    await expect(work).rejects.toBe(lost);
  });
  expect(unhandled).toEqual([]);
});

test('a scan rejects if its next page fails while this one is in use, and does not end the process', async () => {
  const lost = new Error('lost');
  const page: ScanPage = { sequence: 0, total: 0, stock: [], holds: [], documents: [], undecodable: [], next: 'more' };
  const scan = ({ cursor }: { cursor: string | null }): Promise<ScanPage> =>
    cursor === null ? Promise.resolve(page) : Promise.reject(lost);
  const unhandled = await unhandledDuring(async () => {
    await expect(scanAll({ scan }, 'stock', lateness)).rejects.toBe(lost);
  });
  expect(unhandled).toEqual([]);
});
