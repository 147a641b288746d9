import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Holdfast } from '../../../src/shop/holdfast.ts';
import type { Engine } from '../../support/engines.ts';
import { replayable } from '../../support/seed.ts';
import { life } from './life-scenes.ts';
import { type LifeStep, perform } from './life-steps.ts';
import { LifeWorld } from './life-world.ts';

const TIMEOUT_MS = 400_000;

/** Returns methods of the services with a fault. */
export type Fault = (holdfast: Holdfast) => Partial<Holdfast>;

/** Plays lives until one of them fails. `performed` has the kinds of steps that were performed. */
export async function live(
  engine: Engine,
  { fault, ...parameters }: fc.Parameters<[LifeStep[]]> & { fault?: Fault },
): Promise<{ verdict: fc.RunDetails<[LifeStep[]]>; performed: Set<string> }> {
  const performed = new Set<string>();
  const property = fc.asyncProperty(life, async (steps) => {
    await using world = await LifeWorld.open(engine, fault);
    for (const each of steps) {
      await perform(world, each);
      performed.add(each.does);
    }
    await world.settle();
  });
  return { verdict: await fc.check(property, parameters), performed };
}

/**
 * Plays random lives of carts, orders and reservations, and compares each step with the reference. Each engine has its
 * own test file, so that they run in parallel. `HOLDFAST_LIVES` sets the number of lives.
 */
export function testLives(engine: Engine, { histories }: { histories: number }): void {
  describe(`carts, orders and reservations on ${engine.name}`, () => {
    beforeAll(() => engine.start());
    afterAll(() => engine.stop());

    test('behave like the reference for random calls in any order', { timeout: TIMEOUT_MS }, async () => {
      const numRuns = Number(process.env['HOLDFAST_LIVES'] ?? histories);
      const { seed, ...replay } = replayable();
      const { verdict, performed } = await live(engine, { numRuns, seed, ...replay });
      if (verdict.failed) throw new Error(fc.defaultReportMessage(verdict), { cause: verdict.errorInstance });
      console.log(`${verdict.numRuns} lives on ${engine.name}. Again: HOLDFAST_SEED=${seed}`);
      expect(performed.size).toBeGreaterThan(verdict.numRuns > 20 ? 20 : 0);
    });
  });
}
