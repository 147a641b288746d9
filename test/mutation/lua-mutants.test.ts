import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FULL } from '../support/scale.ts';
import { tempDir } from '../support/temp-dir.ts';
import { COMMIT_MUTANTS } from './commit-mutants.ts';
import type { LuaMutant } from './lua-mutant.ts';
import { OTHER_MUTANTS } from './other-mutants.ts';

// Each mutant is a bug of the scripts. A test of the Redis store runs with it on a real Redis and has to fail. The
// suite runs some of them, `npm run test:mutation` and `npm run test:faults` all.

const ALL = [...COMMIT_MUTANTS, ...OTHER_MUTANTS];
const MUTANTS = FULL ? ALL : ALL.filter(({ isQuick }) => isQuick);
const TIMEOUT_MS = 60_000 + MUTANTS.length * 60_000;
const LUA = join(import.meta.dirname, '../../src/store/redis/lua');
/** What Redis reports for a script that cannot run at all, which any test would find. */
const INVALID = /Error compiling|nonexistent global/i;

/** What a test does with the scripts of a folder. */
interface Run extends Pick<LuaMutant, 'test' | 'only'> {
  lua: string;
}

interface Outcome {
  ms: number;
  passed: number;
  failures: { test: string; message: string }[];
}

const dir = await tempDir();
afterAll(() => dir[Symbol.asyncDispose]());

/** Writes a copy of the scripts with the mutant. Throws unless the text that it replaces is there once. */
async function mutated({ file, find, replace }: LuaMutant, index: number): Promise<string> {
  const lua = join(dir.path, String(index));
  await cp(LUA, lua, { recursive: true });
  const parts = (await readFile(join(lua, file), 'utf8')).split(find);
  if (parts.length !== 2) throw new Error(`${file} has the text ${parts.length - 1} times, expected once: ${find}`);
  await writeFile(join(lua, file), parts.join(replace));
  return lua;
}

/** Runs tests one after the other in one process, because each start of the test runner takes a second. */
async function outcomesOf(runs: readonly Run[]): Promise<Outcome[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lua-mutants-child.js'), JSON.stringify(runs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const outcomes: Outcome[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('{')) outcomes.push(JSON.parse(line) as Outcome);
  }
  expect((await ended)[0]).toBe(0);
  expect(outcomes).toHaveLength(runs.length);
  return outcomes;
}

describe('the scripts with a bug', () => {
  let found: Outcome[] = [];
  beforeAll(async () => {
    const runs = MUTANTS.map(async (mutant, index) => ({ ...mutant, lua: await mutated(mutant, index) }));
    found = await outcomesOf(await Promise.all(runs));
  }, TIMEOUT_MS);

  test.each(MUTANTS.map(({ file, why, test: finder }, index) => ({ file, why, finder, index })))(
    '$why: $finder finds a bug of $file',
    ({ index }) => {
      const failures = found[index]?.failures ?? [];
      expect(failures.length).toBeGreaterThan(0);
      for (const { message } of failures) expect(message).not.toMatch(INVALID);
    },
  );
});

test('the same tests pass with the scripts as they are', { timeout: TIMEOUT_MS }, async () => {
  const runs = MUTANTS.map(({ test: finder, only }): Run => ({ test: finder, ...(only ? { only } : {}), lua: LUA }));
  const distinct = [...new Map(runs.map((run) => [JSON.stringify(run), run])).values()];
  // Without `FULL` the suite itself runs these tests, so one of them shows that the tests run at all.
  for (const { passed, failures } of await outcomesOf(FULL ? distinct : distinct.slice(0, 1))) {
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(0);
  }
});

test('there are at least 40 mutants', () => {
  expect(new Set(ALL.map(({ why }) => why)).size).toBe(ALL.length);
  expect(ALL.length).toBeGreaterThanOrEqual(40);
});
