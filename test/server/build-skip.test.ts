import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const OUTPUT = 'dist/one.js';
/** No timeout of a test ends a call that blocks its process. */
const BUILD_MS_MAX = 40_000;

/** What the Dockerfile copies into the stage that builds, beside the sources. */
const [, BUILD_STAGE = ''] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\nFROM ');
const COPIED = [...BUILD_STAGE.matchAll(/^COPY (.+) \S+$/gm)]
  .flatMap(([, sources = '']) => sources.split(' '))
  .filter((name) => name !== 'src');

/** A small project that is built with what an image is built with. */
function project(dir: string) {
  mkdirSync(join(dir, 'src'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  // Not the whole directory: the lock of a build is kept in it, and this one waits for none of the real project.
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules/typescript'), join(dir, 'node_modules/typescript'));
  // The sources here do not use Node, and its types take most of the time of a build.
  const config = join(dir, 'tsconfig.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace('"types": ["node"]', '"types": []'));
  const path = (name: string): string => join(dir, name);
  return {
    /** Writes a source, with one and the same time. */
    write: (name: string, text: string): void => {
      writeFileSync(path(name), text);
      utimesSync(path(name), 1_000, 1_000);
    },
    read: (name: string): string => readFileSync(path(name), 'utf8'),
    remove: (name: string): void => rmSync(path(name)),
    /** Leaves the lock of a build, with this text. */
    lock: (text: string): void => writeFileSync(path('node_modules/.cache/holdfast/dist.lock'), text),
    build: () => {
      const options = { encoding: 'utf8', timeout: BUILD_MS_MAX, killSignal: 'SIGKILL' } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, [path('scripts/build.js')], options);
      return { status, stdout, said: stderr };
    },
  };
}

const built = { status: 0, stdout: '', said: expect.stringMatching(/^Compiling src\/ to dist\/ \.\.\. done/) };
const skipped = { status: 0, stdout: '', said: 'Compiling src/ to dist/ ... skipped, nothing has changed\n' };

test('the image may copy what it is built with', () => {
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(COPIED.map((name) => `!${name}`)));
});

test('a build is skipped only where neither the sources nor the output have changed', {
  timeout: 120_000,
}, async () => {
  await using dir = await tempDir();
  const { write, read, remove, build } = project(dir.path);
  write('src/one.ts', 'export const one: number = 1;\n');
  write('src/two.lua', 'return 2\n');
  expect(build()).toEqual(built);
  expect(build()).toEqual(skipped);

  write('src/one.ts', 'export const one: number = 7;\n');
  write('src/two.lua', 'return 3\n');
  expect(build()).toEqual(built);
  expect(read(OUTPUT)).toContain('one = 7');
  expect(read('dist/two.lua')).toBe('return 3\n');

  remove(OUTPUT);
  expect(build()).toEqual(built);
  expect(read(OUTPUT)).toContain('one = 7');

  write('src/one.ts', 'export const = ;\n');
  const { status, said } = build();
  expect(status).not.toBe(0);
  expect(said).toContain(' failed');
});

test('the lock of a build that was killed is removed, whether or not it names the process', {
  timeout: 90_000,
}, async () => {
  await using dir = await tempDir();
  const { write, build, lock } = project(dir.path);
  write('src/one.ts', 'export const one: number = 1;\n');
  expect(build()).toEqual(built);
  const { pid } = spawnSync('true');
  for (const left of ['', String(pid)]) {
    lock(left);
    expect(build()).toEqual(skipped);
  }
});
