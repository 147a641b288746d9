import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { ratioOf } from '../../bench/core/ratio.ts';
import { runAll } from '../../bench/core/run-all.ts';
import { runBench } from '../../bench/core/run-bench.ts';
import type { Task } from '../../bench/core/tasks.ts';
import type { Bench, OpenSide, Plan, Side } from '../../bench/core/types.ts';
import { markdownOf } from '../../bench/output/markdown.ts';
import { openRedisShop, SHOP } from '../../bench/support/redis-shop.ts';
import { reserveOne } from '../../bench/sides/reserving.ts';
import { skuName, supply } from '../../bench/support/goods.ts';
import { shopKey } from '../../src/store/redis/link/redis-keys.ts';

const plan: Plan = { roundMs: 10, smoke: true, say: () => undefined };

/** A side with known figures. It records each call that it receives. */
const scripted = (name: string, figures: number[], acts: string[], verify = () => Promise.resolve()): Side => ({
  name,
  unit: '/s',
  open: () => {
    acts.push(`${name} opens`);
    const side: OpenSide = {
      round: (round) => {
        acts.push(`${name}${round}`);
        return Promise.resolve({ value: figures[round] ?? 1 });
      },
      verify,
      close: () => {
        acts.push(`${name} closes`);
        return Promise.resolve();
      },
    };
    return Promise.resolve(side);
  },
});

const benchOf = (a: Side, b: Side): Bench => ({ key: 'key', about: 'about', reach: { atLeast: 2 }, a, b });

test('measures the sides alternately, after a warm-up round of each', async () => {
  const acts: string[] = [];
  const bench = benchOf(scripted('a', [9, 6, 2, 8], acts), scripted('b', [1, 2, 2, 2], acts));
  const { median, worst, rounds, a } = await runBench(bench, plan, 3);
  expect({ median, worst, rounds, values: a.values }).toEqual({ median: 3, worst: 1, rounds: 3, values: [6, 2, 8] });
  const turns = ['a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'a3', 'b3'];
  expect(acts).toEqual(['a opens', 'b opens', ...turns, 'b closes', 'a closes']);
});

test('takes the largest figure as the worst round if less is better', () => {
  const side = scripted('a', [], []);
  const rounds = [1, 5, 3].map((value) => ({ a: { value }, b: { value: 1 } }));
  expect(ratioOf({ a: side, b: side, reach: { atMost: 3 } }, rounds)).toMatchObject({ median: 3, worst: 5 });
  expect(ratioOf({ a: side, b: side, reach: 'report' }, rounds)).toMatchObject({ median: 3, worst: 1 });
  expect(() => ratioOf({ a: side, b: side, reach: 'report' }, [{ a: { value: 0 }, b: { value: 1 } }])).toThrow(
    'not positive ratios: 0',
  );
});

/** A real shop. After the measurement a hold is removed behind Holdfast's back. */
const robbed: Side = {
  name: 'robbed',
  unit: '/s',
  open: async () => {
    const shop = await openRedisShop();
    await supply(shop.holdfast, 1);
    let done = 0;
    return {
      round: async () => {
        await reserveOne(shop.holdfast, skuName(0), done);
        done += 1;
        return { value: 1 };
      },
      verify: async () => {
        const thief = new Redis(shop.redis.socketPath);
        const [holdId = ''] = await thief.hkeys(shopKey(SHOP, 'holds'));
        await thief.hdel(shopKey(SHOP, 'holds'), holdId);
        thief.disconnect();
        await shop.audit({ reserved: done });
      },
      close: () => shop.close(),
    };
  },
};

test('reports no result for a side that fails its audit, and measures the next key', async () => {
  const benches = [benchOf(robbed, scripted('b', [], [])), benchOf(scripted('a', [], []), scripted('b', [], []))];
  const tasks = ['robbed', 'sound'].map((key): Task => ({ key, kind: 'ratio', seconds: 1 }));
  const lines: string[] = [];
  const run = ({ key }: Task) => runBench(benches[key === 'robbed' ? 0 : 1]!, plan, 1);
  const { ratios } = await runAll(tasks, run, (line) => lines.push(line));
  expect(ratios).toEqual({
    robbed: { error: expect.stringMatching(/^side a \(robbed\): the audit found /) },
    sound: expect.objectContaining({ median: 1 }),
  });
  expect(lines.some((line) => line.includes('has no result'))).toBe(true);
  const listed = { benches: [{ ...benches[0]!, key: 'robbed' }], reports: [] };
  const markdown = markdownOf({ machine: {}, versions: {}, ratios, reports: {} }, listed, {
    plots: [],
    hasReaches: true,
  });
  expect(markdown).toContain('| `robbed` | - | - | - | >= 2 | no result |');
  const forReaders = markdownOf({ machine: {}, versions: {}, ratios, reports: {} }, listed, {
    plots: [],
    hasReaches: false,
  });
  expect(forReaders).toContain('| `robbed` | - | - | - | more |');
});

test('finds units that were never reserved, though all sums agree', async () => {
  const shop = await openRedisShop();
  try {
    await supply(shop.holdfast, 1);
    await reserveOne(shop.holdfast, skuName(0), 0);
    await shop.audit({ reserved: 1 });
    await expect(shop.audit({ reserved: 2 })).rejects.toThrow('1 reserved, 0 sold');
  } finally {
    await shop.close();
  }
});
