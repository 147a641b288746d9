// Compiles src/ to dist/ and puts the Lua files beside the modules that read them. It runs before every `npm start`,
// so it must be quick when nothing changed: tsc is incremental.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const compile = () => {
  const tsc = compiler();
  if (tsc)
    return spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' }).status;
  // An installation without development dependencies has no compiler, and needs none if it was shipped with dist/.
  if (existsSync(dist)) return 0;
  console.error('holdfast: dist/ is missing and TypeScript is not installed; run `npm ci` without --omit=dev');
  return 1;
};

// Nothing to compile is no error: an image installs its packages before it has the sources.
const status = files('.ts').length === 0 ? 0 : (compile() ?? 1);
if (status === 0) for (const name of files('.lua')) cpSync(join(src, name), join(dist, name));
process.exitCode = status;
