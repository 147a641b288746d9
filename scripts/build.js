// Compiles src/ to dist/, and copies the Lua files to the modules that read them. It runs before every `npm start`, and
// does nothing if nothing has changed.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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
  if (status === 0) for (const name of files('.lua')) cpSync(join(src, name), join(dist, name));
  return status;
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
