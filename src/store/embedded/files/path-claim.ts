import { existsSync, realpathSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, dirname, join, resolve as absolute } from 'node:path';
import { StoreError } from '../../store.ts';

/**
 * Holds the path of a data directory for one process of this machine, until it is released or the process ends.
 *
 * The lock in the directory moves with the directory. While a server still runs on a directory that was moved away, a
 * second server could create an empty shop at the old path. So the path is held as well, by a socket in Linux's
 * abstract namespace, which leaves no file and ends with the process. The parent directory is part of its name, so that
 * containers which share a network but not a file system do not conflict. On other systems than Linux nothing is held.
 */
export class PathClaim {
  readonly #socket: Server | null;

  private constructor(socket: Server | null) {
    this.#socket = socket;
  }

  /**
   * Rejects with `StoreError` `locked` where the path is held already. The parent of `dir` must exist; `dir` need not.
   */
  static async take(dir: string): Promise<PathClaim> {
    if (process.platform !== 'linux') return new PathClaim(null);
    const path = realPathOf(dir);
    const above = statSync(dirname(path));
    const socket = createServer((connection) => connection.destroy());
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.listen(`\0holdfast:${above.dev}:${above.ino}:${basename(path)}`, resolve);
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return new PathClaim(null);
      throw new StoreError(
        'locked',
        `${path} is in use by a process that opened a directory at this path earlier: stop that process first`,
      );
    }
    socket.unref();
    return new PathClaim(socket);
  }

  async release(): Promise<void> {
    const socket = this.#socket;
    if (socket) await new Promise((resolve) => socket.close(resolve));
  }
}

/** Returns the path without symbolic links. */
function realPathOf(dir: string): string {
  if (existsSync(dir)) return realpathSync(dir);
  const path = absolute(dir);
  return join(realpathSync(dirname(path)), basename(path));
}
