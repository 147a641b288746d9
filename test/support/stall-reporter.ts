import { execFileSync } from 'node:child_process';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

const STALL_SECONDS = Number(process.env['HOLDFAST_TEST_STALL_SECONDS'] ?? 600);
const LOOK_EVERY_MS = 1_000;

/** The last event of a test file that is running. Vitest reports events of a file together, so a later one may be missing. */
interface LastEvent {
  atMs: number;
  what: string;
}

/**
 * Ends test files that stand still. Vitest's own timeouts need the event loop of the file's process, so a file that waits in
 * a synchronous call would keep the whole suite waiting. Here such a file fails, and the run names it and goes on.
 */
export default class StallReporter implements Reporter {
  readonly #lastEvents = new Map<string, LastEvent>();
  readonly #timer = setInterval(() => this.#endStalled(), LOOK_EVERY_MS);

  onTestModuleQueued(module: TestModule): void {
    this.#note(module, 'it was queued');
  }

  onTestCaseReady(test: TestCase): void {
    this.#note(test.module, `'${test.fullName}' began`);
  }

  onTestCaseResult(test: TestCase): void {
    this.#note(test.module, `'${test.fullName}' ended`);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#lastEvents.delete(module.relativeModuleId);
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer);
  }

  #note(module: TestModule, what: string): void {
    this.#lastEvents.set(module.relativeModuleId, { atMs: performance.now(), what });
  }

  #endStalled(): void {
    const limit = performance.now() - STALL_SECONDS * 1_000;
    const stalled = [...this.#lastEvents].filter(([, { atMs }]) => atMs < limit);
    if (stalled.length === 0) return;
    console.error(execFileSync('ps', ['-e', '-o', 'pid,ppid,etime,stat,wchan,args'], { encoding: 'utf8' }));
    for (const [file, { what }] of stalled) {
      console.error(`${file} has reported nothing for ${STALL_SECONDS} s, since ${what}: its process is killed`);
      this.#lastEvents.delete(file);
    }
    // Each file runs in a process of its own, and a process that has run for less time cannot be one of these.
    for (const pid of childrenOlderThan(STALL_SECONDS)) process.kill(pid, 'SIGKILL');
  }
}

/** Ids of the child processes of this one that started at least so many seconds ago. */
function childrenOlderThan(seconds: number): number[] {
  const rows = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,etimes='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([, parent, age = 0]) => parent === process.pid && age >= seconds)
    .map(([pid = 0]) => pid);
}
