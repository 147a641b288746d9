import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where scripts/lib/k6.sh builds it. */
const CACHED = join(import.meta.dirname, '../../node_modules/.cache/holdfast/k6');

/** Returns the k6 to test with. A missing one is an error, never a reason to skip. */
export function k6Binary(): string {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'k6'));
  const found = [process.env['HOLDFAST_K6'], ...onPath, CACHED].find((file) => file !== undefined && existsSync(file));
  if (found) return found;
  throw new Error('there is no k6 on the PATH: `npm run load -- smoke` installs one, or set HOLDFAST_K6');
}
