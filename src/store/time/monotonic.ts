import { uptime } from 'node:os';

/** A time that no change of the wall clock moves. Only differences mean something. */
export interface Monotonic {
  /** Milliseconds that have passed, without those in which the machine was suspended. */
  nowMs(): number;
  /** Milliseconds in which the machine was suspended, as far as the system counts them. Costs a system call. */
  suspendedMs(): number;
}

/**
 * The system's own. `performance.now` runs on while the process is stopped (SIGSTOP) and stands still while the machine
 * sleeps; on Linux `uptime` counts that sleep as well. A virtual machine that its host has paused counts neither.
 */
export const SYSTEM_MONOTONIC: Monotonic = {
  nowMs: () => performance.now(),
  suspendedMs: () => uptime() * 1_000 - performance.now(),
};
