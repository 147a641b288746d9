import { defineConfig, mergeConfig } from 'vitest/config';
import suite from './vitest.config.ts';

/** Apart from the suite, which installs no browser: `npm run test:browser`, with `CHROMIUM` where it is not /usr/bin/chromium. */
export default mergeConfig(
  { ...suite, test: { ...suite.test, include: [] } },
  defineConfig({ test: { include: ['test/browser/*.browser.ts'] } }),
);
