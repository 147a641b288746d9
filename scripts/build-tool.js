// Compiles a program that is not part of the package, and what it uses of src/ and test/support/, into a folder that no
// check reads. usage: node scripts/build-tool.js NAME DIRECTORY; the result is in node_modules/.cache/holdfast/NAME
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildUnlessCurrent } from './lib/build-stamp.js';

const [name, directory] = process.argv.slice(2);
const root = join(import.meta.dirname, '..');
const out = join(root, 'node_modules/.cache/holdfast', name);

const compile = () => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [tsc, '-p', join(root, directory)];
  const status = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] }).status ?? 1;
  if (status !== 0) return status;
  // Node reads the type of a module from the next package.json up to node_modules. Another run may be reading it.
  const kind = join(out, 'package.json');
  if (!existsSync(kind)) writeFileSync(kind, '{ "type": "module" }\n');
  // The helpers of the tests start the built server and the scripts, whose paths are relative to their own.
  for (const folder of ['dist', 'scripts']) {
    if (!existsSync(join(out, folder))) symlinkSync(join(root, folder), join(out, folder));
  }
  const lua = readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.lua'));
  for (const name of lua) cpSync(join(root, 'src', name), join(out, 'src', name));
  return status;
};

mkdirSync(out, { recursive: true });
const [program] = directory.split('/');
const sources = [
  'src',
  'test/support',
  program,
  'tsconfig.json',
  'scripts/build-tool.js',
  'scripts/lib/build-stamp.js',
];
process.exitCode = buildUnlessCurrent({ what: `${directory}/`, sources, out, build: compile });
