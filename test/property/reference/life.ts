import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../../../src/shop/holdfast.ts';
import type { Engine } from '../../support/engines.ts';
import { replayable } from '../../support/seed.ts';
import { life } from './life-scenes.ts';
import { type LifeStep, perform } from './life-steps.ts';
import { LifeWorld } from './life-world.ts';

const TIMEOUT_MS = 400_000;

/** What is wrong with the services that a life is lived with; absent: nothing. */
export type Fault = (holdfast: Holdfast) => Partial<Holdfast>;

/** Plays lives until one of them fails; `taken` is what kinds of steps they had. */
export async function live(
  engine: Engine,
  { fault, ...parameters }: fc.Parameters<[LifeStep[]]> & { fault?: Fault },
): Promise<{ verdict: fc.RunDetails<[LifeStep[]]>; taken: Set<string> }> {
  const taken = new Set<string>();
  const property = fc.asyncProperty(life, async (steps) => {
    await using world = await LifeWorld.open(engine, fault);
    for (const each of steps) {
      await perform(world, each);
      taken.add(each.does);
    }
    await world.settle();
  });
  return { verdict: await fc.check(property, parameters), taken };
}

/**
 * Random lives of carts and orders, step by step compared with the reference. Each engine has a test file of its own, so
 * that they run side by side. `HOLDFAST_LIVES` plays more of them.
 */
export function livesAsPromised(engine: Engine, { histories }: { histories: number }): void {
  describe(`carts and orders on ${engine.name}`, () => {
    beforeAll(() => engine.start());
    afterAll(() => engine.stop());

    test(`live as the docs promise, whatever is asked of them in any order`, { timeout: TIMEOUT_MS }, async () => {
      const numRuns = Number(process.env['HOLDFAST_LIVES'] ?? histories);
      const { verdict, taken } = await live(engine, { numRuns, ...replayable() });
      if (verdict.failed) throw new Error(fc.defaultReportMessage(verdict), { cause: verdict.errorInstance });
      expect(taken.size).toBeGreaterThan(verdict.numRuns > 20 ? 20 : 0);
    });
  });
}
