import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Choice, Task } from './tasks.ts';
import type { Ratio, ReportResult } from './types.ts';

/** What a task's process tells. */
export type Told = { line: string } | { result: Ratio | ReportResult } | { error: string };

const ENTRY = join(import.meta.dirname, '../task-main.js');

/**
 * Each task has a process of its own: no heap, cache or compiled code of one is there for the next, and one that crashes or
 * hangs takes no other with it.
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
  let told: Told | null = null;
  child.on('message', (message: Told) => {
    if ('line' in message) onLine(message.line);
    else told = message;
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
  return resultOf(told, `ended with ${signal ?? code}${signal === 'SIGKILL' ? ` within ${limitSeconds} s` : ''}`);
}

function resultOf(told: Exclude<Told, { line: string }> | null, ending: string): Ratio | ReportResult {
  if (!told) throw new Error(ending);
  if ('error' in told) throw new Error(told.error);
  return told.result;
}
