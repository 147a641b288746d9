import type { HttpAnswer } from './http-caller.ts';
import { poll } from './poll.ts';

/** Everything that callers were ever answered, and how long the slowest of it took. */
export class AnswerTally {
  readonly #counts = new Map<string, number>();
  slowestMs = 0;

  note(answer: HttpAnswer<unknown>): void {
    const reason = answer.ok ? 'ok' : answer.reason;
    this.#counts.set(reason, this.count(reason) + 1);
    this.slowestMs = Math.max(this.slowestMs, answer.ms);
  }

  count(reason: string): number {
    return this.#counts.get(reason) ?? 0;
  }

  get reasons(): string[] {
    return [...this.#counts.keys()].sort();
  }

  /** Resolves when that many of these answers have been given. */
  async reaches(reason: string, count: number): Promise<void> {
    await poll(() => this.count(reason) >= count, {
      timeoutMs: 30_000,
      describe: () => `${this.count(reason)} of ${count} ${reason}; all: ${JSON.stringify([...this.#counts])}`,
    });
  }
}
