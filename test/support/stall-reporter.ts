import { execFileSync } from 'node:child_process';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { stackOf, threadsOf } from './stalled-process.ts';

const STALL_SECONDS = Number(process.env['HOLDFAST_TEST_STALL_SECONDS'] ?? 600);
const LOOK_EVERY_MS = 1_000;
const PS_MS_MAX = 20_000;

/** The last event of a running test file. Vitest reports events of a file together, so a later one may be missing. */
interface LastEvent {
  atMs: number;
  what: string;
}

/**
 * Ends test files that make no progress. Vitest's own timeouts need the event loop of the file's process, so a file
 * that waits in a synchronous call would block the whole suite. Such a file fails here, and the run names it and
 * continues.
 */
export default class StallReporter implements Reporter {
  readonly #lastEvents = new Map<string, LastEvent>();
  readonly #timer = setInterval(() => void this.#endStalled(), LOOK_EVERY_MS);

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

  async #endStalled(): Promise<void> {
    const limit = performance.now() - STALL_SECONDS * 1_000;
    const stalled = [...this.#lastEvents].filter(([, { atMs }]) => atMs < limit);
    if (stalled.length === 0) return;
    console.error(ps('pid,ppid,etime,stat,wchan,args'));
    for (const [file, { what }] of stalled) {
      console.error(`${file} has reported nothing for ${STALL_SECONDS} s, since ${what}: its process is killed`);
      this.#lastEvents.delete(file);
    }
    // Each file runs in a process of its own. A younger process cannot be one of these.
    for (const pid of childrenOlderThan(STALL_SECONDS)) await endAndDescribe(pid);
  }
}

const ps = (columns: string): string =>
  execFileSync('ps', ['-e', '-o', columns], { encoding: 'utf8', timeout: PS_MS_MAX });

async function endAndDescribe(pid: number): Promise<void> {
  try {
    console.error(`threads of process ${pid}:\n${threadsOf(pid)}`);
    console.error(`stack of process ${pid}:\n${await stackOf(pid)}`);
  } catch (error) {
    console.error(`process ${pid} cannot be described: ${(error as Error).message}`);
  } finally {
    end(pid);
  }
}

/** Kills it also where the process could not be described, so that the suite does not wait for it. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It may have ended by itself meanwhile.
    console.error(`process ${pid}: ${(error as Error).message}`);
  }
}

/** Ids of the child processes of this process that started at least so many seconds ago. */
function childrenOlderThan(seconds: number): number[] {
  const rows = ps('pid=,ppid=,etimes=').trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([, parent, age = 0]) => parent === process.pid && age >= seconds)
    .map(([pid = 0]) => pid);
}
