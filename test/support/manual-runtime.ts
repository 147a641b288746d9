import { setImmediate as turn } from 'node:timers/promises';
import type { Runtime, Timer } from '../../src/runtime/runtime.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';

/** A runtime whose time passes only in `advance`. */
export class ManualRuntime implements Runtime {
  #nowMs = 0;
  readonly #timers = new Set<{ at: number; callback: () => void }>();
  readonly soon = SYSTEM_RUNTIME.soon;
  readonly random = SYSTEM_RUNTIME.random;
  readonly nowMs = (): number => this.#nowMs;
  readonly wallMs = (): number => START_MS + this.#nowMs;

  readonly setTimer = (callback: () => void, ms: number): Timer => {
    const timer = { at: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer), ref: () => undefined, unref: () => undefined };
  };

  /** Lets `ms` pass: calls the timers in their order, and lets the work that each begins come to its end. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#nowMs = next.at;
      next.callback();
      await settle();
    }
    this.#nowMs = end;
  }

  #next(end: number) {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

const START_MS = Date.UTC(2026, 0, 1);
/** The longest chain of turns of the event loop that a sweep on the memory store takes. */
const TURNS = 12;

async function settle(): Promise<void> {
  for (let index = 0; index < TURNS; index += 1) await turn();
}
