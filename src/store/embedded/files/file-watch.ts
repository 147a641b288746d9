import { statSync } from 'node:fs';

const INTERVAL_MS = 1_000;

/**
 * Detects paths that no longer lead to the opened file. A process would keep writing to a file that was deleted, moved
 * or replaced, and those writes would be lost.
 */
export class FileWatch {
  readonly #files: { path: string; inode: number; device: number }[];
  #timer: NodeJS.Timeout | null = null;

  /** Throws where one of the files is missing. */
  constructor(paths: readonly string[]) {
    this.#files = paths.map((path) => {
      const { ino, dev } = statSync(path);
      return { path, inode: ino, device: dev };
    });
  }

  /** Returns the problem in one sentence, or null. Costs one `stat` for each path. */
  problem(): string | null {
    for (const { path, inode, device } of this.#files) {
      const stat = statSync(path, { throwIfNoEntry: false });
      const isSame = stat !== undefined && stat.ino === inode && stat.dev === device;
      if (!isSame) return `${path} was ${stat ? 'replaced' : 'deleted or moved'} while the shop had it open`;
    }
    return null;
  }

  /** Calls `onProblem` once, at most a second after a file was deleted, moved or replaced. */
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
