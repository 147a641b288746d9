import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEmbeddedStore } from '../../../src/store/embedded/embedded-store.ts';
import { tempDir } from '../../support/temp-dir.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const modesIn = (dir: string): string[] => readdirSync(dir).map((name) => `${name} ${modeOf(join(dir, name))}`);

let umask = 0;
beforeEach(() => {
  umask = process.umask(0);
});
afterEach(() => void process.umask(umask));

test('other users cannot read the data directory or its files, with any umask', async () => {
  await using home = await tempDir();
  const dir = join(home.path, 'data');
  const store = await openEmbeddedStore({ dir, shop: 'test' });
  expect(modeOf(dir)).toBe('700');
  expect(modesIn(dir)).toContain('data.mdb 600');
  expect(modesIn(dir).filter((line) => !line.endsWith(' 600'))).toEqual([]);
  await store.close();
  expect(modesIn(dir).filter((line) => !line.endsWith(' 600'))).toEqual([]);
});

test('a start removes the access of other users to files of an older version', async () => {
  await using home = await tempDir();
  const dir = join(home.path, 'data');
  await (await openEmbeddedStore({ dir, shop: 'test' })).close();
  chmodSync(dir, 0o755);
  for (const name of readdirSync(dir)) chmodSync(join(dir, name), 0o664);
  const store = await openEmbeddedStore({ dir, shop: 'test' });
  expect(modeOf(dir)).toBe('700');
  expect(modesIn(dir).filter((line) => !line.endsWith(' 600'))).toEqual([]);
  await store.close();
});

test('a start does not change the mode of a directory that has other files', async () => {
  await using home = await tempDir();
  const dir = join(home.path, 'shared');
  mkdirSync(dir, { mode: 0o755 });
  writeFileSync(join(dir, 'notes.txt'), '', { mode: 0o644 });
  const store = await openEmbeddedStore({ dir, shop: 'test' });
  expect([modeOf(dir), modeOf(join(dir, 'notes.txt')), modeOf(join(dir, 'data.mdb'))]).toEqual(['755', '644', '600']);
  await store.close();
});
