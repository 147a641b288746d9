import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type HttpAnswer, HttpCaller, must } from '../support/http-caller.ts';
import { poll } from '../support/poll.ts';
import { startRedis } from '../support/redis-server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { FULL } from '../support/scale.ts';
import { type Flood, flood, FLOOD_SKUS } from './flood.ts';

const SECONDS = FULL ? { capacity: 5, flood: 15, after: 5 } : { capacity: 2, flood: 5, after: 2 };
/** Few enough for the machine's file descriptors. */
const CONNECTIONS_MAX = 5_000;
const CONNECTIONS_MIN = 1_000;
/** Seconds of work that the connections hold together, with one request each: the wait without shedding. */
const BACKLOG_SECONDS = 5;
const PROBE_EVERY_MS = 250;
/**
 * The goal is nine tenths of the capacity, and a p99 of 1.5 s. The generator's share of the machine depends on its
 * other load, so only the full trial on a quiet machine is held to the goal.
 */
const GOAL = FULL ? { goodput: 0.9, p99Ms: 1_500 } : { goodput: 0.3, p99Ms: Infinity };
const P50_MAX_MS = 2_000;
/**
 * The memory after the storm, of which 5,000 connections need about 200 MiB. The growth would depend on how much of its
 * heap the young process had used before.
 */
const RSS_MAX = 550 * 1_048_576;

async function rssOf({ pid }: ServerProcess): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

async function stockUp(caller: HttpCaller): Promise<void> {
  const operator = caller.asOperator();
  for (let n = 0; n < FLOOD_SKUS; n += 1) {
    must(await operator.mutate('stock.define', { sku: `sku-${n}` }));
    must(await operator.mutate('stock.receive', { sku: `sku-${n}`, quantity: 100_000_000 }));
  }
}

interface Probes {
  checkout: Set<string>;
  operator: Set<string>;
  health: Set<number>;
}

const outcomeOf = (answer: HttpAnswer<unknown>): string => (answer.ok ? 'ok' : answer.reason);

/**
 * Makes calls that are shed last, one after the other, until `until` has settled. Resolves to the outcomes of each
 * kind.
 */
async function probe(caller: HttpCaller, until: Promise<unknown>): Promise<Probes> {
  const found: Probes = { checkout: new Set(), operator: new Set(), health: new Set() };
  const signal = { isOver: false };
  void until.then(() => (signal.isOver = true));
  for (let n = 0; !signal.isOver; n += 1) {
    const place = await caller.as(`prober-${n}`).mutate('checkout.place', { idempotencyKey: `probe-${n}` });
    const level = await caller.asOperator().query('stock.level', { sku: 'sku-0' });
    const health = await caller.get('/health/live');
    found.checkout.add(outcomeOf(place));
    found.operator.add(outcomeOf(level));
    found.health.add(health.status);
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  return found;
}

type StoreName = 'redis' | 'embedded';
/** The suite has time for one of them. */
const STORES: readonly StoreName[] = FULL ? ['redis', 'embedded'] : ['redis'];

interface Trial {
  capacity: Flood;
  storm: Flood;
  after: Flood;
  probes: Probes;
  rss: number;
  shedTotal: number;
}

async function trial(store: StoreName, settings: Record<string, string>): Promise<Trial> {
  await using redis = store === 'redis' ? await startRedis() : null;
  const where = redis ? { REDIS_URL: redis.url, DURABILITY: 'none' } : {};
  await using server = await startServerProcess({ ...where, ...settings });
  const caller = new HttpCaller(server.url);
  await stockUp(caller);
  const port = Number(new URL(server.url).port);
  const run = (connections: number, perSecond: number, seconds: number): Promise<Flood> =>
    flood({ port, connections, perSecond, seconds });
  await run(64, 0, 1);
  const capacity = await run(64, 0, SECONDS.capacity);
  const backlog = Math.round(capacity.goodput * BACKLOG_SECONDS);
  const connections = Math.min(CONNECTIONS_MAX, Math.max(CONNECTIONS_MIN, backlog));
  const storming = run(connections, capacity.goodput * 10, SECONDS.flood);
  const [storm, probes] = await Promise.all([storming, probe(caller, storming)]);
  await poll(async () => /^holdfast_http_in_flight 1$/m.test((await caller.get('/metrics')).body), {
    timeoutMs: 30_000,
  });
  const after = await run(64, Math.ceil(capacity.goodput / 10), SECONDS.after);
  const metrics = (await caller.get('/metrics')).body;
  const [, shed] = /holdfast_shed_total\{class="shopper"\} (\d+)/.exec(metrics) ?? [];
  const rss = await rssOf(server);
  caller.close();
  return { capacity, storm, after, probes, rss, shedTotal: Number(shed) };
}

describe('ten times the capacity, in an open loop', () => {
  test.each(STORES)(
    'answers part of the load with overloaded and the rest in time, on %s',
    { timeout: 120_000 },
    async (store) => {
      const { capacity, storm, after, probes, rss, shedTotal } = await trial(store, { WAIT_MAX_MS: '1000' });
      if (FULL) console.log(JSON.stringify({ capacity, storm, after, rss }));
      expect(storm.shed).toBeGreaterThan(0);
      expect(shedTotal).toBeGreaterThanOrEqual(storm.shed);
      expect([storm.other, storm.gaveUp, storm.broken]).toEqual([0, 0, 0]);
      expect(storm.okMs.p50Ms).toBeLessThan(P50_MAX_MS);
      expect(storm.okMs.p99Ms).toBeLessThan(GOAL.p99Ms);
      expect(storm.goodput).toBeGreaterThan(capacity.goodput * GOAL.goodput);
      // The cart is empty: the call itself was served.
      expect([...probes.checkout]).toEqual(['cart_empty']);
      expect([...probes.operator]).toEqual(['ok']);
      expect([...probes.health]).toEqual([200]);
      expect([after.shed, after.other]).toEqual([0, 0]);
      expect(rss).toBeLessThan(RSS_MAX);
    },
  );
});
