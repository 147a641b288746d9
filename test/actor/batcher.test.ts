import { describe, expect, expectTypeOf, test } from 'vitest';
import { Batcher } from '../../src/actor/batcher.ts';
import { Abandoned, AnswersMismatch, BatcherClosed, Overloaded, QueueTimeout } from '../../src/actor/batcher-errors.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { type BatcherLimits, batcherLimits } from '../../src/actor/batcher-limits.ts';
import { Outbox, turns } from './outbox.ts';

interface Rig {
  limits?: Partial<BatcherLimits>;
  now?: () => number;
}

function rig({ limits = {}, now = () => 0 }: Rig = {}) {
  const outbox = new Outbox<string>();
  const batcher = new Batcher<string, string>({
    send: outbox.send,
    limits,
    runtime: { ...SYSTEM_RUNTIME, nowMs: now },
  });
  const submit = (address: string | null, payload: string): Promise<string> => {
    const promise = batcher.submit({ payload, address, steps: 1, bytes: 1 });
    // Each test checks only some of the promises. The others must not end the process with an unhandled rejection.
    promise.catch(() => {});
    return promise;
  };
  const echo = async (): Promise<void> => {
    while (outbox.open.length > 0) await outbox.answerOldest((item) => item.toUpperCase());
  };
  return { batcher, outbox, submit, echo };
}

describe('dispatch of a batch', () => {
  test('sends a lone item within the same turn of the event loop, and returns its answer', async () => {
    const { outbox, submit, echo } = rig();
    const answer = submit('a', 'x');
    await turns(1);
    expect(outbox.log).toEqual([['x']]);
    await echo();
    expect(await answer).toBe('X');
  });

  test('sends the items of one turn in one batch, and returns to each caller its own answer', async () => {
    const { outbox, submit, echo } = rig();
    const answers = [submit('a', 'x'), Promise.resolve().then(() => submit('b', 'y')), submit(null, 'z')];
    await turns(1);
    expect(outbox.log).toEqual([['z', 'x', 'y']]);
    await echo();
    expect(await Promise.all(answers)).toEqual(['X', 'Y', 'Z']);
  });

  test('does not delay a second batch; a third waits and has all items that arrived meanwhile', async () => {
    const { batcher, outbox, submit, echo } = rig();
    for (const item of ['p', 'q', 'r', 's', 't']) {
      void submit('a', item);
      await turns();
    }
    expect(outbox.log).toEqual([['p'], ['q']]);
    expect(batcher.stats()).toMatchObject({ inFlightBatches: 2, inFlightItems: 2, mailboxItems: 3, mailboxes: 1 });
    await outbox.answerOldest((item) => item);
    expect(outbox.log).toEqual([['p'], ['q'], ['r', 's', 't']]);
    await echo();
    expect(outbox.openMost).toBe(2);
  });

  test.each([1, 2, 5])('never has more than %i in flight', async (batchesInFlightMax) => {
    const { batcher, outbox, submit, echo } = rig({ limits: { batchesInFlightMax, batchItemsMax: 3 } });
    for (let n = 0; n < 50; n += 1) void submit(`sku-${n % 7}`, `${n}`);
    await turns();
    expect(batcher.stats().inFlightBatches).toBe(batchesInFlightMax);
    await echo();
    expect(outbox.openMost).toBe(batchesInFlightMax);
    expect(outbox.log.flat()).toHaveLength(50);
  });
});

describe('the event loop', () => {
  test('has one callback for all items of a turn, and none while no batch may be sent', async () => {
    const outbox = new Outbox<string>();
    let callbacks = 0;
    const soon = (callback: () => void) => {
      callbacks += 1;
      SYSTEM_RUNTIME.soon(callback);
    };
    const runtime = { nowMs: () => 0, soon };
    const batcher = new Batcher<string, string>({ send: outbox.send, limits: { batchesInFlightMax: 1 }, runtime });
    const submit = () => void batcher.submit({ payload: 'x', address: 'a', steps: 0, bytes: 0 });
    for (let n = 0; n < 5; n += 1) submit();
    await turns();
    expect(callbacks).toBe(1);
    for (let n = 0; n < 5; n += 1) submit();
    await turns();
    expect(callbacks).toBe(1);
    await outbox.answerOldest((item) => item);
    expect(outbox.log.map((items) => items.length)).toEqual([5, 5]);
    expect(callbacks).toBe(2);
  });
});

test('the oldest wait is counted from the time at which its item was submitted', async () => {
  let now = 5;
  const { batcher, submit, echo } = rig({ limits: { batchesInFlightMax: 1 }, now: () => now });
  void submit('a', 'in flight');
  await turns();
  expect(batcher.stats().oldestWaitMs).toBe(0);
  void submit('a', 'waits');
  now = 12;
  expect(batcher.stats().oldestWaitMs).toBe(7);
  await echo();
});

describe('a client that has disconnected', () => {
  const item = (payload: string, destroyed: boolean) => ({
    payload,
    address: 'a',
    steps: 1,
    bytes: 1,
    connection: { destroyed },
  });

  test('has its items rejected unsent, and the others of the batch are sent', async () => {
    const { batcher, outbox, echo } = rig();
    const ends = Promise.allSettled([item('gone', true), item('here', false)].map((each) => batcher.submit(each)));
    await turns();
    await echo();
    expect(outbox.log).toEqual([['here']]);
    expect(await ends).toMatchObject([{ reason: { name: 'Abandoned', wasSent: false } }, { value: 'HERE' }]);
    expect(batcher.stats()).toMatchObject({ abandonedItems: 1, sentItems: 1 });
  });

  test('does not affect callers without a connection', async () => {
    const { batcher, outbox, echo } = rig();
    const { connection: _, ...unconnected } = item('local', false);
    const ends = Promise.allSettled([unconnected, item('gone', true)].map((each) => batcher.submit(each)));
    await turns();
    await echo();
    expect(outbox.log).toEqual([['local']]);
    expect(await ends).toMatchObject([{ value: 'LOCAL' }, { reason: { name: 'Abandoned' } }]);
  });

  test('causes no batch without items', async () => {
    const { batcher, outbox } = rig();
    const gone = batcher.submit(item('gone', true));
    await expect(gone).rejects.toBeInstanceOf(Abandoned);
    await batcher.drain();
    expect(outbox.log).toEqual([]);
    expect(batcher.stats()).toMatchObject({ abandonedItems: 1, sentBatches: 0, inFlightBatches: 0 });
  });
});

const FULL_MAILBOX = { queue: 'mailbox', unit: 'items', waiting: 5, limit: 5 } as const;

test.each([
  ['Overloaded', () => new Overloaded(FULL_MAILBOX), 'mailbox full: 5 items wait, and the limit is 5'],
  ['Overloaded', () => new Overloaded({ waitedMs: 99.6 }), 'not sent within 100 ms, though others were served'],
  ['QueueTimeout', () => new QueueTimeout(99.6), 'not sent within 100 ms'],
  ['Abandoned', () => new Abandoned(), 'the client closed its connection before the call had begun'],
  ['BatcherClosed', () => new BatcherClosed(), 'the batcher is closed'],
  ['AnswersMismatch', () => new AnswersMismatch(2, [1]), 'once, in order: 2 items, 1 answers'],
])('%s says what happened, and whether the item was sent', (name, make, message) => {
  expect(make()).toMatchObject({ name, wasSent: name === 'AnswersMismatch' });
  expect(make().message).toContain(message);
});

describe('order', () => {
  test('items of one address keep their order over batches in flight together', async () => {
    const { outbox, submit, echo } = rig({ limits: { batchItemsMax: 4 } });
    for (let n = 0; n < 30; n += 1) {
      void submit('hot', `${n}`);
      void submit(null, `s${n}`);
    }
    await turns();
    await echo();
    const sent = outbox.log.flat();
    const inOrder = Array.from({ length: 30 }, (_, n) => `${n}`);
    expect(sent.filter((item) => !item.startsWith('s'))).toEqual(inOrder);
    expect(sent.filter((item) => item.startsWith('s'))).toEqual(inOrder.map((n) => `s${n}`));
  });

  test('a payment overtakes the buyers of a sold-out SKU', async () => {
    const { outbox, submit, echo } = rig();
    void submit('hot', 'first');
    void submit('hot', 'second');
    await turns();
    void submit('hot', 'third');
    await turns();
    for (let n = 0; n < 2_000; n += 1) void submit('hot', 'loser');
    void submit(null, 'pay');
    await outbox.answerOldest((item) => item);
    expect(outbox.log[2]?.slice(0, 2)).toEqual(['pay', 'loser']);
    await echo();
  });
});

describe('overload', () => {
  test('a full mailbox refuses at once, and other SKUs and payments are not affected', async () => {
    const { batcher, outbox, submit, echo } = rig();
    const hot = Array.from({ length: 2_050 }, (_, n) => submit('hot', `${n}`));
    await expect(hot[2_048]).rejects.toBeInstanceOf(Overloaded);
    await expect(hot[2_049]).rejects.toMatchObject({
      wasSent: false,
      full: { queue: 'mailbox', waiting: 2_048, limit: 2_048 },
    });
    expect(outbox.log).toEqual([]);
    const others = [submit('cold', 'cold'), submit(null, 'pay')];
    await turns(1);
    expect(outbox.log[0]?.slice(0, 3)).toEqual(['pay', '0', 'cold']);
    const room = submit('hot', 'now there is room');
    await echo();
    expect(await Promise.all([...others, room])).toEqual(['COLD', 'PAY', 'NOW THERE IS ROOM']);
    expect(batcher.stats()).toMatchObject({ overloadedItems: 2, mailboxes: 0, mailboxItems: 0 });
  });

  test('a full shop queue refuses, and SKUs are not affected', async () => {
    const { submit, echo } = rig({ limits: { shopQueueItemsMax: 2 } });
    const answers = [submit(null, 'a'), submit(null, 'b'), submit(null, 'c'), submit('sku', 'd')];
    await turns();
    await echo();
    const settled = await Promise.allSettled(answers);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    await expect(answers[2]).rejects.toThrow('shop queue full: 2 items wait, and the limit is 2');
  });
});

describe('waiting too long', () => {
  test('an overdue item is rejected unsent, when its turn comes or when the next one is submitted', async () => {
    let now = 0;
    const { batcher, outbox, submit, echo } = rig({
      limits: { waitMsMax: 100, batchesInFlightMax: 1 },
      now: () => now,
    });
    const stalled = submit('a', 'stalled');
    await turns();
    const early = [submit('a', 'early'), submit(null, 'early'), submit('b', 'early')];
    now = 1;
    const later = submit('b', 'later');
    now = 99;
    expect(batcher.stats().oldestWaitMs).toBe(99);
    expect(batcher.stats()).toMatchObject({ sentBatches: 1, sentItems: 1 });
    now = 100;
    const fresh = submit('c', 'fresh');
    for (const promise of early) {
      await expect(promise).rejects.toBeInstanceOf(QueueTimeout);
      await expect(promise).rejects.toMatchObject({ wasSent: false });
    }
    now = 101;
    await echo();
    await expect(later).rejects.toThrow('not sent within 100 ms');
    expect(await Promise.all([stalled, fresh])).toEqual(['STALLED', 'FRESH']);
    expect(outbox.log).toEqual([['stalled'], ['fresh']]);
    expect(batcher.stats()).toMatchObject({ overdueItems: 4, mailboxes: 0, shopQueueItems: 0 });
  });
});

describe('overload', () => {
  test('an item that is overdue while others are served is rejected as an overload, not as an outage', async () => {
    let now = 0;
    const limits = { waitMsMax: 100, batchesInFlightMax: 1, batchItemsMax: 1 };
    const { outbox, submit } = rig({ limits, now: () => now });
    const items = ['first', 'second', 'third'].map((item) => submit('a', item));
    await turns();
    now = 50;
    await outbox.answerOldest((item) => item);
    await turns();
    now = 100;
    void submit('b', 'fourth');
    await expect(items[2]).rejects.toBeInstanceOf(Overloaded);
    await expect(items[2]).rejects.toMatchObject({ wasSent: false, full: null });
    expect(outbox.log).toEqual([['first'], ['second']]);
  });
});

describe('drain and close', () => {
  test('drain resolves when the last item has settled, and at once if there is none', async () => {
    const { batcher, submit, outbox, echo } = rig({ limits: { batchItemsMax: 1, batchesInFlightMax: 1 } });
    await batcher.drain();
    const events: string[] = [];
    for (const item of ['x', 'y']) void submit('a', item).then((answer) => events.push(answer));
    const drained = [batcher.drain(), batcher.drain()].map((promise) => promise.then(() => events.push('drained')));
    await turns();
    await outbox.answerOldest((item) => item);
    expect(events).toEqual(['x']);
    await echo();
    await Promise.all(drained);
    expect(events).toEqual(['x', 'Y', 'drained', 'drained']);
  });

  test('drain also resolves if all waiting items are overdue and nothing was ever sent', async () => {
    let now = 0;
    const { batcher, submit, outbox } = rig({ limits: { waitMsMax: 10 }, now: () => now });
    const overdue = submit('a', 'x');
    const drained = batcher.drain();
    now = 10;
    await drained;
    await expect(overdue).rejects.toBeInstanceOf(QueueTimeout);
    expect(outbox.log).toEqual([]);
  });

  test('close refuses later items and finishes earlier ones', async () => {
    const { batcher, submit, outbox, echo } = rig();
    const before = submit('a', 'x');
    let isClosed = false;
    const closed = batcher.close().then(() => {
      isClosed = true;
    });
    const after = submit('a', 'y');
    await expect(after).rejects.toBeInstanceOf(BatcherClosed);
    await expect(after).rejects.toMatchObject({ wasSent: false });
    await turns();
    expect(isClosed).toBe(false);
    await echo();
    await Promise.all([closed, batcher.close()]);
    expect(await before).toBe('X');
    expect(outbox.log).toEqual([['x']]);
  });
});

describe('violations of the contract', () => {
  test.each([
    ['too few answers', ['x'], '2 items, 1 answers'],
    ['too many answers', ['x', 'y', 'z'], '2 items, 3 answers'],
    ['no answers', undefined, '2 items, undefined instead of answers'],
    ['no list', 'xy', '2 items, string instead of answers'],
  ])('%s: rejects every caller, sends nothing again, and continues', async (_, answers, message) => {
    const { outbox, submit, echo } = rig();
    const both = [submit('a', 'x'), submit('b', 'y')];
    await turns();
    outbox.open[0]?.answer(answers as string[]);
    for (const promise of both) {
      await expect(promise).rejects.toBeInstanceOf(AnswersMismatch);
      await expect(promise).rejects.toMatchObject({ wasSent: true });
      await expect(promise).rejects.toThrow(message);
    }
    const next = submit('a', 'z');
    await turns();
    await echo();
    expect(await next).toBe('Z');
    expect(outbox.log).toEqual([['x', 'y'], ['z']]);
  });

  test('a send that throws fails the batch like one that rejects', async () => {
    const thrown = new Error('not even a promise');
    const batcher = new Batcher<string, string>({
      runtime: SYSTEM_RUNTIME,
      send: () => {
        throw thrown;
      },
    });
    await expect(batcher.submit({ payload: 'x', address: 'a', steps: 1, bytes: 1 })).rejects.toBe(thrown);
    await batcher.drain();
  });

  test.each([
    ['steps', { steps: Number.NaN, bytes: 1 }],
    ['steps', { steps: -1, bytes: 1 }],
    ['bytes', { steps: 1, bytes: Number.NaN }],
    ['bytes', { steps: 1, bytes: -1 }],
  ])('refuses an invalid size: %s', async (_, size) => {
    const { batcher, outbox } = rig();
    await expect(batcher.submit({ payload: 'x', address: 'a', ...size })).rejects.toThrow(
      new RangeError(`an item of ${size.steps} steps and ${size.bytes} bytes`),
    );
    await turns();
    expect(outbox.log).toEqual([]);
  });

  test.each([
    { mailboxItemsMax: 0 },
    { batchItemsMax: 1.5 },
    { batchesInFlightMax: 0 },
    { waitMsMax: Number.NaN },
    { batchBytesMax: Number.POSITIVE_INFINITY },
    { shopShareMax: 0 },
    { shopShareMax: 1.01 },
    { batchMsMax: 0 },
    { batchMsMax: -1 },
    { batchMsMax: Number.NaN },
  ])('refuses a limit that would block the batcher or not bound it: %o', (limits) => {
    const name = Object.keys(limits)[0];
    expect(() => batcherLimits(limits)).toThrow(`batcher limit ${name}`);
    expect(() => rig({ limits })).toThrow(RangeError);
  });

  test.each([{ shopShareMax: 1 }, { shopShareMax: 0.01 }, { batchMsMax: 0.5 }, { batchMsMax: Infinity }])(
    'accepts a part of a millisecond, and the whole of a batch: %o',
    (limits) => expect(batcherLimits(limits)).toMatchObject(limits),
  );
});

test('a payload and an answer keep their types', () => {
  const batcher = new Batcher<{ id: number }, 'yes' | 'no'>({
    send: async (items) => items.map(() => 'yes' as const),
    runtime: SYSTEM_RUNTIME,
  });
  expectTypeOf(batcher.submit).parameter(0).toHaveProperty('payload').toEqualTypeOf<{ id: number }>();
  expectTypeOf(batcher.submit).returns.resolves.toEqualTypeOf<'yes' | 'no'>();
});
