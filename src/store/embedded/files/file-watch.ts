import { statSync } from 'node:fs';

const INTERVAL_MS = 1_000;

/**
 * Watches that a path still leads to the file that was opened. A process keeps writing to a file that was deleted, moved
 * or replaced, and nobody will find what it writes there.
 */
export class FileWatch {
  readonly #files: { path: string; inode: number; device: number }[];
  #timer: NodeJS.Timeout | null = null;

  /** Throws where one of the files is not there. */
  constructor(paths: readonly string[]) {
    this.#files = paths.map((path) => {
      const { ino, dev } = statSync(path);
      return { path, inode: ino, device: dev };
    });
  }

  /** Returns what is wrong, in one sentence, or null. It costs one look at each path. */
  problem(): string | null {
    for (const { path, inode, device } of this.#files) {
      const stat = statSync(path, { throwIfNoEntry: false });
      const isIt = stat !== undefined && stat.ino === inode && stat.dev === device;
      if (!isIt) return `${path} was ${stat ? 'replaced' : 'deleted or moved'} while the shop had it open`;
    }
    return null;
  }

  /** Calls `onProblem` once, at most a second after something happened to a file. */
  start(onProblem: (problem: string) => void): void {
    this.#timer = setInterval(() => {
      const problem = this.problem();
      if (problem === null) return;
      this.stop();
      onProblem(problem);
    }, INTERVAL_MS).unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }
}
