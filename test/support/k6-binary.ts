import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path at which scripts/lib/k6.sh builds it. */
const CACHED = join(import.meta.dirname, '../../node_modules/.cache/holdfast/k6');

/** Returns the k6 to test with. A missing one is an error, not a reason to skip. */
export function k6Binary(): string {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'k6'));
  const found = [process.env['HOLDFAST_K6'], ...onPath, CACHED].find((file) => file !== undefined && existsSync(file));
  if (found) return found;
  throw new Error('k6 is not on the PATH: `npm run load -- smoke` installs one, or set HOLDFAST_K6');
}
