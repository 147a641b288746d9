import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const TEXT = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');

/** Paths in code spans and links. `FORMAT` stands for a number. */
const paths = [...TEXT.matchAll(/`((?:src|test|docs|scripts|load-tests)\/[^`\s]*)`|\]\((?!http)([^)]+)\)/g)]
  .map(([, span, link]) => span ?? link ?? '')
  .filter((path) => !path.includes('FORMAT'));

test('CONTRIBUTING.md names files and folders that exist', () => {
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test.each([
  ['Add a field to a SKU', 15],
  ['Add a step', 8],
])('the recipe "%s" has at most %i files', (title, filesMax) => {
  const section = TEXT.split('\n## ').find((part) => part.startsWith(`${title}\n`)) ?? '';
  const rows = section.match(/^\| `/gm) ?? [];
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.length).toBeLessThanOrEqual(filesMax);
});
