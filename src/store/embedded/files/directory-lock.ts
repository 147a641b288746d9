import { existsSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptionsWithPath, type Transaction } from 'lmdb';
import { StoreError } from '../../store.ts';
import { demandDataFile } from './environment.ts';
import { FILE_MODE } from './own-files.ts';

const FILE = 'holdfast.lock';
const READERS_MAX = 64;

interface Holder {
  pid: number;
  host: string;
  /** ISO 8601, for whoever reads the message. */
  since: string;
}

/** Directories that this process holds. On `globalThis`, since a program may have loaded this module twice. */
const registry = globalThis as { [HELD]?: Set<string> };
const HELD = Symbol.for('holdfast.embedded.held');

/**
 * Holds a data directory for one process, until it releases it or ends, however it ends.
 *
 * Node has no file locks of its own, and a file with a process id in it can be judged by nobody: ids are used again, and two
 * containers that share a volume both see themselves as process 1. So the lock is an LMDB environment of its own, which
 * brings what the kernel and robust mutexes guarantee: whoever opens it first takes a place in its table of readers and keeps
 * it; LMDB marks a place by an fcntl lock, which the kernel drops at the moment the process is gone, `kill -9` included. Who
 * holds the directory is written in a write transaction, which one process at a time can have: of two that start at the same
 * instant, the second one finds the first. A holder without a living place is dead, and is replaced.
 */
export class DirectoryLock {
  readonly #path: string;
  readonly #environment: RootDatabase<Holder, string>;
  /** The place in the table of readers, kept by a snapshot that is never released: a collected one would free it. */
  readonly #place: Transaction;

  private constructor(path: string, environment: RootDatabase<Holder, string>, place: Transaction) {
    this.#path = path;
    this.#environment = environment;
    this.#place = place;
  }

  /** Throws `StoreError` `locked`, whose message names the lock file and who holds it. `dir` exists. */
  static take(dir: string): DirectoryLock {
    const file = join(realpathSync(dir), FILE);
    const held = (registry[HELD] ??= new Set());
    if (held.has(file)) throw lockedBy(file, `this process (${process.pid})`);
    demandDataFile(file);
    const environment = openLock(file);
    const place = takePlace(environment, file);
    const holder = environment.transactionSync(() => claim(environment));
    if (holder) {
      place.done();
      void environment.close();
      throw lockedBy(file, describe(holder));
    }
    held.add(file);
    return new DirectoryLock(file, environment, place);
  }

  /** Returns the error with which `take` would refuse, or null. Takes nothing and makes no file. */
  static refusal(dir: string): StoreError | null {
    if (!existsSync(join(dir, FILE))) return null;
    const file = join(realpathSync(dir), FILE);
    if (registry[HELD]?.has(file)) return lockedBy(file, `this process (${process.pid})`);
    try {
      demandDataFile(file);
      const environment = openLock(file);
      const holder = livingHolder(environment);
      void environment.close();
      return holder ? lockedBy(file, describe(holder)) : null;
    } catch {
      return null;
    }
  }

  /** The lock file; another one at its path holds nothing. */
  get path(): string {
    return this.#path;
  }

  async release(): Promise<void> {
    registry[HELD]?.delete(this.#path);
    this.#place.done();
    await this.#environment.close();
  }
}

function openLock(file: string): RootDatabase<Holder, string> {
  const options: RootDatabaseOptionsWithPath & { permissionsMode: number } = {
    path: file,
    noSubdir: true,
    noSync: true,
    encoding: 'json',
    maxReaders: READERS_MAX,
    permissionsMode: FILE_MODE,
  };
  return open<Holder, string>(options);
}

/** LMDB refuses a place where another process has one under the same id: in a container of its own, that is. */
function takePlace(environment: RootDatabase<Holder, string>, file: string): Transaction {
  try {
    environment.resetReadTxn();
    return environment.useReadTransaction();
  } catch (error) {
    void environment.close();
    throw lockedBy(file, `a process ${process.pid} in another container`, error);
  }
}

/** Writes this process down as the holder, or says who it is. */
function claim(environment: RootDatabase<Holder, string>): Holder | null {
  const holder = livingHolder(environment);
  if (holder) return holder;
  environment.putSync('holder', { pid: process.pid, host: hostname(), since: new Date().toISOString() });
  return null;
}

/** Returns the holder whose process lives; one with the id of this process needs a second place. */
function livingHolder(environment: RootDatabase<Holder, string>): Holder | null {
  environment.readerCheck();
  const holder = environment.get('holder');
  const own = holder?.pid === process.pid ? 1 : 0;
  return holder && livingPlaces(environment, holder.pid) > own ? holder : null;
}

const describe = ({ pid, host, since }: Holder): string => `process ${pid} on ${host} since ${since}`;

/** Counts the lines `pid thread snapshot` of a process in the table of readers. */
function livingPlaces(environment: RootDatabase<Holder, string>, pid: number): number {
  const lines = environment.readerList().split('\n').slice(1);
  return lines.filter((line) => Number(line.trim().split(/\s+/)[0]) === pid).length;
}

function lockedBy(file: string, who: string, cause?: unknown): StoreError {
  return new StoreError('locked', `the data directory is in use: ${file} is held by ${who}`, { cause });
}
