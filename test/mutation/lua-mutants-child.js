// Runs tests of the Redis store with mutated scripts, one mutant after the other, and writes a JSON line for each.
// The argument is JSON: [{ lua, test, only }], with the folder of the scripts, a test file and a part of test names.
import { join } from 'node:path';
import { createVitest } from 'vitest/node';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = "fileURLToPath(new URL('../lua', import.meta.url))";

/** Lets the store read its scripts from the folder that the environment names. */
const mutatedScripts = {
  name: 'mutated-scripts',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('src/store/redis/scripts/lua-scripts.ts')) return undefined;
    if (code.split(FOLDER).length !== 2) throw new Error(`${id} does not contain ${FOLDER}`);
    return code.replace(FOLDER, "(process.env['HOLDFAST_LUA'] ?? '')");
  },
};

const options = {
  root: ROOT,
  config: join(ROOT, 'vitest.base.config.ts'),
  watch: false,
  bail: 1,
  maxWorkers: 1,
  include: ['test/**/*.test.ts'],
  reporters: [{}],
};

/** Returns the messages of the failed tests and files, and the number of tests that passed. */
function outcomeOf(vitest) {
  const outcome = { passed: 0, failures: [] };
  for (const module of vitest.state.getTestModules()) {
    for (const { message } of module.errors()) outcome.failures.push({ test: module.relativeModuleId, message });
    for (const test of module.children.allTests()) {
      const { state, errors = [] } = test.result();
      if (state === 'passed') outcome.passed += 1;
      if (state === 'failed') outcome.failures.push({ test: test.fullName, message: errors[0]?.message ?? '' });
    }
  }
  return outcome;
}

process.env['HOLDFAST_ENGINES'] = 'redis';
const vitest = await createVitest('test', options, { plugins: [mutatedScripts] });
for (const { lua, test, only } of JSON.parse(process.argv[2] ?? '')) {
  process.env['HOLDFAST_LUA'] = lua;
  const since = performance.now();
  vitest.state.filesMap.clear();
  if (only) vitest.setGlobalTestNamePattern(only);
  else vitest.resetGlobalTestNamePattern();
  await vitest.start([`test/${test}`]);
  const ms = Math.round(performance.now() - since);
  process.stdout.write(`${JSON.stringify({ ms, ...outcomeOf(vitest) })}\n`);
}
await vitest.close();
// The test runner sets it for the failed tests, which are the purpose here.
process.exitCode = 0;
