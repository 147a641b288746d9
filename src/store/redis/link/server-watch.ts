import type { RedisLink } from './redis-link.ts';
import { type Durability, judgeServer, readServerFacts } from './requirements.ts';

export interface ServerWatchOptions {
  link: RedisLink;
  durability: Durability;
  warn: (line: string) => void;
  /** Milliseconds between two checks. */
  everyMs: number;
}

/**
 * Reads the server's settings again and again. `CONFIG SET` breaks no connection, so a server that was fit when it was
 * connected to may since evict stock or forget writes. Such a server still serves; the store's health names the
 * problems.
 */
export class ServerWatch {
  readonly #options: ServerWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #isChecking = false;
  #problems: readonly string[] = [];

  constructor(options: ServerWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#check(), options.everyMs).unref();
  }

  /** What an operator has changed that Holdfast cannot work with, one sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    const { link, durability } = this.#options;
    if (this.#isChecking || !link.ready) return;
    this.#isChecking = true;
    try {
      const facts = await readServerFacts((command, ...args) => link.send(command, args));
      this.#note(judgeServer(facts, durability).problems);
    } catch {
      // The connection was lost, or the server refuses everything: the next connection is judged before it serves.
    } finally {
      this.#isChecking = false;
    }
  }

  #note(problems: readonly string[]): void {
    const isNews = problems.join() !== this.#problems.join();
    this.#problems = problems;
    if (!isNews) return;
    const line =
      problems.length > 0 ? `Redis has been changed: ${problems.join('; ')}` : 'Redis is set as it has to be';
    this.#options.warn(line);
  }
}
