import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.base.config.ts';

/** Examples that take minutes to install and to build: `npm run test:examples`. CI runs it; the suite does not. */
export default mergeConfig(
  base,
  defineConfig({ test: { include: ['test/examples/*.installed.ts'], globalSetup: ['test/support/build-once.ts'] } }),
);
