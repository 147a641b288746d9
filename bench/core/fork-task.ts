import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Choice, Task } from './tasks.ts';
import type { Ratio, ReportResult } from './types.ts';

/** A message from a task's process. */
export type TaskMessage = { line: string } | { result: Ratio | ReportResult } | { error: string };

const ENTRY = join(import.meta.dirname, '../task-main.js');

/**
 * Runs each task in a process of its own: the next task does not inherit a heap, a cache or compiled code, and a task
 * that crashes or hangs does not end the others.
 */
export async function forkTask(
  { key, seconds }: Task,
  { rounds, smoke }: Choice,
  onLine: (line: string) => void,
): Promise<Ratio | ReportResult> {
  const child = fork(ENTRY, [JSON.stringify({ key, rounds, smoke })], {
    stdio: ['ignore', 2, 2, 'ipc'],
    execArgv: ['--max-old-space-size=8192'],
  });
  let outcome: TaskMessage | null = null;
  child.on('message', (message: TaskMessage) => {
    if ('line' in message) onLine(message.line);
    else outcome = message;
  });
  const limitSeconds = 120 + seconds * 4;
  const timer = setTimeout(() => child.kill('SIGKILL'), limitSeconds * 1_000);
  const stop = (): void => {
    child.kill('SIGKILL');
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  process.off('SIGINT', stop).off('SIGTERM', stop);
  return resultOf(outcome, `ended with ${signal ?? code}${signal === 'SIGKILL' ? ` within ${limitSeconds} s` : ''}`);
}

function resultOf(outcome: Exclude<TaskMessage, { line: string }> | null, ending: string): Ratio | ReportResult {
  if (!outcome) throw new Error(ending);
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome.result;
}
