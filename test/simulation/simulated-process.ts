import type { Transaction } from '../../src/domain/transaction.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { createHoldfast, type Holdfast } from '../../src/shop/holdfast.ts';
import { simulatedStore, type StoreWorld } from './simulated-store.ts';

export const CALL_DEADLINE_MS = 1_000;
export const TTL_MS = 1_000;

const SETTINGS = {
  callDeadlineMs: CALL_DEADLINE_MS,
  holdTtlMs: TTL_MS,
  paymentWindowMs: TTL_MS,
  cartTtlMs: 3 * TTL_MS,
  holdLifetimeMaxMs: 3 * TTL_MS,
  cacheMs: 0,
};
const LIMITS = { batchItemsMax: 8, waitMsMax: CALL_DEADLINE_MS };

/** A process of the shop. It runs on simulated time, timers and randomness, and ends at any moment. */
export class SimulatedProcess {
  readonly name: string;
  readonly holdfast: Holdfast;
  /** Resolves when the process is killed. */
  readonly killed: Promise<'killed'>;
  isAlive = true;
  readonly #world: StoreWorld;
  #kill: () => void = () => undefined;

  constructor(world: StoreWorld, name: string, observer: BatchObserver) {
    this.name = name;
    this.#world = world;
    this.killed = new Promise((resolve) => {
      this.#kill = () => resolve('killed');
    });
    const store = simulatedStore(world, name, {
      sent: (transactions) => observer.sent(name, transactions),
      answered: (transactions) => observer.answered(name, transactions),
      isAlive: () => this.isAlive,
    });
    this.holdfast = createHoldfast({ store, settings: SETTINGS, batcherLimits: LIMITS }, this.#runtime());
    this.holdfast.expiry.start();
  }

  /** Ends the process as `kill -9` does. What it has sent may still arrive at the store; no answer arrives here. */
  kill(): void {
    const { scheduler } = this.#world;
    this.isAlive = false;
    scheduler.note(() => `${this.name} is killed`);
    for (const part of ['timers', 'soon', 'answer', 'read']) scheduler.drop(`${this.name}.${part}`);
    if (scheduler.dice.chance(0.5)) scheduler.drop(`${this.name}.writes`);
    this.#kill();
  }

  #runtime(): Runtime {
    const { scheduler, wallMs } = this.#world;
    const add = (lane: string, label: string, callback: () => void, ms: number): (() => void) =>
      this.isAlive
        ? scheduler.add(`${this.name}.${lane}`, { readyAt: scheduler.nowMs + ms, label, run: callback })
        : () => undefined;
    return {
      nowMs: () => scheduler.nowMs,
      wallMs,
      setTimer: (callback, ms) => ({
        cancel: add('timers', 'timer', callback, Math.max(1, ms)),
        ref: () => undefined,
        unref: () => undefined,
      }),
      soon: (callback) => void add('soon', 'turn', callback, 0),
      random: (count) => randomBytes(scheduler.dice.between(1, 2 ** 31), count),
    };
  }
}

/** Returns bytes that follow from a seed (xorshift). */
function randomBytes(seed: number, count: number): Buffer {
  const words = new Int32Array(Math.ceil(count / 4));
  let state = seed;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer, 0, count);
}

/** Sees the batches of all processes. */
export interface BatchObserver {
  sent: (process: string, transactions: readonly Transaction[]) => void;
  answered: (process: string, transactions: readonly Transaction[]) => void;
}
