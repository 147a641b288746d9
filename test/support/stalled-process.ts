import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll } from './poll.ts';

/** The port of Node's inspector in a process that was started without another one. */
const INSPECTOR_PORT = 9_229;
const LOOK_MS_MAX = 5_000;

/**
 * Returns the current JavaScript stack of a process, also while it blocks its event loop: Node begins to listen for a
 * debugger on SIGUSR1, and `node inspect` interrupts it. A process that waits in native code does not answer; then the
 * output so far is returned.
 */
export async function stackOf(pid: number, port = INSPECTOR_PORT): Promise<string> {
  process.kill(pid, 'SIGUSR1');
  const debug = spawn(process.execPath, ['inspect', `127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [debug.stdout, debug.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // The debugger may have ended, where the process does not answer.
  debug.stdin.on('error', () => undefined);
  const says = (word: RegExp) => poll(() => word.test(output), { timeoutMs: LOOK_MS_MAX });
  try {
    await says(/debug>/);
    debug.stdin.write('pause\n');
    await says(/break in/);
    debug.stdin.write('backtrace\n');
    await says(/#0 .*\n[^]*debug> $/);
  } catch (error) {
    output += `\n${(error as Error).message}`;
  } finally {
    debug.kill('SIGKILL');
  }
  return output;
}

/**
 * Returns a line for each thread of a process: its name, its state, and the kernel function in which it waits. Linux
 * only.
 */
export function threadsOf(pid: number): string {
  const tasks = `/proc/${pid}/task`;
  const read = (id: string, name: string): string => {
    try {
      return readFileSync(join(tasks, id, name), 'utf8').trim();
    } catch {
      return '?';
    }
  };
  const line = (id: string): string => {
    const state = /^State:\s*(.*)$/m.exec(read(id, 'status'))?.[1] ?? '?';
    return `${id} ${read(id, 'comm')}, ${state}, wchan ${read(id, 'wchan')}, syscall ${read(id, 'syscall')}`;
  };
  try {
    return readdirSync(tasks).map(line).join('\n');
  } catch {
    return '?';
  }
}
