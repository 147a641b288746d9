// Packs the two packages, holdfast and @holdfast/client. usage: node scripts/packages/pack.js [DIRECTORY]
// The directory of the tarballs is packed/ by default.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');
const client = join(root, 'node_modules/.cache/holdfast/client-package');

const run = (command, args, cwd) => {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
};

const destination = resolve(process.argv[2] ?? join(root, 'packed'));
run(process.execPath, ['scripts/build.js'], root);
run(process.execPath, ['scripts/packages/build-client.js'], root);
mkdirSync(destination, { recursive: true });
for (const folder of [root, client]) {
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', destination], folder);
}
