// Skips a build whose sources and output have not changed since the last one. Contents are compared and not times, because
// a checkout, a copy and a restored cache change times only.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
const SOURCE = /\.(ts|lua|js)$|\/(tsconfig[^/]*|package)\.json$/;

const filesIn = (path) => {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

/** A hash of the names and contents of all sources in these files and directories, which are paths from the project's root. */
const hashOfSources = (paths) => {
  const hash = createHash('sha256').update(process.version);
  for (const file of paths.flatMap((path) => filesIn(join(root, path))).filter((file) => SOURCE.test(file))) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
};

const STAMP = '.build-stamp';
const INFO = '.tsbuildinfo';

/** A hash of the names and sizes of the output, so that a file that is missing or cut short is built again. */
const hashOfOutput = (out) => {
  const hash = createHash('sha256');
  for (const file of filesIn(out).filter((file) => ![STAMP, INFO].includes(basename(file)))) {
    hash.update(`${relative(out, file)} ${statSync(file).size}\n`);
  }
  return hash.digest('hex');
};

const WAIT_MS = 100;
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** The process that holds the lock, or 0 where it has just been released or has not written its id yet. */
const ownerOf = (lock) => {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    return 0;
  }
};

/** Runs `work` while no other process does so for the same output: what one compiles, another one may be about to run. */
const alone = (out, work) => {
  const lock = join(root, 'node_modules/.cache/holdfast', `${basename(out)}.lock`);
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = ownerOf(lock);
      if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
      else pause();
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
};

/**
 * Calls `build` unless the sources and the output in the directory `out` are those of the last successful build. Returns the
 * exit status, and writes one line to stderr that says what was done.
 */
export const buildUnlessCurrent = (task) => alone(task.out, () => buildAlone(task));

const buildAlone = ({ what, sources, out, build }) => {
  const stampFile = join(out, STAMP);
  const sourcesHash = hashOfSources([...sources, 'node_modules/typescript/package.json']);
  const [builtFrom, built] = existsSync(stampFile) ? readFileSync(stampFile, 'utf8').split(' ') : [];
  const isWhole = built === hashOfOutput(out);
  if (isWhole && builtFrom === sourcesHash) {
    console.error(`Compiling ${what} ... skipped, nothing has changed`);
    return 0;
  }
  rmSync(stampFile, { force: true });
  // An incremental build writes no file whose source is the same, and would leave a missing one missing.
  if (!isWhole) rmSync(join(out, INFO), { force: true });
  const start = performance.now();
  process.stderr.write(`Compiling ${what} ...`);
  const status = build();
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.error(status === 0 ? ` done (${seconds} s)` : ' failed');
  if (status === 0) writeFileSync(stampFile, `${sourcesHash} ${hashOfOutput(out)}`);
  return status;
};
