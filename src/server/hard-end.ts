import { Worker } from 'node:worker_threads';

/**
 * Ends the process by SIGKILL after `afterMs`, whatever holds it up. On exit lmdb-js closes its environments in native code,
 * and waits there for a disk that does not answer; no timer of the main thread runs then, so a thread has one.
 */
export function killSelfAfter(afterMs: number): void {
  const killer = `setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${afterMs})`;
  const thread = new Worker(killer, { eval: true });
  // Without a free file descriptor a thread cannot start. The end goes on in order then, without this safeguard.
  thread.on('error', () => undefined);
  thread.unref();
}
