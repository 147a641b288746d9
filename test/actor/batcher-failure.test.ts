import { describe, expect, test } from 'vitest';
import { Batcher } from '../../src/actor/batcher.ts';
import type { BatcherLimits } from '../../src/actor/batcher-limits.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { BatchSplitter } from '../../src/actor/batch-splitter.ts';
import { Outbox, turns } from './outbox.ts';

class Refused extends Error {}
class Outage extends Error {}

function rig(limits: Partial<BatcherLimits> = {}) {
  const outbox = new Outbox<string>();
  const batcher = new Batcher<string, string>({
    send: outbox.send,
    splitOn: (error) => error instanceof Refused,
    limits,
    runtime: SYSTEM_RUNTIME,
  });
  const submit = (payload: string): Promise<string> => {
    const promise = batcher.submit({ payload, address: payload[0] ?? '', steps: 1, bytes: 1 });
    promise.catch(() => {});
    return promise;
  };
  /** Ends batches, oldest first. A batch that has an item whose name starts with "bad" fails. */
  const play = async (batches = Number.POSITIVE_INFINITY): Promise<void> => {
    for (let n = 0; n < batches && outbox.open.length > 0; n += 1) {
      const bad = outbox.open[0]?.items.find((item) => item.startsWith('bad'));
      await (bad === undefined ? outbox.answerOldest((item) => item) : outbox.failOldest(new Refused(bad)));
    }
  };
  return { batcher, outbox, submit, play };
}

const outcomes = async (promises: readonly Promise<string>[]): Promise<string[]> =>
  (await Promise.allSettled(promises)).map((end) =>
    end.status === 'fulfilled' ? end.value : `! ${end.reason.message}`,
  );

const spoken = (outbox: Outbox<string>): string[] => outbox.log.map((batch) => batch.join(' '));

describe('a batch that fails as a whole', () => {
  test('is halved and sent again until the bad item is alone, and only its caller is rejected', async () => {
    const { batcher, outbox, submit, play } = rig();
    const promises = ['a', 'bad', 'c', 'd', 'e'].map(submit);
    await turns();
    await play();
    expect(await outcomes(promises)).toEqual(['a', '! bad', 'c', 'd', 'e']);
    expect(spoken(outbox)).toEqual(['a bad c d e', 'a bad c', 'a bad', 'a', 'bad', 'c', 'd e']);
    expect(batcher.stats()).toMatchObject({ failedBatches: 4, resendItems: 0, inFlightBatches: 0 });
    await batcher.drain();
  });

  test('with one bad item among 256 costs 16 more sends, and 255 others are served', async () => {
    const { outbox, submit, play } = rig();
    const promises = Array.from({ length: 256 }, (_, n) => submit(n === 100 ? 'bad' : `${n}`));
    await turns();
    await play();
    const ends = await outcomes(promises);
    expect(ends.filter((end) => end === '! bad')).toHaveLength(1);
    expect(ends.filter((end) => end.startsWith('!'))).toHaveLength(1);
    expect(outbox.log).toHaveLength(1 + 16);
  });

  test('rejects each caller with the error of its own item when all are bad', async () => {
    const { outbox, submit, play } = rig();
    const bad = Array.from({ length: 7 }, (_, n) => `bad${n}`);
    const promises = bad.map(submit);
    await turns();
    await play();
    expect(await outcomes(promises)).toEqual(bad.map((item) => `! ${item}`));
    expect(outbox.log).toHaveLength(7 + 6);
  });

  test('is also halved if no splitOn is given', async () => {
    const sizes: number[] = [];
    const batcher = new Batcher<string, string>({
      send: async (items) => {
        sizes.push(items.length);
        if (items.includes('bad')) throw new Error('bad');
        return items;
      },
      runtime: SYSTEM_RUNTIME,
    });
    const item = (payload: string) => batcher.submit({ payload, address: 'a', steps: 1, bytes: 1 });
    expect(await outcomes(['x', 'bad', 'y', 'z'].map(item))).toEqual(['x', '! bad', 'y', 'z']);
    expect(sizes.toSorted()).toEqual([1, 1, 2, 2, 4]);
  });

  test('is not sent again if it has one item', async () => {
    const { outbox, submit, play } = rig();
    const promise = submit('bad');
    await turns();
    await play();
    expect(await outcomes([promise])).toEqual(['! bad']);
    expect(spoken(outbox)).toEqual(['bad']);
  });

  test('is sent again one piece at a time, alternating with fresh batches, within the bound in flight', async () => {
    const { batcher, outbox, submit, play } = rig({ batchItemsMax: 4 });
    const failing = ['a', 'bad', 'c', 'd'].map(submit);
    await turns();
    const fresh = Array.from({ length: 20 }, (_, n) => submit(`${n % 10}:${n}`));
    await turns();
    await outbox.failOldest(new Refused('bad'));
    expect(spoken(outbox).slice(2)).toEqual(['a bad']);
    expect(batcher.stats()).toMatchObject({ resendItems: 2, inFlightBatches: 2 });
    await outbox.answerOldest((item) => item);
    await play();
    expect(await outcomes(failing)).toEqual(['a', '! bad', 'c', 'd']);
    expect(await outcomes(fresh)).toHaveLength(20);
    const isFresh = outbox.log.map((batch) => batch.some((item) => item.includes(':')));
    // The failed batch and a fresh one are sent, then a piece, then one of each as long as there are both.
    expect(isFresh).toEqual([false, true, false, true, false, true, false, true, false, true]);
    expect(outbox.openMost).toBe(2);
  });

  test('alternates pieces and fresh batches with one slot too', async () => {
    const { outbox, submit, play } = rig({ batchItemsMax: 2, batchesInFlightMax: 1 });
    const promises = ['a', 'bad', 'c', 'd', 'e', 'f'].map(submit);
    await turns();
    await play();
    expect(await outcomes(promises)).toEqual(['a', '! bad', 'c', 'd', 'e', 'f']);
    expect(spoken(outbox)).toEqual(['a bad', 'a', 'c d', 'bad', 'e f']);
  });

  test('keeps drain waiting while its pieces are still to be sent', async () => {
    const { batcher, outbox, submit, play } = rig();
    const events: string[] = [];
    for (const item of ['a', 'b']) void submit(item).then((answer) => events.push(answer));
    await turns();
    outbox.open[0]?.fail(new Refused('once'));
    const drains: Promise<unknown>[] = [];
    for (let microtask = 0; microtask < 12; microtask += 1) {
      drains.push(batcher.drain().then(() => events.push('drained')));
      await Promise.resolve();
    }
    await turns();
    await play();
    await Promise.all(drains);
    expect(events.slice(0, 3)).toEqual(['a', 'b', 'drained']);
  });

  test('makes fresh batches wait while more than a batch is left to resend', async () => {
    const { batcher, submit, outbox, play } = rig({ batchItemsMax: 8, mailboxItemsMax: 400 });
    const promises = Array.from({ length: 400 }, (_, n) => submit(`${n % 8 === 0 ? 'bad' : 'good'}${n}`));
    await turns();
    let resendItemsMost = 0;
    while (outbox.open.length > 0) {
      await play(1);
      resendItemsMost = Math.max(resendItemsMost, batcher.stats().resendItems);
    }
    expect(resendItemsMost).toBeLessThanOrEqual(8 + 2 * 8);
    const ends = await outcomes(promises);
    expect(ends.filter((end) => end.startsWith('! bad'))).toHaveLength(50);
    expect(ends.filter((end) => end.startsWith('good'))).toHaveLength(350);
  });
});

describe('an error that is not worth a second sending', () => {
  test('rejects the whole batch at once and sends nothing again', async () => {
    const { outbox, submit, play } = rig();
    const promises = ['a', 'b', 'c'].map(submit);
    await turns();
    await outbox.failOldest(new Outage('no store'));
    expect(await outcomes(promises)).toEqual(['! no store', '! no store', '! no store']);
    const next = submit('d');
    await turns();
    await play();
    expect(await next).toBe('d');
    expect(spoken(outbox)).toEqual(['a b c', 'd']);
  });

  test('of one piece rejects all pieces, because each would meet it after a deadline', async () => {
    const { batcher, outbox, submit } = rig();
    const promises = ['a', 'bad', 'c', 'd'].map(submit);
    await turns();
    await outbox.failOldest(new Refused('bad'));
    expect(spoken(outbox)).toEqual(['a bad c d', 'a bad']);
    await outbox.failOldest(new Outage('no store'));
    expect(await outcomes(promises)).toEqual(promises.map(() => '! no store'));
    expect(outbox.log).toHaveLength(2);
    await batcher.drain();
  });

  test('is assumed if splitOn throws, and the first error is reported', async () => {
    const failure = new Error('as a whole');
    let sends = 0;
    const batcher = new Batcher<string, string>({
      send: () => {
        sends += 1;
        return Promise.reject(failure);
      },
      runtime: SYSTEM_RUNTIME,
      splitOn: () => {
        throw new Error('splitOn is broken');
      },
    });
    const item = { payload: 'x', address: 'a', steps: 1, bytes: 1 };
    const ends = await Promise.allSettled([batcher.submit(item), batcher.submit(item)]);
    expect(ends).toEqual([1, 2].map(() => ({ status: 'rejected', reason: failure })));
    expect(sends).toBe(1);
  });
});

test('pieces keep the order of their batch, and batches the order in which they failed', () => {
  const splitter = new BatchSplitter<number>();
  splitter.addBatch([1, 2, 3]);
  splitter.addBatch([10, 20]);
  expect(splitter.items).toBe(5);
  const first = splitter.take() ?? [];
  expect(first).toEqual([1, 2]);
  splitter.addPiece(first);
  expect([splitter.take(), splitter.items]).toEqual([[1], 4]);
  expect(splitter.takeAll()).toEqual([2, 3, 10, 20]);
  expect([splitter.items, splitter.take()]).toEqual([0, undefined]);
});
