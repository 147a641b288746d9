import { expect, test } from 'vitest';
import { simulate, type Simulated } from './simulation.ts';

const { HOLDFAST_SEED, HOLDFAST_SEEDS = '10000' } = process.env;
/** The seed of the environment, whose events are printed, or all. */
const [FIRST, LAST] =
  HOLDFAST_SEED === undefined ? [1, Number(HOLDFAST_SEEDS)] : [Number(HOLDFAST_SEED), Number(HOLDFAST_SEED)];
const SHOWN = { isTraced: HOLDFAST_SEED !== undefined };
const COUNTS = ['events', 'movements', 'faults', 'kills', 'clockMoves'] as const;
/** A seed takes some 6 ms of CPU. */
const TIMEOUT_MS = 60 * Math.max(10_000, Number(HOLDFAST_SEEDS));

/** What a failing seed prints. */
const report = ({ seed, violations }: Simulated): string =>
  [`seed ${seed}:`, ...violations, `replay: HOLDFAST_SEED=${seed} npx vitest run test/simulation`].join('\n');

test('no seed violates an invariant', { timeout: TIMEOUT_MS }, async () => {
  const started = process.cpuUsage();
  const sums = { events: 0, movements: 0, faults: 0, kills: 0, clockMoves: 0 };
  for (let seed = FIRST; seed <= LAST; seed += 1) {
    const run = await simulate(seed, SHOWN);
    for (const name of COUNTS) sums[name] += run.counts[name];
    process.stdout.write(run.trace.map((line) => `${line}\n`).join(''));
    expect(run.violations, report(run)).toEqual([]);
  }
  const { user, system } = process.cpuUsage(started);
  const seconds = ((user + system) / 1_000_000).toFixed(1);
  const counts = COUNTS.map((name) => `${sums[name]} ${name}`).join(', ');
  console.log(`seeds ${FIRST} to ${LAST}, ${counts}, ${seconds} s of CPU`);
});

test('a seed has one course, byte for byte', async () => {
  for (let seed = 1; seed <= Math.min(50, LAST); seed += 1) {
    const [first, second] = [await simulate(seed, { isTraced: true }), await simulate(seed, { isTraced: true })];
    expect(second.trace.join('\n')).toBe(first.trace.join('\n'));
    const untraced = await simulate(seed);
    expect(untraced.counts).toEqual(first.counts);
  }
});
