import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const run = promisify(execFile);
const LIBRARY = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href;

/** Prints which packages of stores the process has loaded: after the import, and with an embedded store open. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  const { cache } = createRequire(${JSON.stringify(LIBRARY)});
  const loaded = () => {
    const files = [...Object.keys(cache), ...process.report.getReport().sharedObjects];
    return ['ioredis', 'lmdb'].filter((name) => files.some((file) => file.includes(name)));
  };
  const { openEmbeddedStore } = await import(${JSON.stringify(LIBRARY)});
  const atFirst = loaded();
  const store = await openEmbeddedStore({ dir: process.argv.at(-1), shop: 'main' });
  console.log(JSON.stringify({ atFirst, opened: loaded() }));
  await store.close();`;

test('the library loads the packages of a store only when it opens one', async () => {
  await using dir = await tempDir();
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM, dir.path]);
  expect(JSON.parse(stdout)).toEqual({ atFirst: [], opened: ['lmdb'] });
});
