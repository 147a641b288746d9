import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { tempDir } from './temp-dir.ts';
import { watchOver } from './watchdog.ts';

export const OPERATOR_KEY = 'operator-key-of-the-tests';

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** The last lines of its output. */
  output(): string;
  /** Ends the process by SIGKILL. */
  kill9(): Promise<void>;
  /** Ends the process by SIGTERM. Resolves to its exit code. */
  stop(): Promise<number | null>;
}

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/server/main.js');
const START_TIMEOUT_MS = 60_000;
const LINES_MAX = 40;

/**
 * Tests send many calls at once, on a machine that may be slow. Tests that are not about overload wait for all of them.
 */
export const PATIENT = { WAIT_MAX_MS: '60000' };

/** The environment of `npm start`, without the variables of a developer's own shell. */
const environment = (dataDir: string, settings: Record<string, string>): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  PORT: '0',
  OPERATOR_KEY,
  DATA_DIR: dataDir,
  ...PATIENT,
  ...settings,
});

/** The URL in the log line that the server writes once it listens. */
const urlIn = (line: string): string | undefined => {
  if (!line.includes('"listening"')) return undefined;
  return (JSON.parse(line) as { url: string }).url;
};

function follow(child: ChildProcess): { output: () => string; listening: Promise<string> } {
  const lines: string[] = [];
  const output = () => lines.join('\n');
  const listening = new Promise<string>((resolve, reject) => {
    const read = (line: string) => {
      lines.push(line);
      if (lines.length > LINES_MAX) lines.shift();
      const url = urlIn(line);
      if (url !== undefined) resolve(url);
    };
    if (child.stdout) createInterface(child.stdout).on('line', read);
    if (child.stderr) createInterface(child.stderr).on('line', read);
    child.once('close', (code) => reject(new Error(`the server exited with ${code}:\n${output()}`)));
    const late = setTimeout(
      () => reject(new Error(`the server does not listen in time:\n${output()}`)),
      START_TIMEOUT_MS,
    );
    late.unref();
  });
  return { output, listening };
}

/**
 * Starts a real server process, as `npm start` does, on a port of its own. Settings are its environment variables.
 * `await using server = await startServerProcess({ REDIS_URL })` ends it with the test. Rejects when it cannot start.
 * `main` is another entry point, with its arguments `args`. `descriptors` limits how many files it may open.
 * Without a `DATA_DIR` it has a directory of its own, because on Redis the mark file of one test would otherwise cause
 * a warning in the next.
 */
export async function startServerProcess(
  settings: Record<string, string>,
  { main = MAIN, args = [], descriptors }: { main?: string; args?: readonly string[]; descriptors?: number } = {},
): Promise<ServerProcess> {
  const ownDir = await tempDir();
  const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors}; `;
  const child = spawn('sh', ['-c', `${limit}exec "$@"`, 'sh', process.execPath, main, ...args], {
    env: environment(ownDir.path, settings),
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the server cannot be started');
  const closed = once(child, 'close');
  const watchdog = watchOver(pid);
  const gone = closed.then(() => {
    watchdog.kill('SIGKILL');
    return ownDir[Symbol.asyncDispose]();
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await gone;
    return child.exitCode;
  };
  const { output, listening } = follow(child);
  const url = await listening.catch(async (error: unknown) => {
    await end('SIGKILL');
    throw error;
  });
  const kill9 = async (): Promise<void> => {
    await end('SIGKILL');
  };
  return { url, pid, output, kill9, stop: () => end('SIGTERM'), [Symbol.asyncDispose]: kill9 };
}
