import { existsSync, realpathSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, dirname, join, resolve as absolute } from 'node:path';
import { StoreError } from '../../store.ts';

/**
 * Holds the path of a data directory for one process of this machine, until it is released or the process ends.
 *
 * The lock in the directory goes where the directory goes. A server that still runs on a directory which was moved away
 * would not keep a second one from beginning an empty shop at the old path. So the path is held as well, by a socket in
 * Linux's abstract namespace, which leaves no file and ends with the process. It is named by the directory above, so
 * that containers which share a network and not a file system do not meet. Elsewhere than on Linux nothing is held.
 */
export class PathClaim {
  readonly #socket: Server | null;

  private constructor(socket: Server | null) {
    this.#socket = socket;
  }

  /** Rejects with `StoreError` `locked` where the path is held already. The directory above `dir` exists; `dir` may not. */
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
      throw new StoreError('locked', `${path} is in use by a process that opened a directory at this path earlier`);
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
