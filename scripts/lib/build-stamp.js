// Skips a build whose sources and output have not changed since the last one. It compares contents instead of times,
// because a checkout, a copy and a restored cache change only times.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

const root = join(import.meta.dirname, '../..');
const SOURCE = /\.(tsx?|lua|js|css|html|svg)$|\/(tsconfig[^/]*|package)\.json$/;

const filesIn = (path) => {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

/** A hash of the names and contents of all sources in these files and directories, by paths from the root. */
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
const hashOfOutput = (out, except) => {
  const hash = createHash('sha256');
  const isOther = (file) => except !== undefined && file.startsWith(except + sep);
  for (const file of filesIn(out).filter((file) => ![STAMP, INFO].includes(basename(file)) && !isOther(file))) {
    hash.update(`${relative(out, file)} ${statSync(file).size}\n`);
  }
  return hash.digest('hex');
};

const WAIT_MS = 100;
/** A process writes its id into a new lock at once. A lock without an id after this time is abandoned. */
const NAMELESS_MS_MAX = 3_000;
/** A build takes seconds. */
const OWNER_MS_MAX = 300_000;
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** The inode of the lock and the id of its process, or 0 if that is not written yet. Null: the lock is released. */
const lockAt = (lock) => {
  try {
    return { inode: statSync(lock).ino, owner: Number(readFileSync(lock, 'utf8')) || 0 };
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
};

/** Takes the lock, or returns false where another process has it. */
const takes = (lock) => {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

/** Removes a lock whose process is gone. Throws where a process that lives has had it for too long. */
const judge = (lock, { owner }, heldMs) => {
  const isGone = owner > 0 ? !isAlive(owner) : heldMs > NAMELESS_MS_MAX;
  if (isGone) return rmSync(lock, { force: true });
  if (heldMs > OWNER_MS_MAX)
    throw new Error(
      `${lock} has been held by process ${owner} for ${OWNER_MS_MAX} ms: end that process, or remove the file`,
    );
  pause();
};

/** Runs `work` while no other process does so for the same output, because another one may be about to run it. */
const alone = (out, work) => {
  const lock = join(root, 'node_modules/.cache/holdfast', `${basename(out)}.lock`);
  mkdirSync(dirname(lock), { recursive: true });
  let seen = { inode: 0, owner: 0, since: 0 };
  while (!takes(lock)) {
    const now = performance.now();
    const held = lockAt(lock);
    if (held === null) continue;
    if (held.inode !== seen.inode || held.owner !== seen.owner) seen = { ...held, since: now };
    judge(lock, held, now - seen.since);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
};

/**
 * Calls `build` unless the sources and the output in the directory `out` are those of the last successful build. The
 * directory `except` in it is the output of another build.
 * Returns the exit status, and reports on stderr in one line what was done.
 */
export const buildUnlessCurrent = (task) => alone(task.out, () => buildAlone(task));

const buildAlone = ({ what, sources, out, except, build }) => {
  const stampFile = join(out, STAMP);
  const sourcesHash = hashOfSources([...sources, 'node_modules/typescript/package.json']);
  const [builtFrom, built] = existsSync(stampFile) ? readFileSync(stampFile, 'utf8').split(' ') : [];
  const isWhole = built === hashOfOutput(out, except);
  if (isWhole && builtFrom === sourcesHash) {
    console.error(`Compiling ${what} ... skipped, nothing has changed`);
    return 0;
  }
  rmSync(stampFile, { force: true });
  // An incremental build does not write files with unchanged sources, so it would not restore a missing one.
  if (!isWhole) rmSync(join(out, INFO), { force: true });
  const start = performance.now();
  process.stderr.write(`Compiling ${what} ...`);
  const status = build();
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.error(status === 0 ? ` done (${seconds} s)` : ' failed');
  if (status === 0) writeFileSync(stampFile, `${sourcesHash} ${hashOfOutput(out, except)}`);
  return status;
};
