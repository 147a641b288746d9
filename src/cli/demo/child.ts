import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const STOP_MS_MAX = 12_000;
const LAST_WORDS_LINES = 20;

export class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #name: string;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();

  constructor(name: string, command: string, args: string[], env: NodeJS.ProcessEnv = process.env) {
    this.#name = name;
    this.#process = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.once('error', ({ message }) => this.#hear(message));
    this.#exited = new Promise((resolve) => this.#process.once('exit', resolve).once('error', resolve));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
  }

  /** Resolves with the first result of `find` that is not undefined. Rejects if the process ends before. */
  async until<T>(find: (line: string) => T | undefined): Promise<T> {
    let listener: ((line: string) => void) | undefined;
    const found = new Promise<T>((resolve) => {
      listener = (line) => {
        const value = find(line);
        if (value !== undefined) resolve(value);
      };
      this.#listeners.add(listener);
    });
    const ended = this.#exited.then(() => {
      throw new Error(`${this.#name} ended at once:\n${this.lastWords()}`);
    });
    try {
      return await Promise.race([found, ended]);
    } finally {
      if (listener) this.#listeners.delete(listener);
    }
  }

  lastWords(): string {
    return this.#lines.join('\n');
  }

  /** Ends the process by SIGTERM, or by SIGKILL if that takes too long. Never rejects. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGTERM');
    const forced = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS_MAX);
    await Promise.race([this.#exited, once(this.#process, 'exit')]);
    clearTimeout(forced);
  }

  #hear(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LAST_WORDS_LINES) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}
