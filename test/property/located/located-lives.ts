import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../support/engines.ts';
import { replayable } from '../../support/seed.ts';
import { locatedLife, type LocatedStep } from './located-plans.ts';
import { type LocatedFault, LocatedWorld } from './located-world.ts';

const TIMEOUT_MS = 600_000;

/** Plays lives until one of them fails. */
export async function liveLocated(
  engine: Engine,
  { fault, ...parameters }: fc.Parameters<[LocatedStep[]]> & { fault?: LocatedFault },
): Promise<{ verdict: fc.RunDetails<[LocatedStep[]]>; calls: number }> {
  let calls = 0;
  const property = fc.asyncProperty(locatedLife, async (steps) => {
    await using world = await LocatedWorld.open(engine, fault);
    for (const each of steps) await world.perform(each);
    await world.settle();
    calls += world.calls;
  });
  return { verdict: await fc.check(property, parameters), calls };
}

/**
 * Plays random lives of a shop with three locations and backorders, and compares each step with the reference.
 * `HOLDFAST_LIVES` sets the number of lives.
 */
export function testLocatedLives(engine: Engine, { histories }: { histories: number }): void {
  describe(`locations and backorders on ${engine.name}`, () => {
    beforeAll(() => engine.start());
    afterAll(() => engine.stop());

    test('behave like the reference for random calls in any order', { timeout: TIMEOUT_MS }, async () => {
      const { seed, ...replay } = replayable();
      const numRuns = Number(process.env['HOLDFAST_LIVES'] ?? histories);
      const { verdict, calls } = await liveLocated(engine, { numRuns, seed, ...replay });
      if (verdict.failed) throw new Error(fc.defaultReportMessage(verdict), { cause: verdict.errorInstance });
      console.log(`${calls} calls in ${verdict.numRuns} lives on ${engine.name}. Again: HOLDFAST_SEED=${seed}`);
      expect(calls).toBeGreaterThan(0);
    });
  });
}
