/**
 * Mutation tests by Stryker: `./scripts/mutation` runs it for each folder, with the tests of vitest.mutation.config.ts.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // Mutants in the initial values of modules: each would need all tests, in a process of its own. Most of these values
  // are tables and bounds that tests read from the same modules.
  ignoreStatic: true,
  // The machine may be small. `--concurrency` changes it.
  concurrency: 1,
  timeoutMS: 6_000,
  incremental: true,
  reporters: ['progress-append-only', 'clear-text', 'json'],
  jsonReporter: { fileName: 'node_modules/.cache/holdfast/mutation-report.json' },
  clearTextReporter: { reportTests: false, allowColor: false, allowEmojis: false },
  thresholds: { high: 95, low: 90, break: 90 },
  tempDirName: '.stryker-tmp',
  // What the sandbox has. A second `biome.json` would stop Biome.
  ignorePatterns: ['*', '!{src,test,console,scripts}/**', '!package.json', '!tsconfig*.json', '!vitest.*.ts'],
};
