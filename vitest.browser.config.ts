import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.base.config.ts';

/** Apart from the suite, which installs no browser: `npm run test:browser`, with `CHROMIUM` where it is not /usr/bin/chromium. */
export default mergeConfig(
  base,
  defineConfig({ test: { include: ['test/browser/*.browser.ts'], globalSetup: ['test/support/build-once.ts'] } }),
);
