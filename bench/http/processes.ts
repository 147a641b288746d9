import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { watchOver } from '../../test/support/watchdog.ts';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
/** Linux reports the times of a process in hundredths of a second, whatever the resolution of its clock. */
const TICK_US = 10_000;
const LINES_MAX = 20;

export interface ServiceProcess {
  readonly pid: number;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Runs a module that listens on a free port of the loopback and logs it as one line of JSON, `{ msg: 'listening', url
 * }`.
 */
export async function startService(entry: string, env: Record<string, string>): Promise<ServiceProcess> {
  const child = fork(entry, [], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...env },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${entry} cannot be started`);
  const watchdog = watchOver(pid);
  child.once('exit', () => watchdog.kill('SIGKILL'));
  try {
    const { port } = new URL(await listening(child));
    return { pid, port: Number(port), close: () => end(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function listening(child: ChildProcess): Promise<string> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const read = (line: string): void => {
      lines.push(line);
      if (lines.length > LINES_MAX) lines.shift();
      if (line.includes('"listening"')) resolve((JSON.parse(line) as { url: string }).url);
    };
    if (child.stdout) createInterface(child.stdout).on('line', read);
    if (child.stderr) createInterface(child.stderr).on('line', read);
    const fail = (what: string): void => reject(new Error(`${what}:\n${lines.join('\n')}`));
    child.once('close', (code) => fail(`a service ended with ${code}`));
    setTimeout(() => fail('a service does not listen'), START_TIMEOUT_MS).unref();
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await closed;
  clearTimeout(forced);
}

/** The processor time of the processes so far, in microseconds. NaN where the system does not report it. */
export const cpuUs = (...pids: number[]): number => pids.reduce((all, pid) => all + ticksOf(pid).own, 0) * TICK_US;

/** The same for a process and its children, including those that have ended. */
export function familyCpuUs(pid: number): number {
  const { own, ended } = ticksOf(pid);
  const living = childrenOf(pid).reduce((all, child) => all + ticksOf(child).own, 0);
  return (own + ended + living) * TICK_US;
}

/** The time of the process itself, and of its children that it has waited for. */
function ticksOf(pid: number): { own: number; ended: number } {
  try {
    // The name, in brackets, may contain spaces. The times are the twelfth to fifteenth fields after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const [user = Number.NaN, system = Number.NaN, ...ended] = fields.slice(11, 15).map(Number);
    return { own: user + system, ended: ended.reduce((all, ticks) => all + ticks, 0) };
  } catch {
    return { own: Number.NaN, ended: Number.NaN };
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
}
