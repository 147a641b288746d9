import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, createLogger, type InlineConfig } from 'vite';
import { expect, test } from 'vitest';

const CLIENT_GZIP_BYTES_MAX = 40_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds for browsers. Returns the code and vite's warnings. */
async function bundle(config: InlineConfig): Promise<{ warnings: string[]; code: string }> {
  const warnings: string[] = [];
  const customLogger = createLogger('warn');
  const warn = (message: string): void => {
    warnings.push(message);
  };
  Object.assign(customLogger, { warn, warnOnce: warn });
  const built = await build({ ...config, customLogger });
  const outputs = [built].flat().flatMap((each) => ('output' in each ? each.output : []));
  return { warnings, code: outputs.map((each) => (each.type === 'chunk' ? each.code : '')).join('\n') };
}

const expectFrontend = ({ warnings, code }: { warnings: string[]; code: string }): void => {
  expect(warnings).toEqual([]);
  expect(code).not.toMatch(/["'`]node:/);
  expect(code).not.toMatch(/ioredis|OPERATOR_KEY|SESSION_SECRET/);
};

test('the client is small, and runs in browsers', async () => {
  const built = await bundle({
    configFile: false,
    root: ROOT,
    build: { write: false, lib: { entry: 'dist/client/client.js', formats: ['es'] } },
  });
  expectFrontend(built);
  expect(built.code).not.toMatch(/^\s*import\b/m);
  expect(gzipSync(built.code).length).toBeLessThan(CLIENT_GZIP_BYTES_MAX);
});
