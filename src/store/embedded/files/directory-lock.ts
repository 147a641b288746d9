import { existsSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { RootDatabase, RootDatabaseOptionsWithPath, Transaction } from 'lmdb';
import { open } from './lmdb.ts';
import { StoreError } from '../../store.ts';
import { assertDataFile } from './environment.ts';
import { FILE_MODE } from './own-files.ts';

const LOCK_FILE = 'holdfast.lock';
const READERS_MAX = 64;

interface LockHolder {
  pid: number;
  host: string;
  /** ISO 8601, for the message. */
  since: string;
}

/** Directories that this process holds. It is on `globalThis`, because a program may load this module twice. */
const registry = globalThis as { [HELD]?: Set<string> };
const HELD = Symbol.for('holdfast.embedded.held');

/**
 * Holds a data directory for one process, until the process releases it or ends in any way.
 *
 * Node has no file locks, and a file with a process id proves nothing: ids are reused, and two containers that share a
 * volume both see themselves as process 1. So the lock is an LMDB environment of its own, with the guarantees of the
 * kernel and of robust mutexes. Each process keeps a slot in its reader table. LMDB marks a slot by an fcntl lock,
 * which the kernel drops when the process ends, `kill -9` included. A write transaction, which only one process can
 * have at a time, records the holder, so the second of two simultaneous starts finds the first. A holder without a live
 * slot is dead, and is replaced.
 */
export class DirectoryLock {
  /** The path of the lock file. A file that replaces it at this path is not the lock. */
  readonly path: string;
  readonly #environment: RootDatabase<LockHolder, string>;
  /**
   * The slot in the reader table. A snapshot keeps it, which must stay referenced: garbage collection would free it.
   */
  readonly #slot: Transaction;

  private constructor(path: string, environment: RootDatabase<LockHolder, string>, slot: Transaction) {
    this.path = path;
    this.#environment = environment;
    this.#slot = slot;
  }

  /** Throws `StoreError` `locked`, whose message names the lock file and its holder. `dir` exists. */
  static take(dir: string): DirectoryLock {
    const file = join(realpathSync(dir), LOCK_FILE);
    const held = (registry[HELD] ??= new Set());
    if (held.has(file)) throw lockedBy(file, `this process (${process.pid})`);
    assertDataFile(file);
    const environment = openLock(file);
    const slot = takeSlot(environment, file);
    const holder = environment.transactionSync(() => claim(environment));
    if (holder) {
      slot.done();
      void environment.close();
      throw lockedBy(file, describeHolder(holder));
    }
    held.add(file);
    return new DirectoryLock(file, environment, slot);
  }

  /** Returns the error that `take` would throw, or null. Takes no lock and creates no file. */
  static refusal(dir: string): StoreError | null {
    if (!existsSync(join(dir, LOCK_FILE))) return null;
    const file = join(realpathSync(dir), LOCK_FILE);
    if (registry[HELD]?.has(file)) return lockedBy(file, `this process (${process.pid})`);
    try {
      assertDataFile(file);
      const environment = openLock(file);
      const holder = liveHolder(environment);
      void environment.close();
      return holder ? lockedBy(file, describeHolder(holder)) : null;
    } catch {
      return null;
    }
  }

  async release(): Promise<void> {
    registry[HELD]?.delete(this.path);
    this.#slot.done();
    await this.#environment.close();
  }
}

function openLock(file: string): RootDatabase<LockHolder, string> {
  const options: RootDatabaseOptionsWithPath & { permissionsMode: number } = {
    path: file,
    noSubdir: true,
    noSync: true,
    encoding: 'json',
    maxReaders: READERS_MAX,
    permissionsMode: FILE_MODE,
  };
  return open<LockHolder, string>(options);
}

/** LMDB refuses a slot where another process with the same id has one, which happens with containers. */
function takeSlot(environment: RootDatabase<LockHolder, string>, file: string): Transaction {
  try {
    environment.resetReadTxn();
    return environment.useReadTransaction();
  } catch (error) {
    void environment.close();
    throw lockedBy(file, `a process ${process.pid} in another container`, error);
  }
}

/** Records this process as the holder, or returns the present holder. */
function claim(environment: RootDatabase<LockHolder, string>): LockHolder | null {
  const holder = liveHolder(environment);
  if (holder) return holder;
  environment.putSync('holder', { pid: process.pid, host: hostname(), since: new Date().toISOString() });
  return null;
}

/** Returns the holder if its process is alive. A holder with the id of this process must have a second slot. */
function liveHolder(environment: RootDatabase<LockHolder, string>): LockHolder | null {
  environment.readerCheck();
  const holder = environment.get('holder');
  const own = holder?.pid === process.pid ? 1 : 0;
  return holder && liveSlots(environment, holder.pid) > own ? holder : null;
}

const describeHolder = ({ pid, host, since }: LockHolder): string => `process ${pid} on ${host} since ${since}`;

/** Counts the lines `pid thread snapshot` of a process in the reader table. */
function liveSlots(environment: RootDatabase<LockHolder, string>, pid: number): number {
  const lines = environment.readerList().split('\n').slice(1);
  return lines.filter((line) => Number(line.trim().split(/\s+/)[0]) === pid).length;
}

function lockedBy(file: string, who: string, cause?: unknown): StoreError {
  return new StoreError('locked', `the data directory is in use: ${file} is held by ${who}`, { cause });
}
