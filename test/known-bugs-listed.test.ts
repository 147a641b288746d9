import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTree } from './support/source-tree.ts';

const NUMBERS = Array.from({ length: 16 }, (_, index) => index + 1);

/** Test files that name bugs by number in their titles. */
function titled(): Map<number, Set<string>> {
  const found = new Map<number, Set<string>>(NUMBERS.map((number) => [number, new Set()]));
  for (const [path, text] of readTree('test', '.test.ts')) {
    for (const [title] of text.matchAll(/\btest(?:\.each\([^)]*\))?\(\s*(['"`]).*?\1/gs)) {
      for (const [, number] of title.matchAll(/\bbug (\d+)\b/g)) found.get(Number(number))?.add(path);
    }
  }
  return found;
}

/** The rows of the table in docs/known-bugs.md. */
function listed(): Map<number, string[]> {
  const rows = readFileSync('docs/known-bugs.md', 'utf8').matchAll(/^\| (\d+) \|.*\| ([^|]+) \|$/gm);
  return new Map([...rows].map(([, number, tests = '']) => [Number(number), tests.split(', ')]));
}

test('each known bug is in the list and has a test that names its number', () => {
  expect([...listed().keys()]).toEqual(NUMBERS);
  const [inTests, inDocs] = [titled(), listed()];
  for (const number of NUMBERS) {
    expect([...(inTests.get(number) ?? [])].sort(), `bug ${number}`).toEqual(inDocs.get(number)?.toSorted());
    expect(
      inDocs.get(number)?.some((path) => path.startsWith('test/system/')),
      `bug ${number} over HTTP`,
    ).toBe(true);
  }
});
