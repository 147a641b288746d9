// Compiles the benchmarks, and what they use of src/ and test/support/, to where no check looks for sources.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const out = join(root, 'node_modules/.cache/holdfast/bench');

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
mkdirSync(out, { recursive: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'bench')], { stdio: ['ignore', 2, 2] });
if (status === 0) {
  // Node looks for the kind of a module no further up than the nearest node_modules.
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  const lua = readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.lua'));
  for (const name of lua) cpSync(join(root, 'src', name), join(out, 'src', name));
}
process.exitCode = status ?? 1;
