// Compiles src/ to dist/, copies the Lua files to the modules that read them, and builds the console to dist/console.
// It runs before every `npm start`, and does nothing if nothing has changed.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildUnlessCurrent } from './lib/build-stamp.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, 'src');
const dist = join(root, 'dist');
const builtConsole = join(dist, 'console');

const files = (suffix) =>
  existsSync(src) ? readdirSync(src, { recursive: true }).filter((name) => name.endsWith(suffix)) : [];

/** What each build depends on besides its sources. */
const OWN = ['scripts/build.js', 'scripts/lib/build-stamp.js'];

const resolved = (module) => {
  try {
    return createRequire(import.meta.url).resolve(module);
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
    if (path.startsWith(builtConsole + sep) || name.startsWith('.')) continue;
    if (!wanted.has(relative(dist, path))) rmSync(path);
  }
};

const build = () => {
  // A project without sources is not an error: an image installs its packages before it has the sources.
  if (files('.ts').length === 0) return 0;
  const tsc = resolved('typescript/bin/tsc');
  const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', ...OWN];
  const task = { what: 'src/ to dist/', sources, out: dist, except: builtConsole, build: () => compile(tsc) };
  if (tsc) return buildUnlessCurrent(task);
  // An installation without development dependencies has no compiler, and needs none if it was shipped with dist/.
  if (existsSync(dist)) return 0;
  console.error('holdfast: dist/ is missing and TypeScript is not installed; run `npm ci` without --omit=dev');
  return 1;
};

/** What the console imports besides its own files: the client, and what that imports of the contract. */
const CLIENT = ['src/client', 'src/contract'];

const buildConsole = () => {
  const vite = resolved('vite/package.json');
  if (!vite || !existsSync(join(root, 'console'))) return 0;
  const args = [join(dirname(vite), 'bin/vite.js'), 'build', '--config', join(root, 'console/vite.config.ts')];
  // A run of tests has another NODE_ENV, with which the console would have the development build of React.
  const options = { cwd: root, env: { ...process.env, NODE_ENV: 'production' }, stdio: ['ignore', 2, 2] };
  return buildUnlessCurrent({
    what: 'console/ to dist/console/',
    sources: ['console', ...CLIENT, ...OWN, 'package.json'],
    out: builtConsole,
    build: () => spawnSync(process.execPath, args, options).status ?? 1,
  });
};

process.exitCode = build() || buildConsole();
