import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A build takes seconds. It waits at most this long for another build. */
const BUILD_MS_MAX = 400_000;

/** Tests that start real processes run the built program, so it must be built from this source tree. */
export default function buildOnce(): void {
  const script = join(import.meta.dirname, '../../scripts/build.js');
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit', timeout: BUILD_MS_MAX });
  if (status !== 0) throw new Error('scripts/build.js failed');
}
