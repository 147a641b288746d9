import { Worker } from 'node:worker_threads';

/**
 * Ends the process by SIGKILL after `afterMs`, whatever holds it up. On exit lmdb-js closes its environments in native code,
 * and waits there for a disk that does not answer; no timer of the main thread runs then, so a thread has one.
 */
export function killSelfAfter(afterMs: number): void {
  new Worker(`setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${afterMs})`, { eval: true }).unref();
}
