import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Writes the counts for the last line of `scripts/test` to the file that HOLDFAST_TEST_COUNTS names. A skipped test, a
 * file that cannot be loaded and an error outside of tests count as failed.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const failed = tests.length - passed + broken + unhandled.length;
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    for (const test of skipped) console.error(`skipped, so it counts as failed: ${test.fullName}`);
    const file = process.env['HOLDFAST_TEST_COUNTS'];
    if (file) writeFileSync(file, `${passed} ${failed}\n`);
  }
}
