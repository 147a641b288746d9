import type { HttpAnswer } from './http-caller.ts';
import { poll } from './poll.ts';

/** Counts all answers to callers, and measures the slowest. */
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

  /** Resolves when that many of these answers have arrived. */
  async reaches(reason: string, count: number): Promise<void> {
    await poll(() => this.count(reason) >= count, {
      timeoutMs: 30_000,
      describe: () => `${this.count(reason)} of ${count} ${reason}; all: ${JSON.stringify([...this.#counts])}`,
    });
  }
}
