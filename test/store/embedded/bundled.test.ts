import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { tempDir } from '../../support/temp-dir.ts';

const ENTRY = join(import.meta.dirname, '../../../dist/store/embedded/files/environment.js');

test('the embedded store refuses to run from a bundle, with a line that says what to do', async () => {
  await using dir = await tempDir();
  await build({
    configFile: false,
    root: dir.path,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: ENTRY, outDir: join(dir.path, 'out'), rolldownOptions: { output: { entryFileNames: 'bundle.mjs' } } },
  });
  const { status, stderr } = spawnSync(process.execPath, [join(dir.path, 'out/bundle.mjs')], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('holdfast is in a bundle');
  expect(stderr).toContain('serverExternalPackages');
});
