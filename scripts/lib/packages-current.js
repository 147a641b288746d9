// Exits with 0 if node_modules matches package-lock.json, in a few milliseconds; with 1 if `npm ci` is needed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const packages = (file) => {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return {};
  }
};

const wanted = packages('package-lock.json');
const installed = packages('node_modules/.package-lock.json');

// Optional packages are those of other platforms. npm leaves them out.
const isCurrent = ([path, entry]) =>
  path === '' || (installed[path] ? installed[path].version === entry.version : entry.optional === true);

process.exitCode = Object.keys(installed).length > 0 && Object.entries(wanted).every(isCurrent) ? 0 : 1;
