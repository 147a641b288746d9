import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../support/engines.ts';
import { replayable } from '../seed.ts';
import { life, type LifeStep, perform } from './life-steps.ts';
import { LifeWorld } from './life-world.ts';

const TIMEOUT_MS = 120_000;

/**
 * Random lives of carts and orders, step by step compared with the reference. Each engine has a test file of its own, so
 * that they run side by side. `HOLDFAST_LIVES` plays more of them.
 */
export function livesAsPromised(engine: Engine, { histories }: { histories: number }): void {
  describe(`carts and orders on ${engine.name}`, () => {
    beforeAll(() => engine.start());
    afterAll(() => engine.stop());

    test(`live as the docs promise, whatever is asked of them in any order`, { timeout: TIMEOUT_MS }, async () => {
      const { path, ...replay } = replayable();
      const taken = new Set<LifeStep['does']>();
      const property = fc.asyncProperty(life, async (steps) => {
        await using world = await LifeWorld.open(engine);
        for (const each of steps) {
          await perform(world, each);
          taken.add(each.does);
        }
        await world.settle();
      });
      const numRuns = Number(process.env['HOLDFAST_LIVES'] ?? histories);
      await fc.assert(property, { numRuns, ...replay, ...(path === undefined ? {} : { path }) });
      if (path === undefined) expect(taken.size).toBeGreaterThan(20);
    });
  });
}
