import { Worker } from 'node:worker_threads';

/**
 * Kills this process by SIGKILL after `afterMs`, even if native code blocks it. On exit lmdb-js closes its environments
 * in native code, where it may wait for a disk that does not respond. Timers of the main thread do not run then, so a
 * worker thread has the timer.
 */
export function forceShutdownAfter(afterMs: number): void {
  const killer = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${afterMs})`;
  const thread = new Worker(killer, { eval: true });
  // Without a free file descriptor a thread cannot start. The process then ends normally, without this safeguard.
  thread.on('error', () => undefined);
  thread.unref();
}
