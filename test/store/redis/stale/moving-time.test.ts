import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Step } from '../../../../src/domain/steps.ts';
import { type RedisServer, startRedis } from '../../../support/redis-server.ts';
import {
  adjust,
  configure,
  consume,
  extend,
  pin,
  put,
  receive,
  release,
  reserve,
  resizeBy,
  START,
  transaction,
  transfer,
} from '../../../support/transactions.ts';
import { allLedger } from '../../../support/state.ts';
import { FULL } from '../../../support/scale.ts';
import { openRivals, type Rivals } from './rivals.ts';

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const TTL_MS = 1_000;
const PERIOD_MS = 10_000;
/** Each hold has a period of its own, which is the number in its id. */
const baseOf = (holdId: string): number => START + Number(holdId.slice(1)) * PERIOD_MS;

/** Decisions that depend on the time. Each is made at one time and applied at another. */
const DECISIONS: Record<string, (id: string, sku: string) => Step[]> = {
  'extend a hold that is about to expire': (h) => [extend(h, 50)],
  'extend up to the end of its lifetime': (h) => [extend(h, 500, { lifetimeMs: 1_400 })],
  'extend to the deadline that it has': (h) => [extend(h, 100)],
  'extend for ever': (h) => [extend(h, null, { lifetimeMs: 1_400 })],
  'extend without a lifetime': (h) => [{ kind: 'extend', holdId: h, ttlMs: 500 }],
  'reserve until a time': (h, sku) => [reserve(`${h}.2`, sku, 1, { until: baseOf(h) + 950 })],
  'reserve for ever': (h, sku) => [reserve(`${h}.2`, sku, 1, { ttlMs: null }), extend(`${h}.2`, 71)],
  'pin and extend': (h) => [pin(h, 500), extend(h, 2_000, { lifetimeMs: 1_400 })],
  'extend twice, the second time with a shorter lifetime': (h) => [
    extend(h, 500, { lifetimeMs: 1_600 }),
    extend(h, 900, { lifetimeMs: 1_400 }),
  ],
  'transfer with a deadline': (h) => [transfer(h, 'order:1', { ttlMs: 500, lifetimeMs: 1_400 })],
  'transfer without a deadline': (h) => [transfer(h, 'order:1')],
  consume: (h) => [consume(h)],
  'release, expired or not': (h) => [release(h, { expiredIsFine: true })],
  release: (h) => [release(h)],
  'request more units': (h) => [resizeBy(h, 3, { min: 1 })],
  'create a hold with the same id': (h, sku) => [reserve(h, sku, 1)],
  'create and extend another hold': (h, sku) => [reserve(`${h}.2`, sku, 1, { ttlMs: 70 }), extend(`${h}.2`, 71)],
  'reserve units that the hold frees': (h, sku) => [reserve(`${h}.2`, sku, 3)],
  'reserve all available units': (h, sku) => [reserve(`${h}.2`, sku, 3, { min: 1 })],
  'reserve up to the limit': (h, sku) => [
    reserve(`${h}.2`, sku, 3, { min: 1, customer: 'customer:1', owner: 'cart:2' }),
  ],
  'lower the units on hand': (_, sku) => [adjust(sku, -2)],
  'set a due time': (h) => [put(`cart:${h}`, 'present', { body: 'y', dueInMs: 100 })],
};

/** Times around each threshold: the deadline at 1,000, and 500 and 900 before the lifetimes of 1,400 and 1,600. */
const MOMENTS = [499, 500, 501, 899, 900, 901, 949, 950, 951, 999, 1_000, 1_001, 1_099, 1_100, 1_101];

/** The time by which this process is behind the shop when it decides. */
const BEHIND_MS = [1, 400];

const POINTS = MOMENTS.flatMap((at) => BEHIND_MS.map((behindMs) => ({ at, behindMs })));
/** The suite uses some of the points, different ones for each decision. `npm run test:faults` uses all. */
const EACH = FULL ? 1 : 6;
const TABLE = Object.entries(DECISIONS).map(([name, stepsOf], index) => ({
  name,
  stepsOf,
  points: POINTS.filter((_, point) => point % EACH === index % EACH),
}));

let rivals: Rivals;
let periods = 0;
beforeAll(async () => {
  rivals = await openRivals(redis);
});
afterAll(() => rivals[Symbol.asyncDispose]());

/** The other process is ahead in time, so this one decides at an earlier time than that of the commit. */
test.each(TABLE)('$name: is decided early and applied at shop time', async ({ stepsOf, points }) => {
  await rivals.apply('there', transaction(`other-${periods}`, [configure('B')]));
  for (const { at, behindMs } of points) {
    periods += 1;
    const [base, sku, holdId] = [START + periods * PERIOD_MS, `A${periods}`, `h${periods}`];
    rivals.setTime(base);
    const cart = put(`cart:${holdId}`, 'absent', { body: 'x', holds: [holdId] });
    const held = reserve(holdId, sku, 3, { ttlMs: TTL_MS, customer: 'customer:1' });
    const limited = configure(sku, { limitPerCustomer: 5 });
    await rivals.apply('here', transaction(`supply-${periods}`, [limited, receive(sku, 4), held, cart]));
    // A process remembers records that it reads, and not those that its batches create.
    await rivals.stores.here.read([{ skus: [sku], holds: [holdId], documents: [`cart:${holdId}`] }]);
    rivals.clocks.there.now = base + at;
    rivals.clocks.here.now = base + at - behindMs;
    await rivals.apply('there', transaction(`ahead-${periods}`, [configure('B')]));
    await rivals.apply('here', transaction(`late-${periods}`, stepsOf(holdId, sku)));
    await rivals.compareNamed();
  }
  expect(points.length).toBeGreaterThan(4);
});

test('the ledger finally equals that of the model', async () => {
  expect(await allLedger(rivals.stores.there, null, 5_000)).toEqual(await allLedger(rivals.model, null, 5_000));
});

/** Lets the clock return `once` at the first reading, and `then` afterwards. */
function readOnce(clock: { now: number }, once: number, then: number): void {
  let left = 1;
  Object.defineProperty(clock, 'now', { get: () => (left-- > 0 ? once : then) });
}

test.each<[string, (id: string) => Step[], object]>([
  ['extended', (h) => [extend(h, 5_000)], { status: 'applied' }],
  ['enlarged', (h) => [resizeBy(h, 1)], { status: 'applied', granted: [1] }],
  ['not counted as available', () => [reserve('new', 'A', 3)], { status: 'refused' }],
])(
  'a hold that is overdue for the process, but not yet for the shop, is %s like a live one',
  async (_, stepsOf, answer) => {
    await using own = await openRivals(redis);
    const held = reserve('h', 'A', 2, { ttlMs: TTL_MS });
    await own.apply('here', transaction('supply', [configure('A'), receive('A', 4), held]));
    await own.stores.here.read([{ skus: ['A'], holds: ['h'] }]);
    readOnce(own.clocks.here, START + TTL_MS, START + TTL_MS - 1);
    const late = transaction('late', stepsOf('h'));
    const result = await own.stores.here.apply([late]);
    expect(result.answers).toMatchObject([answer]);
    await own.judge([late], result);
    await own.compareNamed();
  },
);
