// Packs both packages and checks the tarballs by publint (fields of manifests, formats of files) and attw (whether
// TypeScript finds the types of each entry). usage: node scripts/packages/check.js
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const bin = (name) => join(root, 'node_modules/.bin', name);

const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
};

const folder = mkdtempSync(join(tmpdir(), 'holdfast-packages-'));
try {
  run(process.execPath, [join(import.meta.dirname, 'pack.js'), folder]);
  for (const name of readdirSync(folder)) {
    const tarball = join(folder, name);
    run(bin('publint'), ['run', tarball, '--strict']);
    // The packages are modules only, so `require` and the resolution of TypeScript 4 are ignored.
    run(bin('attw'), [tarball, '--profile', 'esm-only', '--format', 'ascii']);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
