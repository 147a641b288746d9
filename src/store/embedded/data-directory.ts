import { randomUUID } from 'node:crypto';
import { removeCopies } from './files/backup-copy.ts';
import { assertOwnRun, checkDirectory } from './directory-check.ts';
import { DirectoryLock } from './files/directory-lock.ts';
import { FileWatch } from './files/file-watch.ts';
import { FlushedMeta, putBackFlushedMeta } from './files/flushed-meta.ts';
import { createDirectory, createParent, restrictFiles } from './files/own-files.ts';
import { PathClaim } from './files/path-claim.ts';
import { dataFileOf, fileIdentityOf, shapeOf, type ShopMark, writeMark } from './files/shop-mark.ts';
import type { DataRun } from './tables/shop-state.ts';

/** The run of a process and its watchers, while the environment of a data directory is open. */
export interface OpenedFiles {
  run: string;
  watch: FileWatch;
  flushedMeta: FlushedMeta;
}

/** A data directory that belongs to this process, with its path claim, its lock, its mark and its file watch. */
export class DataDirectory {
  readonly dir: string;
  readonly #claim: PathClaim;
  readonly #lock: DirectoryLock;
  #mark: ShopMark | null = null;
  /** Whether the directory had no shop when this process claimed it. */
  isNew = false;
  #opened: OpenedFiles | null = null;

  private constructor(dir: string, claim: PathClaim, lock: DirectoryLock) {
    this.dir = dir;
    this.#claim = claim;
    this.#lock = lock;
  }

  /**
   * Claims the directory, creates it if it is missing, and checks it. Rejects with `StoreError` `locked`, or
   * `unavailable` where its data is not as the last run left it (see `checkDirectory`). `takeOver` allows a copy.
   */
  static async hold(dir: string, { takeOver }: { takeOver: boolean }): Promise<DataDirectory> {
    createParent(dir);
    // The path first, because a refused start must not create files. The lock's message names the process that holds
    // it.
    const claim = await PathClaim.take(dir).catch((error: unknown) => {
      throw DirectoryLock.refusal(dir) ?? error;
    });
    let lock: DirectoryLock | null = null;
    try {
      createDirectory(dir);
      lock = DirectoryLock.take(dir);
      const held = new DataDirectory(dir, claim, lock);
      putBackFlushedMeta(dir);
      held.#mark = checkDirectory(dir, { adopt: takeOver });
      held.isNew = fileIdentityOf(dir) === null || shapeOf(dir).bytes === 0;
      return held;
    } catch (error) {
      await lock?.release();
      await claim.release();
      throw error;
    }
  }

  /**
   * Begins a run on the open environment. `last` is the previous run that the data names. Throws `StoreError`
   * `unavailable` where that run belongs to another directory.
   */
  begin(shop: string, last: DataRun | null, { takeOver }: { takeOver: boolean }): OpenedFiles {
    if (!takeOver) assertOwnRun(this.dir, this.#mark, last);
    const run = randomUUID();
    const file = fileIdentityOf(this.dir);
    if (file === null) throw new Error(`${dataFileOf(this.dir)} is missing although LMDB has opened it`);
    this.#mark = { shop, run, previousRun: last?.run ?? null, file, closed: null };
    writeMark(this.dir, this.#mark);
    removeCopies(this.dir);
    restrictFiles(this.dir);
    const watch = new FileWatch([dataFileOf(this.dir), this.#lock.path]);
    this.#opened = { run, watch, flushedMeta: new FlushedMeta(this.dir) };
    return this.#opened;
  }

  /**
   * Records an orderly end, after the environment was closed. Does nothing if the directory was moved away meanwhile.
   */
  end(): void {
    if (this.#mark === null || this.#opened === null || this.#opened.watch.problem() !== null) return;
    writeMark(this.dir, { ...this.#mark, closed: shapeOf(this.dir) });
  }

  /** With `keepLock` this process keeps the directory until it ends, because its environment is still open. */
  async release({ keepLock = false } = {}): Promise<void> {
    this.#opened?.watch.stop();
    this.#opened?.flushedMeta.close();
    if (!keepLock) await this.#lock.release();
    await this.#claim.release();
  }
}
