import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.base.config.ts';

/**
 * The tests to run while editing: `npm run test:fast`. They start no process and no server, and run each table on the
 * memory store alone. The names of the other engines' tests end in "on redis" or begin with "redis".
 */
export default mergeConfig(
  base,
  defineConfig({
    test: {
      include: [
        'test/actor/*.test.ts',
        'test/api/{bulk-rows,checked-inputs,input-defaults,wire-table}.test.ts',
        'test/conformance/{tables,reading,scan}.test.ts',
        'test/property/machine.test.ts',
        'test/store/{epoch,record-codes,record-format}.test.ts',
        'test/payment/coverage.test.ts',
        'test/{contributing,tidy}.test.ts',
      ],
      // Waits for real time under thousands of callers.
      exclude: ['test/actor/batcher-load.test.ts'],
      testNamePattern: /^(?!'?(?:embedded|redis)\b|.* on '?(?:embedded|redis)\b)/,
    },
  }),
);
