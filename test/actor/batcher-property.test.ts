import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Batcher } from '../../src/actor/batcher.ts';
import { BatcherError } from '../../src/actor/batcher-errors.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { batcherLimits } from '../../src/actor/batcher-limits.ts';
import { Outbox, turns } from './outbox.ts';

interface Item {
  n: number;
  address: string | null;
  steps: number;
  bytes: number;
  isBad: boolean;
}

type End = { answer: number } | { error: unknown };

const LIMITS = batcherLimits({
  mailboxItemsMax: 4,
  mailboxesItemsMax: 9,
  shopQueueItemsMax: 6,
  queueBytesMax: 120,
  waitMsMax: 50,
  batchItemsMax: 4,
  batchStepsMax: 8,
  batchBytesMax: 40,
});

const item = fc.record({
  address: fc.constantFrom(null, 'a', 'b', 'c'),
  steps: fc.integer({ min: 0, max: 9 }),
  bytes: fc.integer({ min: 0, max: 45 }),
  isBad: fc.nat({ max: 5 }).map((n) => n === 0),
});

const event = fc.oneof(
  { weight: 5, arbitrary: item.map((item) => ({ do: 'submit' as const, item })) },
  { weight: 2, arbitrary: fc.constant({ do: 'turn' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), which: fc.nat({ max: 1 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('outage' as const, 'mismatch' as const), which: fc.nat({ max: 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }) },
);

type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

class Poisoned extends Error {}
class Outage extends Error {}

/** One batcher with its submitted items, its batches and the outcome of each item. */
class Play {
  readonly submitted: Item[] = [];
  readonly ends = new Map<number, End[]>();
  readonly outbox = new Outbox<Item, number>();
  readonly batcher: Batcher<Item, number>;
  now = 0;

  constructor(batchesInFlightMax: number) {
    this.batcher = new Batcher<Item, number>({
      send: this.outbox.send,
      splitOn: (error) => error instanceof Poisoned,
      limits: { ...LIMITS, batchesInFlightMax },
      runtime: { ...SYSTEM_RUNTIME, nowMs: () => this.now },
    });
  }

  submit(fields: Omit<Item, 'n'>): void {
    const item = { ...fields, n: this.submitted.length };
    this.submitted.push(item);
    const ends: End[] = [];
    this.ends.set(item.n, ends);
    this.batcher.submit({ payload: item, address: item.address, steps: item.steps, bytes: item.bytes }).then(
      (answer) => ends.push({ answer }),
      (error: unknown) => ends.push({ error }),
    );
  }

  /** Ends one of the open batches, not always the oldest. One bad item fails the whole batch. */
  end(which: number): void {
    const sent = this.outbox.open[which % (this.outbox.open.length || 1)];
    if (sent?.items.some(({ isBad }) => isBad)) sent.fail(new Poisoned());
    else sent?.answer(sent.items.map(({ n }) => n));
  }

  async apply(event: Event): Promise<void> {
    const open = this.outbox.open;
    if (event.do === 'submit') this.submit(event.item);
    else if (event.do === 'turn') await turns(1);
    else if (event.do === 'wait') this.now += event.ms;
    else if (event.do === 'end') this.end(event.which);
    else if (event.do === 'outage') open[event.which]?.fail(new Outage());
    else open[event.which]?.answer([-1, -1, -1, -1, -1]);
  }

  async finish(): Promise<void> {
    const closed = this.batcher.close();
    await turns();
    while (this.outbox.open.length > 0) {
      this.end(0);
      await turns();
    }
    await closed;
  }
}

function batchFaults(batch: readonly Item[]): string[] {
  if (batch.length === 1) return [];
  const sum = (measure: (item: Item) => number): number => batch.reduce((total, item) => total + measure(item), 0);
  return [
    ...(batch.length > LIMITS.batchItemsMax || batch.length === 0 ? [`${batch.length} items`] : []),
    ...(sum((item) => item.steps) > LIMITS.batchStepsMax ? ['too many steps'] : []),
    ...(sum((item) => item.bytes) > LIMITS.batchBytesMax ? ['too many bytes'] : []),
  ];
}

/** Returns the items of each address in the order of their first sending. */
function firstSendings(play: Play): Map<string | null, number[]> {
  const seen = new Set<number>();
  const orders = new Map<string | null, number[]>();
  for (const { n, address } of play.outbox.log.flat()) {
    if (!seen.has(n)) orders.set(address, [...(orders.get(address) ?? []), n]);
    seen.add(n);
  }
  return orders;
}

function endFault(item: Item, ends: readonly End[], sendings: number): string | null {
  const [end] = ends;
  if (ends.length !== 1 || !end) return `item ${item.n} settled ${ends.length} times`;
  if ('answer' in end) {
    if (item.isBad) return `item ${item.n} is bad, but was answered`;
    return end.answer === item.n && sendings > 0 ? null : `item ${item.n} got the answer of ${end.answer}`;
  }
  if (end.error instanceof Poisoned && !item.isBad) return `item ${item.n} failed for a stranger`;
  if (end.error instanceof BatcherError && end.error.wasSent !== sendings > 0)
    return `item ${item.n}: ${end.error.name}`;
  return null;
}

function checkPlay(play: Play, batchesInFlightMax: number): void {
  expect(play.outbox.log.flatMap(batchFaults)).toEqual([]);
  expect(play.outbox.openMost).toBeLessThanOrEqual(batchesInFlightMax);
  for (const order of firstSendings(play).values()) expect(order).toEqual(order.toSorted((a, b) => a - b));
  const sendings = new Map<number, number>();
  for (const { n } of play.outbox.log.flat()) sendings.set(n, (sendings.get(n) ?? 0) + 1);
  const faults = play.submitted.map((item) => endFault(item, play.ends.get(item.n) ?? [], sendings.get(item.n) ?? 0));
  expect(faults.filter((fault) => fault !== null)).toEqual([]);
  expect(play.batcher.stats()).toMatchObject({
    shopQueueItems: 0,
    mailboxItems: 0,
    mailboxes: 0,
    oldestWaitMs: 0,
    resendItems: 0,
    inFlightBatches: 0,
    inFlightItems: 0,
  });
}

describe('for random items and random outcomes of batches', () => {
  test.each([1, 2, 3])(
    'with %i in flight every submit settles once with its own outcome, in order and within the bounds',
    async (batchesInFlightMax) => {
      await fc.assert(
        fc.asyncProperty(fc.array(event, { maxLength: 60, size: 'max' }), async (events) => {
          const play = new Play(batchesInFlightMax);
          for (const event of events) await play.apply(event);
          await play.finish();
          checkPlay(play, batchesInFlightMax);
        }),
        { numRuns: 400 },
      );
    },
  );

  test('only bad items are rejected after acceptance if there are no outages', async () => {
    const quiet = event.filter(({ do: what }) => what !== 'outage' && what !== 'mismatch');
    await fc.assert(
      fc.asyncProperty(fc.array(quiet, { maxLength: 60, size: 'max' }), async (events) => {
        const play = new Play(2);
        for (const event of events) await play.apply(event);
        await play.finish();
        checkPlay(play, 2);
        const sent = new Set(play.outbox.log.flat());
        const answered = play.submitted.filter(({ n }) => play.ends.get(n)?.some((end) => 'answer' in end));
        expect(answered).toEqual(play.submitted.filter((item) => sent.has(item) && !item.isBad));
      }),
      { numRuns: 400 },
    );
  });
});
