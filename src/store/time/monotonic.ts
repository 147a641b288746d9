import { uptime } from 'node:os';

/** A clock that no change of the wall clock moves. Only differences are meaningful. */
export interface Monotonic {
  /** Returns elapsed milliseconds, without the time in which the machine was suspended. */
  nowMs(): number;
  /**
   * Returns the milliseconds in which the machine was suspended, as far as the system counts them. Costs a system call.
   */
  suspendedMs(): number;
}

/**
 * The system's clock. `performance.now` keeps running while the process is stopped (SIGSTOP), and not while the machine
 * is suspended; on Linux `uptime` counts that time as well. In a virtual machine that its host has paused, neither
 * runs.
 */
export const SYSTEM_MONOTONIC: Monotonic = {
  nowMs: () => performance.now(),
  suspendedMs: () => uptime() * 1_000 - performance.now(),
};
