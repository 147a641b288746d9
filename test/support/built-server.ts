import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { poll } from './poll.ts';
import { watchOver } from './watchdog.ts';

const MAIN = join(import.meta.dirname, '../../dist/server/main.js');
const START_TIMEOUT_MS = 20_000;

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends the signal. Resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }>;
}

/** Runs the built server until it ends. Of this process's environment it receives only the PATH. */
export async function runToEnd(
  env: Record<string, string>,
): Promise<{ code: number | null; out: string; err: string }> {
  const { process: child, stdout, stderr } = launch(env);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out: stdout(), err: stderr() };
}

/** Starts the built server on a free port. Resolves when it listens. */
export async function startProcess(env: Record<string, string>): Promise<ServerProcess> {
  const launched = launch({ PORT: '0', ...env });
  const { process: child, stdout, stderr } = launched;
  const url = await poll(() => child.exitCode !== null || listeningUrl(stdout()), {
    timeoutMs: START_TIMEOUT_MS,
    describe: () => `the server does not listen:\n${stdout()}${stderr()}`,
  });
  if (typeof url !== 'string') throw new Error(`the server ended before it listened:\n${stdout()}${stderr()}`);
  const end: ServerProcess['end'] = async (signal) => {
    const start = performance.now();
    const closed = once(child, 'close');
    if (child.exitCode !== null || child.signalCode !== null) return { code: child.exitCode, ms: 0 };
    child.kill(signal);
    await closed;
    return { code: child.exitCode, ms: performance.now() - start };
  };
  return { url, process: child, stdout, stderr, end, [Symbol.asyncDispose]: async () => void (await end('SIGKILL')) };
}

function launch(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) {
    const watchdog = watchOver(child.pid);
    child.once('close', () => watchdog.kill('SIGKILL'));
  }
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return { process: child, stdout: () => out, stderr: () => err };
}

function listeningUrl(out: string): string | undefined {
  const line = out.split('\n').find((text) => text.includes('"msg":"listening"'));
  return line === undefined ? undefined : (JSON.parse(line) as { url: string }).url;
}
