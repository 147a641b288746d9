// Builds the folder of @holdfast/client in node_modules/.cache/holdfast/client-package. Writing the types out takes
// seconds, so it is skipped if nothing has changed that the package is made of.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildUnlessCurrent } from '../lib/build-stamp.js';

const root = join(import.meta.dirname, '../..');
const out = join(root, 'node_modules/.cache/holdfast/client-package');
const sources = ['src', 'scripts/packages', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

const node = (script, ...args) =>
  spawnSync(process.execPath, [join(root, script), ...args], { stdio: ['ignore', 2, 2] }).status ?? 1;
const build = () => node('scripts/build.js') || node('scripts/packages/write-client.js', out);

process.exitCode = buildUnlessCurrent({ what: '@holdfast/client', sources, out, build });
