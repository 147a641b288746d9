import { defineConfig } from 'vitest/config';

/** What all runs of tests have in common. */
export default defineConfig({
  test: {
    passWithNoTests: false,
    // Each file may start its own Redis and servers, so files run in processes of their own, and few at once.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    // Lines of each side that a failed comparison compares. The time grows with their square and blocks the process, so that
    // no timeout fires: 4,000 records took 27 seconds, and 40,000 most of an hour.
    diff: { truncateThreshold: 500 },
    restoreMocks: true,
    unstubEnvs: true,
  },
});
