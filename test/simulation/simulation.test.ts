import { expect, test } from 'vitest';
import { simulate, type Simulated } from './simulation.ts';

const { HOLDFAST_SEED, HOLDFAST_SEEDS = '10000' } = process.env;
const SEEDS = Number(HOLDFAST_SEEDS);
const COUNTS = ['events', 'movements', 'faults', 'kills', 'clockMoves'] as const;
const TIMEOUT_MS = 600_000;

/** What a failing seed prints. */
const report = ({ seed, violations }: Simulated): string =>
  [`seed ${seed}:`, ...violations, `replay: HOLDFAST_SEED=${seed} npx vitest run test/simulation`].join('\n');

test.runIf(HOLDFAST_SEED === undefined)('no seed violates an invariant', { timeout: TIMEOUT_MS }, async () => {
  const started = process.cpuUsage();
  const sums = { events: 0, movements: 0, faults: 0, kills: 0, clockMoves: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const run = await simulate(seed);
    for (const name of COUNTS) sums[name] += run.counts[name];
    expect(run.violations, report(run)).toEqual([]);
  }
  const { user, system } = process.cpuUsage(started);
  const seconds = ((user + system) / 1_000_000).toFixed(1);
  const counts = COUNTS.map((name) => `${sums[name]} ${name}`).join(', ');
  console.log(`${SEEDS} seeds, ${counts}, ${seconds} s of CPU`);
});

// A seed of the environment is replayed with its events. Otherwise there is no such test, because none is skipped.
if (HOLDFAST_SEED !== undefined) {
  test('replays HOLDFAST_SEED', { timeout: TIMEOUT_MS }, async () => {
    const run = await simulate(Number(HOLDFAST_SEED), { isTraced: true });
    console.log(run.trace.join('\n'));
    expect(run.violations, report(run)).toEqual([]);
  });
}

test('a seed has one course, byte for byte', async () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const [first, second] = [await simulate(seed, { isTraced: true }), await simulate(seed, { isTraced: true })];
    expect(second.trace.join('\n')).toBe(first.trace.join('\n'));
    const untraced = await simulate(seed);
    expect(untraced.counts).toEqual(first.counts);
  }
});
