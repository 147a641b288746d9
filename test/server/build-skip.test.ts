import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const OUTPUT = 'dist/one.js';
/** A timeout of a test cannot end a call that blocks the process. */
const BUILD_MS_MAX = 40_000;

/** The files that the Dockerfile copies into the build stage, besides the sources. */
const [, BUILD_STAGE = ''] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\nFROM ');
const COPIED = [...BUILD_STAGE.matchAll(/^COPY (.+) \S+$/gm)]
  .flatMap(([, sources = '']) => sources.split(' '))
  .filter((name) => name !== 'src');

/** Creates a small project with the files of the build stage. */
function project(dir: string) {
  mkdirSync(join(dir, 'src'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  // Not the whole directory: it has the lock of a build, and this build must not wait for one of the real project.
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules/typescript'), join(dir, 'node_modules/typescript'));
  // These sources do not use Node, whose types take most of the time of a build.
  const config = join(dir, 'tsconfig.json');
  writeFileSync(config, readFileSync(config, 'utf8').replace('"types": ["node"]', '"types": []'));
  const path = (name: string): string => join(dir, name);
  return {
    /** Writes a source, always with the same modification time. */
    write: (name: string, text: string): void => {
      writeFileSync(path(name), text);
      utimesSync(path(name), 1_000, 1_000);
    },
    read: (name: string): string => readFileSync(path(name), 'utf8'),
    remove: (name: string): void => rmSync(path(name)),
    /** Writes the lock of a build with this text. */
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

test('.dockerignore allows the files of the build stage', () => {
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(COPIED.map((name) => `!${name}`)));
});

test('skips a build only if neither the sources nor the output have changed', {
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

test('removes the lock of a killed build, with or without a process in it', {
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
