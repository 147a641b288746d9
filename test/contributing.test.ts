import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readFiles, readTree } from './support/source-tree.ts';

const ROOT = join(import.meta.dirname, '..');
const MAP = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
const TEXT = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const PAGES = new Map([...readFiles('README.md', 'CONTRIBUTING.md', 'SECURITY.md'), ...readTree('docs', '.md')]);

/** Paths in code spans. `FORMAT` is a placeholder for a number, and `*` for several names. */
const pathsOf = (text: string): string[] =>
  [...text.matchAll(/`((?:src|test|docs|scripts|load-tests)\/[\w./-]*)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => !path.includes('FORMAT'));

/** Targets of links, relative to the page's own folder. */
const linksOf = (page: string, text: string): string[] =>
  [...text.matchAll(/\]\((?!http|#)([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => join(dirname(page), link));

test.each([...PAGES])('%s names files and folders that exist', (page, text) => {
  const named = [...pathsOf(text), ...linksOf(page, text)];
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('the architecture page lists each folder of src', () => {
  const folders = [...readTree('src', '.ts').keys()].map((path) => dirname(path).slice('src/'.length));
  const isListed = (folder: string): boolean => {
    const [room, ...rest] = folder.split('/');
    const inRoom = room === 'store' ? rest.join('/') : folder;
    return MAP.includes(`\`src/${folder}/\``) || MAP.includes(`\`${inRoom}/\``);
  };
  expect([...new Set(folders)].filter((folder) => folder !== '' && !isListed(folder))).toEqual([]);
});

test.each([
  ['Add a field to a SKU', 15],
  ['Add a step', 8],
  ['Add a procedure', 18],
])('the recipe "%s" has at most %i files', (title, filesMax) => {
  const section = TEXT.split('\n## ').find((part) => part.startsWith(`${title}\n`)) ?? '';
  const rows = section.match(/^\| `/gm) ?? [];
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.length).toBeLessThanOrEqual(filesMax);
});
