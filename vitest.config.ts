import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.base.config.ts';

/** Tests that open all that they use, and leave nothing behind in their process. */
const ROOMS = ['test/{actor,api,console,domain,payment,rest,service,transact,webhook}/**/*.test.ts'];
const globalSetup = ['test/support/build-once.ts'];

export default mergeConfig(
  base,
  defineConfig({
    test: {
      projects: [
        { extends: true, test: { name: 'suite', include: ['test/**/*.test.ts'], exclude: ROOMS, globalSetup } },
        // The files of a worker share one process: to load all modules again for each file took a third of the CPU.
        { extends: true, test: { name: 'rooms', include: ROOMS, isolate: false, globalSetup } },
      ],
    },
  }),
);
