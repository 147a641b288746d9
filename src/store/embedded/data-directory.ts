import { randomUUID } from 'node:crypto';
import { removeCopies } from './files/backup-copy.ts';
import { checkDirectory, demandOwnRun } from './directory-check.ts';
import { DirectoryLock } from './files/directory-lock.ts';
import { FileWatch } from './files/file-watch.ts';
import { FlushedMeta, putBackFlushedMeta } from './files/flushed-meta.ts';
import { makeDirectory, makeDirectoryAbove, restrictFiles } from './files/own-files.ts';
import { PathClaim } from './files/path-claim.ts';
import { dataFileOf, identityOf, shapeOf, type ShopMark, writeMark } from './files/shop-mark.ts';
import type { DataRun } from './tables/shop-state.ts';

/** What a process has of a data directory while its environment is open. */
export interface OpenedFiles {
  run: string;
  watch: FileWatch;
  flushedMeta: FlushedMeta;
}

/** A data directory that belongs to this process: its path, its lock, its mark, and the watch over its files. */
export class DataDirectory {
  readonly dir: string;
  readonly #claim: PathClaim;
  readonly #lock: DirectoryLock;
  #mark: ShopMark | null = null;
  #isNew = false;
  #opened: OpenedFiles | null = null;

  private constructor(dir: string, claim: PathClaim, lock: DirectoryLock) {
    this.dir = dir;
    this.#claim = claim;
    this.#lock = lock;
  }

  /**
   * Makes the directory if need be, and checks it. Rejects with `StoreError` `locked`, or `unavailable` where its data is
   * not as a run has left it (see `checkDirectory`); `takeOver` allows a copy.
   */
  static async hold(dir: string, { takeOver }: { takeOver: boolean }): Promise<DataDirectory> {
    makeDirectoryAbove(dir);
    // The path first: a start that is refused for it makes nothing. The lock's message names the process that holds it.
    const claim = await PathClaim.take(dir).catch((error: unknown) => {
      throw DirectoryLock.refusal(dir) ?? error;
    });
    let lock: DirectoryLock | null = null;
    try {
      makeDirectory(dir);
      lock = DirectoryLock.take(dir);
      const held = new DataDirectory(dir, claim, lock);
      putBackFlushedMeta(dir);
      held.#mark = checkDirectory(dir, { adopt: takeOver });
      held.#isNew = identityOf(dir) === null || shapeOf(dir).bytes === 0;
      return held;
    } catch (error) {
      await lock?.release();
      await claim.release();
      throw error;
    }
  }

  /** Whether no shop was found in the directory when this process took it. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /**
   * Begins a run on the open environment, whose data names `last` as the run before. Throws `StoreError` `unavailable`
   * where that is another directory's.
   */
  begin(shop: string, last: DataRun | null, { takeOver }: { takeOver: boolean }): OpenedFiles {
    if (!takeOver) demandOwnRun(this.dir, this.#mark, last);
    const run = randomUUID();
    const file = identityOf(this.dir);
    if (file === null) throw new Error(`${dataFileOf(this.dir)} is not there`);
    this.#mark = { shop, run, previousRun: last?.run ?? null, file, closed: null };
    writeMark(this.dir, this.#mark);
    removeCopies(this.dir);
    restrictFiles(this.dir);
    const watch = new FileWatch([dataFileOf(this.dir), this.#lock.path]);
    this.#opened = { run, watch, flushedMeta: new FlushedMeta(this.dir) };
    return this.#opened;
  }

  /** Notes an orderly end, once the environment is closed. A directory that was moved away meanwhile keeps no note. */
  end(): void {
    if (this.#mark === null || this.#opened === null || this.#opened.watch.problem() !== null) return;
    writeMark(this.dir, { ...this.#mark, closed: shapeOf(this.dir) });
  }

  /** `keepLock` leaves the directory to this process until it ends: its environment is still open. */
  async release({ keepLock = false } = {}): Promise<void> {
    this.#opened?.watch.stop();
    this.#opened?.flushedMeta.close();
    if (!keepLock) await this.#lock.release();
    await this.#claim.release();
  }
}
