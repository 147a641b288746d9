import { expect, test } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { simulate } from './simulation.ts';

const SEEDS_MAX = 1_000;
const TIMEOUT_MS = 120_000;
const IS_VERBOSE = process.env['HOLDFAST_VERBOSE'] !== undefined;

/** The first seed that finds a violation, and the violation. */
async function firstFound(): Promise<{ seed: number; violation: string } | null> {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const [violation] = (await simulate(seed)).violations;
    if (violation !== undefined) return { seed, violation };
  }
  return null;
}

test.runIf(process.env['HOLDFAST_SEED'] === undefined).each(MUTANTS)(
  'finds a product that would $name',
  { timeout: TIMEOUT_MS },
  async ({ name, inject }) => {
    const mend = inject();
    try {
      const found = await firstFound();
      if (IS_VERBOSE) console.log(`${name}: seed ${found?.seed}: ${found?.violation}`);
      expect(found).not.toBeNull();
    } finally {
      mend();
    }
  },
);
