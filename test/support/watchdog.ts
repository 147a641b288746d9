import { type ChildProcess, spawn } from 'node:child_process';

/** Ends a process if this one dies without a cleanup, even by SIGKILL: then the watchdog's stdin closes. */
export function watchOver(pid: number): ChildProcess {
  const script = 'read -r _; kill -9 "$1" 2>/dev/null';
  const watchdog = spawn('sh', ['-c', script, 'watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  return watchdog;
}
