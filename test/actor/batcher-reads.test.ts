import { expect, test } from 'vitest';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { Batcher } from '../../src/actor/batcher.ts';
import { Outbox, turns } from './outbox.ts';

/** A batcher of reads. Its items have no address, and reads that arrive while others are in flight share one call. */
function readLane() {
  const outbox = new Outbox<string[], string>();
  const batcher = new Batcher<string[], string>({
    send: outbox.send,
    runtime: SYSTEM_RUNTIME,
    limits: { batchItemsMax: 64, batchStepsMax: 1_000, shopQueueItemsMax: 4_096 },
  });
  const read = (...keys: string[]): Promise<string> =>
    batcher.submit({ payload: keys, address: null, steps: keys.length, bytes: 0 });
  return { outbox, batcher, read };
}

test('reads that arrive while others are in flight share one call, in order, each with its own answer', async () => {
  const { outbox, read } = readLane();
  const first = read('a');
  await turns();
  const second = read('b');
  await turns();
  const rest = [read('c', 'd'), read('e'), read('f')];
  await turns();
  expect(outbox.log).toEqual([[['a']], [['b']]]);
  while (outbox.open.length > 0) await outbox.answerOldest((keys) => keys.join('+'));
  expect(await Promise.all([first, second, ...rest])).toEqual(['a', 'b', 'c+d', 'e', 'f']);
  expect(outbox.log).toEqual([[['a']], [['b']], [['c', 'd'], ['e'], ['f']]]);
});

test('a read is never answered by a call that was sent before it, so it sees the writes of its caller', async () => {
  const { outbox, read } = readLane();
  const before = read('a');
  await turns();
  const after = read('a');
  await turns();
  expect(outbox.log).toHaveLength(2);
  await outbox.answerOldest(() => 'old');
  await outbox.answerOldest(() => 'new');
  expect(await Promise.all([before, after])).toEqual(['old', 'new']);
});

test('the shop queue fills the whole batch, bounded by reads and by keys, while every mailbox is empty', async () => {
  const { outbox, read } = readLane();
  const many = Array.from({ length: 70 }, (_, n) => read(`${n}`));
  const wide = Array.from({ length: 3 }, () => read(...Array.from({ length: 400 }, (_, n) => `${n}`)));
  await turns();
  while (outbox.open.length > 0) await outbox.answerOldest(() => '');
  await Promise.all([...many, ...wide]);
  expect(outbox.log.map((batch) => batch.length)).toEqual([64, 8, 1]);
});
