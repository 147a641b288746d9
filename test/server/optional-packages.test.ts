import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openPayments } from '../../src/server/compose.ts';
import { loadConfig } from '../../src/server/settings/config.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Creates an installation without the optional packages: the built server, and all other packages. */
async function installWithoutOptional(dir: string): Promise<string> {
  await cp(join(ROOT, 'dist'), join(dir, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(dir, 'package.json'));
  await mkdir(join(dir, 'node_modules'));
  const packages = await readdir(join(ROOT, 'node_modules'));
  await mkdir(join(dir, 'node_modules/@opentelemetry'));
  const optional = new Set(['stripe', 'pg', 'pg-copy-streams', '@opentelemetry']);
  const needed = packages.filter((each) => !optional.has(each) && !each.startsWith('.'));
  for (const name of [...needed, '@opentelemetry/api']) {
    await symlink(join(ROOT, 'node_modules', name), join(dir, 'node_modules', name));
  }
  return join(dir, 'dist/server/main.js');
}

const run = (main: string, env: Record<string, string>, args: string[] = []) =>
  new Promise<{ code: unknown; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, ...args], { env, timeout: 20_000 }, (error, _, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });

test('without the optional packages, everything except Stripe, the archive and the export of spans works', async () => {
  await using dir = await tempDir();
  const main = await installWithoutOptional(dir.path);
  const shop = { DATA_DIR: join(dir.path, 'data'), PORT: '0', OPERATOR_KEY: 'a key of sixteen'.replaceAll(' ', '-') };
  const refused = await run(main, { ...shop, STRIPE_WEBHOOK_SECRET: 'whsec_12345678' });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/STRIPE_WEBHOOK_SECRET .*npm install stripe\n$/);
  const untraced = await run(main, { ...shop, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' });
  expect(untraced.code).toBe(2);
  expect(untraced.stderr).toMatch(
    /^holdfast: OTEL_EXPORTER_OTLP_ENDPOINT needs the package @opentelemetry\/sdk-node beside holdfast: npm install .*\n$/,
  );
  const archive = { ARCHIVE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
  const unarchived = await run(main.replace('server/main.js', 'cli/bin.js'), archive, ['archive', '--once']);
  expect(unarchived.code).toBe(2);
  expect(unarchived.stderr).toMatch(/^holdfast: .*pg-copy-streams beside holdfast: npm install pg pg-copy-streams\n$/);
  // The start continues until it opens its store, and fails there because the directory is a file.
  const disabled = { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
  const other = await run(main, { ...shop, ...disabled, DATA_DIR: join(dir.path, 'package.json') });
  expect(other.code).toBe(3);
  expect(await openPayments(loadConfig({}))).toEqual([]);
});
