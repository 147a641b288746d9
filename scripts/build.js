// Compiles src/ to dist/, and copies the Lua files to the modules that read them. It runs before every `npm start`, and
// does nothing if nothing has changed.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildUnlessCurrent } from './lib/build-stamp.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, 'src');
const dist = join(root, 'dist');

const files = (suffix) =>
  existsSync(src) ? readdirSync(src, { recursive: true }).filter((name) => name.endsWith(suffix)) : [];

const compiler = () => {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
};

const compile = (tsc) => {
  const args = [tsc, '-p', join(root, 'tsconfig.build.json')];
  const status = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] }).status ?? 1;
  if (status !== 0) return status;
  for (const name of files('.lua')) cpSync(join(src, name), join(dist, name));
  removeOrphans();
  return 0;
};

/** The compiler leaves what it has written for sources that no longer exist, and a package would contain it. */
const removeOrphans = () => {
  const wanted = new Set(files('.lua'));
  for (const name of files('.ts')) for (const end of ['.js', '.d.ts']) wanted.add(name.replace(/\.ts$/, end));
  const outputs = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of outputs) {
    const path = join(parentPath, name);
    if (!name.startsWith('.') && !wanted.has(relative(dist, path))) rmSync(path);
  }
};

const build = () => {
  // A project without sources is not an error: an image installs its packages before it has the sources.
  if (files('.ts').length === 0) return 0;
  const tsc = compiler();
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.js', 'scripts/lib/build-stamp.js'];
  if (tsc) return buildUnlessCurrent({ what: 'src/ to dist/', sources, out: dist, build: () => compile(tsc) });
  // An installation without development dependencies has no compiler, and needs none if it was shipped with dist/.
  if (existsSync(dist)) return 0;
  console.error('holdfast: dist/ is missing and TypeScript is not installed; run `npm ci` without --omit=dev');
  return 1;
};

process.exitCode = build();
