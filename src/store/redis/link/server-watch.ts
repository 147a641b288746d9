import type { RedisLink } from './redis-link.ts';
import { type Durability, judgeServer, readServerFacts, type WaitPolicy } from './requirements.ts';

interface ServerWatchOptions {
  link: RedisLink;
  durability: Durability;
  wait: WaitPolicy | null;
  warn: (line: string) => void;
  /** Milliseconds between two checks. */
  everyMs: number;
}

/**
 * Checks the server's settings at intervals. `CONFIG SET` closes no connection, so a server with valid settings may
 * later evict stock or lose writes. Such a server still serves; the store's health reports the problems.
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

  /** The settings that an operator has to change, one sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    const { link, durability, wait } = this.#options;
    if (this.#isChecking || !link.ready) return;
    this.#isChecking = true;
    try {
      const facts = await readServerFacts((command, args) => link.send(command, args));
      this.#note(judgeServer(facts, durability, wait).problems);
    } catch {
      // The connection was lost, or the server refuses everything: the next connection is checked before it serves.
    } finally {
      this.#isChecking = false;
    }
  }

  #note(problems: readonly string[]): void {
    const isNews = problems.join() !== this.#problems.join();
    this.#problems = problems;
    if (!isNews) return;
    const changed = `the settings of Redis were changed: ${problems.join('; ')}`;
    this.#options.warn(problems.length > 0 ? changed : 'the settings of Redis are valid again');
  }
}
